"""Which case does a message belong to, and whom does a signal reach? Those that wait; a message also by its key."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Case, CaseKey, Message, Signal, Subscription


async def waiting_cases(session: AsyncSession, message: str, correlation_key: str) -> tuple[str, ...]:
    """Give the cases with an open subscription for this message name and key, the one that waits longest first.

    A subscription without a key takes any message of its name.
    """
    waiting = select(Subscription).where(
        Subscription.event == "message",
        Subscription.name == message,
        col(Subscription.correlation_key).in_((correlation_key, "")),
    )
    found = await session.exec(waiting.order_by(col(Subscription.since), col(Subscription.case_id)))
    return tuple(dict.fromkeys(subscription.case_id for subscription in found))


async def cases_waiting_for_signal(session: AsyncSession, signal: str) -> tuple[str, ...]:
    """Give every case, of any pathway, that waits for this signal."""
    waiting = select(Subscription.case_id).where(Subscription.event == "signal", Subscription.name == signal)
    return tuple(await session.exec(waiting.distinct().order_by(col(Subscription.case_id))))


async def unfinished_signals(session: AsyncSession, *, before: datetime) -> tuple[Signal, ...]:
    """Give the signals noted before this time that were not told to everyone yet."""
    noted = select(Signal).where(Signal.status == "received", col(Signal.received_at) < before)
    return tuple(await session.exec(noted.order_by(col(Signal.received_at))))


async def running_cases(session: AsyncSession, correlation_key: str) -> tuple[str, ...]:
    """Give the running cases that carry this business key, callers before the cases they called.

    A message that nobody waits for yet goes to the first: it keeps the message until someone does.
    """
    keyed = (
        select(Case.case_id)
        .join(CaseKey, col(CaseKey.case_id) == col(Case.case_id))
        .where(CaseKey.correlation_key == correlation_key, Case.status == "running")
        .order_by(col(Case.caller).is_not(None), col(Case.started_at), col(Case.case_id))
    )
    return tuple(await session.exec(keyed))


async def messages(session: AsyncSession, *, status: str, limit: int = 100) -> tuple[Message, ...]:
    """Give inbound messages with this status, the newest first: `unmatched` and `expired` need a person."""
    found = select(Message).where(Message.status == status).order_by(col(Message.received_at).desc())
    return tuple(await session.exec(found.limit(limit)))
