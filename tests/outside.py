"""To whom do the tests write? To an endpoint and to a mail server outside, real ones on ports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar


@dataclass
class Clinic:
    """An endpoint outside: answers with `statuses`, one after the other, then 200."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line.partition(":")[2]) for line in head.splitlines() if "content-length" in line.lower())
        self.requests.append(head + (await reader.readexactly(length)).decode())
        status = self.statuses.pop(0) if self.statuses else 200
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@dataclass
class MailServer:
    """Takes every letter, or refuses recipients when `refuses` is set."""

    port: int = 0
    refuses: bool = False
    letters: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test\r\n")
        while line := (await reader.readline()).decode().strip().upper():
            if line == "DATA":
                writer.write(b"354 go\r\n")
                self.letters.append((await reader.readuntil(b"\r\n.\r\n")).decode())
            refused = self.refuses and line.startswith("RCPT")
            writer.write(b"550 no\r\n" if refused else b"221 bye\r\n" if line == "QUIT" else b"250 ok\r\n")
            await writer.drain()
            if line == "QUIT":
                break
        writer.close()


Outside = TypeVar("Outside", Clinic, MailServer)


@asynccontextmanager
async def listening(outside: Outside) -> AsyncIterator[Outside]:
    """Let it listen, on a port that nobody has."""
    async with await asyncio.start_server(outside.serve, "127.0.0.1", 0) as server:
        outside.port = server.sockets[0].getsockname()[1]
        yield outside
