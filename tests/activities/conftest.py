"""What do the tests of activities share? A real read model, a real HTTP endpoint, a real mail server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio

from records.database import Database
from workflows.contract.requests import DeliverMessage, Work

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def clock() -> datetime:
    return NOW


@pytest_asyncio.fixture
async def database(sqlite_copy: str) -> AsyncIterator[Database]:
    """What activities do does not depend on the database: one is enough."""
    database = Database(sqlite_copy)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


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


@pytest_asyncio.fixture
async def clinic() -> AsyncIterator[Clinic]:
    clinic = Clinic()
    server = await asyncio.start_server(clinic.serve, "127.0.0.1", 0)
    clinic.port = server.sockets[0].getsockname()[1]
    async with server:
        yield clinic


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


@pytest_asyncio.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    mail = MailServer()
    server = await asyncio.start_server(mail.serve, "127.0.0.1", 0)
    mail.port = server.sockets[0].getsockname()[1]
    async with server:
        yield mail


@dataclass
class Sent:
    """Messages that an activity sent to a case."""

    messages: list[tuple[DeliverMessage, str]] = field(default_factory=list)

    async def __call__(self, message: DeliverMessage, case_id: str) -> None:
        self.messages.append((message, case_id))


@pytest.fixture
def sent() -> Sent:
    return Sent()


def work(headers: dict[str, str] | None = None, **variables: object) -> Work:
    return Work(
        case_id="case-1",
        business_key="REF-1",
        activation="send#1",
        element="send",
        title="Send the referral",
        headers=headers or {},
        variables={"referral_id": "REF-1", "service": "dental_oncology", **variables},
    )
