"""Is a referral lost when a call dies between storing it and starting its case?"""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from api.app import create_app
from api.starting import finish_starts
from records.database import Database
from tests.api.conftest import Office, open_office, publish_all, referral, settings
from workflows.contract.requests import Receipt, StartCase
from workflows.host.codec import KeyRing
from workflows.host.gateway import CaseGateway, HostUnavailable

pytestmark = pytest.mark.temporal


class DyingGateway(CaseGateway):
    """The real gateway of a process that dies before it asks Temporal to start."""

    async def start(self, case: StartCase, *, pathway: str) -> Receipt:
        raise HostUnavailable("The process died.")


@pytest_asyncio.fixture
async def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'records.sqlite'}"


@pytest_asyncio.fixture
async def died(url: str, dev_server: Client) -> AsyncIterator[Office]:
    """An office whose every start dies."""
    database = Database(url)
    await database.migrate()
    await publish_all(database)
    gateway = DyingGateway(dev_server, "nobody")
    app = create_app(settings(), database, gateway)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example") as http:
        yield Office(app, http, database, gateway)
    await database.close()


async def test_a_start_that_died_is_finished_by_the_sweep(
    died: Office, url: str, dev_server: Client, key_ring: KeyRing
) -> None:
    body = referral()
    response = await died.sender.post("/referrals", body, pathway="two_tasks")
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    async with open_office(url, dev_server, key_ring) as office:
        assert await finish_starts(office.database, office.gateway) == 1
        assert await finish_starts(office.database, office.gateway) == 0
        page = await office.dentist.read("/tasks", pathway="two_tasks")
        assert [item["referral_id"] for item in page["items"]] == [body["referral_id"]]


async def test_a_start_that_died_is_finished_by_the_next_call(
    died: Office, url: str, dev_server: Client, key_ring: KeyRing
) -> None:
    body = referral()
    assert (await died.sender.post("/referrals", body, pathway="two_tasks", key="k")).status_code == 503
    async with open_office(url, dev_server, key_ring) as office:
        again = await office.sender.post("/referrals", body, pathway="two_tasks", key="k")
        assert again.status_code == 201
        assert await finish_starts(office.database, office.gateway) == 0
