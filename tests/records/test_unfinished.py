import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from records.database import Database
from records.queries.audit import unnoted
from records.queries.audit_chain import verify
from records.tables import Audit, Batch, BatchItem, Idempotency
from records.writes import idempotency
from records.writes.audit import UNKNOWN
from records.writes.idempotency import LEASE, Begun, Proceed, Replay
from records.writes.unfinished import note_unfinished, note_unsure_items
from tests.records.story import MONDAY, Story, write

LATER = MONDAY + timedelta(minutes=6)
CASE = "case-1"


def intent(**changed: Any) -> dict[str, Any]:
    said = {"request_id": "r-1", "begun_at": MONDAY.isoformat(), "case_id": CASE, "activation": "assess#1"}
    return {**said, "organisation": "north", "context": {"roles": ["dentist"], "method": "POST"}, **changed}


async def begin(database: Database, *, key: str = "k", now: datetime = MONDAY, **changed: Any) -> Begun:
    async with database.session() as session:
        meant = intent(**changed)
        return await idempotency.begin(session, key=key, actor="dr.oak", request_hash="h", now=now, intent=meant)


async def finish(database: Database) -> None:
    async with database.session() as session:
        await idempotency.finish(session, key="k", actor="dr.oak", status=200, body="done")


async def swept(database: Database, now: datetime = LATER) -> list[Audit]:
    """Sweep; give the rows that the audit has then."""
    async with database.session() as session:
        await note_unfinished(session, now=now)
        await note_unsure_items(session, now=now)
    async with database.reader() as session:
        return list(await session.exec(select(Audit).order_by(col(Audit.id))))


async def test_a_request_that_never_came_to_its_end_is_in_the_audit_once(database: Database) -> None:
    await write(database, Story().begin().batch())
    await begin(database)
    assert await swept(database, MONDAY + timedelta(minutes=4)) == []
    await swept(database)
    [row] = await swept(database)
    assert (row.actor, row.action, row.case_id, row.organisation) == ("dr.oak", "access.unfinished", CASE, "north")
    assert (row.outcome, row.context["roles"]) == (UNKNOWN, ["dentist"])
    assert row.detail == {"request_id": "r-1", "begun_at": MONDAY.isoformat(), "activation": "assess#1"}


async def test_sweeps_of_several_processes_at_once_note_each_request_once(database: Database) -> None:
    for number in range(5):
        await begin(database, key=f"k{number}", request_id=f"r-{number}")
    await asyncio.gather(*(swept(database) for _ in range(4)))
    assert [row.detail["request_id"] for row in await swept(database)] == [f"r-{number}" for number in range(5)]
    async with database.reader() as session:
        assert (await verify(session)).findings == ()


async def test_a_request_that_was_answered_owes_the_audit_nothing(database: Database) -> None:
    await begin(database)
    await finish(database)
    assert await swept(database) == []
    async with database.reader() as session:
        assert (await session.get_one(Idempotency, ("k", "dr.oak"))).intent is None, "it is kept no longer than needed"


async def test_what_is_no_case_is_not_brought_into_the_audit(database: Database) -> None:
    """An address can name anything, also a patient."""
    await begin(database, case_id="Quintessa", activation="1961-02-03")
    [row] = await swept(database)
    assert (row.case_id, row.detail) == ("", {"request_id": "r-1", "begun_at": MONDAY.isoformat()})


async def test_a_request_of_unknown_outcome_may_be_sent_again_at_once_and_is_owed_until_it_is_answered(
    database: Database,
) -> None:
    await begin(database)
    async with database.session() as session:
        await idempotency.give_back(session, key="k", actor="dr.oak")
    again = await begin(database, request_id="r-2", now=MONDAY + timedelta(seconds=1))
    assert again == Proceed(again=True)
    async with database.reader() as session:
        kept = (await session.get_one(Idempotency, ("k", "dr.oak"))).intent
    assert kept == intent(), "the first of them is the one of which nobody knows"
    await finish(database)
    assert await swept(database) == []


async def test_a_request_that_is_in_the_audit_as_unfinished_can_still_be_finished(database: Database) -> None:
    await begin(database)
    await swept(database)
    assert await begin(database, now=LATER) == Proceed()
    await finish(database)
    assert await begin(database, now=LATER) == Replay(200, "done")
    assert len(await swept(database, LATER + timedelta(minutes=6))) == 1


async def test_what_the_audit_is_owed_is_never_forgotten_and_shows_when_it_is_late(database: Database) -> None:
    await begin(database)
    async with database.session() as session:
        assert await idempotency.forget(session, before=MONDAY + timedelta(days=99)) == 0
    async with database.reader() as session:
        assert await unnoted(session, now=MONDAY + timedelta(minutes=14)) == ()
        assert await unnoted(session, now=MONDAY + timedelta(minutes=16)) == (CASE,)
    assert len(await swept(database)) == 1
    async with database.session() as session:
        assert await unnoted(session, now=MONDAY + timedelta(minutes=16)) == ()
        assert await idempotency.forget(session, before=MONDAY + timedelta(days=99)) == 1


async def test_a_request_under_way_is_not_in_doubt(database: Database) -> None:
    """As long as somebody sends it again, it may still be answered."""
    await begin(database)
    await begin(database, now=MONDAY + timedelta(minutes=5))
    assert await swept(database) == []
    assert len(await swept(database, MONDAY + timedelta(minutes=11))) == 1
    assert timedelta(minutes=5) > LEASE


async def test_an_item_of_a_batch_that_was_stopped_while_its_process_died_is_in_the_audit(database: Database) -> None:
    about: dict[str, Any] = {
        "kind": "incident.retry",
        "reason": "r",
        "actor": "a.fir",
        "created_at": MONDAY,
        "organisation": "north",
    }
    begun: dict[str, Any] = {"case_id": CASE, "target": "x#1", "at": MONDAY}
    async with database.session() as session:
        for batch, status in (("b-1", "cancelled"), ("b-2", "running")):
            session.add(Batch(batch=batch, status=status, **about))
            session.add(BatchItem(batch=batch, number=1, update_id=f"{batch}-1", **begun))
            session.add(BatchItem(batch=batch, number=2, update_id=f"{batch}-2", case_id=CASE))
    await swept(database)
    [row] = await swept(database)
    assert (row.actor, row.action, row.case_id, row.outcome) == ("a.fir", "incident.retry", CASE, UNKNOWN)
    assert row.detail == {"batch": "b-1", "item": 1, "target": "x#1", "outcome": "unknown"}
