"""What became of an inbound message? Noted when it comes, while it is routed, when it is over, and by whoever acts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, CursorResult, and_, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Case, Message
from records.upsert import insert_missing

Outcome = Literal["delivered", "buffered", "ignored", "unmatched", "duplicate"]
TAKEN_BACK = "taken_back"
EXPIRED = "nobody waited for it within its time to live"
ORPHANED = "the case that kept it has ended without waiting for it"


async def record_message(session: AsyncSession, message: Message) -> tuple[Message, bool]:
    """Note a message before it is routed, as `received`; give the one on record, and whether it is new."""
    is_new = await insert_missing(session, message)
    return await session.get_one(Message, message.message_id), is_new


async def count_repeat(session: AsyncSession, message_id: str, *, now: datetime) -> None:
    """Note that the very same message came again."""
    again = update(Message).where(col(Message.message_id) == message_id)
    await session.exec(again.values(repeats=col(Message.repeats) + 1, repeated_at=now))


async def claim_message(
    session: AsyncSession, message_id: str, *statuses: str, now: datetime, died_before: datetime
) -> Message | None:
    """Take a message for routing; None when it is over, or another call is routing it and has not died."""
    free = and_(col(Message.status).in_(statuses), col(Message.routing_since).is_(None))
    ours = update(Message).where(
        col(Message.message_id) == message_id,
        col(Message.handled) == "",
        or_(free, col(Message.routing_since) < died_before),
    )
    taken = cast("CursorResult[Any]", await session.exec(ours.values(routing_since=now)))
    return await session.get_one(Message, message_id, populate_existing=True) if taken.rowcount else None


async def give_up_routing(session: AsyncSession, message_id: str, *, since: datetime) -> None:
    """Note that a routing failed: as if it had begun at `since`, so that the next call may try at once."""
    await session.exec(update(Message).where(col(Message.message_id) == message_id).values(routing_since=since))


async def finish_message(
    session: AsyncSession,
    message_id: str,
    outcome: Outcome,
    *,
    case_id: str | None = None,
    reason: str = "",
    late: bool = False,
) -> None:
    """Note how a routed message ended up. What the case itself has said since then is kept.

    An unmatched message may be finished again: it is routed anew when somebody waits for it. One that was delivered
    stays so, whatever becomes of the copies that other cases kept.
    """
    mine = col(Message.message_id) == message_id
    await session.exec(update(Message).where(mine).values(routing_since=None))
    if outcome == "delivered":
        done = {"status": outcome, "case_id": case_id, "reason": reason, "late": False, "handled": "delivered"}
        await session.exec(update(Message).where(mine, col(Message.handled) == "").values(**done))
        return
    unfinished = col(Message.status).in_(("received", "unmatched"))
    await session.exec(update(Message).where(mine, unfinished).values(status=outcome, case_id=case_id))
    await session.exec(update(Message).where(mine, col(Message.status) == outcome).values(reason=reason, late=late))


async def note_expired(session: AsyncSession, *, now: datetime) -> int:
    """Note every message as expired whose time to live is over: kept by a case, or between the cases."""
    waiting = col(Message.status).in_(("buffered", "unmatched"))
    over = update(Message).where(
        waiting, col(Message.handled) == "", col(Message.expires_at) <= now, col(Message.routing_since).is_(None)
    )
    noted = await session.exec(over.values(status="expired", reason=EXPIRED))
    return cast("CursorResult[Any]", noted).rowcount


async def note_orphaned(session: AsyncSession) -> int:
    """Note every message as late whose case ended while it kept the message: others may wait for it."""
    ended = select(Case.case_id).where(Case.status != "running")
    kept = update(Message).where(
        col(Message.status) == "buffered", col(Message.handled) == "", col(Message.case_id).in_(ended)
    )
    noted = await session.exec(kept.values(status="unmatched", late=True, reason=ORPHANED))
    return cast("CursorResult[Any]", noted).rowcount


async def handle_message(
    session: AsyncSession, message_id: str, how: Literal["correlated", "discarded"], **about: Any
) -> bool:
    """Note what a person did with a dead letter; False when it no longer is one."""
    dead = update(Message).where(col(Message.message_id) == message_id, is_dead())
    handled = cast("CursorResult[Any]", await session.exec(dead.values(handled=how, **about)))
    return handled.rowcount == 1


async def take_back(session: AsyncSession, told: Sequence[Message], *, actor: str, note: str, now: datetime) -> None:
    """Note that what messages have told is not so: they are brought to nobody from now on."""
    ours = update(Message).where(col(Message.message_id).in_([row.message_id for row in told]))
    await session.exec(ours.values(handled=TAKEN_BACK, handled_at=now, handled_by=actor, note=note))


def is_dead() -> ColumnElement[bool]:
    """A message that has no case and may not find one by itself, and that nobody has handled."""
    needs = or_(
        col(Message.status).in_(("unmatched", "expired", "ignored", "duplicate")),
        and_(col(Message.status) == "buffered", col(Message.late).is_(True)),
    )
    return and_(col(Message.handled) == "", col(Message.routing_since).is_(None), needs)
