"""`pathways probe`: is the API ready, does a worker poll? For health checks; exit status 1 when not.

A health check runs every few seconds, and beside the work of its machine: nothing is imported that it does not need,
so no settings with their keys, and no client that knows our data.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import timedelta

from workflows.contract import names

SUMMARY = "Say whether the API is ready, or whether a worker polls; exit status 1 when not."
API, WORKER = "api", "worker"
API_PATIENCE = 3.0
PATIENCE = timedelta(seconds=5)
"""So long Temporal has to answer: whoever probes gives up after ten seconds (docker-compose.yml)."""


def main(arguments: Sequence[str]) -> int:
    """Say whether a part of the installation does its work, and end the process."""
    parser = argparse.ArgumentParser("pathways probe", description=SUMMARY, allow_abbrev=False)
    parser.add_argument("part", choices=(API, WORKER))
    part = parser.parse_args(arguments).part
    well = _api_is_ready() if part == API else asyncio.run(_worker_polls())
    sys.stdout.write(f"{part} {'is well' if well else 'does not answer'}\n")
    sys.stdout.flush()
    os._exit(0 if well else 1)  # a call that Temporal never answers would keep the interpreter from ending


def _api_is_ready() -> bool:
    from http.client import HTTPConnection, HTTPException  # here: of no use to the other probe

    try:
        asking = HTTPConnection(f"127.0.0.1:{os.environ.get('PATHWAYS_API_PORT', '8000')}", timeout=API_PATIENCE)
        asking.request("GET", "/health/ready")
        return asking.getresponse().status == 200
    except (OSError, HTTPException):
        return False


async def _worker_polls() -> bool:
    """Ask Temporal whether a worker asks for work of our queue; it may not answer, though it takes the call."""
    from temporalio.service import ConnectConfig, RPCError, ServiceClient

    from workflows.host.pollers import has_worker

    address = os.environ.get("PATHWAYS_TEMPORAL", names.ADDRESS)
    namespace = os.environ.get("PATHWAYS_NAMESPACE", names.NAMESPACE)
    queue = os.environ.get("PATHWAYS_TASK_QUEUE", names.TASK_QUEUE)
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            temporal = await ServiceClient.connect(ConnectConfig(target_host=address))
            return await has_worker(temporal.workflow_service, namespace, queue, within=PATIENCE)
    except (TimeoutError, RuntimeError, RPCError):  # RuntimeError: it cannot be reached at all
        return False
