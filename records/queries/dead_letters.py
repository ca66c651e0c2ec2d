"""Which messages found no case, and why? The worklist of dead letters: what nobody waits for, or did too late."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, case, func, literal
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, brought_to
from records.tables import Message
from records.writes.messages import is_dead

Why = Literal["unmatched", "late", "expired", "duplicate", "refused", "repeated"]
Handled = Literal["open", "correlated", "discarded"]


@dataclass(frozen=True, slots=True)
class DeadLetterFilter:
    """Which dead letters are wanted; None does not choose. `before`: received before this time."""

    why: Why | None = None
    name: str | None = None
    correlation_key: str | None = None
    before: datetime | None = None
    handled: Handled = "open"


@dataclass(frozen=True, slots=True)
class DeadLetterPage:
    """Some dead letters, the oldest first, and how many there are."""

    rows: tuple[Message, ...]
    total: int


async def dead_letters(
    session: AsyncSession, wanted: DeadLetterFilter, side: Side | None = None, *, limit: int, offset: int = 0
) -> DeadLetterPage:
    """Give a page of dead letters, the oldest first; those of a `side`, or all."""
    conditions = [*_conditions(wanted), *([brought_to(side)] if side else [])]
    total = (await session.exec(select(func.count()).select_from(Message).where(*conditions))).one()
    oldest = select(Message).where(*conditions).order_by(col(Message.received_at), col(Message.message_id))
    return DeadLetterPage(tuple(await session.exec(oldest.limit(limit).offset(offset))), total)


async def dead_letter_of(session: AsyncSession, message_id: str, side: Side) -> Message | None:
    """Give a message that is somebody's to deal with; None when there is none."""
    return (await session.exec(select(Message).where(Message.message_id == message_id, brought_to(side)))).first()


async def dead_letter_counts(session: AsyncSession) -> dict[str, int]:
    """Count the open dead letters by why they are dead."""
    why = case((and_(col(Message.late).is_(True), _may_be_late()), literal("late")), else_=col(Message.status))
    counted = select(why, func.count()).select_from(Message).where(is_dead()).group_by(why)
    return {_named(status): number for status, number in await session.exec(counted)}


def why_dead(row: Message) -> Why:
    """Say in one word why a message is a dead letter."""
    if row.late and row.status in ("unmatched", "buffered", "ignored"):
        return "late"
    named = _named(row.status)
    match named:
        case "unmatched" | "expired" | "duplicate" | "refused":
            return named
        case _:
            return "repeated"


def _named(status: str) -> str:
    return {"ignored": "refused"}.get(status, status)


def _may_be_late() -> ColumnElement[bool]:
    return col(Message.status).in_(("unmatched", "buffered", "ignored"))


def _conditions(wanted: DeadLetterFilter) -> list[ColumnElement[bool]]:
    conditions = [_which(wanted)]
    if wanted.name is not None:
        conditions.append(col(Message.name) == wanted.name)
    if wanted.correlation_key is not None:
        conditions.append(col(Message.correlation_key) == wanted.correlation_key)
    if wanted.before is not None:
        conditions.append(col(Message.received_at) < wanted.before)
    return conditions


def _which(wanted: DeadLetterFilter) -> ColumnElement[bool]:
    """Repeats need nobody: they are only shown when asked for."""
    if wanted.why == "repeated":
        return col(Message.repeats) > 0
    among = is_dead() if wanted.handled == "open" else col(Message.handled) == wanted.handled
    return among if wanted.why is None else and_(among, _because(wanted.why))


def _because(why: str) -> ColumnElement[bool]:
    late = and_(col(Message.late).is_(True), _may_be_late())
    if why == "late":
        return late
    status = {"refused": "ignored"}.get(why, why)
    return and_(col(Message.status) == status, ~late)
