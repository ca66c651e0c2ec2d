"""Which notices for patients may still have to leave the portal, as a text message or as a letter?"""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from sqlalchemy import ColumnElement, exists, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import in_sealed
from records.queries.audit import patients_of
from records.tables import DeliveryAttempt, Message, Notification, PatientPreference

Way = Literal["sms", "letter"]
WAYS: tuple[Way, ...] = ("sms", "letter")
PATIENT = "patient"


async def may_leave(
    session: AsyncSession, way: Way, *where: ColumnElement[bool], limit: int = 500
) -> Mapping[str, Sequence[Notification]]:
    """Give, by patient, what was told to patients, named a way out of the portal and has not gone this way.

    A notice names its ways itself, or came after the patient had chosen one. Those of sealed cases stay; so do those of
    cases without a patient. The oldest first; `where`: which at all.
    """
    gone = col(DeliveryAttempt.idempotency_key)
    waiting = select(Notification).where(
        Notification.recipient_kind == "role",
        Notification.recipient == PATIENT,
        or_(*(col(Notification.channel).contains(each) for each in WAYS), _after_a_choice()),
        ~exists().where(gone == col(Notification.idempotency_key) + f":{way}", _taken()),
        ~in_sealed(col(Notification.case_id)),
        *where,
    )
    rows = await session.exec(waiting.order_by(col(Notification.created_at)).limit(limit))
    found = tuple(rows)
    patients = await patients_of(session, [row.case_id for row in found])
    by_patient: dict[str, list[Notification]] = {}
    for row in found:
        if row.case_id in patients:
            by_patient.setdefault(patients[row.case_id], []).append(row)
    return by_patient


async def has_died(session: AsyncSession, patient_ids: Collection[str]) -> bool:
    """Say whether the death of a patient, known by any of these ids, was told."""
    told = select(Message.message_id).where(
        Message.name == "patient.died", col(Message.correlation_key).in_(patient_ids), Message.status != "ignored"
    )
    return (await session.exec(told.limit(1))).first() is not None


def gone_key(notice: Notification, way: Way) -> str:
    """Give the key under which it is on record that a notice went this way."""
    return f"{notice.idempotency_key}:{way}"


def _after_a_choice() -> ColumnElement[bool]:
    chosen = select(func.min(col(PatientPreference.changed_at))).where(col(PatientPreference.channel).in_(WAYS))
    return col(Notification.created_at) >= chosen.scalar_subquery()


def _taken() -> ColumnElement[bool]:
    status = col(DeliveryAttempt.status)
    return (col(DeliveryAttempt.error) == "") & or_(status.is_(None), status < 300)
