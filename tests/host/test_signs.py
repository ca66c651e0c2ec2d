"""Does the gateway hear soon that the last worker is gone? From the signs of life that it no longer gives."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.runtime import Runtime, TelemetryConfig

from api.watchdog import temporal
from tests.host.conftest import World, running
from tests.host.diagrams import ONE_TASK
from workflows.contract.requests import SetVariables
from workflows.host import gateway
from workflows.host.gateway import CaseGateway, HostUnavailable
from workflows.host.pollers import has_worker
from workflows.host.signs import EVERY, MISSED, Signs
from workflows.host.worker import case_worker

pytestmark = pytest.mark.temporal
WITHIN = timedelta(seconds=30)


@dataclass
class Clock:
    """A clock that a test moves."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest_asyncio.fixture(scope="module")
async def client(dev_server: Client) -> AsyncIterator[Client]:
    """A client whose workers give a sign of life every second."""
    often = Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=timedelta(seconds=1))
    config: dict[str, Any] = {**dev_server.config()}
    yield await Client.connect(
        dev_server.service_client.config.target_host, data_converter=config["data_converter"], runtime=often
    )


async def until_it_gave_two(signs: Signs) -> None:
    """The first sign of a worker does not tell yet how often it will give one."""
    given: set[str] = set()
    async with asyncio.timeout(60):
        while len(given) < 2:
            given |= {str(each.heartbeat_time) for each in await signs._given(WITHIN)}
            await asyncio.sleep(0.1)


async def test_a_worker_that_gives_no_new_sign_is_dead_soon_though_the_server_still_lists_it(client: Client) -> None:
    clock = Clock()
    async with running(client) as world:
        signs = Signs(client, world.task_queue, clock)
        await until_it_gave_two(signs)
        assert await signs.of_life(within=WITHIN)
    assert await signs.of_life(within=WITHIN), "it may be starting again"
    clock.seconds += MISSED * EVERY.total_seconds() + 1
    assert not await signs.of_life(within=WITHIN)
    assert await has_worker(client.workflow_service, client.namespace, world.task_queue, within=WITHIN)


async def test_the_watchdog_says_soon_that_no_worker_is_there(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    async with running(client) as world:
        monkeypatch.setattr(temporal, "Signs", partial(Signs, clock=clock))
        view = temporal.TemporalView(client, world.task_queue)
        await until_it_gave_two(Signs(client, world.task_queue, clock))
        assert await view.polled()
    assert await view.polled(), "it may be starting again"
    clock.seconds += MISSED * EVERY.total_seconds() + 1
    assert not await view.polled()


async def test_a_worker_that_gives_new_signs_lives_on(client: Client) -> None:
    clock = Clock()
    async with running(client) as world:
        signs = Signs(client, world.task_queue, clock)
        for _ in range(3):
            await until_it_gave_two(signs)
            assert await signs.of_life(within=WITHIN)
            clock.seconds += MISSED * EVERY.total_seconds() + 1


async def test_a_request_is_answered_soon_after_the_last_worker_was_there(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "SOON", timedelta(seconds=0.1))
    clock = Clock()
    async with running(client) as world:
        case_id = (await world.start(ONE_TASK)).case_id
        patient = CaseGateway(client, world.task_queue, timedelta(hours=1))
        patient._signs = Signs(client, world.task_queue, clock)
        await until_it_gave_two(patient._signs)
        assert await patient._signs.of_life(within=WITHIN)
    asking = asyncio.create_task(patient.send(case_id, SetVariables({"a": 1}, "p1"), "k1"))
    await asyncio.sleep(1)
    assert not asking.done(), "a worker may be starting again"
    clock.seconds += MISSED * EVERY.total_seconds() + 1
    with pytest.raises(HostUnavailable):
        await asyncio.wait_for(asking, 60)
    await carries_on(world, case_id)


async def carries_on(world: World, case_id: str) -> None:
    """Let another worker come: the request is answered when it is sent again under the same key."""
    async with case_worker(world.client, world.task_queue, world.activities()):
        assert (await world.gateway.send(case_id, SetVariables({"a": 1}, "p1"), "k1")).status == "running"
