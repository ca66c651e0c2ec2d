"""Which case does a message belong to, and whom does a signal reach? Those that wait; a message also by its key."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, brought_to
from records.tables import AwaitedKey, Case, CaseKey, FactRecord, Message, Signal, Subscription
from records.writes.messages import TAKEN_BACK


async def waiting_cases(session: AsyncSession, message: str, *correlation_keys: str) -> tuple[str, ...]:
    """Give the cases with an open subscription for this message name and a key, the one that waits longest first.

    A subscription without a key takes any message of its name.
    """
    waiting = select(Subscription).where(
        Subscription.event == "message",
        Subscription.name == message,
        col(Subscription.correlation_key).in_((*correlation_keys, "")),
    )
    found = await session.exec(waiting.order_by(col(Subscription.since), col(Subscription.case_id)))
    return tuple(dict.fromkeys(subscription.case_id for subscription in found))


async def versions_waiting(session: AsyncSession, message: str) -> tuple[str, ...]:
    """Give the versions (sha256) of the cases that wait for messages of this name."""
    waiting = (
        select(Case.sha256)
        .join(Subscription, col(Subscription.case_id) == col(Case.case_id))
        .where(Subscription.event == "message", Subscription.name == message)
    )
    return tuple(await session.exec(waiting.distinct().order_by(Case.sha256)))


async def cases_waiting_for_signal(session: AsyncSession, signal: str) -> tuple[str, ...]:
    """Give every case, of any pathway, that waits for this signal."""
    waiting = select(Subscription.case_id).where(Subscription.event == "signal", Subscription.name == signal)
    return tuple(await session.exec(waiting.distinct().order_by(col(Subscription.case_id))))


async def unfinished_signals(session: AsyncSession, *, before: datetime) -> tuple[Signal, ...]:
    """Give the signals noted before this time that were not told to everyone yet."""
    noted = select(Signal).where(Signal.status == "received", col(Signal.received_at) < before)
    return tuple(await session.exec(noted.order_by(col(Signal.received_at))))


async def waited_already(session: AsyncSession, *, after: datetime) -> tuple[tuple[Signal, str], ...]:
    """Give the signals broadcast after this time, each with a case that waited for it then and does so still."""
    waiting = (
        select(Signal, Subscription.case_id)
        .join(Subscription, col(Subscription.name) == col(Signal.name))
        .where(
            Subscription.event == "signal",
            Signal.status == "broadcast",
            col(Signal.received_at) > after,
            col(Subscription.since) <= col(Signal.received_at),
        )
    )
    return tuple(await session.exec(waiting.order_by(Signal.signal_id, col(Subscription.case_id))))


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


async def ended_cases(session: AsyncSession, correlation_key: str, *, limit: int = 100) -> tuple[str, ...]:
    """Give the cases that carried this key, or waited by it, and have ended; the last one first."""
    carried = select(CaseKey.case_id).where(CaseKey.correlation_key == correlation_key)
    awaited = select(AwaitedKey.case_id).where(AwaitedKey.correlation_key == correlation_key)
    ended = select(Case.case_id).where(Case.status != "running", col(Case.case_id).in_(carried.union(awaited)))
    return tuple(await session.exec(ended.order_by(col(Case.ended_at).desc(), col(Case.case_id)).limit(limit)))


async def has_waited(session: AsyncSession, case_id: str, message: str) -> bool:
    """Say whether a case has ever waited for a message of this name."""
    opened = select(FactRecord.detail).where(FactRecord.case_id == case_id, FactRecord.fact == "subscribed")
    return any(detail.get("message") == message for detail in await session.exec(opened))


async def messages(
    session: AsyncSession, *, status: str, side: Side | None = None, limit: int = 100
) -> tuple[Message, ...]:
    """Give inbound messages with this status, the newest first, without those that a person has dealt with.

    `taken_back`: those of which a person said that they are not so. `side`: only those that are for its cases, or that
    it brought.
    """
    unhandled = and_(col(Message.status) == status, col(Message.handled).in_(("", "delivered")))
    wanted = col(Message.handled) == TAKEN_BACK if status == TAKEN_BACK else unhandled
    found = select(Message).where(wanted, *([brought_to(side)] if side else []))
    return tuple(await session.exec(found.order_by(col(Message.received_at).desc()).limit(limit)))


async def awaited_names(session: AsyncSession) -> tuple[str, ...]:
    """Give the names of the messages that cases wait for."""
    waiting = select(Subscription.name).where(Subscription.event == "message")
    return tuple(await session.exec(waiting.distinct().order_by(Subscription.name)))


async def deliverable(session: AsyncSession, *, died_before: datetime) -> tuple[tuple[str, str, str], ...]:
    """Give id, name and key of the messages that a further try may bring to a case, the oldest first.

    Those whose routing died, those that somebody waits for by now (also when another case keeps them), and those
    whose key a running case carries by now.
    """
    at_rest = col(Message.routing_since).is_(None)
    found = select(Message.message_id, Message.name, Message.correlation_key).where(
        col(Message.handled) == "",
        or_(
            col(Message.routing_since) < died_before,
            and_(at_rest, col(Message.status) == "received"),
            and_(at_rest, col(Message.status) == "unmatched", or_(_awaited(), _known())),
            and_(
                at_rest, col(Message.status) == "buffered", _awaited(col(Subscription.case_id) != col(Message.case_id))
            ),
        ),
    )
    return tuple(await session.exec(found.order_by(col(Message.received_at))))


async def unmatched_named(session: AsyncSession, names: Collection[str]) -> tuple[tuple[str, str, str], ...]:
    """Give id, name and key of the unmatched messages of these names: only a try tells who they are for.

    The oldest first.
    """
    found = select(Message.message_id, Message.name, Message.correlation_key).where(
        col(Message.handled) == "",
        col(Message.routing_since).is_(None),
        col(Message.status) == "unmatched",
        col(Message.name).in_(names),
    )
    return tuple(await session.exec(found.order_by(col(Message.received_at))))


def _awaited(*further: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        col(Subscription.event) == "message",
        col(Subscription.name) == col(Message.name),
        col(Subscription.correlation_key).in_((col(Message.correlation_key), "")),
        *further,
    )


def _known() -> ColumnElement[bool]:
    return exists().where(
        col(CaseKey.correlation_key) == col(Message.correlation_key),
        col(CaseKey.case_id) == col(Case.case_id),
        col(Case.status) == "running",
    )
