"""How does a running case stand in the read model? In one mark for all of them, in full for some."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import (
    OPEN_STATES,
    Case,
    CaseStart,
    FactRecord,
    Incident,
    OpenActivation,
    ScopeVariables,
    Subscription,
    Task,
    Timer,
    ToldTwice,
)

_OPEN: tuple[tuple[type[SQLModel], ColumnElement[bool] | None], ...] = (
    (OpenActivation, None),
    (Timer, None),
    (Subscription, None),
    (Task, col(Task.state).in_(OPEN_STATES)),
    (Incident, col(Incident.resolved_at).is_(None)),
)
"""The tables whose rows come and go with what is open in a case, and which of their rows are open."""


AT_ONCE = 5_000
"""Cases in one question: PostgreSQL takes 32,767 parameters, and a watchdog may look at all that run."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What cheaply tells that a running case has changed: its last fact, and how many rows of each table are open."""

    seq: int
    trouble: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rows of a case say. `tasks`: assignee, priority and groups; `timers`: due time, and whether stopped.

    `facts`: how many are on record; `started`: how it was started is on record.
    """

    case_id: str
    seq: int
    status: str
    sha256: str
    activations: frozenset[str] = frozenset()
    tasks: Mapping[str, tuple[str | None, int, frozenset[str]]] = field(default_factory=dict)
    timers: Mapping[str, tuple[datetime, bool]] = field(default_factory=dict)
    subscriptions: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    incidents: frozenset[str] = frozenset()
    variables: Mapping[str, Any] = field(default_factory=dict)
    facts: int = 0
    started: bool = True


async def marks(session: AsyncSession) -> dict[str, Mark]:
    """Give the mark of every running case."""
    counted = [await _counts(session, table, condition) for table, condition in _OPEN]
    running = select(Case.case_id, Case.last_seq, Case.trouble).where(Case.status == "running")
    return {
        case_id: Mark(seq, trouble, tuple(counts[case_id] for counts in counted))
        for case_id, seq, trouble in await session.exec(running)
    }


async def _counts(session: AsyncSession, table: Any, condition: ColumnElement[bool] | None) -> Counter[str]:
    counting = select(table.case_id, func.count()).group_by(table.case_id)
    found = await session.exec(counting if condition is None else counting.where(condition))
    return Counter(dict(found.all()))


async def told_twice(session: AsyncSession, *, before: datetime, most: int) -> Sequence[str]:
    """Give so many cases at most that told something twice, the later of both before this time, the oldest first."""
    found = select(ToldTwice.case_id).where(col(ToldTwice.at) < before)
    return list(await session.exec(found.order_by(col(ToldTwice.at), col(ToldTwice.case_id)).limit(most)))


async def standings(session: AsyncSession, case_ids: Collection[str]) -> dict[str, Standing]:
    """Give how these cases stand; those without a row of their own are left out."""
    wanted, found = tuple(case_ids), dict[str, Standing]()
    for at in range(0, len(wanted), AT_ONCE):
        found |= await _standings(session, wanted[at : at + AT_ONCE])
    return found


async def _standings(session: AsyncSession, case_ids: Collection[str]) -> dict[str, Standing]:
    cases = await _rows(session, Case, case_ids)
    found = {table: await _grouped(session, table, case_ids) for table in _PARTS}
    facts = await _facts(session, case_ids)
    started = {row.case_id for row in await _rows(session, CaseStart, case_ids)}
    return {
        case.case_id: _standing(
            case,
            {table: rows.get(case.case_id, []) for table, rows in found.items()},
            facts=facts[case.case_id],
            started=case.case_id in started,
        )
        for case in cases
    }


_PARTS = (OpenActivation, Task, Timer, Subscription, Incident, ScopeVariables)


def _standing(case: Case, rows: Mapping[Any, list[Any]], *, facts: int, started: bool) -> Standing:
    return Standing(
        case_id=case.case_id,
        seq=case.last_seq,
        status=case.status,
        sha256=case.sha256,
        activations=frozenset(row.activation for row in rows[OpenActivation]),
        tasks={
            row.activation: (row.assignee, row.priority, frozenset(row.groups)) for row in rows[Task] if row.is_open
        },
        timers={row.timer: (row.due_at, row.paused_at is not None) for row in rows[Timer]},
        subscriptions={row.subscription: (row.event, row.name, row.correlation_key) for row in rows[Subscription]},
        incidents=frozenset(row.incident for row in rows[Incident] if row.resolved_at is None),
        variables=next((row.variables for row in rows[ScopeVariables] if row.scope == case.process_scope), {}),
        facts=facts,
        started=started,
    )


async def _grouped(session: AsyncSession, table: Any, case_ids: Collection[str]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for row in await _rows(session, table, case_ids):
        grouped.setdefault(row.case_id, []).append(row)
    return grouped


async def _rows(session: AsyncSession, table: Any, case_ids: Collection[str]) -> list[Any]:
    return list(await session.exec(select(table).where(col(table.case_id).in_(case_ids))))


async def _facts(session: AsyncSession, case_ids: Collection[str]) -> Counter[str]:
    counting = select(FactRecord.case_id, func.count()).where(col(FactRecord.case_id).in_(case_ids))
    found = await session.exec(counting.group_by(col(FactRecord.case_id)))
    return Counter(dict(found.all()))
