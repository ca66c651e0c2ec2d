"""Does the board count every open case where it stands, those folded in that it called, with what is due there?"""

from sqlalchemy import true

from records.database import Database
from records.queries.board import board
from tests.records.story import HOUR, MONDAY, write_all
from tests.records.test_case_queries import called, calling, other


async def test_cases_are_counted_by_pathway_and_by_each_step_at_which_they_wait(database: Database) -> None:
    await write_all(database, (calling(), called(), other()))
    async with database.reader() as session:
        (found,) = await board(session, true(), now=MONDAY + 10 * HOUR)
    assert (found.pathway, found.cases, found.stuck, found.incident) == ("dental_clearance", 2, 1, 0)
    at = {step.element: (step.process, step.cases, step.overdue, step.next_due) for step in found.steps}
    assert at == {
        "assess": ("dental_clearance", 1, 1, MONDAY + 3 * HOUR),
        "result": ("closed_loop", 1, 1, MONDAY + 9 * HOUR),
        "triage": ("closed_loop", 1, 0, MONDAY + 20 * HOUR),
    }
    assert [step.element for step in found.steps] == ["assess", "result", "triage"]


async def test_two_cases_at_one_step_are_counted_together_and_the_oldest_says_since_when(database: Database) -> None:
    first, second = other(), other()
    second.case_id = "case-3"
    await write_all(database, (first, second))
    async with database.reader() as session:
        (found,) = await board(session, true(), now=MONDAY)
        none = await board(session, true(), now=MONDAY, pathway="closed_loop")
    (step,) = found.steps
    assert (step.cases, step.overdue, step.role, step.kind, step.since) == (2, 0, "dentist", "task", MONDAY)
    assert none == ()
