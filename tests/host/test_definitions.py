"""How does a case come by its definition? How many does a worker keep decoded, and what if one is gone?"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from temporalio.client import WorkflowExecutionStatus

from tests.host.conftest import World
from tests.host.diagrams import ONE_TASK, line, user_task
from workflows.contract.handover import Carried
from workflows.contract.requests import CompleteTask
from workflows.engine.events import Started
from workflows.engine.step import step
from workflows.host import definitions

LOST = line("lost", user_task("examine", "lost"))


def test_the_oldest_definition_makes_room() -> None:
    names = [f"of-a-test-{number}" for number in range(definitions.MOST + 1)]
    assert all(definitions.keep(name, ONE_TASK) is ONE_TASK for name in names)
    assert definitions.decoded(names[0]) is None
    assert definitions.decoded(names[-1]) is ONE_TASK


@pytest.mark.temporal
async def test_a_running_case_whose_definition_is_gone_waits_for_it_and_does_not_fail(world: World) -> None:
    began = world.case(LOST)
    state = step(LOST, None, Started(datetime(2026, 1, 5, 9, tzinfo=UTC), began.case_id)).state
    carried = [replace(began, state=state), Carried()]
    del world.published[LOST.sha256]
    handle = await world.client.start_workflow(LOST.name, args=carried, id=began.case_id, task_queue=world.task_queue)
    await world.until(lambda: world.runs >= 2)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    world.published[LOST.sha256] = LOST
    await world.gateway.send(began.case_id, CompleteTask("examine#1", "p1"), "done")
    assert (await handle.result())["outcome"] == "completed"
