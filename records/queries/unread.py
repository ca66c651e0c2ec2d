"""Which results were handed over, and neither acknowledged nor asked about in a task?"""

from datetime import datetime

from sqlalchemy import exists, literal, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import in_sealed
from records.queries.patient_view import PATIENT_ROLES
from records.tables import OPEN_STATES, Handoff, Notification, Task

MOST = 500
"""So many are given at once; the next sweep gives the next."""


async def unread_handoffs(
    session: AsyncSession, *, sent_before: datetime, ladder: str, told_under: str
) -> tuple[Handoff, ...]:
    """Give results that nobody has acknowledged, the oldest first, and of which nobody was told under this prefix.

    Left out: as long as a task with this ladder asks for it in its case or in one that this called, what patients and
    carers were given, and what is of a sealed case.
    """
    inside = or_(col(Task.case_id) == Handoff.case_id, col(Task.case_id).startswith(col(Handoff.case_id) + "/"))
    asked = exists().where(inside, col(Task.ladder) == ladder, col(Task.state).in_(OPEN_STATES))
    told = exists().where(col(Notification.idempotency_key) == literal(told_under) + col(Handoff.idempotency_key))
    to_staff = or_(col(Handoff.recipient_kind) != "role", col(Handoff.recipient).not_in(PATIENT_ROLES))
    unread = select(Handoff).where(col(Handoff.acknowledged_at).is_(None), Handoff.sent_at <= sent_before)
    left = unread.where(to_staff, ~asked, ~told, ~in_sealed(Handoff.case_id))
    return tuple(await session.exec(left.order_by(col(Handoff.sent_at), col(Handoff.idempotency_key)).limit(MOST)))
