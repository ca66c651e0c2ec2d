"""`pathways probe`: is the API ready, does a worker poll? For health checks; exit status 1 when not."""

import asyncio
import os
import sys
from datetime import timedelta
from enum import StrEnum

import httpx
import typer
from temporalio.service import RPCError

from workflows.host.connection import connected
from workflows.host.pollers import has_worker
from workflows.host.settings import settings_from

PATIENCE = timedelta(seconds=5)
"""So long Temporal has to answer: whoever probes gives up after ten seconds (docker-compose.yml)."""


class Part(StrEnum):
    """What can be probed."""

    api = "api"
    worker = "worker"


def probe(part: Part) -> None:
    """Say whether a part of the installation does its work."""
    well = _api_is_ready() if part is Part.api else asyncio.run(_worker_polls())
    typer.echo(f"{part} {'is well' if well else 'does not answer'}")
    sys.stdout.flush()
    os._exit(0 if well else 1)  # a call that Temporal never answers would keep the interpreter from ending


def _api_is_ready() -> bool:
    port = os.environ.get("PATHWAYS_API_PORT", "8000")
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=3).is_success
    except httpx.HTTPError:
        return False


async def _worker_polls() -> bool:
    """Ask Temporal whether a worker asks for work of our queue; it may not answer, though it takes the call."""
    settings = settings_from(os.environ)
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()), connected(settings) as client:
            return await has_worker(client, settings.task_queue, within=PATIENCE)
    except (TimeoutError, RPCError):
        return False
