"""What does the API say while Temporal does not answer? All that is read, from the read model; else 503, soon."""

import asyncio
import random
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from api.app import create_app
from api.routes import health
from tests.api.administered import KEY, publish_administered
from tests.api.conftest import Office, settings
from tests.chaos.link import Link
from workflows.host.gateway import CaseGateway

pytestmark = pytest.mark.temporal
SOON = 15.0
"""Half as long as a case is asked in vain: no answer in that time has waited for Temporal."""
NOT_FOR_HERE = {"/health/ready", "/health/live"}


@pytest_asyncio.fixture
async def cut_off(office: Office, dev_server: Client) -> AsyncIterator[Office]:
    """The office through another API, whose way to Temporal is cut after it has connected."""
    link = Link("temporal", int(dev_server.service_client.config.target_host.rpartition(":")[2]), random.Random(1))
    await link.open()
    far = await Client.connect(f"127.0.0.1:{link.port}", data_converter=office.gateway.client.data_converter)
    app = create_app(settings(), office.database, CaseGateway(far, office.gateway.task_queue))
    await link.close()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as http:
        yield replace(office, app=app, http=http)


async def test_all_that_an_administrator_reads_of_a_case_and_of_all_is_there(office: Office, cut_off: Office) -> None:
    await publish_administered(office)
    case_id = (await office.refer(KEY))["case_id"]
    there = [path for path, acts in cut_off.app.openapi()["paths"].items() if "get" in acts]
    asked = [path for path in there if set(re.findall(r"\{(\w+)", path)) <= {"case_id"} and path not in NOT_FOR_HERE]
    assert {"/cases", "/cases/{case_id}/timers", "/incidents", "/dead-letters", "/cases/{case_id}"} <= set(asked)
    for path in asked:
        async with asyncio.timeout(SOON):
            answer = await cut_off.admin.get(path.format(case_id=case_id))
        assert answer.status_code < 500, (path, answer.text)
    clocks = await cut_off.admin.read(f"/cases/{case_id}/timers")
    assert clocks == await office.admin.read(f"/cases/{case_id}/timers")
    assert len(clocks) == 3


async def test_whoever_asks_whether_it_is_ready_hears_soon_what_is_missing(
    cut_off: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert health.READY_SECONDS < 5
    monkeypatch.setattr(health, "READY_SECONDS", 0.2)
    async with asyncio.timeout(SOON):
        answer = await cut_off.http.get("/health/ready")
    assert (answer.status_code, answer.json()["detail"]) == (503, "Temporal does not answer.")
    assert "pathways probe worker" in answer.json()["remedy"]
