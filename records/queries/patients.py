"""Which patient is meant? By the keyed hash of an identifier, by an id of before a merge; and whom do we doubt?"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, in_case, within
from records.tables import Case, CaseKey, Patient, PatientDoubt, PatientIdentifier, ScopeVariables


async def patients_with(session: AsyncSession, value_hashes: Collection[str]) -> tuple[Patient, ...]:
    """Give the patients known by one of these identifiers, those that others were merged into instead of them."""
    known = (
        select(Patient)
        .join(PatientIdentifier, col(PatientIdentifier.patient_id) == col(Patient.patient_id))
        .where(col(PatientIdentifier.value_hash).in_(value_hashes))
        .order_by(col(Patient.patient_id))
    )
    found = [await survivor(session, patient) for patient in await session.exec(known)]
    return tuple({patient.patient_id: patient for patient in found}.values())


async def survivor(session: AsyncSession, patient: Patient) -> Patient:
    """Give the patient that stands for this one: itself, or the last it was merged into."""
    while patient.merged_into:
        patient = await session.get_one(Patient, patient.merged_into)
    return patient


async def same_patient(session: AsyncSession, patient_id: str) -> tuple[str, ...]:
    """Give every id of the person known as `patient_id`, the one that stands for them first; an unknown id alone."""
    patient = await session.get(Patient, patient_id)
    if patient is None:
        return (patient_id,)
    ids = [(await survivor(session, patient)).patient_id]
    for each in ids:
        merged = select(Patient.patient_id).where(Patient.merged_into == each).order_by(col(Patient.patient_id))
        ids.extend(await session.exec(merged))
    return tuple(ids)


async def same_patients(session: AsyncSession, patient_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Give every id of each of these people, in as many questions as patients were merged one into the next."""
    into, asked, left = dict[str, str](), set[str](), {*patient_ids}
    while left:
        asked |= left
        linked = or_(col(Patient.patient_id).in_(left), col(Patient.merged_into).in_(left))
        found = dict((await session.exec(select(Patient.patient_id, Patient.merged_into).where(linked))).all())
        into |= found
        left = {*found, *found.values()} - asked - {""}
    people = defaultdict[str, set[str]](set)
    for patient_id in asked:
        people[_last(patient_id, into)].add(patient_id)
    return {patient_id: frozenset(people[_last(patient_id, into)]) for patient_id in patient_ids}


def _last(patient_id: str, into: Mapping[str, str]) -> str:
    while into.get(patient_id):
        patient_id = into[patient_id]
    return patient_id


async def keyed_patient(session: AsyncSession, case_id: str) -> str:
    """Give the patient by whom a case and those it called are keyed since they began; empty when none is known.

    Whose consent and orders count, also of a sealed case; whom a case shows is asked in `queries/access.py`.
    """
    root = case_id.partition("/")[0]
    keyed = (
        select(Patient.patient_id)
        .join(CaseKey, col(CaseKey.correlation_key) == col(Patient.patient_id))
        .where(CaseKey.case_id == root)
    )
    return (await session.exec(keyed.limit(1))).first() or ""


async def keyed_patients(session: AsyncSession, roots: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Give the same of each of these cases that began it all, where one is known: the case and its patient."""
    keyed = select(CaseKey.case_id, Patient.patient_id).where(
        CaseKey.correlation_key == Patient.patient_id, col(CaseKey.case_id).in_(roots)
    )
    return tuple(await session.exec(keyed))


async def cases_of(session: AsyncSession, patient_id: str, *, running_only: bool = False) -> tuple[Case, ...]:
    """Give the cases of a patient that no other case called, under whichever of their ids, the newest first."""
    keyed = (
        select(Case)
        .join(CaseKey, col(CaseKey.case_id) == col(Case.case_id))
        .where(col(CaseKey.correlation_key).in_(await same_patient(session, patient_id)))
        .where(col(Case.caller).is_(None))
        .order_by(col(Case.started_at).desc(), col(Case.case_id))
    )
    found = await session.exec(keyed.where(Case.status == "running") if running_only else keyed)
    return tuple({case.case_id: case for case in found}.values())


def begun_since(cases: Collection[Case], since: datetime) -> tuple[str, ...]:
    """Give the ids of those of these cases that were begun after a moment."""
    return tuple(case.case_id for case in cases if case.started_at >= since)


async def rekeyed_cases(session: AsyncSession, merged_id: str, surviving_id: str) -> tuple[str, ...]:
    """Give the running cases, called ones too, that went over from a patient to the one they were merged into."""
    said: Any = ScopeVariables.variables
    found = (
        select(Case.case_id)
        .join(ScopeVariables, col(ScopeVariables.case_id) == col(Case.case_id))
        .where(col(ScopeVariables.scope) == col(Case.process_scope), Case.status == "running")
        .where(said["merged_patient_id"].as_string() == merged_id, said["patient_id"].as_string() == surviving_id)
    )
    return tuple(await session.exec(found.order_by(col(Case.case_id))))


async def open_doubts(
    session: AsyncSession, side: Side | None = None, *, limit: int, offset: int = 0
) -> tuple[tuple[PatientDoubt, ...], int]:
    """Give one page of the doubts that nobody has settled, the oldest first, and how many there are.

    `side`: of those that arose in cases of somebody's organisation, else of all.
    """
    mine = [in_case(PatientDoubt.case_id, within, side)] if side else []
    conditions = (col(PatientDoubt.resolved_at).is_(None), *mine)
    total = await session.exec(select(func.count()).select_from(PatientDoubt).where(*conditions))
    order = (col(PatientDoubt.noted_at), col(PatientDoubt.patient_id), col(PatientDoubt.other_id))
    oldest = select(PatientDoubt).where(*conditions).order_by(*order)
    return tuple(await session.exec(oldest.limit(limit).offset(offset))), total.one()
