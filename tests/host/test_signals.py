"""Does a case tell the others of its signals, and take each signal of theirs once?"""

import pytest

from tests.host.conftest import World
from tests.host.diagrams import BEGUN_BY_SIGNAL, CATCHING_LONG, CATCHING_SIGNAL, THROWING_SIGNAL
from workflows.contract.requests import CompleteTask, DeliverSignal, StartCase
from workflows.engine.errors import EventRejected
from workflows.engine.triggers.message import known_as

pytestmark = pytest.mark.temporal

CLOSED = DeliverSignal("theatre.closed", "signal-1", {"until": "noon"}, "theatres")


async def test_a_thrown_signal_is_broadcast_once_and_its_case_goes_on(world: World) -> None:
    case_id = (await world.start(THROWING_SIGNAL)).case_id
    receipt = await world.gateway.send(case_id, CompleteTask("close#1", "p1"), "k1")
    assert [task.activation for task in receipt.opened] == ["reopen#1"]
    await world.until(lambda: bool(world.signals))
    (signal,) = world.signals
    assert (signal.name, signal.signal_id, signal.thrower) == ("theatre.closed", f"{case_id}:tell#1", case_id)


async def test_a_signal_wakes_the_case_that_waits_for_it(world: World) -> None:
    case_id = (await world.start(CATCHING_SIGNAL)).case_id
    receipt = await world.gateway.send(case_id, CLOSED, "k1")
    assert receipt.outcome == "delivered"
    assert [task.activation for task in receipt.opened] == ["rebook#1"]


async def test_the_same_signal_under_another_update_is_a_duplicate(world: World) -> None:
    case_id = (await world.start(CATCHING_SIGNAL)).case_id
    await world.gateway.send(case_id, CLOSED, "k1")
    again = await world.gateway.send(case_id, CLOSED, "k2")
    assert (again.outcome, again.opened) == ("duplicate", ())
    assert world.happened(case_id).count("signal_received") == 1


async def test_a_case_that_does_not_wait_for_a_signal_refuses_it(world: World) -> None:
    case_id = (await world.start(THROWING_SIGNAL)).case_id
    with pytest.raises(EventRejected, match=r"theatre\.closed"):
        await world.gateway.send(case_id, CLOSED, "k1")


async def test_a_case_begins_at_the_start_event_that_is_named(world: World) -> None:
    receipt = await world.start(BEGUN_BY_SIGNAL, process="begun_by_signal", start_event="start")
    assert [task.activation for task in receipt.opened] == ["inform#1"]
    assert "start" in [fact.element for fact in world.facts[receipt.case_id]]


async def test_what_a_case_waits_for_shows_the_name_of_the_signal(world: World) -> None:
    case_id = (await world.start(CATCHING_SIGNAL)).case_id
    (wait,) = (await world.gateway.describe(case_id)).waits
    assert (wait.element, wait.what) == ("closed", ("theatre.closed",))


async def test_a_signal_stays_taken_when_the_case_carries_itself_over(world: World) -> None:
    case_id = (await world.start(CATCHING_LONG)).case_id
    handle = world.client.get_workflow_handle(case_id)
    first_run = (await handle.describe()).run_id
    await world.gateway.send(case_id, CLOSED, "k")
    for number in range(25):
        await world.gateway.send(case_id, CompleteTask(f"task{number}#1", "p1"), f"k{number}")
    assert (await handle.describe()).run_id != first_run
    assert (await world.gateway.send(case_id, CLOSED, "k")).outcome == "duplicate"
    begun = (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
    (carried,) = await world.client.data_converter.decode(begun.input.payloads[:1], [StartCase])
    assert carried.signal_ids == (known_as("signal-1"),), "ten a day for ten years would not fit otherwise"
