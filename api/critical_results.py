"""Who hears at once of a critical result that no pathway pages for? Who asked for it, who had it before, or officers.

Imaging and pathology page in their pathways; laboratory values come to cases that take them in without a word. Of what
no case waits for nothing else would tell anybody: who had an earlier version hears of the next rung of the ladder after
a day, and the coordinator reads what found no case in the list of dead letters.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.amended_results import REPORTS
from records.queries.case import process_variables
from records.queries.inbox import DEAD_LETTER
from records.queries.patient_view import PATIENT_ROLES
from records.queries.people import COORDINATOR
from records.tables import Case, Handoff, Message, Notification
from records.writes.handovers import notify, tell_role

CRITICAL = "critical"
TOLD = ("coordinator", "safety_officer")
TEXT = "A critical result came that belongs to no case: find out whose it is, now."
SILENT = frozenset({"lab.result"})
"""Results that a pathway takes in without paging anybody for them."""
TAKEN = "A critical laboratory value came: read it at once."
COVERING = "covering_clinician"
TOLD_ANEW = "amended:"
"""How the keys of notifications begin that an amended result brought about."""
AMENDED = "A result that was handed over has been amended: read the new version and acknowledge it by name."


def is_critical(message: Message) -> bool:
    """Say whether a message is a result that its sender calls critical."""
    variables = message.payload.get("variables", {})
    return message.name in REPORTS and CRITICAL in (variables.get("category"), variables.get("alert_flag"))


async def tell_of_amended(session: AsyncSession, message: Message, handed: Sequence[Handoff], *, now: datetime) -> None:
    """Tell those to whom an amended result was handed anew, as critical where it is; patients hear it from people."""
    for handoff in handed:
        if handoff.recipient in PATIENT_ROLES:
            continue
        row = Notification(
            idempotency_key=_told_anew(message) + f"{handoff.recipient_kind}:{handoff.recipient}:{handoff.case_id}",
            case_id=handoff.case_id,
            recipient_kind=handoff.recipient_kind,
            recipient=handoff.recipient,
            level=CRITICAL if is_critical(message) else "result",
            text=AMENDED,
            created_at=now,
        )
        await notify(session, row)


async def tell_of_taken(session: AsyncSession, message: Message, case_ids: Collection[str], *, now: datetime) -> None:
    """Tell of a critical value that cases have taken in or keep: whoever asked for it, and who covers, each once."""
    if message.name not in SILENT or not is_critical(message):
        return
    for case_id in case_ids:
        for role in (await _asked_by(session, case_id), COVERING):
            key, about = f"critical:{message.message_id}:{case_id}:{role}", message.message_id
            await tell_role(session, role, case_id, TAKEN, level=CRITICAL, key=key, now=now, activation=about)


async def _asked_by(session: AsyncSession, case_id: str) -> str:
    """The role that the case names as who asks for its results, else the coordinator."""
    role = (await process_variables(session, await session.get_one(Case, case_id))).get("requester_role")
    return role if isinstance(role, str) and role else COORDINATOR


def _told_anew(message: Message) -> str:
    return f"{TOLD_ANEW}{message.message_id}:"


async def _is_read_anew(session: AsyncSession, message: Message) -> bool:
    told = select(Notification).where(
        col(Notification.idempotency_key).startswith(_told_anew(message), autoescape=True)
    )
    return (await session.exec(told.limit(1))).first() is not None


async def tell_of_lost(session: AsyncSession, message: Message, *, now: datetime) -> None:
    """Tell of a critical result that found no case and no earlier reader; told again it is the same notification."""
    if not is_critical(message) or await _is_read_anew(session, message):
        return
    for role in TOLD:
        key, about = f"{DEAD_LETTER}{message.message_id}:role:{role}", message.message_id
        await tell_role(session, role, "", TEXT, level=CRITICAL, key=key, now=now, activation=about)
