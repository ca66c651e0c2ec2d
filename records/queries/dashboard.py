"""How much is open, late or stuck? Counts for a dashboard."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import OPEN_STATES, Case, Incident, Message, Task


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Counts at one moment. `cases`: of those that nobody called, by pathway and status."""

    cases: dict[str, dict[str, int]]
    stuck: int
    open_incidents: int
    open_tasks: int
    overdue_tasks: int
    unmatched_messages: int


async def dashboard(session: AsyncSession, *, now: datetime) -> Dashboard:
    """Count what is open; a task is overdue when its due time is before `now`."""
    open_task = col(Task.state).in_(OPEN_STATES)
    stuck = select(func.count(func.distinct(Case.root_case_id))).where(col(Case.stuck).is_(True))
    return Dashboard(
        cases=await _cases(session),
        stuck=(await session.exec(stuck)).one(),
        open_incidents=await _count(session, Incident, col(Incident.resolved_at).is_(None)),
        open_tasks=await _count(session, Task, open_task),
        overdue_tasks=await _count(session, Task, open_task, col(Task.due_at) < now),
        unmatched_messages=await _count(session, Message, col(Message.status) == "unmatched"),
    )


async def incidents(session: AsyncSession, *, limit: int = 100) -> tuple[Incident, ...]:
    """Give the open incidents of every case, the oldest first."""
    unresolved = select(Incident).where(col(Incident.resolved_at).is_(None)).order_by(col(Incident.raised_at))
    return tuple(await session.exec(unresolved.limit(limit)))


async def _cases(session: AsyncSession) -> dict[str, dict[str, int]]:
    grouped = select(Case.key, Case.status, func.count()).where(col(Case.caller).is_(None))
    counted: dict[str, dict[str, int]] = {}
    for key, status, number in await session.exec(grouped.group_by(col(Case.key), col(Case.status))):
        counted.setdefault(key, {})[status] = number
    return counted


async def _count(session: AsyncSession, table: type[SQLModel], *conditions: ColumnElement[bool]) -> int:
    return (await session.exec(select(func.count()).select_from(table).where(*conditions))).one()
