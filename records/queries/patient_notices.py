"""Which notices for patients may still have to leave the portal, as a text message or as a letter?"""

from collections.abc import Collection, Sequence
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, or_, union
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import in_sealed
from records.queries.audit import patients_of
from records.tables import Case, DeliveryAttempt, Message, Notification, Patient, PatientPreference, ScopeVariables

Way = Literal["sms", "letter"]
WAYS: tuple[Way, ...] = ("sms", "letter")
PATIENT, DIED = "patient", "patient.died"
AT_ONCE = 500
"""So many are given in one go."""

_PART, _ROOT = aliased(Case), aliased(Case)


async def may_leave(
    session: AsyncSession, way: Way, *where: ColumnElement[bool], after: Notification | None = None
) -> Sequence[tuple[Notification, str]]:
    """Give some of what was told to patients, named a way out of the portal and has not gone this way, each with whom.

    A notice names its ways itself, or its patient has chosen one. Those of sealed cases stay; those of cases without a
    patient are for nobody (""). The oldest first; `where`: which at all; `after`: those that follow this one.
    """
    attempted = col(DeliveryAttempt.idempotency_key)
    told_at, key = col(Notification.created_at), col(Notification.idempotency_key)
    waiting = select(Notification).where(
        Notification.recipient_kind == "role",
        Notification.recipient == PATIENT,
        or_(*(col(Notification.channel).contains(each) for each in WAYS), _of_who_has_chosen()),
        ~exists().where(attempted == key + f":{way}", _taken()),
        ~in_sealed(col(Notification.case_id)),
        *where,
    )
    if after is not None:
        same = and_(told_at == after.created_at, key > after.idempotency_key)
        waiting = waiting.where(or_(told_at > after.created_at, same))
    found = tuple(await session.exec(waiting.order_by(told_at, key).limit(AT_ONCE)))
    patients = await patients_of(session, [row.case_id for row in found])
    return [(row, patients.get(row.case_id, "")) for row in found]


async def gone(session: AsyncSession, notices: Collection[Notification], way: Way) -> frozenset[str]:
    """Give the keys of those of these notices that have gone a way."""
    key, keys = col(DeliveryAttempt.idempotency_key), {gone_key(each, way) for each in notices}
    found = await session.exec(select(DeliveryAttempt.idempotency_key).where(key.in_(keys), _taken()))
    return frozenset(each.removesuffix(f":{way}") for each in found)


async def has_died(session: AsyncSession, patient_ids: Collection[str]) -> bool:
    """Say whether the death of a patient, known by any of these ids, was told, and holds."""
    return bool(await told_of_death(session, patient_ids))


async def told_of_death(session: AsyncSession, patient_ids: Collection[str]) -> Sequence[Message]:
    """Give what told of the death of a patient, and was not corrected to another's or taken back; the oldest first."""
    told = select(Message).where(
        Message.name == DIED,
        col(Message.correlation_key).in_(patient_ids),
        Message.status != "ignored",
        col(Message.handled).not_in(("correlated", "taken_back")),
    )
    return tuple(await session.exec(told.order_by(col(Message.received_at), col(Message.message_id))))


def gone_key(notice: Notification, way: Way) -> str:
    """Give the key under which it is on record that a notice went this way."""
    return f"{notice.idempotency_key}:{way}"


def _of_who_has_chosen() -> ColumnElement[bool]:
    """Whether a notice is for a patient who has chosen a way; one with several ids may have by another of them."""
    merged = col(Patient.merged_into) != ""
    choosers = union(
        select(PatientPreference.patient_id).where(col(PatientPreference.channel).in_(WAYS)),
        select(Patient.patient_id).where(merged),
        select(Patient.merged_into).where(merged),
    )
    return exists().where(
        col(_PART.case_id) == col(Notification.case_id),
        col(_ROOT.case_id) == col(_PART.root_case_id),
        col(ScopeVariables.case_id) == col(_ROOT.case_id),
        col(ScopeVariables.scope) == col(_ROOT.process_scope),
        col(ScopeVariables.variables)["patient_id"].as_string().in_(choosers),
    )


def _taken() -> ColumnElement[bool]:
    status = col(DeliveryAttempt.status)
    return (col(DeliveryAttempt.error) == "") & or_(status.is_(None), status < 300)
