"""What was a role or a person told, and what has to be acknowledged? Notifications, hand-offs, service inboxes."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import DeliveryAttempt, Handoff, Notification, ServiceInbox


async def notifications(
    session: AsyncSession, *, roles: tuple[str, ...] = (), person: str | None = None, limit: int = 100
) -> tuple[Notification, ...]:
    """Give what these roles and this person were told, the newest first."""
    told = select(Notification).where(_to(Notification, roles, person))
    return tuple(
        await session.exec(
            told.order_by(col(Notification.created_at).desc(), col(Notification.idempotency_key)).limit(limit)
        )
    )


async def notifications_of_case(session: AsyncSession, case_id: str) -> tuple[Notification, ...]:
    """Give everything that was told about a case, the oldest first."""
    told = select(Notification).where(Notification.case_id == case_id)
    return tuple(await session.exec(told.order_by(col(Notification.created_at), col(Notification.idempotency_key))))


async def open_handoffs(
    session: AsyncSession, *, roles: tuple[str, ...] = (), person: str | None = None
) -> tuple[Handoff, ...]:
    """Give the results that these roles and this person have not acknowledged, the oldest first."""
    sent = select(Handoff).where(_to(Handoff, roles, person), col(Handoff.acknowledged_at).is_(None))
    return tuple(await session.exec(sent.order_by(col(Handoff.sent_at), col(Handoff.idempotency_key))))


async def handoffs_of_case(session: AsyncSession, case_id: str) -> tuple[Handoff, ...]:
    """Give every result that a case handed over, acknowledged or not."""
    sent = select(Handoff).where(Handoff.case_id == case_id)
    return tuple(await session.exec(sent.order_by(col(Handoff.sent_at), col(Handoff.idempotency_key))))


async def service_inbox(session: AsyncSession, service: str, *, state: str | None = None) -> tuple[ServiceInbox, ...]:
    """Give the referrals delivered to a service, the oldest first."""
    delivered = select(ServiceInbox).where(ServiceInbox.service == service)
    if state is not None:
        delivered = delivered.where(ServiceInbox.state == state)
    return tuple(await session.exec(delivered.order_by(col(ServiceInbox.delivered_at))))


async def delivery_attempts(session: AsyncSession, idempotency_key: str) -> tuple[DeliveryAttempt, ...]:
    """Give every attempt to deliver one thing to an endpoint outside."""
    tried = select(DeliveryAttempt).where(DeliveryAttempt.idempotency_key == idempotency_key)
    return tuple(await session.exec(tried.order_by(col(DeliveryAttempt.attempt))))


def _to(table: Any, roles: tuple[str, ...], person: str | None) -> ColumnElement[bool]:
    return or_(
        and_(table.recipient_kind == "role", table.recipient.in_(roles)),
        and_(table.recipient_kind == "person", table.recipient == person),
    )
