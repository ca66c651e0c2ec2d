"""Does the API get an answer from the gateway when no worker is there? And from a worker that needs its time?"""

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.host.conftest import World
from tests.host.diagrams import ONE_TASK
from workflows.contract.requests import CompleteTask, SetVariables
from workflows.host import gateway
from workflows.host.gateway import AlreadyStarted, CaseGateway, HostUnavailable
from workflows.host.signs import Signs
from workflows.host.worker import case_worker

pytestmark = pytest.mark.temporal
FOR_EVER = timedelta(hours=1)
SOON = 60
"""Seconds: long enough for every machine, and far from for ever."""


async def test_without_a_worker_a_start_is_answered_when_patience_ends(world: World) -> None:
    lonely = CaseGateway(world.client, f"nobody-{world.task_queue}", timedelta(seconds=1))
    case = world.case(ONE_TASK)
    with pytest.raises(HostUnavailable):
        await lonely.start(case, pathway=ONE_TASK.name)
    with pytest.raises(HostUnavailable):
        await lonely.send(case.case_id, CompleteTask("examine#1", "p1"), "k1")


async def test_where_no_worker_is_nobody_waits_for_it_and_the_same_request_is_answered_when_one_comes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "SOON", timedelta(seconds=1))
    case, lonely = world.case(ONE_TASK), f"nobody-{world.task_queue}"
    patient, done = CaseGateway(world.client, lonely, FOR_EVER), CompleteTask("examine#1", "p1")
    async with asyncio.timeout(SOON):
        with pytest.raises(HostUnavailable):
            await patient.start(case, pathway=ONE_TASK.name)
        with pytest.raises(HostUnavailable):
            await patient.send(case.case_id, done, "k1")
        async with case_worker(world.client, lonely, world.activities()):
            receipt = await world.gateway.send(case.case_id, done, "k1")
    assert receipt.status == "completed"
    assert world.happened(case.case_id).count("offered") == 1


@pytest.fixture
async def unheard() -> AsyncIterator[list[dict[str, Any]]]:
    """What asyncio would log: whoever uses it collects memory before looking."""
    heard: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: heard.append(context))
    yield heard
    loop.set_exception_handler(None)


async def test_a_case_that_is_there_already_is_told_to_its_caller_and_to_no_log(
    world: World, unheard: list[dict[str, Any]]
) -> None:
    case = world.case(ONE_TASK)
    await world.gateway.start(case, pathway=ONE_TASK.name)
    for _ in range(2):
        with pytest.raises(AlreadyStarted):
            await world.gateway.start(case, pathway=ONE_TASK.name)
    gc.collect()
    assert unheard == []


async def test_a_start_that_nobody_answers_is_told_to_its_caller_and_to_no_log(
    world: World, unheard: list[dict[str, Any]]
) -> None:
    lonely = CaseGateway(world.client, f"nobody-{world.task_queue}", timedelta(seconds=1))
    with pytest.raises(HostUnavailable):
        await lonely.start(world.case(ONE_TASK), pathway=ONE_TASK.name)
    await asyncio.sleep(0.1)
    gc.collect()
    assert unheard == []


async def test_where_a_worker_is_its_answer_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    monkeypatch.setattr(gateway, "SOON", timedelta(seconds=0.1))
    asked, of_life = asyncio.Event(), Signs.of_life

    async def noted(*about: Any, **more: Any) -> bool:
        is_there = await of_life(*about, **more)
        asked.set()
        return is_there

    monkeypatch.setattr(Signs, "of_life", noted)
    world.database_is_up.clear()
    asking = asyncio.create_task(world.gateway.send(case_id, SetVariables({"a": 1}, "p1"), "k1"))
    await asyncio.wait_for(asked.wait(), SOON)
    world.database_is_up.set()
    assert (await asking).status == "running"
