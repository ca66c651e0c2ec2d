"""Does a referrer see, take and do the tasks of referrals that their own organisation made, and of no others?

`north` refers to a case in which `south` treats the patient; the case then refers on by itself, which is south's doing.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

from pathways.bpmn.model import CallSpec, UserTaskSpec, VariableMapping
from records.writes.parties import note_party
from records.writes.publications import publish
from tests.api.conftest import Office, Person, number
from tests.api.northern import NORTH, SOUTH, Northern, northern
from tests.host.diagrams import line, node, user_task

pytestmark = pytest.mark.temporal
FOR_REFERRERS = UserTaskSpec(candidate_groups='["referrer"]')
ASKED = line("asked_on", replace(user_task("ack", "asked_on"), user=FOR_REFERRERS))
ONWARD = (VariableMapping('referral_id + "-SLT"', "referral_id"),)
ASKING = line(
    "asking_on",
    replace(user_task("form", "asking_on"), user=FOR_REFERRERS),
    node("onward", "callActivity", "asking_on", call=CallSpec("asked_on"), inputs=ONWARD),
    calls={"asked_on": ASKED.sha256},
)


@dataclass(frozen=True, slots=True)
class Shared:
    """A case of both, and its open task for a referrer."""

    case: Northern
    task: str

    @property
    def link(self) -> str:
        return f"/tasks/{self.task}"

    def referrer(self, organisation: str) -> Person:
        return self.case.person("referrer", organisation=organisation)


@pytest_asyncio.fixture
async def shared(office: Office) -> Shared:
    async with office.database.session() as session:
        for definition in (ASKED, ASKING):
            now = office.here.clock()
            await publish(session, definition, bpmn="<none/>", forms={}, actor="test", now=now)
    case = await northern(office, "asking_on")
    async with office.database.session() as session:
        now = office.here.clock()
        await note_party(session, case.case_id, SOUTH, via="service", through="service:clinic", now=now)
    return Shared(case, case.ids["tasks"])


async def onward(shared: Shared) -> Shared:
    """The referral is filled in; the case refers on."""
    await shared.referrer(NORTH).do(f"{shared.link}/complete", {"values": {}})
    overseer = shared.case.person("coordinator")
    async with asyncio.timeout(60):
        while not (found := await listed(shared, overseer, role="referrer")):
            await asyncio.sleep(0.05)
    (task,) = found
    return Shared(shared.case, task)


async def listed(shared: Shared, person: Person, **asked: Any) -> set[str]:
    """The tasks of the case in everything that lists tasks."""
    page = await person.read("/tasks", case=shared.case.case_id, **asked)
    assert page["total"] == len(page["items"])
    return {each["id"] for each in page["items"]}


async def assert_is_nobodys(shared: Shared, stranger: Person) -> None:
    """They take part, so they are told that it is not theirs: in no list, and by no act."""
    assert await listed(shared, stranger) == set()
    assert await listed(shared, stranger, role="referrer") == set()
    for address in ("/fhir/Task", "/rounds", "/my/tasks"):
        assert shared.case.case_id not in (await stranger.get(address)).text, address
    for address in (shared.link, f"/fhir/Task/{shared.task}"):
        assert (await stranger.get(address)).status_code == 403, address
    for act, body in (("claim", None), ("release", None), ("draft", {"values": {}}), ("complete", {"values": {}})):
        refused = await stranger.post(f"{shared.link}/{act}", body)
        assert refused.status_code == 403, (act, refused.text)
    delegated = await stranger.post(f"{shared.link}/delegate", {"to": "dr.south"})
    assert delegated.status_code == 403


async def assert_is_theirs(shared: Shared, person: Person) -> None:
    assert await listed(shared, person) == {shared.task}
    assert await listed(shared, person, role="referrer") == {shared.task}
    assert shared.task in (await person.get("/fhir/Task", _count=200)).text
    assert (await person.read(shared.link))["may_do"]
    for act in ("claim", "release", "claim"):
        await person.do(f"{shared.link}/{act}")


async def test_the_tasks_of_a_referral_are_for_the_referrers_of_who_sent_it(shared: Shared) -> None:
    stranger = shared.referrer(SOUTH)
    await assert_is_nobodys(shared, stranger)
    assert shared.case.case_id not in (await stranger.get("/cases", referral=shared.case.referral_id)).text
    assert (await stranger.get(shared.case.link)).status_code == 403
    await assert_is_theirs(shared, shared.referrer(NORTH))


async def test_a_referral_is_taken_back_by_those_who_made_it_and_marked_by_whoever_sees_that_it_is_wrong(
    shared: Shared,
) -> None:
    place, why = f"/referrals/{shared.case.referral_id}", {"reason": "Two people of that name"}
    north, south = (shared.case.person("coordinator", organisation=each) for each in (NORTH, SOUTH))
    acts = (("cancel", why), ("information", {"information": "A scan"}), ("redirect", {**why, "service": "clinic"}))
    for act, body in (*acts, ("resend", None)):
        assert (await south.post(f"{place}/{act}", body)).status_code == 403, act
        assert (await north.post(f"{place}/{act}", body)).status_code == 409, act
    assert (await south.post(f"{place}/wrong-patient", why)).status_code == 200


async def test_the_tasks_of_a_referral_that_a_case_makes_are_for_those_who_treat_there(shared: Shared) -> None:
    made = await onward(shared)
    await assert_is_nobodys(made, made.referrer(NORTH))
    await assert_is_theirs(made, made.referrer(SOUTH))


async def test_who_oversees_sees_all_of_a_role_and_hands_on(shared: Shared) -> None:
    made = await onward(shared)
    for organisation in (NORTH, SOUTH):
        overseer = made.case.person("coordinator", "referrer", organisation=organisation)
        assert await listed(made, overseer, role="referrer") == {made.task}
        assert await listed(made, overseer) == ({made.task} if organisation == SOUTH else set())
    by_name = made.case.office.person(f"named-{number()}", "referrer", organisation=NORTH)
    assert (await by_name.get(made.link)).status_code == 403


async def test_who_is_named_does_it_whoever_made_the_referral(shared: Shared) -> None:
    name = f"named-{number()}"
    await shared.case.person("coordinator").do(f"{shared.link}/delegate", {"to": name})
    named = shared.case.office.person(name, "referrer", organisation=SOUTH)
    await named.do(f"{shared.link}/complete", {"values": {}})
