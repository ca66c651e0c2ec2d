"""Which cases are to begin, and when? Noted starts, the timers that begin cases, and what their plans lack."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Case, NotedStart, PublishedDefinition, TimerPlan, TimerStart


async def unfinished_starts(session: AsyncSession, *, before: datetime) -> tuple[NotedStart, ...]:
    """Give the starts noted before this time that nobody has carried out."""
    noted = select(NotedStart).where(NotedStart.status == "noted", col(NotedStart.noted_at) < before)
    return tuple(await session.exec(noted.order_by(col(NotedStart.noted_at), col(NotedStart.case_id))))


async def newest_start(session: AsyncSession, *, pathway: str, business_key: str) -> NotedStart | None:
    """Give the last start that was noted under a business key, whether somebody or a message brought it about."""
    noted = select(NotedStart).where(
        NotedStart.pathway == pathway,
        NotedStart.business_key == business_key,
        col(NotedStart.generation).is_not(None),
    )
    return (await session.exec(noted.order_by(col(NotedStart.generation).desc()).limit(1))).first()


async def begun_by(session: AsyncSession, message_id: str) -> NotedStart | None:
    """Give the start that a message brought about."""
    noted = select(NotedStart).where(NotedStart.cause == "message", NotedStart.request == message_id)
    return (await session.exec(noted.limit(1))).first()


async def running_case(session: AsyncSession, *, pathway: str, business_key: str) -> Case | None:
    """Give the running case of a pathway with this business key, whoever started it."""
    return next(iter(await running_under(session, pathway=pathway, business_key=business_key)), None)


async def running_under(session: AsyncSession, *, pathway: str, business_key: str) -> tuple[Case, ...]:
    """Give all of them, the oldest first: of several organisations each may have one."""
    running = select(Case).where(
        Case.key == pathway,
        Case.business_key == business_key,
        Case.status == "running",
        col(Case.caller).is_(None),
    )
    return tuple(await session.exec(running.order_by(col(Case.started_at))))


async def unplanned(session: AsyncSession) -> Sequence[str]:
    """Give the keys of the pathways whose active version is another than the one their timers are planned for."""
    active = and_(col(PublishedDefinition.key) == col(TimerPlan.key), col(PublishedDefinition.active).is_(True))
    new = (
        select(PublishedDefinition.key)
        .outerjoin(TimerPlan, col(TimerPlan.key) == col(PublishedDefinition.key))
        .where(
            col(PublishedDefinition.active).is_(True),
            or_(col(TimerPlan.key).is_(None), col(TimerPlan.sha256) != col(PublishedDefinition.sha256)),
        )
    )
    gone = (
        select(TimerPlan.key)
        .outerjoin(PublishedDefinition, active)
        .where(TimerPlan.sha256 != "", col(PublishedDefinition.key).is_(None))
    )
    return tuple(sorted({*await session.exec(new), *await session.exec(gone)}))


async def timers_of(session: AsyncSession, key: str) -> tuple[TimerStart, ...]:
    """Give the timers with which cases of a pathway begin."""
    return tuple(await session.exec(select(TimerStart).where(TimerStart.key == key)))


async def due_timers(session: AsyncSession, *, now: datetime) -> tuple[tuple[TimerStart, TimerPlan], ...]:
    """Give the timers that are due, each with the version that it is of; the longest overdue first."""
    due = (
        select(TimerStart, TimerPlan)
        .join(TimerPlan, col(TimerPlan.key) == col(TimerStart.key))
        .where(col(TimerStart.due_at) <= now)
    )
    return tuple(await session.exec(due.order_by(col(TimerStart.due_at), col(TimerStart.key))))
