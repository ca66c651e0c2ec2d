"""Does the API come up from its environment, and finish what a former process had begun?"""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

import worker
from api.main import build
from records.database import Database
from tests.api.conftest import Office, referral
from workflows.host.connection import connect
from workflows.host.keys import DataKeys
from workflows.host.keys_wrapping import KeyRing
from workflows.host.settings import Settings
from workflows.host.worker import case_worker

pytestmark = pytest.mark.temporal


async def test_the_api_starts_from_its_environment_and_starts_what_was_left(
    died: Office, url: str, dev_server: Client, tmp_path: Path
) -> None:
    body = referral()
    assert (await died.sender.post("/referrals", body, pathway="two_tasks")).status_code == 503
    (tmp_path / "keys").write_text("test:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    (tmp_path / "people.yaml").write_text("people:\n  - {id: dr.oak, name: Oak, roles: [dentist]}\n")
    port_of_the_worker = socket.create_server(("127.0.0.1", 0))
    app = build(
        {
            "PATHWAYS_TEMPORAL_METRICS_PORT": str(port_of_the_worker.getsockname()[1]),
            "PATHWAYS_KEY_FILE": str(tmp_path / "keys"),
            "PATHWAYS_CASE_ID_SECRET": "a secret for tests only",
            "PATHWAYS_DATABASE": url,
            "PATHWAYS_TEMPORAL": dev_server.service_client.config.target_host,
            "PATHWAYS_TASK_QUEUE": "left-over",
            "PATHWAYS_DEMO_ISSUER": "1",
            "PATHWAYS_DEMO_PEOPLE": str(tmp_path / "people.yaml"),
            "PATHWAYS_RUN_DIRECTORY": str(tmp_path),
        }
    )
    host = Settings(
        keys=KeyRing.read(tmp_path / "keys"),
        task_queue="left-over",
        temporal=dev_server.service_client.config.target_host,
    )
    database = Database(url)
    client = await connect(host, DataKeys(database, host.keys))
    transport = httpx.ASGITransport(app)
    async with (
        worker.activities_of(host, client, database) as activities,
        case_worker(client, "left-over", activities),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://a") as http,
    ):
        assert (await http.get("/health/ready")).status_code == 200
        given = (await http.get("/demo-issuer/token", params={"person": "dr.oak"})).json()["access_token"]
        async with asyncio.timeout(60):
            while not (found := await _items(http, given)):
                await asyncio.sleep(0.1)
    await database.close()
    port_of_the_worker.close()
    assert [item["referral_id"] for item in found] == [body["referral_id"]]


async def _items(http: httpx.AsyncClient, given: str) -> list[dict[str, str]]:
    response = await http.get("/tasks", headers={"Authorization": f"Bearer {given}"})
    items: list[dict[str, str]] = response.json()["items"]
    return items
