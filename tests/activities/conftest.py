"""What do the tests of activities share? A real read model, a client of HTTP, and what they do."""

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
