"""Who hears at once of a result that no case waits for? Who had an earlier version; else, of a critical one, officers.

Nothing else would tell anybody: who had an earlier version hears of the next rung of the ladder after a day, and the
coordinator reads what found no case in the list of dead letters.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.amended_results import REPORTS
from records.queries.inbox import DEAD_LETTER
from records.queries.patient_view import PATIENT_ROLES
from records.tables import Handoff, Message, Notification
from records.writes.handovers import notify

CRITICAL = "critical"
TOLD = ("coordinator", "safety_officer")
TEXT = "A critical result came that belongs to no case: find out whose it is, now."
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
        row = Notification(
            idempotency_key=f"{DEAD_LETTER}{message.message_id}:role:{role}",
            case_id="",
            activation=message.message_id,
            recipient_kind="role",
            recipient=role,
            level=CRITICAL,
            text=TEXT,
            created_at=now,
        )
        await notify(session, row)
