"""How does a case end, and how does it carry itself over into a fresh history?"""

import asyncio

import pytest
from temporalio.client import WorkflowFailureError

from tests.host.conftest import World
from tests.host.diagrams import LOOPING, MESSAGE, ONE_TASK
from workflows.contract.requests import CancelCase, CompleteTask, DeliverMessage, SetVariables
from workflows.engine.errors import EventRejected
from workflows.host.gateway import AlreadyStarted, CaseNotFound

pytestmark = pytest.mark.temporal


async def test_a_cancelled_case_withdraws_its_tasks_and_ends(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    receipt = await world.gateway.send(case_id, CancelCase("entered in error", "p1"), "k1")
    assert receipt.status == "cancelled"
    assert (await world.client.get_workflow_handle(case_id).result())["outcome"] == "cancelled"


async def test_cancelling_in_temporal_ends_the_case_properly(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    await world.client.get_workflow_handle(case_id).cancel()
    assert (await world.client.get_workflow_handle(case_id).result())["outcome"] == "cancelled"
    assert world.happened(case_id)[-1] == "case_ended"


async def test_a_case_that_has_ended_refuses_every_request(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    await world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "k1")
    await world.client.get_workflow_handle(case_id).result()
    with pytest.raises(EventRejected) as refused:
        await world.gateway.send(case_id, CancelCase("too late", "p1"), "k2")
    assert refused.value.code == "not-running"


async def test_an_unknown_case_is_not_found(world: World) -> None:
    with pytest.raises(CaseNotFound):
        await world.gateway.send("case-nowhere", CancelCase("?", "p1"), "k1")


async def test_the_same_case_cannot_be_started_twice(world: World) -> None:
    case = world.case(ONE_TASK)
    await world.gateway.start(case, pathway=ONE_TASK.name)
    with pytest.raises(AlreadyStarted) as refused:
        await world.gateway.start(case, pathway=ONE_TASK.name)
    assert refused.value.case_id == case.case_id


async def test_a_case_that_has_ended_cannot_be_started_again(world: World) -> None:
    case = world.case(ONE_TASK)
    await world.gateway.start(case, pathway=ONE_TASK.name)
    await world.gateway.send(case.case_id, CompleteTask("examine#1", "p1"), "k1")
    await world.client.get_workflow_handle(case.case_id).result()
    with pytest.raises(AlreadyStarted):
        await world.gateway.start(case, pathway=ONE_TASK.name)


async def test_a_message_that_someone_waits_for_is_delivered(world: World) -> None:
    case = world.case(MESSAGE)
    await world.gateway.start(case, pathway=MESSAGE.name)
    report = DeliverMessage("imaging.report", case.variables["referral_id"], "m1", {"finding": "clear"})
    receipt = await world.gateway.send(case.case_id, report, "m1")
    assert receipt.outcome == "delivered"
    assert [task.element for task in receipt.opened] == ["read"]


async def test_a_message_that_nobody_waits_for_is_kept(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    receipt = await world.gateway.send(case_id, DeliverMessage("imaging.report", "X", "m1"), "m1")
    assert receipt.outcome == "buffered"


async def test_a_message_delivered_twice_is_one_message(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    await world.gateway.send(case_id, DeliverMessage("imaging.report", "X", "m1"), "k1")
    receipt = await world.gateway.send(case_id, DeliverMessage("imaging.report", "X", "m1"), "k2")
    assert receipt.outcome == "duplicate"


async def test_answers_wait_while_the_database_is_down_and_the_case_goes_on(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    world.database_is_up.clear()
    asking = asyncio.create_task(world.gateway.send(case_id, SetVariables({"a": 1}, "p1"), "k1"))
    await asyncio.sleep(0.5)
    assert not asking.done()
    world.database_is_up.set()
    assert (await asking).seq == world.facts[case_id][-1].seq


async def test_a_long_case_carries_its_state_and_timers_into_a_fresh_history(world: World) -> None:
    case_id = (await world.start(LOOPING)).case_id
    handle = world.client.get_workflow_handle(case_id)
    first_run = (await handle.describe()).run_id
    for number in range(30):
        await world.gateway.send(case_id, CompleteTask(f"task{number}#1", "p1", {"n": number}), f"k{number}")
    assert (await handle.describe()).run_id != first_run
    assert (await handle.result())["variables"]["n"] == 29
    facts = [fact.seq for fact in world.facts[case_id]]
    assert facts == list(range(1, len(facts) + 1))


async def test_a_timer_is_armed_again_after_carrying_over(world: World) -> None:
    case_id = (await world.start(LOOPING)).case_id
    handle = world.client.get_workflow_handle(case_id)
    for number in range(29):
        await world.gateway.send(case_id, CompleteTask(f"task{number}#1", "p1"), f"k{number}")
    await world.gateway.send(case_id, CompleteTask("task29#1", "p1"), "last")
    assert (await asyncio.wait_for(handle.result(), 60))["outcome"] == "completed"


async def test_a_case_that_cannot_begin_is_refused_and_does_not_run_for_ever(world: World) -> None:
    case = world.case(ONE_TASK, message="nobody.begins.with.this")
    with pytest.raises(EventRejected, match="no start event"):
        await world.gateway.start(case, pathway=ONE_TASK.name)
    with pytest.raises(WorkflowFailureError):
        await world.client.get_workflow_handle(case.case_id).result()
