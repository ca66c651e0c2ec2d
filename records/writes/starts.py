"""How is it noted that a case is to begin, and what became of it? Once per case id, firing of a timer, and rung."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import CursorResult
from sqlmodel import col, delete, update
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import NotedStart, RungStart, TimerPlan, TimerStart
from records.upsert import insert_missing


async def finish_start(
    session: AsyncSession, case_id: str, status: Literal["begun", "refused"], *, reason: str = ""
) -> None:
    """Note that a case has begun, or that its process refused to; what it began with is no longer needed here."""
    noted = update(NotedStart).where(col(NotedStart.case_id) == case_id, col(NotedStart.status) == "noted")
    await session.exec(noted.values(status=status, reason=reason, start=""))


async def note_begun(session: AsyncSession, rung_key: str, case_id: str) -> None:
    """Note which case a rung of a ladder has begun."""
    rung = await session.get_one(RungStart, rung_key)
    rung.begun_case_id = case_id
    session.add(rung)


async def note_firing(session: AsyncSession, timer: TimerStart, follows: Mapping[str, Any], start: NotedStart) -> bool:
    """Let a timer go on to its next time and note the case that begins now; False when someone else has done it."""
    fired = update(TimerStart).where(
        col(TimerStart.key) == timer.key,
        col(TimerStart.node) == timer.node,
        col(TimerStart.part) == timer.part,
        col(TimerStart.due_at) == timer.due_at,
    )
    moved = cast("CursorResult[Any]", await session.exec(fired.values(**follows)))
    return moved.rowcount == 1 and await insert_missing(session, start)


async def replace_timers(
    session: AsyncSession, key: str, sha256: str, timers: tuple[TimerStart, ...], *, now: datetime
) -> None:
    """Let these be the timers with which cases of a pathway begin."""
    await session.exec(delete(TimerStart).where(col(TimerStart.key) == key))
    await session.merge(TimerPlan(key=key, sha256=sha256, planned_at=now))
    for timer in timers:
        await insert_missing(session, timer)
