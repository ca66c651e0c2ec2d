"""`pathways probe`: is the API ready, does a worker poll? For health checks; exit status 1 when not."""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import httpx
import typer
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from workflows.host.connection import connected
from workflows.host.settings import settings_from

FRESH = timedelta(minutes=2)
SETTLING_SECONDS = 0.3
"""Temporal's threads need this long to end before the interpreter does (sdk-python issue 300)."""


class Part(StrEnum):
    """What can be probed."""

    api = "api"
    worker = "worker"


def probe(part: Part) -> None:
    """Say whether a part of the installation does its work."""
    well = _api_is_ready() if part is Part.api else asyncio.run(_worker_polls())
    typer.echo(f"{part} {'is well' if well else 'does not answer'}")
    time.sleep(SETTLING_SECONDS)
    raise typer.Exit(0 if well else 1)


def _api_is_ready() -> bool:
    port = os.environ.get("PATHWAYS_API_PORT", "8000")
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=3).is_success
    except httpx.HTTPError:
        return False


async def _worker_polls() -> bool:
    """Ask Temporal when a worker last asked for a task of our queue."""
    settings = settings_from(os.environ)
    async with connected(settings) as client:
        answer = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=settings.namespace,
                task_queue=TaskQueue(name=settings.task_queue),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            )
        )
    latest = max((poller.last_access_time.ToDatetime(UTC) for poller in answer.pollers), default=None)
    return latest is not None and datetime.now(UTC) - latest < FRESH
