"""Who is this patient, and what if two turn out to be one? Linked by policy, merged by a person or a message."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from policy.identity import Candidate, Doubt, match
from records.database import one_at_a_time
from records.queries.patients import patients_with, same_patient, survivor
from records.tables import Patient, PatientDoubt, PatientIdentifier
from records.upsert import insert_missing


@dataclass(frozen=True, slots=True)
class Identified:
    """An identifier as it is kept: who issued it, and the keyed hash of issuer and value."""

    system: str
    value_hash: str


@dataclass(frozen=True, slots=True)
class Known:
    """The patient who came, whether they are new here, and whom they might be."""

    patient_id: str
    is_new: bool
    doubts: tuple[Doubt, ...] = ()


async def know_patient(
    session: AsyncSession, identified: Sequence[Identified], *, born: str, case_id: str, now: datetime
) -> Known:
    """Give the patient with these identifiers, new if nobody agrees in one of them and the birth date.

    Two referrals of one patient at once wait for each other. `born`: keyed hash of the whole birth date, or empty.
    """
    for value_hash in sorted({each.value_hash for each in identified}):
        await one_at_a_time(session, f"patient:{value_hash}")
    candidates = await patients_with(session, [each.value_hash for each in identified])
    found = match([Candidate(each.patient_id, each.born) for each in candidates], born)
    patient_id = found.patient_id or await _new_patient(session, born, now)
    for each in identified:
        row = PatientIdentifier(patient_id=patient_id, value_hash=each.value_hash, system=each.system, added_at=now)
        await insert_missing(session, row)
    for doubt in found.doubts:
        await _doubt(session, patient_id, doubt, case_id, now)
    return Known(patient_id, found.patient_id is None, found.doubts)


async def _new_patient(session: AsyncSession, born: str, now: datetime) -> str:
    patient = Patient(patient_id=f"patient-{secrets.token_hex(12)}", born=born, created_at=now)
    session.add(patient)
    await session.flush()
    return patient.patient_id


async def _doubt(session: AsyncSession, patient_id: str, doubt: Doubt, case_id: str, now: datetime) -> None:
    row = PatientDoubt(
        patient_id=patient_id, other_id=doubt.patient_id, reason=doubt.reason, case_id=case_id, noted_at=now
    )
    await insert_missing(session, row)


async def merge_patients(
    session: AsyncSession, merged_id: str, surviving_id: str, *, actor: str, now: datetime
) -> bool:
    """Let one patient stand for another from now on; say whether anything changed.

    Whoever is known to neither is made known, so that a merge that comes before the first referral is not lost. The
    doubts between the two are settled. From then on what was said about sharing under either id counts, of two words
    the newer: so `join_consents` comes before.
    """
    await one_at_a_time(session, "patients.merge")
    surviving = await survivor(session, await _known(session, surviving_id, now))
    merged = await survivor(session, await _known(session, merged_id, now))
    if merged.patient_id == surviving.patient_id:
        return False
    merged.merged_into, merged.merged_at, merged.merged_by = surviving.patient_id, now, actor
    session.add(merged)
    await session.flush()
    await settle_doubt(session, merged_id, surviving_id, resolution="same", actor=actor, now=now)
    return True


async def unmerge_patient(session: AsyncSession, merged: Patient, *, actor: str, now: datetime) -> None:
    """Let a patient stand for themselves again, with the identifiers that were theirs before the merge.

    What came with one of those since is on record for whoever stood for them, and is taken from there. The two are
    settled as different, so that nobody takes them for one again by the same doubt.
    """
    await one_at_a_time(session, "patients.merge")
    other_id, since = merged.merged_into, merged.merged_at
    merged.merged_into, merged.merged_at, merged.merged_by = "", None, ""
    session.add(merged)
    await session.flush()
    theirs = col(PatientIdentifier.patient_id).in_(await same_patient(session, merged.patient_id))
    known = set(await session.exec(select(PatientIdentifier.value_hash).where(theirs)))
    others = col(PatientIdentifier.patient_id).in_(await same_patient(session, other_id))
    came_since = select(PatientIdentifier).where(others, col(PatientIdentifier.added_at) >= since)
    for row in await session.exec(came_since):
        if row.value_hash in known:
            await session.delete(row)
    between = PatientDoubt(patient_id=merged.patient_id, other_id=other_id, reason="unmerged", noted_at=now)
    await insert_missing(session, between)
    for doubt in await session.exec(_between(merged.patient_id, other_id)):
        doubt.resolution, doubt.resolved_by, doubt.resolved_at = "different", actor, now


async def _known(session: AsyncSession, patient_id: str, now: datetime) -> Patient:
    await insert_missing(session, Patient(patient_id=patient_id, created_at=now))
    return await session.get_one(Patient, patient_id)


async def settle_doubt(
    session: AsyncSession, one: str, other: str, *, resolution: str, actor: str, now: datetime
) -> bool:
    """Note what a person decided about two patients, whichever came first; say whether there was a doubt."""
    between = _between(one, other).where(col(PatientDoubt.resolved_at).is_(None))
    found = list(await session.exec(between))
    for doubt in found:
        doubt.resolution, doubt.resolved_by, doubt.resolved_at = resolution, actor, now
        session.add(doubt)
    return bool(found)


def _between(one: str, other: str) -> SelectOfScalar[PatientDoubt]:
    pair = (one, other)
    return select(PatientDoubt).where(col(PatientDoubt.patient_id).in_(pair), col(PatientDoubt.other_id).in_(pair))
