"""How is the read model built anew from its facts? In one transaction, so readers see old or new."""

from sqlmodel import SQLModel, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from pathways import codec
from records.database import Database
from records.projection.apply import apply
from records.projection.project import save
from records.projection.rows import CaseRows
from records.tables import (
    Case,
    CaseKey,
    CaseStart,
    FactRecord,
    Incident,
    OpenActivation,
    ScopeVariables,
    Subscription,
    Task,
    TaskCandidate,
    Timer,
)
from workflows.contract.requests import StartCase
from workflows.engine.facts import Fact

DERIVED: tuple[type[SQLModel], ...] = (
    Case,
    CaseKey,
    Incident,
    OpenActivation,
    ScopeVariables,
    Subscription,
    Task,
    TaskCandidate,
    Timer,
)
"""Tables that hold nothing but what facts say. Notifications stay: people have acknowledged them."""


async def rebuild(database: Database) -> int:
    """Build every derived row anew from the facts, while writers wait; give the number of cases."""
    async with database.session() as session:
        for table in DERIVED:
            await session.exec(delete(table))
        starts = list(await session.exec(select(CaseStart)))
        for start in starts:
            await _rebuild_case(session, codec.load(StartCase, start.start))
            session.expunge_all()
    return len(starts)


async def _rebuild_case(session: AsyncSession, start: StartCase) -> None:
    rows = CaseRows(start=start)
    log = select(FactRecord).where(FactRecord.case_id == start.case_id).order_by("seq")
    for record in await session.exec(log):
        apply(rows, _fact(record))
    await save(session, rows, loaded=[])


def _fact(record: FactRecord) -> Fact:
    return codec.load(Fact, record.model_dump_json(exclude={"case_id", "root_case_id"}))
