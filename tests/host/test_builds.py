"""How does a case move to a newer build? It stays on the one its history began on, and moves with its next history."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from tests.host.conftest import World, running
from tests.host.diagrams import ONE_TASK
from workflows.contract.requests import CompleteTask, SetVariables
from workflows.host.deployment import build_id, deployment_from, pinned
from workflows.host.pollers import has_worker
from workflows.host.worker import case_worker

pytestmark = pytest.mark.temporal


async def make_current(client: Client, deployment: str, build: str) -> None:
    """Let new histories begin on `build`, as soon as Temporal has seen a worker of it."""
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace, deployment_name=deployment, build_id=build, identity="test"
    )
    async with asyncio.timeout(60):
        while True:
            try:
                await client.workflow_service.set_worker_deployment_current_version(request)
                return
            except RPCError:
                await asyncio.sleep(0.2)


async def where(client: Client, case_id: str) -> tuple[str, str]:
    """Give the history and the build on which a case is."""
    described = await client.get_workflow_handle(case_id).describe()
    info = described.raw_description.workflow_execution_info.versioning_info
    return described.run_id, info.deployment_version.build_id


async def build_of(client: Client, case_id: str, build: str) -> None:
    async with asyncio.timeout(60):
        while (await where(client, case_id))[1] != build:
            await asyncio.sleep(0.1)


async def test_a_case_stays_on_its_build_until_it_acts_and_new_cases_begin_on_the_current_one(
    dev_server: Client,
) -> None:
    async with running(dev_server, deployment_config=pinned("test-builds", "1")) as world:
        await make_current(dev_server, "test-builds", "1")
        assert await has_worker(
            dev_server.workflow_service, dev_server.namespace, world.task_queue, within=timedelta(seconds=30)
        )
        old = (await world.start(ONE_TASK)).case_id
        await build_of(dev_server, old, "1")
        async with newer(world):
            await make_current(dev_server, "test-builds", "2")
            history, build = await where(dev_server, old)
            assert build == "1"
            new = (await world.start(ONE_TASK)).case_id
            await build_of(dev_server, new, "2")
            assert await where(dev_server, old) == (history, "1")
            await world.gateway.send(old, SetVariables({"a": 1}, "p1"), "k1")
            await build_of(dev_server, old, "2")
            assert (await where(dev_server, old))[0] != history
            await world.gateway.send(old, CompleteTask("examine#1", "p1"), "k2")
            ended = await dev_server.get_workflow_handle(old).result()
            assert ended["variables"]["a"] == 1


def newer(world: World) -> Worker:
    """Run a second build on the same task queue."""
    return case_worker(world.client, world.task_queue, world.activities(), deployment_config=pinned("test-builds", "2"))


def test_builds_are_pinned_only_when_a_deployment_is_named() -> None:
    assert deployment_from({}) is None
    named = deployment_from({"PATHWAYS_DEPLOYMENT": "pathways"})
    assert named is not None
    assert named.version.build_id == build_id()
    given = deployment_from({"PATHWAYS_DEPLOYMENT": "pathways", "PATHWAYS_BUILD_ID": "2026-11-22"})
    assert given is not None
    assert given.version.build_id == "2026-11-22"
