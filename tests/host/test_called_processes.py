"""How does a call activity run? As a child workflow with its own page in the Temporal UI."""

import asyncio
import random

import pytest

from tests.host.conftest import World
from tests.host.diagrams import CALLED, CALLED_OFF, CALLING, CALLING_LATE, DETACHED
from workflows.contract.requests import CancelCase, CompleteTask, DeliverMessage, ResolveIncident
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseNotFound

pytestmark = pytest.mark.temporal


async def test_the_caller_goes_on_when_the_called_process_has_ended(world: World) -> None:
    case_id = (await world.start(CALLING)).case_id
    called = f"{case_id}/call#1"
    await world.until(lambda: "offered" in world.happened(called))
    await world.gateway.send(called, CompleteTask("inner#1", "p1", {"finding": "clear"}), "k1")
    await world.until(lambda: "offered" in world.happened(case_id))
    state = await world.client.get_workflow_handle(case_id).query("state")
    assert state["activations"]["calling#1"]["variables"]["finding"] == "clear"


async def test_a_called_process_is_shown_by_the_name_of_its_pathway(world: World) -> None:
    case_id = (await world.start(CALLING)).case_id
    await world.until(lambda: "offered" in world.happened(f"{case_id}/call#1"))
    assert (await world.gateway.describe(f"{case_id}/call#1")).pathway == "Pathway called"


async def test_a_called_process_that_is_not_there_is_an_incident_of_the_caller(world: World) -> None:
    del world.published[CALLED.sha256]
    case_id = (await world.start(CALLING)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    world.published[CALLED.sha256] = CALLED
    await world.gateway.send(case_id, ResolveIncident("incident#1", "admin"), "k1")
    await world.until(lambda: "offered" in world.happened(f"{case_id}/call#1"))


async def test_cancelling_the_caller_cancels_the_called_process(world: World) -> None:
    case_id = (await world.start(CALLING)).case_id
    called = f"{case_id}/call#1"
    await world.until(lambda: "offered" in world.happened(called))
    await world.gateway.send(case_id, CancelCase("entered in error", "p1"), "k1")
    assert (await world.client.get_workflow_handle(called).result())["outcome"] == "cancelled"
    assert world.happened(called)[-1] == "case_ended"


async def test_a_called_process_cancelled_from_outside_stops_the_caller_with_an_incident(world: World) -> None:
    case_id = (await world.start(CALLING)).case_id
    called = f"{case_id}/call#1"
    await world.until(lambda: "offered" in world.happened(called))
    await world.gateway.send(called, CancelCase("wrong patient", "p1"), "k1")
    await world.until(lambda: "incident_raised" in world.happened(case_id))


async def test_a_detached_call_outlives_its_caller(world: World) -> None:
    case_id = (await world.start(DETACHED)).case_id
    called = f"{case_id}/call#1"
    assert (await world.client.get_workflow_handle(case_id).result())["outcome"] == "completed"
    await world.until(lambda: "offered" in world.happened(called))
    await world.gateway.send(called, CompleteTask("inner#1", "p1"), "k1")
    assert (await world.client.get_workflow_handle(called).result())["outcome"] == "completed"


async def test_a_called_process_that_fails_for_good_stops_the_caller_with_an_incident(world: World) -> None:
    case_id = (await world.start(CALLING)).case_id
    called = f"{case_id}/call#1"
    await world.until(lambda: "offered" in world.happened(called))
    await world.client.get_workflow_handle(called).terminate("lost")
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    raised = next(fact for fact in world.facts[case_id] if fact.fact == "incident_raised")
    assert raised.detail["reason"] == "called failed: TerminatedError"


async def test_an_escalation_of_a_called_process_reaches_the_caller(world: World) -> None:
    case_id = (await world.start(CALLING_LATE)).case_id
    await world.until(lambda: "escalation_thrown" in world.happened(case_id))
    thrown = next(fact for fact in world.facts[case_id] if fact.fact == "escalation_thrown")
    assert thrown.detail["code"] == "late"


async def test_a_call_that_is_called_off_in_the_step_that_calls_never_begins(world: World) -> None:
    case_id = (await world.start(CALLED_OFF)).case_id
    assert (await world.client.get_workflow_handle(case_id).result())["outcome"] == "terminated"
    with pytest.raises(CaseNotFound):
        await world.gateway.describe(f"{case_id}/call#1")


@pytest.mark.parametrize("seed", range(4))
async def test_what_reaches_a_called_process_while_its_caller_ends_it_is_taken_or_refused(
    world: World, seed: int
) -> None:
    moments = random.Random(seed)

    async def brought(called: str, message_id: str) -> str:
        await asyncio.sleep(moments.uniform(0, 0.15))
        try:
            receipt = await world.gateway.send(called, DeliverMessage("report", "X", message_id), message_id)
        except EventRejected as refusal:
            return refusal.code
        return receipt.outcome

    async def ended_under_messages() -> list[str]:
        case_id = (await world.start(CALLING)).case_id
        called = f"{case_id}/call#1"
        await world.until(lambda: "offered" in world.happened(called))
        messages = [brought(called, f"m{number}") for number in range(6)]
        cancelled = world.gateway.send(case_id, CancelCase("entered in error", "p1"), "k1")
        answers, _ = await asyncio.gather(asyncio.gather(*messages), cancelled)
        kept = [fact.detail["message_id"] for fact in world.facts[called] if fact.fact == "message_buffered"]
        assert len(set(kept)) == len(kept) == answers.count("buffered")
        return answers

    answers = [answer for one in await asyncio.gather(*(ended_under_messages() for _ in range(5))) for answer in one]
    assert set(answers) == {"buffered", "not-running"}
