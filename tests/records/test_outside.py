"""Who reads a case no longer when its patient shares it with nobody outside, and who again? On both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from policy.consent import SHARING
from records.database import Database
from records.queries.access import Side, heard_from
from records.queries.inbox import notifications
from records.queries.outside import held_where_some_are_out, organisation_of
from records.queries.standing import Standing, standing, theirs
from records.queries.worklist import WorklistFilter, worklist
from records.tables import CareTeamMember, CaseKey, FactRecord, Patient, Task
from records.writes.outside import TOLD, bring_along, let_in
from records.writes.parties import note_party, note_requester
from records.writes.patients import merge_patients
from records.writes.people import note_seen
from records.writes.sharing import Said, join_consents, record_consent
from tests.records.story import MONDAY, case

NOW = MONDAY + timedelta(days=1)
HOME, NORTH, SOUTH, CENTRE = (Side("p", (name,), NOW) for name in ("", "north", "south", "centre"))
MADE_IT = Standing(kept_out=True, referred=True)
INSIDERS = {"home", "north"}
INSIDE, WHOSE = Standing(party=True), Standing(party=True, unsent=True)
GUEST = Standing(party=True, outside=True)
"""They treat there, and neither began it nor are ours."""
OUTSIDE = Standing(kept_out=True, unsent=True, outside=True)


async def shared(database: Database, *, ours: bool = True) -> None:
    """A case that north has begun, in which south treats as a service and centre in a role; `ours`: we do, too."""
    async with database.session() as session:
        session.add(case("n"))
        session.add(Patient(patient_id="P-1", created_at=MONDAY))
        session.add(CaseKey(case_id="n", correlation_key="P-1"))
        await note_requester(session, "n", "north", through="sender", now=MONDAY)
        await note_party(session, "n", "south", via="service", through="service:clinic", now=MONDAY)
        await note_party(session, "n", "centre", via="role", through="n ask#1", now=MONDAY)
        if ours:
            await note_party(session, "n", "", via="service", through="service:ent", now=MONDAY)


async def say(
    database: Database, status: str, scope: str = SHARING, *, minutes: int = 0, case_id: str = "", days: int = 0
) -> None:
    at = NOW - timedelta(hours=1) + timedelta(minutes=minutes)
    expires = NOW + timedelta(days=days) if days else None
    word = Said(f"{status}{scope}{at}", "P-1", scope, status, at, "dr.oak", case_id=case_id, expires=expires)
    async with database.session() as session:
        await record_consent(session, word, now=at)


async def stand(database: Database, root: str = "n", at: datetime = NOW) -> dict[str, Standing]:
    sides = {"home": HOME, "north": NORTH, "south": SOUTH, "centre": CENTRE}
    async with database.reader() as session:
        return {name: await standing(session, root, replace(side, now=at)) for name, side in sides.items()}


async def test_a_general_objection_keeps_out_all_but_us_and_whose_case_it_is_and_the_coordinator_hears_of_it_once(
    database: Database,
) -> None:
    await shared(database)
    for _ in range(2):
        await say(database, "withdrawn")
    assert await stand(database) == {"home": INSIDE, "north": WHOSE, "south": OUTSIDE, "centre": OUTSIDE}
    async with database.reader() as session:
        [told] = await notifications(session, roles=(TOLD,))
    assert "2 organisations outside read this case no longer" in told.text


async def test_a_case_still_hears_whom_it_keeps_out_so_that_no_report_is_lost(database: Database) -> None:
    await shared(database)
    await say(database, "withdrawn")
    async with database.reader() as session:
        for side, hears in ((SOUTH, {"n"}), (NORTH, {"n"}), (Side("p", ("stranger",), NOW), set[str]())):
            assert await theirs(session, ["n"], side, whose=heard_from) == hears
        assert await theirs(session, ["n"], SOUTH) == frozenset()


async def test_where_we_take_no_part_the_case_is_held_by_those_for_whom_it_was_begun(database: Database) -> None:
    await shared(database, ours=False)
    await say(database, "withdrawn")
    found = await stand(database)
    assert (found["north"], found["south"], found["centre"]) == (INSIDE, *[Standing(kept_out=True, outside=True)] * 2)


@pytest.mark.parametrize(
    ("status", "scope", "again"),
    [
        ("given", SHARING, {"south", "centre"}),
        ("given", "organisation:south", {"south"}),
        ("given", "service:clinic", {"south"}),
        ("legal_basis", SHARING, {"south", "centre"}),
        ("legal_basis", "organisation:centre", {"centre"}),
    ],
)
async def test_a_later_word_lets_in_again_whom_it_is_about(
    database: Database, status: str, scope: str, again: set[str]
) -> None:
    await shared(database)
    await say(database, "withdrawn")
    await say(database, status, scope, minutes=5, case_id="n" if status == "legal_basis" else "")
    assert {name for name, found in (await stand(database)).items() if found.party} == again | INSIDERS
    await say(database, "withdrawn", minutes=10)
    assert {name for name, found in (await stand(database)).items() if found.party} == INSIDERS


async def test_a_legal_basis_for_one_case_opens_no_other(database: Database) -> None:
    await shared(database)
    await say(database, "withdrawn")
    await say(database, "legal_basis", minutes=5, case_id="n")
    async with database.session() as session:
        session.add(case("begun"))
        await bring_along(session, "n", "begun", now=NOW)
    assert {name for name, found in (await stand(database, "begun")).items() if found.party} == INSIDERS


async def test_a_consent_for_a_time_lets_in_for_that_time_only(database: Database) -> None:
    await shared(database)
    await say(database, "withdrawn")
    await say(database, "given", minutes=5, days=3)
    assert (await stand(database))["south"] == GUEST
    assert (await stand(database, at=NOW + timedelta(days=4)))["south"] == OUTSIDE
    async with database.session() as session:
        await let_in(session, "n", "south", via="service", through="service:clinic", now=NOW)
    assert (await stand(database, at=NOW + timedelta(days=4)))["south"] == OUTSIDE


@pytest.mark.parametrize("scope", ["organisation:south", "service:clinic"])
async def test_an_objection_by_name_keeps_out_whom_it_names(database: Database, scope: str) -> None:
    await shared(database)
    await say(database, "opted_out", scope)
    assert await stand(database) == {
        "home": INSIDE,
        "north": INSIDE,
        "south": Standing(kept_out=True, outside=True),
        "centre": GUEST,
    }


async def test_who_referred_and_is_objected_to_by_name_reads_what_they_wrote_where_we_treat(database: Database) -> None:
    await shared(database)
    await say(database, "withdrawn", "organisation:north")
    assert (await stand(database))["north"] == MADE_IT


async def test_no_word_keeps_out_whose_case_it_is_where_nobody_of_ours_treats(database: Database) -> None:
    await shared(database, ours=False)
    await say(database, "withdrawn", "organisation:north")
    assert (await stand(database))["north"] == INSIDE


@pytest.mark.parametrize("scope", ["contact", "secondary_use", "role:referrer", "person:dr.oak"])
async def test_a_word_about_something_else_keeps_nobody_out(database: Database, scope: str) -> None:
    await shared(database)
    await say(database, "withdrawn", scope)
    assert all(found.party for found in (await stand(database)).values())


async def test_whom_the_case_names_is_kept_out_with_their_organisation_and_strangers_of_a_case_of_ours_too(
    database: Database,
) -> None:
    await shared(database)
    async with database.session() as session:
        session.add(case("ours"))
        session.add(CaseKey(case_id="ours", correlation_key="P-1"))
        for root in ("n", "ours"):
            about = {"person": "p", "name": "P", "role": "allied_health", "recorded_by": "c"}
            member = CareTeamMember(member_id=root, root_case_id=root, since=MONDAY, **about)  # type: ignore[arg-type]  # columns by name
            session.add(member)
    assert (await stand(database))["south"] == Standing(party=True, named=True, outside=True)
    assert (await stand(database, "ours"))["south"] == Standing(named=True, outside=True)
    await say(database, "withdrawn")
    assert (await stand(database))["south"] == OUTSIDE
    found = await stand(database, "ours")
    assert (found["home"], found["south"]) == (Standing(party=True, named=True), OUTSIDE)
    async with database.reader() as session:
        _, team = await held_where_some_are_out(session, lapsed=(), now=NOW)
    assert {each.root_case_id for each in team} == {"n", "ours"}
    await say(database, "given", minutes=5)
    assert (await stand(database, "ours"))["south"] == Standing(named=True, outside=True)


@pytest.mark.parametrize(("minutes", "named"), [(-5, False), (5, True)])
async def test_who_is_handed_a_task_after_the_withdrawal_sees_that_case_however_others_are_shared(
    database: Database, minutes: int, named: bool
) -> None:
    await shared(database)
    at = NOW - timedelta(minutes=30)
    given = {"assignee": "p"}
    task = {"root_case_id": "n", "pathway": "p", "urgency": "routine", "element": "e", "title": "t", **given}
    async with database.session() as session:
        session.add(Task(case_id="n", activation="e#1", state="claimed", created_at=MONDAY, **task))  # type: ignore[arg-type]  # columns by name
        fact = {
            "case_id": "n",
            "root_case_id": "n",
            "seq": 9,
            "fact": "delegated",
            "activation": "e#1",
            "detail": given,
        }
        session.add(FactRecord(at=at + timedelta(minutes=minutes), **fact))  # type: ignore[arg-type]  # columns by name
        session.add(case("other"))
        session.add(CaseKey(case_id="other", correlation_key="P-2"))
        await note_requester(session, "other", "", through="sender", now=MONDAY)
        await note_party(session, "other", "south", via="service", through="service:clinic", now=MONDAY)
        for patient, word_at in (("P-1", at), ("P-2", NOW - timedelta(minutes=1))):
            said = Said(f"w{patient}", patient, SHARING, "withdrawn", word_at, "dr.oak")
            await record_consent(session, said, now=word_at)
    found = (await stand(database))["south"]
    assert (found.kept_out, found.named) == (True, named)
    wanted = WorklistFilter(person="p", side=SOUTH)
    async with database.reader() as session:
        assert (await worklist(session, wanted)).total == named


async def test_what_one_patient_objects_to_keeps_out_of_the_cases_of_both_when_they_are_one(database: Database) -> None:
    await shared(database)
    at = NOW - timedelta(minutes=30)
    async with database.session() as session:
        session.add(Patient(patient_id="P-2", created_at=MONDAY))
        await record_consent(session, Said("w", "P-2", SHARING, "withdrawn", at, "dr.oak"), now=at)
        await join_consents(session, "P-1", "P-2", actor="c", now=at)
        await merge_patients(session, "P-1", "P-2", actor="c", now=at)
    assert (await stand(database))["south"] == OUTSIDE


@pytest.mark.parametrize(
    ("side", "agreed", "reads"),
    [
        (SOUTH, None, True),
        (SOUTH, (), False),
        (SOUTH, ("service:clinic",), True),
        (SOUTH, ("service:other",), False),
        (CENTRE, (), False),
        (NORTH, (), True),
    ],
)
async def test_who_was_let_in_reads_as_long_as_an_agreement_stands(
    database: Database, side: Side, agreed: tuple[str, ...] | None, reads: bool
) -> None:
    await shared(database)
    async with database.reader() as session:
        found = await standing(session, "n", replace(side, agreed=agreed))
    reader = INSIDE if side is NORTH else GUEST
    assert found == (reader if reads else Standing(kept_out=True, outside=True))


async def test_somebody_is_of_the_organisation_for_which_they_were_here_last_of_those_of_the_case_if_ever(
    database: Database,
) -> None:
    async with database.session() as session:
        await note_party(session, "n", "south", via="service", through="service:clinic", now=NOW)
        for minutes, organisation in enumerate(("east", "", "south", "north", "east")):
            await note_seen(session, "p", organisation, now=NOW + timedelta(minutes=minutes))
    async with database.reader() as session:
        assert await organisation_of(session, "p", "n") == "south"
        assert await organisation_of(session, "p", "third") == "east"
        assert await organisation_of(session, "q", "n") is None
