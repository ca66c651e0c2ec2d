"""How is a merge taken back when two patients turn out to be two? In the index, in running cases, and with people.

Each id stands for itself again. What either has objected to or limited holds for both until they say it anew. Running
cases that had heard of the merge get their patient back. Whose the cases are that began in between nobody can know:
their coordinators are told to look.
"""

import hashlib
from dataclasses import dataclass

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Change
from api.problems import Problem
from records.queries.patients import begun_since, cases_of, rekeyed_cases
from records.tables import Patient
from records.writes.handovers import tell_role
from records.writes.patients import unmerge_patient
from records.writes.sharing import part_consents
from workflows.contract.requests import SetVariables
from workflows.engine.errors import EventRejected

logger = structlog.get_logger(__name__)
TOLD = "coordinator"
TEXT = "Two patients were taken for one, and are not: look whose case this is, and what was sent for it."


@dataclass(frozen=True, slots=True)
class Parted:
    """What came of it: the two ids, and the cases that a person has to look at."""

    patient_id: str
    other_id: str
    cases: tuple[str, ...]


async def unmerge(change: Change, patient_id: str, reason: str) -> Parted:
    """Take back the merge of a patient into another one; safe to repeat until it is taken back.

    Raises:
        Problem: 409, the patient was not merged into another one.
        GatewayError: a case did not answer; the two are one until every case has its patient back.
    """
    async with change.here.database.reader() as session:
        merged = await _merged(session, patient_id)
        rekeyed = await rekeyed_cases(session, patient_id, merged.merged_into)
    for case_id in rekeyed:
        await _give_back(change, case_id, patient_id)
    now = change.here.clock()
    async with change.here.database.session() as session:
        merged = await _merged(session, patient_id)
        other_id, since = merged.merged_into, merged.merged_at
        doubtful = begun_since(await cases_of(session, patient_id), since or now)
        parted = Parted(patient_id, other_id, tuple(sorted({*doubtful, *rekeyed})))
        await part_consents(session, patient_id, other_id, actor=change.me.id, now=now)
        await unmerge_patient(session, merged, actor=change.me.id, now=now)
        for case_id in parted.cases:
            key = f"unmerged:{change.update_id}:{case_id}"
            await tell_role(session, TOLD, case_id, TEXT, level="warning", key=key, now=now)
        about = {"other": other_id, "reason": reason}
        await change.visit.audit(session, "patient.unmerged", patient_id=patient_id, cases=list(parted.cases), **about)
    return parted


async def _merged(session: AsyncSession, patient_id: str) -> Patient:
    merged = await session.get(Patient, patient_id, with_for_update=True)
    if merged is None or not merged.merged_into:
        raise Problem("not-now", "This patient was not merged into another one.")
    return merged


async def _give_back(change: Change, case_id: str, patient_id: str) -> None:
    """Let a running case be about its first patient again; one that has ended meanwhile stays for its coordinator."""
    request = SetVariables({"patient_id": patient_id, "merged_patient_id": None}, change.me.id)
    update_id = hashlib.sha256(f"{change.update_id}:{case_id}".encode()).hexdigest()
    try:
        await change.here.gateway.send(case_id, request, update_id)
    except EventRejected as refusal:
        logger.info("a case did not get its patient back", case_id=case_id, code=refusal.code)
