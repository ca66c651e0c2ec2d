"""What do the host's tests share? A worker whose outside world is kept in memory, on each of the two servers."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

import pytest_asyncio
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from pathways import codec
from pathways.bpmn.model import Definition
from tests.host import diagrams
from workflows.contract import names
from workflows.contract.requests import CaseFacts, DeliverMessage, DeliverSignal, Receipt, StartCase, Work, WorkResult
from workflows.engine.facts import Fact
from workflows.host.gateway import CaseGateway
from workflows.host.worker import case_worker

_numbers = itertools.count(1)


@dataclass
class World:
    """The outside of the host, kept in memory: published definitions, projected facts, work done."""

    client: Client
    task_queue: str
    facts: dict[str, list[Fact]] = field(default_factory=lambda: defaultdict(list))
    batches: list[CaseFacts] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    sent: list[DeliverMessage] = field(default_factory=list)
    signals: list[DeliverSignal] = field(default_factory=list)
    published: dict[str, Definition] = field(default_factory=lambda: {drawn.sha256: drawn for drawn in diagrams.ALL})
    runs: int = 0
    taken_back: int = 0
    refused: int = 0
    database_is_broken: bool = False
    library_is_away: bool = False
    no_way_out: bool = False
    work: Callable[[Work], WorkResult] = lambda _: WorkResult({"found": True})
    slow_work: Callable[[Work], Awaitable[WorkResult]] | None = None
    database_is_up: asyncio.Event = field(default_factory=asyncio.Event)

    @cached_property
    def gateway(self) -> CaseGateway:
        return CaseGateway(self.client, self.task_queue, patience=timedelta(minutes=3))

    def case(self, definition: Definition, **fields: Any) -> StartCase:
        """Make a start of this definition with an id nobody has used."""
        number = next(_numbers)
        self.published[definition.sha256] = definition
        variables = {"referral_id": f"REF-{number}", "patient": {"name": "Testina Beispiel"}}
        return StartCase(
            case_id=f"case-{definition.key}-{number}",
            key=definition.key,
            sha256=definition.sha256,
            variables={**variables, **fields.pop("variables", {})},
            case_page="http://localhost/case",
            **fields,
        )

    async def start(self, definition: Definition, **fields: Any) -> Receipt:
        return await self.gateway.start(self.case(definition, **fields), pathway=definition.name)

    def happened(self, case_id: str) -> list[str]:
        """The kinds of facts that were projected, in order."""
        return [fact.fact for fact in self.facts[case_id]]

    async def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait in real time until something is so."""
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.02)

    def activities(self) -> list[Callable[..., Any]]:
        return [self.load_definition, self.project_facts, self.send_message, self.broadcast_signal, self.fetch]

    @activity.defn(name=names.LOAD_DEFINITION)
    async def load_definition(self, sha256: str) -> str:
        self.runs += 1
        if self.library_is_away:
            raise ApplicationError("The database does not answer.", type=names.DATABASE_AWAY)
        if sha256 not in self.published:
            raise ApplicationError("not published", type=names.UNKNOWN_DEFINITION, non_retryable=True)
        return codec.dump(self.published[sha256]).decode()

    @activity.defn(name=names.PROJECT_FACTS)
    async def project_facts(self, batch: CaseFacts) -> None:
        if self.database_is_broken:
            raise ConnectionError("the database is down")
        await self.database_is_up.wait()
        self.batches.append(batch)
        known = self.facts[batch.case.case_id]
        for fact in batch.facts:
            if fact not in known[fact.seq - 1 : fact.seq]:
                self.taken_back += len(known[fact.seq - 1 :])
                known[fact.seq - 1 :] = [fact]

    @activity.defn(name=names.SEND_MESSAGE)
    async def send_message(self, message: DeliverMessage) -> None:
        self._go_out()
        self.sent.append(message)

    @activity.defn(name=names.BROADCAST_SIGNAL)
    async def broadcast_signal(self, signal: DeliverSignal) -> None:
        self._go_out()
        self.signals.append(signal)

    def _go_out(self) -> None:
        if self.no_way_out:
            self.refused += 1
            raise ApplicationError("Testina Beispiel has no route", type="NoRoute", non_retryable=True)

    @activity.defn(name="test.fetch")
    async def fetch(self, work: Work) -> WorkResult:
        self.works.append(work)
        return await self.slow_work(work) if self.slow_work else self.work(work)


@asynccontextmanager
async def running(client: Client, **options: Any) -> AsyncIterator[World]:
    """Run a worker on a task queue of its own."""
    world = World(client, f"queue-{next(_numbers)}")
    world.database_is_up.set()
    async with case_worker(client, world.task_queue, world.activities(), **options):
        yield world


@pytest_asyncio.fixture
async def world(dev_server: Client) -> AsyncIterator[World]:
    """A worker on the real server."""
    async with running(dev_server) as world:
        yield world


@pytest_asyncio.fixture
async def skipping_world(time_skipping: WorkflowEnvironment) -> AsyncIterator[World]:
    """A worker on a server that skips time."""
    async with running(time_skipping.client) as world:
        yield world
