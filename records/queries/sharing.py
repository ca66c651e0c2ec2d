"""What has a patient said about sharing, and what has left? Under every id of the person."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from policy.consent import SECONDARY, Statement, may_be_counted
from records.queries.access import AT_ONCE, Side, in_case, within
from records.queries.audit import patients_of
from records.queries.patients import keyed_patients, same_patient, same_patients
from records.tables import Consent, Disclosure


async def consents(session: AsyncSession, patient_id: str) -> tuple[Consent, ...]:
    """Give everything that was said by or for a patient, the newest first."""
    said = select(Consent).where(col(Consent.patient_id).in_(await same_patient(session, patient_id)))
    newest_first = (col(Consent.effective_at).desc(), col(Consent.recorded_at).desc(), col(Consent.consent_id).desc())
    return tuple(await session.exec(said.order_by(*newest_first)))


async def statements(session: AsyncSession, *patient_ids: str) -> tuple[Statement, ...]:
    """Give the same as the policy reads it, the oldest first."""
    ids = {each for known_as in patient_ids if known_as for each in await same_patient(session, known_as)}
    in_order = (col(Consent.effective_at), col(Consent.recorded_at), col(Consent.consent_id))
    said = select(Consent).where(col(Consent.patient_id).in_(ids)).order_by(*in_order)
    return tuple(as_statement(row) for row in await session.exec(said))


async def statements_in_each(session: AsyncSession, roots: Collection[str]) -> Mapping[str, tuple[Statement, ...]]:
    """Give of each of these cases that began it all what was said by or for its patient, the oldest first."""
    of_each = {root: {patient} for root, patient in (await patients_of(session, roots)).items()}
    for root, patient in await keyed_patients(session, roots):
        of_each.setdefault(root, set()).add(patient)
    people = await same_patients(session, {patient for ids in of_each.values() for patient in ids})
    known_as = {root: {each for patient in ids for each in people[patient]} for root, ids in of_each.items()}
    in_order = (col(Consent.effective_at), col(Consent.recorded_at), col(Consent.consent_id))
    every = {each for ids in known_as.values() for each in ids}
    rows = tuple(await session.exec(select(Consent).where(col(Consent.patient_id).in_(every)).order_by(*in_order)))
    return {root: _said_of(known_as.get(root, ()), rows) for root in roots}


def _said_of(ids: Collection[str], rows: Collection[Consent]) -> tuple[Statement, ...]:
    return tuple(as_statement(row) for row in rows if row.patient_id in ids)


async def not_counted(session: AsyncSession, case_ids: Collection[str], *, now: datetime) -> frozenset[str]:
    """Give those of these cases that no figure may count: their patients object to use beyond their own care."""
    objecting: set[str] = set()
    for patient_id in await session.exec(select(Consent.patient_id).where(Consent.scope == SECONDARY).distinct()):
        if not may_be_counted(await statements(session, patient_id), now=now):
            objecting.update(await same_patient(session, patient_id))
    asked, found = sorted(case_ids) if objecting else [], set[str]()
    for start in range(0, len(asked), AT_ONCE):
        about = await patients_of(session, asked[start : start + AT_ONCE])
        found.update(case_id for case_id, patient_id in about.items() if patient_id in objecting)
    return frozenset(found)


def as_statement(row: Consent) -> Statement:
    """Give a row as the policy reads it."""
    return Statement(
        scope=row.scope,
        status=row.status,
        effective_at=row.effective_at,
        limits=tuple(row.limits),
        named=tuple(row.named),
        expires=row.expires,
        case_id=row.case_id,
    )


async def disclosures(
    session: AsyncSession, patient_id: str, side: Side | None = None, *, limit: int = 500
) -> tuple[Disclosure, ...]:
    """Give what was to leave of a patient, the newest first; `side`: from cases of somebody's organisation only."""
    about = col(Disclosure.patient_id).in_(await same_patient(session, patient_id))
    mine = [in_case(Disclosure.case_id, within, side)] if side else []
    found = (
        select(Disclosure)
        .where(about, *mine)
        .order_by(col(Disclosure.noted_at).desc(), col(Disclosure.idempotency_key))
    )
    return tuple(await session.exec(found.limit(limit)))


async def told_of(session: AsyncSession, patient_id: str) -> tuple[Disclosure, ...]:
    """Give all that services were ever sent about a patient, the newest first: those who hear of a withdrawal."""
    sent = select(Disclosure).where(
        col(Disclosure.patient_id).in_(await same_patient(session, patient_id)),
        Disclosure.state == "sent",
        col(Disclosure.channel).in_(("endpoint", "inbox")),
    )
    newest_first = (col(Disclosure.noted_at).desc(), col(Disclosure.idempotency_key))
    return tuple(await session.exec(sent.order_by(*newest_first)))


async def sent_to_services(
    session: AsyncSession, root_case_id: str, *, but: Collection[str], until: datetime | None = None
) -> tuple[Disclosure, ...]:
    """Give what has left for services of a case and those it called, or may have, oldest first; `but`: messages."""
    inside = or_(col(Disclosure.case_id) == root_case_id, col(Disclosure.case_id).startswith(f"{root_case_id}/"))
    left = select(Disclosure).where(
        inside,
        col(Disclosure.state).in_(("sent", "pending")),
        col(Disclosure.channel).in_(("endpoint", "inbox")),
        col(Disclosure.message).not_in(but),
        *([col(Disclosure.noted_at) <= until] if until else []),
    )
    return tuple(await session.exec(left.order_by(col(Disclosure.noted_at), col(Disclosure.idempotency_key))))


async def withheld_for(session: AsyncSession, root_case_id: str, reason: str) -> int:
    """Count what of a case and those it called did not leave for this reason."""
    inside = or_(col(Disclosure.case_id) == root_case_id, col(Disclosure.case_id).startswith(f"{root_case_id}/"))
    kept = select(func.count()).select_from(Disclosure).where(inside, Disclosure.reason == reason)
    return (await session.exec(kept)).one()
