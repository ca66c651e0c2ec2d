"""Which patient does a referral bring? Known by hashed identifiers and birth date; whoever is doubtful is shown."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Visit
from api.problems import Problem
from api.seeing import those_of_mine
from api.sides import side_of
from interop.referral import Referral
from records.queries.access import Side
from records.queries.own_record import patient_of
from records.queries.patients import cases_of, same_patient
from records.queries.standing import theirs
from records.writes.audit import append_audit
from records.writes.handovers import tell_role
from records.writes.patients import Identified, Known, know_patient

WHOLE_DATE = 10
"""The length of a birth date with year, month and day: less does not tell two people apart."""

LONGEST_ID = 200
"""Characters of the id of a patient: an index keeps no long text, and cases are found by it."""

NO_SUCH_PATIENT = "variables.patient_id: there is no such patient."
NO_SUCH_KEY = "A key by which the case is to be found cannot be used here: take another one."
TOLD = "coordinator"
DOUBT_TEXT = "Is this the same patient? An identifier agrees, the birth date does not: see patients in doubt."


async def patient_of_referral(
    session: AsyncSession, referral: Referral, *, case_id: str, secret: bytes, actor: str, now: datetime
) -> str:
    """Give the opaque id of a referral's patient, making a new patient when nobody agrees in two identifiers.

    A doubt goes to the coordinator's inbox and into the audit, without saying who it is about.
    """
    known = await know_patient(
        session, identified(referral, secret), born=born(referral, secret), case_id=case_id, now=now
    )
    if known.doubts:
        await _tell(session, known, case_id, now)
    reasons = sorted({doubt.reason for doubt in known.doubts})
    detail = {"patient_id": known.patient_id, "new": known.is_new, "doubts": reasons}
    await append_audit(session, actor=actor, action="patient.matched", now=now, case_id=case_id, detail=detail)
    return known.patient_id


def patient_keys(variables: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the further correlation key of a case that begins with these variables: its patient, if it says one."""
    patient_id = variables.get("patient_id")
    return (patient_id,) if isinstance(patient_id, str) and 0 < len(patient_id) <= LONGEST_ID else ()


async def require_patient(asked: Visit, variables: Mapping[str, Any]) -> None:
    """Go on only when variables that somebody brings do not make a case one of a patient whom only others treat.

    Raises:
        Problem: 422, `patient_id` names such a patient, or is longer than any id.
    """
    named = variables.get("patient_id")
    if isinstance(named, str) and len(named) > LONGEST_ID:
        raise Problem("invalid", NO_SUCH_PATIENT)
    for patient_id in patient_keys(variables):
        async with asked.here.database.reader() as session:
            known = {case.case_id for case in await cases_of(session, patient_id)}
            mine = await theirs(session, known, _at_any_time(asked))
        if known and not mine:
            raise Problem("invalid", NO_SUCH_PATIENT)


async def require_patients(asked: Visit, brought: Mapping[str, Any]) -> None:
    """Go on only when that holds for all the variables that a request brings, also for those of changes in it.

    Raises:
        Problem: 422, as of `require_patient`.
    """
    for variables in _variables_in(brought):
        await require_patient(asked, variables)


def _variables_in(brought: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in brought.values():
        if isinstance(value, Mapping):
            yield value
        elif isinstance(value, list | tuple):
            for each in value:
                yield from _variables_in(each) if isinstance(each, Mapping) else ()


async def require_keys(asked: Visit, *keys: str) -> None:
    """Go on only when none of the keys by which a case is to be found is a patient whom only others treat.

    Whoever has a case with the key of a patient counts as treating them.

    Raises:
        Problem: 422, one is.
    """
    for key in keys:
        async with asked.here.database.reader() as session:
            ids, keyed = await same_patient(session, key), await cases_of(session, key)
            about = [case.case_id for case in keyed if await patient_of(session, case) in ids]
            mine = await theirs(session, about, _at_any_time(asked))
        if about and not mine:
            raise Problem("invalid", NO_SUCH_KEY)


def _at_any_time(asked: Visit) -> Side:
    return replace(side_of(asked, any_age=True), sealed_too=True)


async def require_their_patient(asked: Visit, patient_id: str) -> None:
    """Go on only when the patient has a case of the person's organisation.

    Raises:
        Problem: 404, as for a patient that does not exist.
    """
    async with asked.here.database.reader() as session:
        ids = {case.case_id for case in await cases_of(session, patient_id)}
    if not ids or not await those_of_mine(asked, ids):
        raise Problem("not-found", "There is no such patient.")


def identified(referral: Referral, secret: bytes) -> list[Identified]:
    """Give the identifiers of a referral's patient as they are kept.

    One without issuer counts as issued by whoever numbered the referral.
    """
    given = [
        (each.system or f"assigner:{referral.assigner or ''}", each.value) for each in referral.patient.identifiers
    ]
    return [Identified(system, _hash(secret, "identifier", system, value)) for system, value in dict.fromkeys(given)]


def born(referral: Referral, secret: bytes) -> str:
    """Give the hash of the birth date; empty unless the whole date is known."""
    date = referral.patient.birth_date or ""
    return _hash(secret, "born", date) if len(date) == WHOLE_DATE else ""


def _hash(secret: bytes, *parts: str) -> str:
    return hmac.new(secret, "\x00".join(("patient", *parts)).encode(), hashlib.sha256).hexdigest()


async def _tell(session: AsyncSession, known: Known, case_id: str, now: datetime) -> None:
    key = f"patient-doubt:{known.patient_id}"
    await tell_role(session, TOLD, case_id, DOUBT_TEXT, level="warning", key=key, now=now)
