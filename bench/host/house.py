"""Where does it all run? One Temporal server; a worker process and a database of its own for each side."""

import asyncio
import contextlib
import importlib
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from temporalio.client import Client

from api.surroundings import system_clock
from bench.contenders import ROOT
from bench.host.contenders import Contender, contenders
from bench.host.pathways import definitions
from bench.host.workers import KEYS_URL, READY
from records.database import Database
from records.writes.publications import publish
from workflows.host.connection import connected, ensure_search_attributes
from workflows.host.keys_wrapping import new_key
from workflows.host.server import ServerOptions, embedded_server
from workflows.host.settings import settings_from

SIDES = ("ours", "by-hand")
KEYS = "keys"
"""The database of the data keys, which both sides share, for one client asks both."""

NEVER = {"limit.historyCount.suggestContinueAsNew": "50000", "limit.historySize.suggestContinueAsNew": "50000000"}
"""Neither side carries itself over while it is measured: a history of 4,096 events is wanted whole."""


@dataclass(slots=True)
class House:
    """What runs. `cached`: how many cases a worker keeps in memory."""

    client: Client
    databases: dict[str, Database]
    environments: dict[str, dict[str, str]]
    workers: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    @property
    def everybody(self) -> tuple[Contender, ...]:
        """Who is compared."""
        return contenders(self.client)

    async def open(self, cached: int) -> None:
        """Start both workers afresh."""
        await self.close()
        for side in SIDES:
            self.workers[side] = await _worker(side, cached, self.environments[side])

    async def close(self) -> None:
        """Stop both workers."""
        for process in self.workers.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
        self.workers.clear()

    def memory(self, side: str) -> int:
        """Give the resident bytes of a worker."""
        status = Path(f"/proc/{self.workers[side].pid}/status").read_text("ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def cpu(self, side: str) -> float:
        """Give the processor seconds that a worker has used."""
        words = Path(f"/proc/{self.workers[side].pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def house(*, postgres: bool, in_memory: bool) -> AsyncIterator[House]:
    """Run the server and prepare both databases; workers are started by `House.open`."""
    with tempfile.TemporaryDirectory(prefix="bench-host-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        urls = stack.enter_context(_postgres_urls(folder)) if postgres else _sqlite_urls(folder)
        kept = None if in_memory else folder / "temporal.db"
        options = ServerOptions(port=_free_port(), ui_port=None, database=kept, dynamic_config=NEVER)
        key = new_key("bench")
        environments = {side: _environment(side, urls, key, options.address) for side in SIDES}
        databases = {side: await _database(urls[side]) for side in (*SIDES, KEYS)}
        async with (
            embedded_server(options),
            connected(settings_from({**environments["ours"], "PATHWAYS_DATABASE": urls[KEYS]})) as client,
        ):
            await ensure_search_attributes(client)
            built = House(client, databases, environments)
            try:
                yield built
            finally:
                await built.close()
                for database in built.databases.values():
                    await database.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(side: str, urls: Mapping[str, str], key: str, address: str) -> dict[str, str]:
    return {
        **os.environ,
        "PATHWAYS_KEYS": key,
        "PATHWAYS_TEMPORAL": address,
        "PATHWAYS_DATABASE": urls[side],
        KEYS_URL: urls[KEYS],
        "PATHWAYS_TASK_QUEUE": side,
        "PYTHONPATH": str(ROOT),
    }


async def _worker(side: str, cached: int, environment: dict[str, str]) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.host.workers", side, str(cached), env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = await process.stdout.readline()
    if line.decode().strip() != READY:
        raise RuntimeError(f"The worker of {side} did not come up: {line.decode()!r}")
    return process


async def _database(url: str) -> Database:
    database = Database(url)
    await database.migrate()
    async with database.session() as session:
        for definition, bpmn in definitions().values():
            await publish(session, definition, bpmn=bpmn, forms={}, actor="bench", now=system_clock())
    return database


def _sqlite_urls(folder: Path) -> dict[str, str]:
    return {name: f"sqlite:///{folder / name}.db" for name in (*SIDES, KEYS)}


@contextmanager
def _postgres_urls(folder: Path) -> Iterator[dict[str, str]]:
    """Run a PostgreSQL of the `pgserver` wheel with one database per side."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    directory = folder / "postgres"
    server = importlib.import_module("pgserver").get_server(directory, cleanup_mode="stop")
    try:
        for name in (*SIDES, KEYS):
            server.psql(f'CREATE DATABASE "{name}"')
        yield {name: f"postgresql://postgres@/{name}?host={quote(str(directory))}" for name in (*SIDES, KEYS)}
    finally:
        server.cleanup()
