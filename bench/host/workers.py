"""How does each side's worker run? `python -m bench.host.workers ours|by-hand CACHED`, a process of its own.

Settings come from `PATHWAYS_…` as for the product's worker. Both get the same options and the same client.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from bench.host.by_hand import WORKFLOWS
from bench.host.show import Show, check_by_hand, check_ours
from records.database import Database
from worker import activities_of
from workflows.host.connection import connect
from workflows.host.keys import DataKeys
from workflows.host.settings import Settings, settings_from
from workflows.host.worker import NOTHING_ELSEWHERE, case_worker

READY = "polling"
KEYS_URL = "BENCH_KEYS_DATABASE"


async def main(side: str, cached: int) -> None:
    """Run until told to stop."""
    settings = settings_from(os.environ)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    database, keys = Database(settings.database), Database(os.environ[KEYS_URL])
    client = await connect(settings, DataKeys(keys, settings.keys))
    run = {"ours": _ours, "by-hand": _by_hand}[side]
    async with run(settings, client, database, {"max_cached_workflows": cached}):
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        await stopped.wait()
    await database.close()
    await keys.close()


@asynccontextmanager
async def _ours(
    settings: Settings, client: Client, database: Database, options: Mapping[str, Any]
) -> AsyncIterator[None]:
    async with (
        activities_of(settings, client, database) as activities,
        case_worker(client, settings.task_queue, [*activities, check_ours], **options),
    ):
        yield


@asynccontextmanager
async def _by_hand(
    settings: Settings, client: Client, database: Database, options: Mapping[str, Any]
) -> AsyncIterator[None]:
    async with Worker(
        client,
        task_queue=settings.task_queue,
        workflows=WORKFLOWS,
        activities=[Show(database).show, check_by_hand],
        workflow_runner=UnsandboxedWorkflowRunner(),
        graceful_shutdown_timeout=timedelta(seconds=10),
        **NOTHING_ELSEWHERE,
        **options,
    ):
        yield


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
    os._exit(0)
