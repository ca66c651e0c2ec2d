"""Who hears of a critical result that finds no case? The coordinator and the safety officer, at once, and once.

Nobody waits for such a result, so nothing else would tell anybody before it is read in the list of dead letters.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.amended_results import REPORTS
from records.queries.inbox import DEAD_LETTER
from records.tables import Message, Notification
from records.writes.handovers import notify

CRITICAL = "critical"
TOLD = ("coordinator", "safety_officer")
TEXT = "A critical result came that belongs to no case: find out whose it is, now."


def is_critical(message: Message) -> bool:
    """Say whether a message is a result that its sender calls critical."""
    variables = message.payload.get("variables", {})
    return message.name in REPORTS and CRITICAL in (variables.get("category"), variables.get("alert_flag"))


async def tell_of_lost(session: AsyncSession, message: Message, *, now: datetime) -> None:
    """Tell of a critical result that found no case; told again it is the same notification."""
    if not is_critical(message):
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
