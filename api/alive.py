"""What if a patient was said to have died, and has not? The record says so, and whoever looks after them is told.

Reminders, text messages and letters leave again. What a case has ended or called off when it heard of the death does
not begin anew by itself: the cases are named, so that a person looks at them and refers again.
"""

from dataclasses import dataclass
from datetime import timedelta

from api.delivery import post_of
from api.deps import Change
from api.keepers import give_up, keepers
from api.problems import Problem
from records.queries.patient_notices import told_of_death
from records.queries.patients import cases_of, same_patient
from records.writes.handovers import tell_role
from records.writes.messages import take_back
from workflows.host.gateway import GatewayError

SKEW = timedelta(minutes=1)
"""By so much the clock of who ends a case may be behind that of who notes a message."""

TOLD = "coordinator"
RUNNING = "A patient was said to have died, and has not: look at what was stopped or called off in this case."
KEEPS = f"{RUNNING} It did not answer, and may still act on the news of the death for 30 days."
ENDED = "A patient was said to have died, and has not: this case has ended meanwhile; refer again what is still needed."


@dataclass(frozen=True, slots=True)
class Alive:
    """What came of it: the patient's cases that still run, and those that have ended since the death was told."""

    running: tuple[str, ...]
    ended: tuple[str, ...]


async def take_back_death(change: Change, patient_id: str, reason: str) -> Alive:
    """Take back that a patient has died, whoever told it, and tell the coordinators of the patient's cases.

    A case that keeps the message, since it may wait for it one day, gives it up; of one that does not answer they are
    told that it may not have.

    Raises:
        Problem: 409, nobody has told that the patient has died.
    """
    now = change.here.clock()
    silent = await _let_forget(change, patient_id, reason)
    async with change.here.database.session() as session:
        told = await told_of_death(session, await same_patient(session, patient_id))
        if not told:
            raise Problem("not-now", "Nobody has told that this patient has died.")
        await take_back(session, told, actor=change.me.id, note=reason, now=now)
        cases = await cases_of(session, patient_id)
        running = tuple(case.case_id for case in cases if case.status == "running")
        since = told[0].received_at - SKEW
        ended = tuple(case.case_id for case in cases if case.ended_at and case.ended_at >= since)
        for case_id in (*running, *ended):
            text = ENDED if case_id in ended else KEEPS if case_id in silent else RUNNING
            key = f"alive:{change.update_id}:{case_id}"
            await tell_role(session, TOLD, case_id, text, level="warning", key=key, now=now)
        await change.visit.audit(
            session,
            "patient.death_corrected",
            patient_id=patient_id,
            reason=reason,
            cases=[*running, *ended],
            messages=[row.message_id for row in told],
        )
    return Alive(running, ended)


async def _let_forget(change: Change, patient_id: str, reason: str) -> set[str]:
    """Let every case give up the news of the death; give those that did not answer."""
    silent: set[str] = set()
    async with change.here.database.reader() as session:
        told = await told_of_death(session, await same_patient(session, patient_id))
        kept = [(case_id, row.message_id) for row in told for case_id in await keepers(session, row)]
    for case_id, message_id in kept:
        try:
            await give_up(post_of(change.here), case_id, message_id, reason, actor=change.me.id)
        except GatewayError:
            silent.add(case_id)
    return silent
