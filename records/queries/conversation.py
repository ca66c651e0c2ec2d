"""What was said about a case? Its threads and their messages."""

from collections.abc import Collection, Mapping

from sqlalchemy import exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, of_patients
from records.tables import Case, Thread, ThreadMessage


async def threads_of(session: AsyncSession, root_case_id: str, *, kinds: Collection[str]) -> tuple[Thread, ...]:
    """Give the threads of these kinds about a case, the newest first."""
    about = select(Thread).where(Thread.root_case_id == root_case_id, col(Thread.kind).in_(kinds))
    return tuple(await session.exec(about.order_by(col(Thread.started_at).desc(), col(Thread.thread_id))))


async def threads_by(session: AsyncSession, side: Side, *, kind: str, limit: int = 100) -> tuple[Thread, ...]:
    """Give the threads of a kind that a person began about patients whose messages are theirs, the newest first.

    What is asked where there is no case yet is about themselves, and of nobody else until a case is begun for it.
    """
    not_begun = ~exists().where(col(Case.case_id) == col(Thread.root_case_id))
    about = or_(of_patients(Thread.root_case_id, side), not_begun)
    begun = select(Thread).where(Thread.started_by == side.person, Thread.kind == kind, about)
    return tuple(await session.exec(begun.order_by(col(Thread.started_at).desc(), col(Thread.thread_id)).limit(limit)))


async def messages_of(session: AsyncSession, thread_ids: Collection[str]) -> Mapping[str, tuple[ThreadMessage, ...]]:
    """Give what was said in each of these threads, the oldest first."""
    said = select(ThreadMessage).where(col(ThreadMessage.thread_id).in_(thread_ids))
    in_order = said.order_by(col(ThreadMessage.sent_at), col(ThreadMessage.message_id))
    by_thread: dict[str, tuple[ThreadMessage, ...]] = dict.fromkeys(thread_ids, ())
    for message in await session.exec(in_order):
        by_thread[message.thread_id] += (message,)
    return by_thread
