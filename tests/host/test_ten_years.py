"""Does a surveillance pathway of ten years stay within one history's limits, and end right? Under skipped time."""

from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from pathways.bpmn.model import FlowNode, Ladder, Rung
from tests.host.conftest import World, running
from tests.host.diagrams import line, message, user_task, wait_for, work
from tests.host.test_long_lives import ticking
from workflows.contract.requests import CompleteTask, DeliverMessage

pytestmark = pytest.mark.temporal

SUGGESTED = 4_096
VISITS = 18
"""Each takes 200 days; the test server ends every workflow after ten years, the real one does not."""
FIRES = 200
LADDER = Ladder(
    "recall",
    (Rung("c+P7D", ("assignee",), level="reminder"), Rung("c+P14D", ("clinical_lead",), level="escalation")),
)


def visit(number: int, key: str) -> list[FlowNode]:
    """Draw half a year's pause, a recall, the result and its review."""
    return [
        wait_for(f"pause{number}", key, "P6M"),
        work(f"recall{number}", key, "test.fetch"),
        message(f"result{number}", key, "surveillance.result"),
        user_task(f"review{number}", key, ladder=LADDER),
    ]


SURVEILLANCE = line("surveillance", *[node for number in range(VISITS) for node in visit(number, "surveillance")])
WEEKLY = ticking("weekly", fires=FIRES, every="P18D")


async def length(world: World, case_id: str) -> int:
    return len((await world.client.get_workflow_handle(case_id).fetch_history()).events)


async def test_ten_years_of_surveillance_end_right_in_a_history_of_moderate_length(
    time_skipping: WorkflowEnvironment,
) -> None:
    async with running(time_skipping.client) as world:
        case = world.case(SURVEILLANCE)
        case_id = (await world.gateway.start(case, pathway=SURVEILLANCE.name)).case_id
        for number in range(VISITS):
            await time_skipping.sleep(timedelta(days=185))
            found = DeliverMessage("surveillance.result", case.variables["referral_id"], f"m{number}", {"n": number})
            await world.gateway.send(case_id, found, f"m{number}")
            await time_skipping.sleep(timedelta(days=15))
            await world.until(lambda number=number: world.happened(case_id).count("escalated") == 2 * (number + 1))
            await world.gateway.send(case_id, CompleteTask(f"review{number}#1", "p1"), f"k{number}")
        assert (await world.client.get_workflow_handle(case_id).result())["outcome"] == "completed"
        assert len(world.works) == VISITS
        assert await length(world, case_id) < SUGGESTED


async def test_a_timer_that_fires_hundreds_of_times_fires_each_time_once(time_skipping: WorkflowEnvironment) -> None:
    async with running(time_skipping.client) as world:
        case_id = (await world.start(WEEKLY)).case_id
        await time_skipping.sleep(timedelta(days=18 * FIRES + 30))
        await world.until(lambda: world.happened(case_id).count("timer_fired") == FIRES, 60)
        await world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "k")
        assert world.happened(case_id).count("timer_fired") == FIRES
        assert await length(world, case_id) < SUGGESTED
