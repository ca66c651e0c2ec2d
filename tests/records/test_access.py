"""Whose is a case, a message, a notification, a batch of ids? The same on both databases."""

from datetime import timedelta

from sqlmodel import select

from records.database import Database
from records.queries.access import READ_AFTER_END, Side, brought_to
from records.queries.broken_glass import unreviewed
from records.queries.dead_letters import DeadLetterFilter, dead_letters
from records.queries.inbox import Addressed, notifications
from records.queries.own_record import cases_of_patients
from records.queries.standing import reachable, standing, theirs
from records.queries.worklist import WorklistFilter, worklist
from records.tables import BrokenGlass, Message, Notification, ScopeVariables
from records.writes.parties import copy_parties, note_party, note_requester
from tests.records.story import MONDAY, case

NOW = MONDAY + timedelta(days=1)
NORTH, SOUTH, HOME = (Side("p", (name,), NOW) for name in ("north", "south", ""))


async def begun(database: Database) -> None:
    """Three cases: one of north with one that it called, one of nobody, one of north that is long over."""
    async with database.session() as session:
        session.add(case("n"))
        session.add(case("n/called", root_case_id="n", caller="n"))
        session.add(case("ours"))
        session.add(case("old", ended_at=NOW - READ_AFTER_END))
        session.add(ScopeVariables(case_id="n", scope="root", variables={"patient_id": "P-1"}))
        for root in ("n", "old"):
            await note_requester(session, root, "north", through="sender", now=MONDAY)


async def test_a_case_is_of_those_who_take_part_and_else_of_the_installation(database: Database) -> None:
    await begun(database)
    every = ("n", "n/called", "ours", "old", "nobody")
    async with database.reader() as session:
        assert await theirs(session, every, NORTH) == {"n", "n/called"}
        assert await theirs(session, every, HOME) == {"ours"}
        assert await theirs(session, every, SOUTH) == frozenset()
        assert await theirs(session, every, Side("p", ("north",), NOW, any_age=True)) == {"n", "n/called", "old"}
        assert await reachable(session, ("n", "nobody"), HOME) == {"nobody"}
        assert await reachable(session, ("n", "nobody"), SOUTH) == frozenset()
        assert (await standing(session, "n", NORTH)).party
        assert not (await standing(session, "n", SOUTH)).party


async def test_whoever_comes_in_leaves_the_installation_what_was_its_own(database: Database) -> None:
    await begun(database)
    async with database.session() as session:
        await note_party(session, "ours", "south", via="service", through="service:x", now=MONDAY)
        await copy_parties(session, "ours", "old", now=MONDAY)
    async with database.reader() as session:
        assert (await standing(session, "ours", HOME)).party
        assert (await standing(session, "ours", SOUTH)).party
        assert await theirs(session, ["old"], Side("p", ("south",), NOW, any_age=True)) == {"old"}


async def test_a_broken_glass_opens_one_case_to_one_person_until_it_ends(database: Database) -> None:
    await begun(database)
    until = NOW + timedelta(hours=4)
    glass = {"person": "p", "name": "P", "organisation": "south", "reason": "r", "since": NOW, "until": until}
    async with database.session() as session:
        session.add(BrokenGlass(grant_id="g", root_case_id="n", **glass))  # type: ignore[arg-type]
    async with database.reader() as session:
        assert (await standing(session, "n", SOUTH)).opened
        assert not (await standing(session, "ours", SOUTH)).opened
        assert not (await standing(session, "n", Side("q", ("south",), NOW))).opened
        assert not (await standing(session, "n", Side("p", ("south",), until))).opened
        assert [each.grant_id for each in await unreviewed(session)] == ["g"]


async def test_cases_are_found_by_their_patient(database: Database) -> None:
    await begun(database)
    async with database.reader() as session:
        mine = await cases_of_patients(session, Side("p", ("",), NOW, patients=("P-1",)))
        assert [each.case_id for each in mine] == ["n"]
        assert await cases_of_patients(session, Side("p", ("",), NOW, patients=("P-2",))) == ()


async def test_messages_are_dealt_with_by_those_whose_case_they_reached_or_who_brought_them(database: Database) -> None:
    await begun(database)
    rows = {"reached": ("n/called", {}), "brought": (None, {"organisations": ["south"]}), "plain": (None, {})}
    async with database.session() as session:
        for name, (case_id, payload) in rows.items():
            about = {"name": "m", "correlation_key": "k", "received_at": MONDAY, "status": "unmatched"}
            session.add(Message(message_id=name, case_id=case_id, payload=payload, **about))  # type: ignore[arg-type]
    async with database.reader() as session:
        for side, found in ((NORTH, {"reached"}), (SOUTH, {"brought"}), (HOME, {"plain"})):
            ids = set(await session.exec(select(Message.message_id).where(brought_to(side))))
            page = await dead_letters(session, DeadLetterFilter(), side, limit=10)
            assert ids == {row.message_id for row in page.rows} == found
            assert page.total == 1


async def test_a_role_is_told_of_the_cases_of_its_organisation(database: Database) -> None:
    await begun(database)
    async with database.session() as session:
        told = {"recipient_kind": "role", "recipient": "gdp", "level": "reminder", "text": "t", "created_at": MONDAY}
        session.add(Notification(idempotency_key="1", case_id="n/called", **told))  # type: ignore[arg-type]
    async with database.reader() as session:
        assert len(await notifications(session, Addressed(NORTH, ("gdp",)))) == 1
        assert await notifications(session, Addressed(SOUTH, ("gdp",))) == ()
        own = Side("p", ("",), NOW, patients=("P-1",))
        assert len(await notifications(session, Addressed(own, (), ("gdp",)))) == 1
        wanted = WorklistFilter(roles=("gdp",), person="p", side=own, own_record=("gdp",))
        assert (await worklist(session, wanted)).total == 0
