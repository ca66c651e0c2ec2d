"""How is something said in a thread? Once per message id, however often it is sent."""

from datetime import datetime
from typing import Literal

from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Thread, ThreadMessage
from records.upsert import insert_missing

MessageKind = Literal["message", "answer", "dissent"]


async def begin_thread(session: AsyncSession, thread: Thread) -> bool:
    """Begin a thread; say whether it is new."""
    return await insert_missing(session, thread)


async def say(session: AsyncSession, message: ThreadMessage) -> bool:
    """Put a message into its thread; say whether it is new."""
    return await insert_missing(session, message)


async def note_answered(session: AsyncSession, thread_id: str, *, now: datetime) -> Thread | None:
    """Note when a question or concern was first answered; None when there is no such thread."""
    thread = await session.get(Thread, thread_id, with_for_update=True)
    if thread is not None and thread.answered_at is None:
        thread.answered_at = now
        session.add(thread)
    return thread
