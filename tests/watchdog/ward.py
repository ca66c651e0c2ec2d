"""Which cases does the watchdog look after in the tests? A ward: cases, their worker, their watchdog."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import select
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.definitions import Definitions
from activities.projection import Projection
from api.surroundings import system_clock
from api.watchdog.looks import Pace
from api.watchdog.report import Report
from api.watchdog.rounds import Watchdog
from pathways.bpmn.model import Definition, MessageTrigger
from records.database import Database
from records.queries.audit_chain import broken_audit
from records.queries.watch import marks
from records.tables import Audit, Case
from records.writes.publications import publish
from tests.conftest import with_keys
from tests.host.diagrams import CALLED, CALLING, LADDERED, LOOPING, ONE_TASK, TWO_TASKS, line, node, user_task, work
from workflows.contract.requests import StartCase, Work, WorkResult
from workflows.host.gateway import CaseGateway
from workflows.host.keys import DataKeys
from workflows.host.keys_wrapping import KeyRing
from workflows.host.worker import case_worker

FAILING = line("failing", work("fetch", "failing", "test.fetch", retries="30"), user_task("read", "failing"))
AWAY = line("away", work("fetch", "away", "test.fetch", retries="1"), user_task("read", "away"))
THROWING = line(
    "telling_nobody", node("tell", "intermediateThrowEvent", "telling_nobody", trigger=MessageTrigger("x", '"1"'))
)
HASTE = Pace(
    grace=timedelta(seconds=0.1),
    lag=timedelta(),
    newcomer=timedelta(),
    answer=timedelta(seconds=10),
    settled=timedelta(),
)
_numbers = itertools.count(1)


@dataclass
class Ward:
    """Cases, their worker and their watchdog."""

    database: Database
    client: Client
    queue: str
    failing: bool = True
    failure: str = "ArchiveDown"
    tries: int = 0
    workers: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __post_init__(self) -> None:
        self.gateway = CaseGateway(self.client, self.queue)
        self.watchdog = Watchdog(
            self.database, self.client, self.queue, clock=system_clock, pace=HASTE, tell=("admin",)
        )

    async def staff(self) -> None:
        """Let a worker begin."""
        serve = (Definitions(self.database).load_definition, Projection(self.database).project_facts, self.fetch)
        await self.workers.enter_async_context(case_worker(self.client, self.queue, serve))

    @activity.defn(name="test.fetch")
    async def fetch(self, _work: Work) -> WorkResult:
        self.tries += 1
        if self.failing:
            raise ApplicationError("Testina Sample is not in the archive", type=self.failure)
        return WorkResult({"found": True})

    async def start(self, definition: Definition, **variables: Any) -> str:
        case = StartCase(f"ward-{uuid4().hex[:12]}", definition.key, definition.sha256, variables=variables)
        return (await self.gateway.start(case, pathway=definition.name)).case_id

    async def round(self) -> Report:
        return await self.watchdog.round()

    async def until(self, kind: str, case_id: str, seconds: float = 60) -> Report:
        """Make rounds until one finds this of the case."""
        async with asyncio.timeout(seconds):
            while True:
                report = await self.round()
                if any(f.case_id == case_id and f.kind == kind for f in report.findings):
                    return report
                await asyncio.sleep(0.3)

    async def until_repaired(self, case_id: str, seconds: float = 60) -> str:
        async with asyncio.timeout(seconds):
            while True:
                report = await self.round()
                for repair in report.repairs:
                    if repair.case_id == case_id:
                        return repair.kind
                await asyncio.sleep(0.2)

    async def until_listed(self, *case_ids: str) -> None:
        """Wait until the visibility store and the read model know the cases."""
        async with asyncio.timeout(60):
            while not set(case_ids) <= await self._listed():
                await asyncio.sleep(0.1)

    async def _listed(self) -> set[str]:
        listed = {each.id async for each in self.client.list_workflows(f"TaskQueue='{self.queue}'")}
        async with self.database.reader() as session:
            return listed & set(await marks(session))

    async def running(self, query: str) -> list[str]:
        """Give the ids of the running workflows of this ward, stand-ins included, that a query finds."""
        ours = f"({query}) AND TaskQueue STARTS_WITH '{self.queue}' AND ExecutionStatus = 'Running'"
        return [found.id async for found in self.client.list_workflows(ours)]

    async def change(self, *statements: Any) -> None:
        async with self.database.session() as session:
            for statement in statements:
                await session.exec(statement)

    async def case(self, case_id: str) -> Case:
        async with self.database.reader() as session:
            return await session.get_one(Case, case_id)

    async def audited(self, case_id: str) -> list[str]:
        async with self.database.reader() as session:
            assert await broken_audit(session) is None
            return [row.action for row in await session.exec(select(Audit).where(Audit.case_id == case_id))]

    async def is_right(self, case_id: str) -> bool:
        report = await self.round()
        named = {found.case_id for found in report.findings} | {repair.case_id for repair in report.repairs}
        return case_id not in named


@asynccontextmanager
async def open_ward(url: str, client: Client, key_ring: KeyRing) -> AsyncIterator[Ward]:
    database = Database(url)
    await database.migrate()
    async with database.session() as session:
        for definition in (ONE_TASK, TWO_TASKS, LADDERED, CALLED, CALLING, LOOPING, FAILING, AWAY, THROWING):
            await publish(session, definition, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    ward = Ward(database, with_keys(client, DataKeys(database, key_ring)), f"ward-{next(_numbers)}")
    async with ward.workers:
        await ward.staff()
        yield ward
    await database.close()
