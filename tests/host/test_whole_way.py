"""Does a case run the whole way: real server, real worker, real activities, real read model?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from sqlmodel import select
from temporalio.client import Client

from pathways.bpmn.model import Definition, MessageTrigger
from records.database import Database
from records.queries.routing import messages
from records.queries.worklist import WorklistFilter, worklist
from records.tables import Incident, ServiceInbox
from records.writes.publications import publish
from tests.host.diagrams import TWO_TASKS, UNKNOWN_WORK, line, message, node, user_task, work
from worker import activities_of
from workflows.contract.requests import CompleteTask, StartCase
from workflows.host.gateway import CaseGateway
from workflows.host.keys_wrapping import KeyRing
from workflows.host.settings import Settings
from workflows.host.worker import case_worker

pytestmark = pytest.mark.temporal

REFERRAL = line(
    "referral",
    work("send", "referral", "referral.send"),
    message("acknowledged", "referral", "referral.received"),
    user_task("triage", "referral"),
)
THROWING = line(
    "throwing",
    node("tell", "intermediateThrowEvent", "throwing", trigger=MessageTrigger("mdt.outcome", "referral_id")),
)


@dataclass(frozen=True)
class House:
    """Everything that runs, and a way in."""

    database: Database
    gateway: CaseGateway

    async def start(self, definition: Definition, case_id: str) -> list[str]:
        variables = {"referral_id": f"REF-{case_id}", "service": "dental_oncology"}
        case = StartCase(case_id, definition.key, definition.sha256, variables, correlation_keys=(f"REF-{case_id}",))
        receipt = await self.gateway.start(case, pathway=definition.name)
        return [task.activation for task in receipt.opened]

    async def open_tasks(self, case_id: str) -> list[str]:
        wanted = WorklistFilter(roles=("dentist",))
        async with self.database.reader() as session:
            page = await worklist(session, wanted)
        return [item.task.activation for item in page.items if item.task.case_id == case_id]

    async def until_open(self, case_id: str, activation: str) -> None:
        async with asyncio.timeout(60):
            while activation not in await self.open_tasks(case_id):
                await asyncio.sleep(0.05)


@pytest_asyncio.fixture
async def house(dev_server: Client, key_ring: KeyRing, tmp_path: Path) -> AsyncIterator[House]:
    database = Database(f"sqlite:///{tmp_path / 'records.sqlite'}")
    await database.migrate()
    await _publish(database)
    queue = f"house-{tmp_path.name}"
    settings = Settings(keys=key_ring, task_queue=queue)
    async with activities_of(settings, dev_server, database) as activities, case_worker(dev_server, queue, activities):
        yield House(database, CaseGateway(dev_server, queue))
    await database.close()


async def _publish(database: Database) -> None:
    async with database.session() as session:
        for definition in (REFERRAL, THROWING, TWO_TASKS, UNKNOWN_WORK):
            now = datetime(2026, 1, 1, tzinfo=UTC)
            await publish(session, definition, bpmn="", forms={}, actor="test", now=now)


async def test_the_worklist_read_after_an_answer_is_never_stale(house: House) -> None:
    for number in range(10):
        case_id = f"stale-{number}"
        assert await house.start(TWO_TASKS, case_id) == ["first#1"]
        assert await house.open_tasks(case_id) == ["first#1"]
        await house.gateway.send(case_id, CompleteTask("first#1", "p1"), "k1")
        assert await house.open_tasks(case_id) == ["second#1"]


async def test_a_referral_is_sent_acknowledged_and_waits_for_triage(house: House) -> None:
    await house.start(REFERRAL, "sent")
    await house.until_open("sent", "triage#1")
    async with house.database.reader() as session:
        (delivery,) = await session.exec(select(ServiceInbox))
    assert (delivery.service, delivery.case_id) == ("dental_oncology", "sent")


async def test_a_thrown_message_that_nobody_waits_for_stays_visible(house: House) -> None:
    await house.start(THROWING, "throwing")
    async with asyncio.timeout(60):
        while not (found := await _messages(house)):
            await asyncio.sleep(0.05)
    assert [(m.name, m.correlation_key) for m in found] == [("mdt.outcome", "REF-throwing")]


async def _messages(house: House) -> list[object]:
    async with house.database.reader() as session:
        return [m for status in ("unmatched", "ignored", "buffered") for m in await messages(session, status=status)]


async def test_work_that_nobody_does_is_an_incident_in_the_read_model(house: House) -> None:
    await house.start(UNKNOWN_WORK, "nobody")
    async with asyncio.timeout(60):
        while True:
            async with house.database.reader() as session:
                found = list(await session.exec(select(Incident).where(Incident.case_id == "nobody")))
            if found:
                break
            await asyncio.sleep(0.05)
    assert "nobody.serves.this" in found[0].reason
