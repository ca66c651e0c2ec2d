"""What becomes of an experience that somebody tells? Kept, shared as they say; what may be a red flag is passed on.

It is no clinical record and nobody reads it at once. Words that the journal would take for a red flag reach the case
whatever was said about sharing: of a patient or carer as an entry of the journal, of a clinician as a thread.
"""

from dataclasses import dataclass

from api.deps import Change
from api.journal import TOLD_OF_A_FLAG, heed
from api.pager import JOURNAL, send_pages
from api.shapes.experiences import ExperienceBody, Side
from api.threads import ID_LENGTH, first_message
from policy.red_flags import red_flags
from records.queries.people import KEY_WORKER, reached
from records.tables import Case, Experience, Notification, Thread
from records.writes.conversation import begin_thread, say
from records.writes.experience import keep_experience
from records.writes.handovers import notify

SYMPTOM = "told with an experience"
CLINICAL = "clinical"
SUBJECT = "May be a red flag: told with an experience"
TOLD = "A clinician wrote what may be a red flag, in a thread of this case: look at it now."


@dataclass(frozen=True, slots=True)
class Teller:
    """As whom somebody tells it; `patient_id`: of whom, empty for a clinician."""

    side: Side
    patient_id: str = ""


async def tell(change: Change, case: Case, teller: Teller, body: ExperienceBody) -> tuple[Experience, bool]:
    """Keep an experience, once under a key; say whether it may hold a red flag, which was passed on then.

    Raises:
        GatewayError: the case did not hear of the red flag in time; people were told, and sending it again is safe.
    """
    row = _row(change, case, teller, body)
    async with change.here.database.session() as session:
        if await keep_experience(session, row):
            await change.visit.audit(session, "experience.told", row.root_case_id, shared=row.shared)
        kept = await session.get_one(Experience, row.experience_id)
    if teller.patient_id:
        return kept, await heed(change, case, teller.patient_id, body.text, said_with=SYMPTOM)
    is_red = bool(red_flags().finding("", 0, body.text))
    if is_red:
        await _pass_on(change, case, body.text)
    return kept, is_red


def _row(change: Change, case: Case, teller: Teller, body: ExperienceBody) -> Experience:
    return Experience(
        experience_id=change.update_id[:ID_LENGTH],
        root_case_id=case.root_case_id,
        patient_id=teller.patient_id,
        side=teller.side,
        text=body.text,
        shared=body.shared,
        named=body.shared and body.named,
        told_by=change.me.id,
        told_by_name=change.me.name,
        told_at=change.here.clock(),
    )


async def _pass_on(change: Change, case: Case, text: str) -> None:
    """Put a clinician's words where those of the case read them, and tell whoever hears of red flags."""
    thread = Thread(
        thread_id=change.update_id[:ID_LENGTH],
        root_case_id=case.root_case_id,
        kind=CLINICAL,
        subject=SUBJECT,
        started_by=change.me.id,
        started_at=change.here.clock(),
    )
    roles = [("role", role) for role in (KEY_WORKER, *TOLD_OF_A_FLAG)]
    async with change.here.database.session() as session:
        if await begin_thread(session, thread):
            await say(session, first_message(change, thread, text))
            await change.visit.audit(session, "thread.said", thread.root_case_id, thread=thread.thread_id)
        for kind, recipient in await reached(session, thread.root_case_id, roles, at=thread.started_at):
            await notify(session, _told(thread, kind, recipient))
    change.here.background.start(send_pages(change.here))


def _told(thread: Thread, kind: str, recipient: str) -> Notification:
    return Notification(
        idempotency_key=f"{JOURNAL}experience:{thread.thread_id}:{kind}:{recipient}",
        case_id=thread.root_case_id,
        recipient_kind=kind,
        recipient=recipient,
        level="red_flag",
        text=TOLD,
        channel="inbox,pager",
        created_at=thread.started_at,
    )
