"""Until when does a step wait after a person moved its timer? Its own due time stays; what has none moves along."""

import pytest

from pathways.bpmn.model import Definition, FlowNode, TimerTrigger
from records.database import Database
from records.projection import project
from records.queries.case import open_waits
from tests.engine.interventions import DAY, LADDER, NOW, drawn, node, work
from tests.records.story import SHA
from workflows.contract.requests import CaseFacts, StartCase
from workflows.engine.events import Started, TimerMoved
from workflows.engine.step import step

START = StartCase("case-1", "p", SHA)
TIMER = TimerTrigger("duration", '"P2D"')
LATE = node("late", "boundaryEvent", attached_to="fetch", trigger=TIMER)


def waiting(*steps: FlowNode) -> Definition:
    """A process that waits in the first of these steps; the others are attached to it."""
    ends = [node("end", "endEvent"), *(node(f"{each.id}_end", "endEvent") for each in steps[1:])]
    ways = [f"start>{steps[0].id}", f"{steps[0].id}>end", *(f"{each.id}>{each.id}_end" for each in steps[1:])]
    return drawn([node("start", "startEvent"), *steps, *ends], ways)


@pytest.mark.parametrize(
    ("definition", "days"),
    [
        pytest.param(waiting(work("fetch", expected_duration='"P2D"'), LATE), 2, id="a due time of its own"),
        pytest.param(waiting(work("fetch", expected_duration='"P1D"', ladder=LADDER)), 1, id="a rung when it is due"),
        pytest.param(waiting(work("fetch"), LATE), 9, id="due with its timer"),
        pytest.param(
            waiting(
                work("fetch"),
                LATE,
                node("other", "boundaryEvent", attached_to="fetch", trigger=TimerTrigger("duration", '"P5D"')),
            ),
            5,
            id="due with the timer that is now the first",
        ),
        pytest.param(waiting(node("pause", "intermediateCatchEvent", trigger=TIMER)), 9, id="nothing but a timer"),
    ],
)
async def test_a_moved_timer_moves_the_wait_that_has_no_other_due_time(
    sqlite_copy: str, definition: Definition, days: int
) -> None:
    database = Database(sqlite_copy)
    state, events = None, [Started(NOW, "case-1", {}), TimerMoved(NOW, "timer#1", NOW + 9 * DAY, "abroad", "lead")]
    for event in events:
        taken = step(definition, state, event)
        state = taken.state
        async with database.session() as session:
            await project(session, CaseFacts(START, taken.facts))
    async with database.reader() as session:
        (wait,) = await open_waits(session, ("case-1",))
    assert wait.until == NOW + days * DAY
    await database.close()
