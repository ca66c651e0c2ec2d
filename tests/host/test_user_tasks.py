"""How does a person's work go through the host? Updates, receipts, refusals."""

import pytest

from tests.host.conftest import World
from tests.host.diagrams import ONE_TASK, TWO_TASKS
from workflows.contract.requests import ClaimTask, CompleteTask
from workflows.engine.errors import EventRejected

pytestmark = pytest.mark.temporal


async def test_starting_a_case_names_the_tasks_it_opened(world: World) -> None:
    receipt = await world.start(ONE_TASK)
    assert [task.activation for task in receipt.opened] == ["examine#1"]
    assert receipt.opened[0].groups == ("dentist",)
    assert receipt.status == "running"


async def test_completing_a_task_names_the_next_one(world: World) -> None:
    case_id = (await world.start(TWO_TASKS)).case_id
    receipt = await world.gateway.send(case_id, CompleteTask("first#1", "p1", {"answer": 42}), "k1")
    assert [task.activation for task in receipt.opened] == ["second#1"]


async def test_the_last_task_ends_the_case(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    receipt = await world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "k1")
    assert receipt.status == "completed"
    ended = await world.client.get_workflow_handle(case_id).result()
    assert ended["outcome"] == "completed"
    assert world.happened(case_id)[-1] == "case_ended"


async def test_an_answer_comes_only_when_its_facts_are_projected(world: World) -> None:
    case_id = (await world.start(TWO_TASKS)).case_id
    receipt = await world.gateway.send(case_id, CompleteTask("first#1", "p1"), "k1")
    assert world.facts[case_id][-1].seq == receipt.seq


async def test_a_refused_request_writes_nothing_to_history(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    handle = world.client.get_workflow_handle(case_id)
    before = (await handle.fetch_history()).events
    with pytest.raises(EventRejected) as refused:
        await world.gateway.send(case_id, CompleteTask("examine#7", "p1"), "k1")
    assert refused.value.code == "not-open"
    assert len((await handle.fetch_history()).events) == len(before)


async def test_a_task_held_by_someone_else_is_refused(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    await world.gateway.send(case_id, ClaimTask("examine#1", "p1"), "k1")
    with pytest.raises(EventRejected) as refused:
        await world.gateway.send(case_id, CompleteTask("examine#1", "p2"), "k2")
    assert refused.value.code == "not-yours"


async def test_nobody_acts_for_the_holder_without_grounds_and_the_history_keeps_them(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    await world.gateway.send(case_id, ClaimTask("examine#1", "p1"), "k1")
    with pytest.raises(EventRejected, match="on what grounds") as refused:
        await world.gateway.send(case_id, CompleteTask("examine#1", "p2", on_behalf_of="p1"), "k2")
    assert refused.value.code == "not-yours"
    signed = CompleteTask("examine#1", "p2", on_behalf_of="p1", grounds="cover:a1")
    assert (await world.gateway.send(case_id, signed, "k3")).status == "completed"
    [fact] = [fact for fact in world.facts[case_id] if fact.fact == "delegated"]
    assert (fact.detail["on_behalf_of"], fact.detail["grounds"]) == ("p1", "cover:a1")


async def test_the_same_request_twice_is_done_once(world: World) -> None:
    case_id = (await world.start(TWO_TASKS)).case_id
    first = await world.gateway.send(case_id, CompleteTask("first#1", "p1"), "same-key")
    second = await world.gateway.send(case_id, CompleteTask("first#1", "p1"), "same-key")
    assert first == second
    assert world.happened(case_id).count("offered") == 2
