"""Are facts that the database lost known again from Temporal's history? Replayed cases tell what they told before."""

import asyncio

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from records.projection.values import recorded
from tests.host.conftest import World
from tests.host.diagrams import LOOPING, ONE_TASK, TWO_TASKS, WAIT
from workflows.contract.requests import ClaimTask, CompleteTask
from workflows.engine.facts import Fact
from workflows.host.recall import Recalled, recall, settled
from workflows.host.recollection import notebook

pytestmark = pytest.mark.temporal


def told(world: World, case_id: str) -> dict[int, Fact]:
    return {fact.seq: fact for fact in world.facts[case_id]}


def known(recalled: Recalled) -> dict[int, Fact]:
    return {number: recorded(fact) for number, fact in recalled.facts.items()}


async def test_a_replayed_case_tells_the_facts_that_it_told(world: World) -> None:
    case_id = (await world.start(TWO_TASKS)).case_id
    await world.gateway.send(case_id, ClaimTask("first#1", "p1"), "k1")
    await world.gateway.send(case_id, CompleteTask("first#1", "p1", {"answer": 42}), "k2")
    recalled = await recall(world.client, case_id)
    assert recalled.whole
    assert recalled.failure == ""
    assert recalled.start is not None
    assert recalled.start.case_id == case_id
    assert known(recalled) == told(world, case_id)


async def test_a_case_that_has_ended_is_known_again_too(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    await world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "k1")
    await world.client.get_workflow_handle(case_id).result()
    assert known(await recall(world.client, case_id)) == told(world, case_id)


async def test_a_case_that_carried_itself_over_is_known_again_from_all_its_runs(world: World) -> None:
    case_id = (await world.start(LOOPING)).case_id
    first_run = (await world.client.get_workflow_handle(case_id).describe()).run_id
    for number in range(12):
        await world.gateway.send(case_id, CompleteTask(f"task{number}#1", "p1"), f"k{number}")
    async with asyncio.timeout(60):
        while (await world.client.get_workflow_handle(case_id).describe()).run_id == first_run:
            await asyncio.sleep(0.1)
    await world.gateway.send(case_id, CompleteTask("task12#1", "p1"), "k12")
    recalled = await recall(world.client, case_id)
    assert recalled.whole
    assert known(recalled) == told(world, case_id)
    latest = max(recalled.facts)
    assert 1 not in (await recall(world.client, case_id, wanted=[latest])).facts, "no older run than needed is read"


async def test_what_a_task_that_is_not_completed_would_tell_is_not_history_yet(world: World) -> None:
    case_id = (await world.start(WAIT)).case_id
    history = await world.client.get_workflow_handle(case_id).fetch_history()
    under_way = [*history.events]
    for number, kind in enumerate(("WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_STARTED"), len(under_way) + 1):
        event = type(under_way[0])(event_id=number, event_type=EventType.Value(f"EVENT_TYPE_{kind}"))
        under_way.append(event)
    assert list(settled(WorkflowHistory(case_id, under_way)).events) == list(history.events)


async def test_nobody_writes_down_what_nobody_asked_for(world: World) -> None:
    with notebook("another-case") as empty:
        await world.start(ONE_TASK)
    assert empty.facts == {}


def test_one_case_has_one_notebook() -> None:
    with notebook("a-case"), pytest.raises(RuntimeError, match="already"), notebook("a-case"):
        pass
    with notebook("a-case"):
        pass
