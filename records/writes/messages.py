"""What became of an inbound message? Noted when it comes, and again when its case has answered."""

from typing import Literal

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Message
from records.upsert import insert_missing

Outcome = Literal["delivered", "buffered", "ignored", "unmatched", "duplicate"]


async def record_message(session: AsyncSession, message: Message) -> tuple[Message, bool]:
    """Note a message before it is routed, as `received`; give the one on record, and whether it is new."""
    is_new = await insert_missing(session, message)
    return await session.get_one(Message, message.message_id), is_new


async def finish_message(
    session: AsyncSession, message_id: str, outcome: Outcome, *, case_id: str | None = None, reason: str = ""
) -> None:
    """Note how a received message ended up. What the case itself has said since then is kept.

    An unmatched message may be finished again: it is routed anew when someone repaired its key.
    """
    unfinished = col(Message.status).in_(("received", "unmatched"))
    noted = update(Message).where(col(Message.message_id) == message_id, unfinished)
    await session.exec(noted.values(status=outcome, case_id=case_id, reason=reason))
