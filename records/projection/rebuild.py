"""How is the read model built anew from its facts? All or one case, in one transaction: readers see old or new."""

from collections.abc import Iterable

from sqlalchemy.orm import class_mapper
from sqlmodel import SQLModel, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from pathways import codec
from records.database import Database
from records.projection.apply import apply
from records.projection.facts import MissingFacts, identity_of, keep_facts, stored_facts
from records.projection.rows import CaseRows
from records.projection.saving import save
from records.projection.values import recorded
from records.tables import (
    AwaitedKey,
    Case,
    CaseKey,
    CaseStart,
    Incident,
    OpenActivation,
    ScopeVariables,
    Subscription,
    Task,
    TaskCandidate,
    Timer,
)
from records.upsert import insert_missing
from workflows.contract.requests import StartCase
from workflows.engine.facts import Fact

DERIVED: tuple[type[SQLModel], ...] = (
    AwaitedKey,
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
"""Tables that hold nothing but what facts say. Notifications stay, people have acknowledged them; and
what rungs have begun stays begun."""


async def rebuild(database: Database) -> int:
    """Build every derived row anew from the facts, while writers wait; give the number of cases."""
    async with database.session() as session:
        for table in DERIVED:
            await session.exec(delete(table))
        starts = list(await session.exec(select(CaseStart)))
        for start in starts:
            await _rebuild(session, codec.load(StartCase, start.start))
            session.expunge_all()
    return len(starts)


async def rebuild_case(session: AsyncSession, start: StartCase) -> None:
    """Build the rows of one case anew in the session's transaction; the watchdog's own mark on it stays.

    Raises:
        MissingFacts: its facts have a gap; nothing is changed.
    """
    facts = await stored_facts(session, start.case_id)
    _check(start.case_id, facts)
    before = await session.get(Case, start.case_id)
    trouble = before.trouble if before else ""
    for table in DERIVED:
        await session.exec(delete(table).where(class_mapper(table, configure=False).c.case_id == start.case_id))
    session.expunge_all()
    await _rebuild(session, start, trouble=trouble)


async def restore_facts(session: AsyncSession, start: StartCase, facts: Iterable[Fact]) -> int:
    """Put facts on record that were lost, and how the case was started; what is there stays. Give how many were new."""
    on_record = {fact.seq for fact in await stored_facts(session, start.case_id)}
    lost = [recorded(fact) for fact in facts if fact.seq not in on_record]
    await keep_facts(session, CaseRows(start=start), lost)
    await insert_missing(session, CaseStart(case_id=start.case_id, start=identity_of(start)))
    await session.flush()
    return len(lost)


def _check(case_id: str, facts: list[Fact]) -> None:
    for expected, fact in enumerate(facts, 1):
        if fact.seq != expected:
            raise MissingFacts(case_id, expected=expected, received=fact.seq)


async def _rebuild(session: AsyncSession, start: StartCase, *, trouble: str = "") -> None:
    rows = CaseRows(start=start)
    for fact in await stored_facts(session, start.case_id):
        apply(rows, fact)
    if rows.case is not None:
        rows.case.trouble = trouble
    await save(session, rows)
