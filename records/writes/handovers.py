"""How does something reach a service or a person once, and how do they acknowledge it by name?"""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import and_, or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.acknowledged import was_passed_by_hand
from records.tables import DeliveryAttempt, Handoff, Notification, ServiceInbox, Task
from records.upsert import insert_missing

Told = TypeVar("Told", Handoff, Notification)
"""What is acknowledged by name."""


async def deliver_to_service(session: AsyncSession, delivery: ServiceInbox) -> bool:
    """Put a referral into a service's inbox; say whether it is new. The same key twice is one delivery."""
    return await insert_missing(session, delivery)


async def acknowledge_delivery(
    session: AsyncSession, idempotency_key: str, *, actor: str, now: datetime
) -> ServiceInbox | None:
    """Note who at the service acknowledged a referral; the first acknowledgement counts. None: unknown key."""
    row = await session.get(ServiceInbox, idempotency_key, with_for_update=True)
    if row is not None and row.state == "delivered":
        row.state, row.acknowledged_by, row.acknowledged_at = "acknowledged", actor, now
        session.add(row)
    return row


async def record_attempt(session: AsyncSession, attempt: DeliveryAttempt) -> bool:
    """Note one attempt to deliver something outside; say whether it is new.

    The numbers of attempts begin again when a person, or the end of an outage, has the work done anew: then it is
    noted under the next number that is free.
    """
    while not await insert_missing(session, attempt):
        known = await session.get(DeliveryAttempt, (attempt.idempotency_key, attempt.attempt))
        if known is not None and known.at == attempt.at:
            return False
        attempt.attempt += 1
    return True


async def taken(session: AsyncSession, idempotency_key: str) -> DeliveryAttempt | None:
    """Give the earlier attempt that the other side took, if there is one: then nothing is left to send."""
    attempts = select(DeliveryAttempt).where(DeliveryAttempt.idempotency_key == idempotency_key)
    return next((row for row in await session.exec(attempts) if not row.error and (row.status or 200) < 300), None)


async def hand_off(session: AsyncSession, handoff: Handoff) -> bool:
    """Hand a result to one recipient; say whether it is new."""
    return await insert_missing(session, handoff)


async def acknowledge(
    session: AsyncSession, table: type[Told], idempotency_key: str, *, actor: str, now: datetime
) -> Told | None:
    """Note who acknowledged a result or a notification; the first acknowledgement counts. None: unknown key."""
    row = await session.get(table, idempotency_key, with_for_update=True)
    if row is not None and row.acknowledged_at is None:
        row.acknowledged_by, row.acknowledged_at = actor, now
        session.add(row)
    return row


async def acknowledge_read(session: AsyncSession, task: Task) -> None:
    """Note that who has read a result in a task has acknowledged what of it was handed to them.

    It was handed over in the case of the task, or in the one that called it. A task that was passed by hand has been
    read by nobody.
    """
    if await was_passed_by_hand(session, task):
        return
    cases = (task.case_id, task.case_id.rpartition("/")[0])
    to_role = and_(col(Handoff.recipient_kind) == "role", col(Handoff.recipient).in_(task.groups))
    to_person = and_(col(Handoff.recipient_kind) == "person", col(Handoff.recipient) == task.completed_by)
    theirs = (col(Handoff.case_id).in_(cases), or_(to_role, to_person), col(Handoff.sent_at) <= task.closed_at)
    unread = update(Handoff).where(*theirs, col(Handoff.acknowledged_at).is_(None))
    await session.exec(unread.values(acknowledged_by=task.completed_by, acknowledged_at=task.closed_at))


async def notify(session: AsyncSession, notification: Notification) -> bool:
    """Put a notification into the inbox; say whether it is new."""
    return await insert_missing(session, notification)


async def tell_role(
    session: AsyncSession,
    role: str,
    case_id: str,
    text: str,
    *,
    level: str,
    key: str,
    now: datetime,
    activation: str = "",
) -> bool:
    """Put words about a case into the inbox of a role, once under the key; say whether they are new.

    `activation`: of the step, or the id of the message, that they are about.
    """
    told = Notification(
        idempotency_key=key,
        case_id=case_id,
        activation=activation,
        recipient_kind="role",
        recipient=role,
        level=level,
        text=text,
        created_at=now,
    )
    return await notify(session, told)
