"""What was a role or a person told, and what has to be acknowledged? Notifications, hand-offs, service inboxes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, brought_to, in_case, of_patients, referred, sealed, within
from records.queries.patient_view import PATIENT_ROLES
from records.queries.requesters import made_by, parted
from records.tables import DeliveryAttempt, Handoff, Message, Notification, ServiceInbox

MOST = 500
"""So many deliveries or results are given at once: who acknowledges one sees the next."""

DEAD_LETTER = "dead-letter:"
"""How the keys of notifications begin that tell of a message without a case; their `activation` is its id."""

REMINDER = "reminder:"
"""How the keys of notifications begin that remind patients and carers of an appointment."""

ANSWERED = ":answered"
"""How the keys of notifications end that tell who asked something that it was answered: that opens no case to them."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """Whose inbox it is. `roles` are told of the cases of `side`; `own_record` roles of those about their patients.

    `reminded`: the patients of whose appointments they are reminded.
    """

    side: Side
    roles: tuple[str, ...]
    own_record: tuple[str, ...] = ()
    reminded: tuple[str, ...] = ()


async def is_addressed(session: AsyncSession, row: Notification | Handoff, to: Addressed) -> bool:
    """Say whether a notification or a result was sent to somebody, and is theirs to see."""
    table: Any = type(row)
    found = select(table.idempotency_key).where(table.idempotency_key == row.idempotency_key, addressed_to(table, to))
    return (await session.exec(found)).first() is not None


async def notifications(
    session: AsyncSession,
    to: Addressed | None = None,
    *,
    roles: tuple[str, ...] = (),
    person: str | None = None,
    limit: int = 100,
) -> tuple[Notification, ...]:
    """Give what these roles and this person were told, the newest first; `to`: as far as it is theirs to see."""
    told = select(Notification).where(addressed_to(Notification, to) if to else _to(Notification, roles, person))
    return tuple(
        await session.exec(
            told.order_by(col(Notification.created_at).desc(), col(Notification.idempotency_key)).limit(limit)
        )
    )


async def told_under(session: AsyncSession, case_id: str, prefix: str) -> tuple[tuple[str, str], ...]:
    """Give to whom the notifications about a case went whose keys begin so: kind and name of each, once."""
    begun = col(Notification.idempotency_key).startswith(prefix, autoescape=True)
    told = select(Notification.recipient_kind, Notification.recipient).where(Notification.case_id == case_id, begun)
    return tuple(dict.fromkeys(await session.exec(told.order_by(col(Notification.idempotency_key)))))


async def told_already(session: AsyncSession, keys: Sequence[str]) -> frozenset[str]:
    """Give those of these keys under which somebody was told."""
    found: set[str] = set()
    for at in range(0, len(keys), MOST):
        some = col(Notification.idempotency_key).in_(keys[at : at + MOST])
        found.update(await session.exec(select(Notification.idempotency_key).where(some)))
    return frozenset(found)


async def open_handoffs(
    session: AsyncSession,
    to: Addressed | None = None,
    *,
    roles: tuple[str, ...] = (),
    person: str | None = None,
    limit: int = MOST,
) -> tuple[Handoff, ...]:
    """Give the results that these roles and this person have not acknowledged, the oldest first; `to` as above."""
    mine = addressed_to(Handoff, to) if to else _to(Handoff, roles, person)
    sent = select(Handoff).where(mine, col(Handoff.acknowledged_at).is_(None))
    return tuple(await session.exec(sent.order_by(col(Handoff.sent_at), col(Handoff.idempotency_key)).limit(limit)))


async def left_unread(
    session: AsyncSession, side: Side, *, people: Collection[str], sent_before: datetime | None
) -> tuple[Handoff, ...]:
    """Give the results of cases of a side that nobody has acknowledged, the oldest first.

    Those of these people, and (`sent_before`, None: no others) all that staff were handed by then.
    """
    in_person = and_(col(Handoff.recipient_kind) == "person", col(Handoff.recipient).in_(people))
    to_staff = or_(col(Handoff.recipient_kind) != "role", col(Handoff.recipient).not_in(PATIENT_ROLES))
    late = and_(col(Handoff.sent_at) <= sent_before, to_staff) if sent_before else false()
    mine = select(Handoff).where(col(Handoff.acknowledged_at).is_(None), or_(in_person, late))
    left = mine.where(in_case(Handoff.case_id, within, side))
    return tuple(await session.exec(left.order_by(col(Handoff.sent_at), col(Handoff.idempotency_key)).limit(MOST)))


async def asked_since(session: AsyncSession, row: ServiceInbox) -> ServiceInbox | None:
    """Give what of the same referral the case has delivered to another service since, None if nothing."""
    later = select(ServiceInbox).where(
        ServiceInbox.case_id == row.case_id,
        ServiceInbox.service != row.service,
        ServiceInbox.delivered_at > row.delivered_at,
    )
    return next((each for each in await session.exec(later) if _same_referral(each, row)), None)


def _same_referral(one: ServiceInbox, other: ServiceInbox) -> bool:
    return all(one.referral.get(name) == other.referral.get(name) for name in ("message", "referral_id"))


async def service_inbox(
    session: AsyncSession,
    service: str,
    *,
    state: str | None = None,
    side: Side | None = None,
    named: Collection[str] | None = None,
    limit: int | None = MOST,
) -> tuple[ServiceInbox, ...]:
    """Give the referrals delivered to a service: those that wait for an answer first, and of each the oldest first.

    `side`: as far as the cases are of somebody's organisation; `named`: whose contact or deputy is one of these people.
    """
    delivered = select(ServiceInbox).where(ServiceInbox.service == service)
    if state is not None:
        delivered = delivered.where(ServiceInbox.state == state)
    if named is not None:
        delivered = delivered.where(
            or_(col(ServiceInbox.named_contact).in_(named), col(ServiceInbox.deputy).in_(named))
        )
    if side is not None:
        delivered = delivered.where(in_case(ServiceInbox.case_id, within, side))
    waiting_first = delivered.order_by(col(ServiceInbox.state) != "delivered", col(ServiceInbox.delivered_at))
    return tuple(await session.exec(waiting_first.order_by(col(ServiceInbox.idempotency_key)).limit(limit)))


async def services_of(session: AsyncSession, root_case_id: str) -> tuple[str, ...]:
    """Give the services to which something of a case, or of one that it called, was delivered, the first one first."""
    inside = col(ServiceInbox.case_id).startswith(f"{root_case_id}/", autoescape=True)
    delivered = select(ServiceInbox.service).where(or_(col(ServiceInbox.case_id) == root_case_id, inside))
    found = await session.exec(delivered.order_by(col(ServiceInbox.delivered_at), col(ServiceInbox.service)))
    return tuple(dict.fromkeys(found))


async def delivery_attempts(session: AsyncSession, idempotency_key: str) -> tuple[DeliveryAttempt, ...]:
    """Give every attempt to deliver one thing to an endpoint outside."""
    tried = select(DeliveryAttempt).where(DeliveryAttempt.idempotency_key == idempotency_key)
    return tuple(await session.exec(tried.order_by(col(DeliveryAttempt.attempt))))


def addressed_to(table: Any, to: Addressed) -> ColumnElement[bool]:
    """Say of a notification or hand-off whether it was sent to somebody, and is theirs to see."""
    about = in_case(table.case_id, within, to.side)
    about = or_(about, _lost(to.side)) if table is Notification else about
    roles, requesters = parted(to.roles, to.side)
    by_role = and_(_to(table, roles, None), about)
    if requesters:
        made = and_(_to(table, requesters, None), made_by(table.case_id, to.side))
        by_role = or_(by_role, and_(made, or_(about, in_case(table.case_id, referred, to.side))))
    own = and_(_to(table, to.own_record, None), _about_own(table, to))
    in_person = and_(_to(table, (), to.side.person), ~in_case(table.case_id, _hidden, to.side))
    return or_(by_role, in_person, *((own,) if to.own_record and (to.side.patients or to.reminded) else ()))


def _about_own(table: Any, to: Addressed) -> ColumnElement[bool]:
    about = in_case(table.case_id, of_patients, to.side)
    if table is not Notification:
        return about
    booked = in_case(table.case_id, of_patients, replace(to.side, patients=to.reminded))
    return or_(about, and_(col(Notification.idempotency_key).startswith(REMINDER), booked))


def _lost(side: Side) -> ColumnElement[bool]:
    """Of a message without a case: told to those of the organisation that brought it."""
    mine = exists().where(col(Message.message_id) == col(Notification.activation), brought_to(side))
    return and_(col(Notification.idempotency_key).startswith(DEAD_LETTER), mine)


def _hidden(root: Any, side: Side) -> ColumnElement[bool]:
    return false() if side.sealed_too else sealed(root)


def _to(table: Any, roles: tuple[str, ...], person: str | None) -> ColumnElement[bool]:
    return or_(
        and_(table.recipient_kind == "role", table.recipient.in_(roles)),
        and_(table.recipient_kind == "person", table.recipient == person) if person else false(),
    )
