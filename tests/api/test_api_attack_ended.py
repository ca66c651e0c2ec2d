"""Is anybody let in or told anything, at any operation of the OpenAPI, when the way by which they came in has ended?

Each comes into the planted case by one way, reads what there is to read, and asks every operation again when it has
ended: a carer whose proxy was withdrawn or ran out, somebody who left the care team or whose task went to another, who
broke the glass more than four hours ago, the people of a service that takes part no longer, because the patient shares
with nobody outside any more, or because an agreement is over. They hold every role of somebody who works, at once.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlmodel import col, update

from activities.directory import Directory
from api.claims import Person
from policy.agreements import Agreement
from policy.matrix import matrix
from records.tables import BrokenGlass, CaseParty, ProxyGrant
from records.writes.parties import note_party
from tests.api.attackers import ROLES, Attack, Operation, attack_on, breaking_the_glass, names_in, searches, told
from tests.api.attackers import seen as seen_by
from tests.api.conftest import number
from tests.api.northern import SOUTH, Northern

pytestmark = pytest.mark.temporal
End = Callable[[], Awaitable[object]]
WORKING = frozenset(role for role in ROLES if not matrix().is_of_type(role, "patient"))
ALL = ["appointments", "messages", "own_record_summary", "plan"]


@dataclass(frozen=True, slots=True)
class Guest:
    """Who comes into the case."""

    victim: Northern
    attack: Attack
    id: str
    monkeypatch: pytest.MonkeyPatch

    def as_one_of(self, *roles: str, organisation: str = SOUTH) -> str:
        """Sign in; give the token."""
        teams = frozenset({"dental_oncology"})
        self.attack.known.people[self.id] = Person(self.id, self.id, frozenset(roles), "", organisation, teams)
        return self.id


async def proxy(guest: Guest, classes: Sequence[str] = ALL) -> str:
    """Let them act for the patient; give the address at which that is withdrawn."""
    patient = guest.victim.office.person(f"pt-{number()}", "patient", patient_id=guest.victim.patient_id)
    address = f"/patients/{guest.victim.patient_id}/proxies"
    given = await patient.do(address, {"person": guest.id, "classes": list(classes)})
    return str(given["links"]["withdraw"])


async def by_proxy(guest: Guest) -> End:
    guest.as_one_of("carer", *WORKING)
    withdrawal, coordinator = await proxy(guest), guest.victim.person("coordinator")
    return lambda: coordinator.do(withdrawal)


async def by_a_proxy_that_runs_out(guest: Guest) -> End:
    guest.as_one_of("carer", organisation="")
    await proxy(guest)
    over = guest.victim.office.here.clock() - timedelta(seconds=1)

    async def end() -> None:
        async with guest.victim.office.database.session() as session:
            await session.exec(update(ProxyGrant).where(col(ProxyGrant.person) == guest.id).values(until=over))

    return end


async def by_the_care_team(guest: Guest) -> End:
    guest.as_one_of(*WORKING)
    coordinator, link = guest.victim.person("coordinator"), f"{guest.victim.link}/care-team"
    member = await coordinator.do(link, {"person": guest.id, "name": "Guest", "role": "allied_health"})
    return lambda: coordinator.do(f"{link}/{member['member_id']}/leave")


async def by_a_task(guest: Guest) -> End:
    guest.as_one_of(*WORKING)
    coordinator, link = guest.victim.person("coordinator"), f"/tasks/{guest.victim.ids['tasks']}/delegate"
    await coordinator.do(link, {"to": guest.id})
    return lambda: coordinator.do(link, {"to": f"another-{number()}"})


async def by_a_broken_glass(guest: Guest) -> End:
    status, _ = await guest.attack.ask(guest.as_one_of(*WORKING), breaking_the_glass(guest.victim))
    assert status == 201

    async def end() -> None:
        over = guest.victim.office.here.clock() - timedelta(seconds=1)
        async with guest.victim.office.database.session() as session:
            await session.exec(update(BrokenGlass).where(col(BrokenGlass.person) == guest.id).values(until=over))

    return end


async def by_their_service(guest: Guest) -> End:
    organisation = f"{SOUTH}-{number()}"
    guest.as_one_of(*WORKING, organisation=organisation)
    now = guest.victim.office.here.clock()
    async with guest.victim.office.database.session() as session:
        await note_party(session, guest.victim.case_id, organisation, via="service", through="service:s", now=now)

    async def end() -> None:
        async with guest.victim.office.database.session() as session:
            party = update(CaseParty).where(col(CaseParty.organisation) == organisation)
            await session.exec(party.values(until=now))

    return end


async def by_a_service_until_sharing_is_withdrawn(guest: Guest) -> End:
    """They hold a task and are in the care team besides: nothing of the case names them in any more."""
    await by_their_service(guest)
    coordinator = guest.victim.person("coordinator")
    await coordinator.do(f"/tasks/{guest.victim.ids['tasks']}/delegate", {"to": guest.id})
    member = {"person": guest.id, "name": "Guest", "role": "allied_health"}
    await coordinator.do(f"{guest.victim.link}/care-team", member)
    withdrawn = f"/patients/{guest.victim.patient_id}/consents/withdrawals"
    word = {"scope": "sharing", "given_by": "patient", "method": "verbal"}
    return lambda: guest.victim.person("key_worker").do(withdrawn, word)


async def by_an_agreement(guest: Guest) -> End:
    await by_their_service(guest)
    here, organisation = guest.victim.office.here, guest.attack.known.people[guest.id].organisation

    async def end() -> None:
        over = Agreement(to=organisation, until=here.clock().date() - timedelta(days=1))
        directory = Directory(organisation="home", agreements=(over,))
        guest.monkeypatch.setattr("api.sides.directory_of", lambda _: directory)

    return end


def told_still(guest: Guest, operation: Operation, text: str) -> set[str]:
    """What an answer tells; the audit of their own organisation says of which patient its people read something."""
    found = told(guest.victim, operation, text)
    return found - {guest.victim.patient_id} if operation.template == "/fhir/AuditEvent" else found


async def answers(guest: Guest, asked: Sequence[Operation]) -> list[tuple[Operation, int, str]]:
    return [(each, *await guest.attack.ask(guest.id, each)) for each in asked]


@pytest.mark.parametrize(
    "way",
    [
        by_proxy,
        by_a_proxy_that_runs_out,
        by_the_care_team,
        by_a_task,
        by_a_broken_glass,
        by_their_service,
        by_a_service_until_sharing_is_withdrawn,
        by_an_agreement,
    ],
    ids=lambda way: way.__name__,
)
async def test_when_a_way_into_a_case_has_ended_nothing_is_told_by_it(
    victim: Northern,
    every: Sequence[Operation],
    way: Callable[[Guest], Awaitable[End]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guest = Guest(victim, attack_on(victim.office), f"guest-{number()}", monkeypatch)
    end = await way(guest)
    asked = [*every, *searches(victim)]
    meanwhile = await answers(guest, [each for each in asked if each.method == "get"])
    assert any(told(victim, each, text) for each, _, text in meanwhile), "they were in"
    await end()
    found = [
        f"{each.name}: {status} {told_still(guest, each, text)} {text[:200]}"
        for each, status, text in await answers(guest, asked)
        if status >= 500 or (status < 300 and each.names_the_case) or told_still(guest, each, text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("opened", [["appointments"], ["messages"], ["plan"], ["own_record_summary"]], ids=str)
async def test_a_carer_who_works_elsewhere_is_told_of_the_patient_what_the_proxy_opens_and_no_more(
    victim: Northern,
    every: Sequence[Operation],
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guest = Guest(victim, attack_on(victim.office), f"guest-{number()}", monkeypatch)
    guest.as_one_of("carer", *WORKING)
    await proxy(guest, opened)
    asked = [each for each in (*every, *searches(victim)) if each.method == "get"]
    may = {name for name in seen_by("patient") if name in seen_by("carer", *matrix().expanded(opened))}
    found = [
        f"{each.name}: {status} {names_in(text) - may} {text[:200]}"
        for each, status, text in await answers(guest, asked)
        if status >= 500 or names_in(text) - may
    ]
    assert not found, "\n".join(found)
