"""Do ten thousand versions of a pathway do harm? What is asked of them costs what it cost with two hundred."""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from sqlalchemy import event
from sqlmodel.ext.asyncio.session import AsyncSession

from pathways.bpmn.model import Definition, Process
from records.database import Database
from records.queries.library import (
    active_definition,
    active_definitions,
    active_processes,
    definition_by_sha256,
    version_of,
    versions,
)
from records.queries.selection import CaseSelection
from records.queries.versions import MigrationSelection, cases_to_migrate, running_versions, sha256_of
from records.tables import Case
from records.writes.publications import activate, publish

pytestmark = pytest.mark.slow
FEW, MANY, TOGETHER = 200, 10_000, 200
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TURNS = 15
WORSE = 6.0
"""How many times longer it may take; a table that is read from one end to the other takes fifty times as long."""

NOISE = 0.004
"""Seconds that this machine may lose at any moment."""

Act = Callable[[AsyncSession], Awaitable[object]]


@dataclass
class Shelf:
    """The versions of one pathway, published one after another."""

    database: Database
    published: int = 0
    statements: list[str] = field(default_factory=list)

    async def fill(self, until: int) -> None:
        while self.published < until:
            async with self.database.session() as session:
                for _ in range(min(TOGETHER, until - self.published)):
                    await self.publish(session)

    async def publish(self, session: AsyncSession) -> None:
        drawn = Definition("p", "P", "1", sha256_for(self.published), (Process("p", "P", executable=True),), {}, {})
        await publish(session, drawn, bpmn="<definitions/>", forms={}, actor="test", now=NOW)
        self.published += 1

    def asked(self) -> Mapping[str, Act]:
        """What is asked of versions; each time of another one, near the newest and near the oldest."""
        newest, oldest = self.published, 1 + self.published % FEW
        selection = MigrationSelection(CaseSelection(pathway="p"), versions=None)
        return {
            "publish": self.publish,
            "publish again": lambda session: self._again(session, oldest),
            "roll back": lambda session: activate(session, "p"),
            "activate": lambda session: activate(session, "p", oldest),
            "start a case": lambda session: active_definition(session, "p"),
            "go on with a case": lambda session: definition_by_sha256(session, sha256_for(oldest)),
            "one of them": lambda session: version_of(session, "p", newest),
            "where to": lambda session: sha256_of(session, "p", newest),
            "the newest fifty": lambda session: versions(session, "p", limit=50),
            "all pathways": active_definitions,
            "what may be called": active_processes,
            "which run": lambda session: running_versions(session, "p"),
            "what to migrate": lambda session: cases_to_migrate(session, selection),
        }

    async def _again(self, session: AsyncSession, number: int) -> None:
        drawn = Definition("p", "P", "1", sha256_for(number), (Process("p", "P", executable=True),), {}, {})
        row, is_new = await publish(session, drawn, bpmn="<definitions/>", forms={}, actor="test", now=NOW)
        assert (row.version, is_new) == (number + 1, False)

    async def costs(self) -> dict[str, tuple[int, float]]:
        """How many statements each takes, and how many seconds at the best of several turns."""
        return {name: await self._cost(name) for name in self.asked()}

    async def _cost(self, name: str) -> tuple[int, float]:
        seconds, counts = [], set[int]()
        for _ in range(TURNS):
            with self._counted():
                begun = time.perf_counter()
                async with self.database.session() as session:
                    await self.asked()[name](session)
                seconds.append(time.perf_counter() - begun)
            counts.add(len(self.statements))
        return max(counts), min(seconds)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            self.statements.append(statement)

        self.statements.clear()
        event.listen(self.database.engine.sync_engine, "before_cursor_execute", note)
        yield
        event.remove(self.database.engine.sync_engine, "before_cursor_execute", note)


def sha256_for(number: int) -> str:
    return f"{number:064}"


async def run_cases(database: Database) -> None:
    """Let cases run on twenty of the first versions."""
    async with database.session() as session:
        for number in range(0, FEW, FEW // 20):
            about = {"key": "p", "name": "P", "sha256": sha256_for(number), "status": "running", "started_at": NOW}
            session.add(Case(case_id=f"case-{number}", root_case_id=f"case-{number}", **about))


async def test_ten_thousand_versions_cost_what_two_hundred_cost(database: Database) -> None:
    shelf = Shelf(database)
    await shelf.fill(FEW)
    await run_cases(database)
    few = await shelf.costs()
    await shelf.fill(MANY)
    many = await shelf.costs()
    assert {name: statements for name, (statements, _) in many.items()} == {
        name: statements for name, (statements, _) in few.items()
    }
    slower = {
        name: (few[name][1], seconds) for name, (_, seconds) in many.items() if seconds > few[name][1] * WORSE + NOISE
    }
    assert not slower, f"with {MANY} versions: {slower}"
    async with database.reader() as session:
        assert (await versions(session, "p", limit=1, offset=9_000)).total == shelf.published
