"""What happens first when a timer fell due and somebody acted while no worker was there? What was due."""

import asyncio
from dataclasses import replace

import pytest
from temporalio.client import Client

from pathways.bpmn.model import Definition, Ladder, Rung, TimerTrigger
from tests.host.conftest import World, running
from tests.host.diagrams import ASKED, CLOSED, line, user_task, work
from tests.host.test_returning import beside
from workflows.contract.requests import CompleteTask, Receipt
from workflows.engine.errors import EventRejected
from workflows.host.worker import case_worker

pytestmark = pytest.mark.temporal
RUNGS = (Rung("c+PT1S", ("coordinator",)), Rung("c+PT2S", ("clinical_lead",)), Rung("c+PT1H", ("clinical_lead",)))
CLIMBED = line("climbed", user_task("examine", "climbed", ladder=Ladder("soon", RUNGS)))


def given_up_after_a_second() -> Definition:
    """Draw a task that is taken back after a second, with work that follows when it was done in time."""
    key = "given_up"
    drawn = line(key, user_task("examine", key), work("fetch", key, "test.fetch"))
    timed = beside(drawn, "examine", TimerTrigger("duration", '"PT1S"'), "late")
    return replace(timed, nodes={**timed.nodes, "late": replace(timed.nodes["late"], interrupting=True)})


GIVEN_UP = given_up_after_a_second()


def twelve_at_once() -> Definition:
    """Draw twelve timers that are due at one moment; the second tells another case, the tenth tells all."""
    key = "at_once"
    drawn = line(key, user_task("examine", key))
    for name in "abcdefghijkl":
        drawn = beside(drawn, "examine", TimerTrigger("duration", '"PT1S"'), name)
    ends = {
        name: replace(drawn.nodes[name], trigger=told) for name, told in {"b_told": ASKED, "j_told": CLOSED}.items()
    }
    return replace(drawn, nodes={**drawn.nodes, **ends})


TWELVE_AT_ONCE = twelve_at_once()


async def completed_late(client: Client, definition: Definition) -> tuple[World, str, Receipt | BaseException]:
    """Complete a task while no worker is there, after two rungs, or its end, were due; give the answer."""
    world = World(client, f"due-first-{definition.key}")
    world.database_is_up.set()
    async with case_worker(client, world.task_queue, world.activities()):
        case_id = (await world.start(definition)).case_id
    await asyncio.sleep(2.5)
    done = asyncio.create_task(world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "k1"))
    await asyncio.sleep(0.5)
    async with case_worker(client, world.task_queue, world.activities()):
        (answer,) = await asyncio.gather(done, return_exceptions=True)
    return world, case_id, answer


async def test_rungs_that_are_due_are_climbed_before_a_task_is_completed_that_was_done_later(
    dev_server: Client,
) -> None:
    world, case_id, answer = await completed_late(dev_server, CLIMBED)
    assert isinstance(answer, Receipt)
    assert [fact.detail["rung"] for fact in world.facts[case_id] if fact.fact == "escalated"] == [1, 2]


async def test_timers_of_one_moment_fire_as_they_were_armed(dev_server: Client) -> None:
    async with running(dev_server) as world:
        case_id = (await world.start(TWELVE_AT_ONCE)).case_id
        await world.until(lambda: world.happened(case_id).count("timer_fired") == 12)
    fired = [fact.detail["timer"] for fact in world.facts[case_id] if fact.fact == "timer_fired"]
    assert fired == [f"timer#{number}" for number in range(1, 13)]


async def test_a_task_that_was_to_be_taken_back_is_not_completed_afterwards(dev_server: Client) -> None:
    world, case_id, answer = await completed_late(dev_server, GIVEN_UP)
    assert isinstance(answer, EventRejected)
    assert world.works == []
    assert world.happened(case_id)[-1] == "case_ended"
