"""What was said about a case? Its threads and their messages."""

from collections.abc import Collection, Mapping

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Thread, ThreadMessage


async def threads_of(session: AsyncSession, root_case_id: str, *, kinds: Collection[str]) -> tuple[Thread, ...]:
    """Give the threads of these kinds about a case, the newest first."""
    about = select(Thread).where(Thread.root_case_id == root_case_id, col(Thread.kind).in_(kinds))
    return tuple(await session.exec(about.order_by(col(Thread.started_at).desc(), col(Thread.thread_id))))


async def threads_by(session: AsyncSession, person: str, *, kind: str, limit: int = 100) -> tuple[Thread, ...]:
    """Give the threads of a kind that a person began, the newest first."""
    begun = select(Thread).where(Thread.started_by == person, Thread.kind == kind)
    return tuple(await session.exec(begun.order_by(col(Thread.started_at).desc(), col(Thread.thread_id)).limit(limit)))


async def messages_of(session: AsyncSession, thread_ids: Collection[str]) -> Mapping[str, tuple[ThreadMessage, ...]]:
    """Give what was said in each of these threads, the oldest first."""
    said = select(ThreadMessage).where(col(ThreadMessage.thread_id).in_(thread_ids))
    in_order = said.order_by(col(ThreadMessage.sent_at), col(ThreadMessage.message_id))
    by_thread: dict[str, tuple[ThreadMessage, ...]] = dict.fromkeys(thread_ids, ())
    for message in await session.exec(in_order):
        by_thread[message.thread_id] += (message,)
    return by_thread
