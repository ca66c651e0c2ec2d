"""How does one machine run everything? Child processes that are started in order, watched, and stopped in order."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

STOP_SECONDS = 15.0
RESTART_SECONDS = 1.0


class StartFailed(Exception):
    """A process did not come up; the message says which, why, and where its log is."""


@dataclass(slots=True)
class Child:
    """One child process.

    `ready` answers when others may rely on it, or is what the process then says in its log. `log_begin`: bytes that
    were in the log before this run of it.
    """

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], Awaitable[bool]] | str
    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    log_begin: int = 0

    async def start(self, *, within: float = 120.0) -> None:
        """Start the process and wait until it is ready.

        `within`: seconds, > 0.

        Raises:
            StartFailed: it ended, or was not ready in time.
        """
        with self.log.open("ab") as log:
            self.log_begin = log.tell()
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        deadline = asyncio.get_running_loop().time() + within
        while not await self.is_ready():
            if self.process.returncode is not None:
                raise StartFailed(f"{self.name} ended with status {self.process.returncode}: {_tail(self.log)}")
            if asyncio.get_running_loop().time() > deadline:
                raise StartFailed(f"{self.name} was not ready within {within:.0f} s; its log is {self.log}")
            await asyncio.sleep(0.1)

    async def is_ready(self) -> bool:
        """Say whether others may rely on this run of it."""
        if not isinstance(self.ready, str):
            return await self.ready()
        with self.log.open("rb") as lines:
            lines.seek(self.log_begin)
            return self.ready.encode() in lines.read()

    async def stop(self) -> None:
        """Ask the process to end; end it for good when it does not."""
        if self.process is None or self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except TimeoutError:
            self.kill()
            await self.process.wait()

    def kill(self) -> None:
        """End the process at once, as a crash would (SIGKILL to its whole group)."""
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


async def watch(child: Child, say: Callable[[str], None]) -> None:
    """Start a child again whenever it ends, until cancelled."""
    while True:
        assert child.process is not None
        status = await child.process.wait()
        say(f"{child.name} ended with status {status}; starting it again (log: {child.log})")
        await asyncio.sleep(RESTART_SECONDS)
        try:
            await child.start()
        except StartFailed as failure:
            say(str(failure))


def listens(port: int) -> Callable[[], Awaitable[bool]]:
    """Give a test of whether a process listens on a port of this machine."""

    async def ready() -> bool:
        return not port_is_free(port)

    return ready


def answers(url: str) -> Callable[[], Awaitable[bool]]:
    """Give a test of whether an address answers well."""

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(url, timeout=2)).is_success
        except httpx.HTTPError:
            return False

    return ready


def this_program(*arguments: str) -> list[str]:
    """Give the command that runs `pathways` with this very Python."""
    return [sys.executable, "-m", "cli", *arguments]


def this_module(name: str, *arguments: str) -> list[str]:
    """Give the command that runs a module with this very Python."""
    return [sys.executable, "-m", name, *arguments]


def next_free(port: int) -> int:
    """Give a port of this machine that is free: this one, or the next."""
    return next(candidate for candidate in range(port, port + 200) if port_is_free(candidate))


def port_is_free(port: int) -> bool:
    """Say whether a port of this machine can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return f"{' / '.join(lines[-5:])} (log: {log})"
