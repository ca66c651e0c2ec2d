"""How much is open, late or stuck? Counts for the metrics."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, or_
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import OPEN_STATES, Audit, Batch, BatchItem, Case, Incident, OpenActivation, Task

AGES: dict[str, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
"""Waits are counted by the first of these that they are not older than; what is older still is `older`."""

LATELY = timedelta(days=1)
"""So long the items of a batch that is over are still counted: who looks in the morning sees what failed at night."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much there is of what goes on: by pathway, by kind of wait and its age, by kind and status.

    `batch_items`: by kind and status, of the batches that are not over, or were so within `LATELY`.
    """

    open_cases: dict[str, int]
    stuck_cases: int
    waits: dict[tuple[str, str], int]
    overdue_waits: dict[str, int]
    open_tasks: int
    overdue_tasks: int
    incidents: dict[str, int]
    batches: dict[str, int]
    batch_items: dict[tuple[str, str], int]
    repairs: dict[str, int]


async def load(session: AsyncSession, *, now: datetime, watchdog: str) -> Load:
    """Count what goes on, called cases included; repairs are those in the audit by the actor `watchdog`."""
    open_task, running = col(Task.state).in_(OPEN_STATES), Case.status == "running"
    return Load(
        open_cases=await _by(session, col(Case.key), running),
        stuck_cases=await _count(session, Case, running, col(Case.stuck).is_(True)),
        waits=await _waits(session, now=now),
        overdue_waits=await _by(session, col(OpenActivation.wait), OpenActivation.overdue != ""),
        open_tasks=await _count(session, Task, open_task),
        overdue_tasks=await _count(session, Task, open_task, col(Task.due_at) < now),
        incidents=await _by(session, col(Incident.kind), col(Incident.resolved_at).is_(None)),
        batches=await _by(session, col(Batch.status)),
        batch_items=await _batch_items(session, now=now),
        repairs=await _by(session, col(Audit.action), Audit.actor == watchdog),
    )


async def _waits(session: AsyncSession, *, now: datetime) -> dict[tuple[str, str], int]:
    since = col(OpenActivation.since)
    age = case(*((since >= now - most, literal(name)) for name, most in AGES.items()), else_=literal("older"))
    counting = select(OpenActivation.wait, age, func.count()).where(OpenActivation.wait != "")
    found = await session.exec(counting.group_by(col(OpenActivation.wait), age))
    return {(kind, old): number for kind, old, number in found}


async def _batch_items(session: AsyncSession, *, now: datetime) -> dict[tuple[str, str], int]:
    over = col(Batch.finished_at)
    current = or_(over.is_(None), over >= now - LATELY, col(Batch.status) == "undoing")
    counting = select(Batch.kind, BatchItem.status, func.count()).where(BatchItem.batch == Batch.batch, current)
    found = await session.exec(counting.group_by(col(Batch.kind), col(BatchItem.status)))
    return {(kind, status): number for kind, status, number in found}


async def _by(session: AsyncSession, column: Any, *conditions: ColumnElement[bool] | bool) -> dict[str, int]:
    counting = select(column, func.count()).where(*conditions).group_by(column)
    return dict((await session.exec(counting)).all())


async def _count(session: AsyncSession, table: type[SQLModel], *conditions: ColumnElement[bool] | bool) -> int:
    return (await session.exec(select(func.count()).select_from(table).where(*conditions))).one()
