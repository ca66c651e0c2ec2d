"""What does a patient read of a case? When steps were done, who read the record, what they were told and wrote."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.audit import about_cases
from records.tables import (
    Audit,
    Case,
    FactRecord,
    JournalEntry,
    Notification,
    PatientPreference,
    ScopeVariables,
    Subscription,
)
from records.writes.audit import SUCCESS, UNKNOWN

PATIENT_ROLES = ("patient", "carer")


async def done_at(session: AsyncSession, case_id: str) -> dict[str, datetime]:
    """Give when each element of a case was last completed."""
    completed = select(FactRecord.element, func.max(col(FactRecord.at))).where(
        FactRecord.case_id == case_id, FactRecord.fact == "completed"
    )
    return dict((await session.exec(completed.group_by(col(FactRecord.element)))).all())


async def visitors(session: AsyncSession, root_case_id: str, *, but: str, limit: int = 200) -> Sequence[Audit]:
    """Give what others than `but` read or changed in a case and those it called, also in lists, the newest first.

    Also what they may have done: nobody knows whether it came to its end.
    """
    done = col(Audit.outcome).in_((SUCCESS, UNKNOWN))
    seen = select(Audit).where(about_cases((root_case_id,)), col(Audit.actor) != but, done)
    return tuple(await session.exec(seen.order_by(col(Audit.id).desc()).limit(limit)))


async def notices(
    session: AsyncSession, root_case_id: str, *, person: str, roles: Collection[str]
) -> Sequence[Notification]:
    """Give what patients or carers (`roles`) were told about a case, and `person` by name, the newest first."""
    to_patient = and_(col(Notification.recipient_kind) == "role", col(Notification.recipient).in_(roles))
    to_person = and_(col(Notification.recipient_kind) == "person", col(Notification.recipient) == person)
    told = select(Notification).where(_within(Notification, root_case_id), or_(to_patient, to_person))
    newest = told.order_by(col(Notification.created_at).desc(), col(Notification.idempotency_key))
    return tuple(await session.exec(newest.limit(100)))


async def journal_of(session: AsyncSession, patient_ids: Collection[str]) -> Sequence[JournalEntry]:
    """Give what a patient wrote down, the newest first."""
    written = select(JournalEntry).where(col(JournalEntry.patient_id).in_(patient_ids))
    newest = written.order_by(col(JournalEntry.written_at).desc(), col(JournalEntry.entry_id))
    return tuple(await session.exec(newest.limit(100)))


async def journal_in(session: AsyncSession, root_case_id: str, *, limit: int) -> Sequence[JournalEntry]:
    """Give what was written down in a case, the newest first."""
    written = select(JournalEntry).where(JournalEntry.root_case_id == root_case_id)
    newest = written.order_by(col(JournalEntry.written_at).desc(), col(JournalEntry.entry_id))
    return tuple(await session.exec(newest.limit(limit)))


async def preference_of(session: AsyncSession, patient_ids: Collection[str]) -> PatientPreference | None:
    """Give how a patient, known by any of these ids, wants to be told; None: nobody has said."""
    said = select(PatientPreference).where(col(PatientPreference.patient_id).in_(patient_ids))
    return (await session.exec(said.order_by(col(PatientPreference.changed_at).desc()).limit(1))).first()


async def awaited_visits(session: AsyncSession) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Give the cases that wait for a patient to attend, with the variables of their process."""
    waiting = (
        select(Case.case_id, ScopeVariables.variables)
        .join(Subscription, col(Subscription.case_id) == col(Case.case_id))
        .join(
            ScopeVariables,
            and_(
                col(ScopeVariables.case_id) == col(Case.case_id), col(ScopeVariables.scope) == col(Case.process_scope)
            ),
        )
        .where(Subscription.name == "appointment.attended", Case.status == "running")
    )
    return tuple((await session.exec(waiting)).all())


def _within(table: Any, root_case_id: str) -> ColumnElement[bool]:
    return or_(table.case_id == root_case_id, table.case_id.startswith(f"{root_case_id}/", autoescape=True))
