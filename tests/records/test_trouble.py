"""What becomes of the watchdog's mark on a case? It is gone when the case has ended, however it got there."""

from datetime import UTC, datetime

from records.database import Database
from records.projection.rows import CaseRows
from records.projection.summary import summarise
from records.queries.watch import standings
from records.tables import Case
from records.writes.trouble import set_trouble
from workflows.contract.requests import StartCase

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def case(status: str, trouble: str) -> Case:
    return Case(
        case_id="case-1",
        root_case_id="case-1",
        key="p",
        name="P",
        sha256="s",
        status=status,
        trouble=trouble,
        started_at=BEGIN,
    )


def test_a_case_that_has_ended_is_in_no_trouble() -> None:
    running, ended = case("running", "its task fails"), case("completed", "its task fails")
    for each in (running, ended):
        summarise(CaseRows(start=StartCase("case-1", "p", "s"), case=each), each)
    assert (running.stuck, running.stuck_reason) == (True, "its task fails")
    assert (ended.stuck, ended.stuck_reason, ended.trouble) == (False, "", "")


async def test_all_that_runs_is_looked_at_however_much_that_is(database: Database) -> None:
    async with database.session() as session:
        session.add(case("running", ""))
        await session.flush()
        found = await standings(session, [*(f"case-{number}" for number in range(40_000, 0, -1))])
    assert list(found) == ["case-1"]


async def test_a_case_that_has_ended_is_not_marked(database: Database) -> None:
    async with database.session() as session:
        session.add(case("completed", ""))
        await session.flush()
        assert not await set_trouble(session, "case-1", "its task failed a minute ago")


async def test_a_reason_that_may_not_replace_another_leaves_it(database: Database) -> None:
    async with database.session() as session:
        session.add(case("running", ""))
        await session.flush()
        assert await set_trouble(session, "case-1", "what people read of it is wrong")
        assert not await set_trouble(session, "case-1", "it cannot be put on record", replacing=False)
        assert (await session.get_one(Case, "case-1")).trouble == "what people read of it is wrong"
