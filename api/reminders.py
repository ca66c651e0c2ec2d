"""When is a patient reminded of an appointment? A week and a day before, as long as the case waits for the visit.

The moment and the case make a reminder one: another slot has reminders of its own, a visit that was cancelled or took
place has none. Who opted out of reminders, or does not want to be written to, gets none; the letter about the booking
itself is the diagram's.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.patient_notices import may_be_told
from api.patient_view import ENGLISH, REMINDED, slot_of
from api.surroundings import Surroundings
from pathways.patient_texts import in_language, words
from records.queries.inbox import REMINDER, told_already
from records.queries.own_record import patient_of
from records.queries.patient_notices import PATIENT, has_died
from records.queries.patient_view import PATIENT_ROLES, awaited_visits, preference_of
from records.queries.patients import same_patient
from records.queries.sharing import statements
from records.tables import Case, Notification, PatientPreference
from records.writes.handovers import notify

REMINDERS = "reminders"
"""What patients opt out of."""


async def remind_patients(here: Surroundings) -> int:
    """Put the reminders that are due now into the inboxes of patients and carers; give the number of new ones."""
    now = here.clock()
    async with here.database.reader() as session:
        visits = await awaited_visits(session)
        due = [(case_id, slot) for case_id, variables in visits if (slot := slot_of(variables)) and _is_due(slot, now)]
        told = await told_already(session, [_key(case_id, slot, now, PATIENT) for case_id, slot in due])
    left = [(case_id, slot) for case_id, slot in due if _key(case_id, slot, now, PATIENT) not in told]
    return sum([await _remind(here, case_id, slot, now) for case_id, slot in left])


def _is_due(slot: datetime, now: datetime) -> bool:
    return slot - max(REMINDED) <= now < slot


async def _remind(here: Surroundings, case_id: str, slot: datetime, now: datetime) -> int:
    async with here.database.session() as session:
        patient_id = await _patient(session, case_id)
        ids = await same_patient(session, patient_id) if patient_id else ()
        preference = await preference_of(session, ids)
        if await has_died(session, ids) or (preference and REMINDERS in preference.opted_out):
            return 0
        said = await statements(session, patient_id)
        rows = [row for row in _notifications(case_id, slot, now, preference) if may_be_told(said, row, now)]
        told = [await notify(session, row) for row in rows]
    return sum(told)


async def _patient(session: AsyncSession, case_id: str) -> str:
    root = await session.get(Case, case_id.partition("/")[0])
    return await patient_of(session, root) if root else ""


def _key(case_id: str, slot: datetime, now: datetime, role: str) -> str:
    """Of the reminder whose time has come last: who books late is not reminded twice at once."""
    before = min(each for each in REMINDED if slot - each <= now)
    return f"{REMINDER}{case_id}:{slot.isoformat()}:{before.days}:{role}"


def _notifications(
    case_id: str, slot: datetime, now: datetime, preference: PatientPreference | None
) -> Iterator[Notification]:
    for role in PATIENT_ROLES:
        yield Notification(
            idempotency_key=_key(case_id, slot, now, role),
            case_id=case_id,
            recipient_kind="role",
            recipient=role,
            level="contact",
            text=in_language(words().reminder, preference.language if preference else ENGLISH),
            channel=preference.channel if preference else "portal",
            created_at=now,
        )
