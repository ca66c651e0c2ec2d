"""What becomes of a symptom that a patient writes down? Kept, told to the pathways, and a red flag raised at once.

`patient.reported_symptom` goes to every case that waits for it (key `patient_id`), `redflag.raised` to the case (key
`referral_id`). Whatever the diagrams do with them, the key worker is told; of a red flag also the clinical lead.

What patients say elsewhere (a question, a request, an experience) is answered in days or by nobody: what of it may be a
red flag goes the same way, as an entry.
"""

from dataclasses import dataclass

from api.delivery import Inbound, deliver, post_of
from api.deps import Change
from api.pager import JOURNAL, send_pages
from api.shapes.my import JournalBody
from policy.red_flags import red_flags
from records.queries.own_record import patient_of
from records.queries.people import COORDINATOR, KEY_WORKER, reached
from records.tables import Case, JournalEntry, Notification
from records.writes.handovers import notify
from records.writes.patient_voice import write_down

REPORTED, RAISED = "patient.reported_symptom", "redflag.raised"
TOLD_OF_A_FLAG = ("clinical_lead", COORDINATOR)
"""Beside the key worker. A coordinator is there from the first day, in a case that nobody else has joined yet."""

TTL = "P1D"
"""So long a case that is known, and does not listen yet, keeps what was told."""

TEXTS = {False: "A patient wrote down a symptom.", True: "A patient wrote down what may be a red flag: look at it now."}


@dataclass(frozen=True, slots=True)
class Noted:
    """A journal entry, and what became of the messages."""

    entry: JournalEntry
    reported: str
    raised: str


async def note_symptom(change: Change, case: Case, patient_id: str, body: JournalBody) -> Noted:
    """Keep a symptom, tell people, then the pathways: sent again under the same key, nothing happens twice."""
    entry = _entry(change, case, patient_id, body)
    async with change.here.database.session() as session:
        if await write_down(session, entry):
            await change.visit.audit(session, "journal.written", case.case_id, red_flag=bool(entry.finding))
        told = [("role", role) for role in (KEY_WORKER, *(TOLD_OF_A_FLAG if entry.finding else ()))]
        for kind, recipient in await reached(session, case.root_case_id, told, at=change.here.clock()):
            await notify(session, _told(entry, kind, recipient))
        key = await patient_of(session, await session.get_one(Case, case.root_case_id)) or patient_id
    if entry.finding:
        change.here.background.start(send_pages(change.here))
    reported = await _deliver(change, _reported(entry, key))
    raised = await _deliver(change, _raised(entry, case)) if entry.finding else ""
    return Noted(entry, reported, raised)


async def heed(change: Change, case: Case, patient_id: str, text: str, *, said_with: str) -> bool:
    """Write down what else a patient says, where it may be a red flag; say whether it may.

    `said_with`: stands in the place of the symptom.
    """
    if not red_flags().finding("", 0, text):
        return False
    said = JournalBody.model_construct(symptom=said_with, severity=0, onset="", text=text)  # a message may be longer
    await note_symptom(change, case, patient_id, said)
    return True


def _entry(change: Change, case: Case, patient_id: str, body: JournalBody) -> JournalEntry:
    return JournalEntry(
        entry_id=change.update_id[:32],
        patient_id=patient_id,
        root_case_id=case.root_case_id,
        symptom=body.symptom,
        severity=body.severity,
        onset=body.onset,
        text=body.text,
        finding=red_flags().finding(body.symptom, body.severity, body.text),
        written_by=change.me.id,
        written_at=change.here.clock(),
    )


def _told(entry: JournalEntry, kind: str, recipient: str) -> Notification:
    is_red = bool(entry.finding)
    return Notification(
        idempotency_key=f"{JOURNAL}{entry.entry_id}:{kind}:{recipient}",
        case_id=entry.root_case_id,
        recipient_kind=kind,
        recipient=recipient,
        level="red_flag" if is_red else "information",
        text=TEXTS[is_red],
        channel="inbox,pager" if is_red else "inbox",
        created_at=entry.written_at,
    )


def _reported(entry: JournalEntry, key: str) -> Inbound:
    """What the pathways hear, by the id that the case has for the patient: an earlier one, when two were merged."""
    variables = {"symptom": entry.symptom, "severity": entry.severity, "onset": entry.onset}
    return Inbound(REPORTED, key, f"journal:{entry.entry_id}", variables, TTL)


def _raised(entry: JournalEntry, case: Case) -> Inbound:
    variables = {"finding": entry.finding, "raised_by": "patient"}
    return Inbound(RAISED, case.business_key, f"journal:{entry.entry_id}:redflag", variables, TTL, case.root_case_id)


async def _deliver(change: Change, message: Inbound) -> str:
    return (await deliver(post_of(change.here), message, actor=change.me.id)).status
