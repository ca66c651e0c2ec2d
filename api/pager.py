"""How does a red flag of a journal or a critical result reach a pager? By mail to its address, at once and until taken.

What a step of a diagram pages goes out with its work (`activities.notification`); this is what the API itself tells.
A page that went out twice is better than one that did not.
"""

import asyncio
import hashlib
import smtplib
from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

from sqlmodel import col, or_, select

from activities.notification import send_letter
from api.critical_results import TOLD_ANEW
from api.directory import directory_of
from api.ids import word
from api.surroundings import Surroundings
from policy.alerts import alert_rules
from records.queries.access import in_sealed
from records.queries.inbox import DEAD_LETTER
from records.tables import DeliveryAttempt, Notification
from records.writes.handovers import record_attempt, taken

JOURNAL = "journal:"
"""How the keys of notifications begin that a journal brought about."""

TRIED_FOR = timedelta(days=1)
PAGE = 1


async def send_pages(here: Surroundings) -> int:
    """Page those whose pager is known, of what was not taken yet; give the number of pages taken."""
    if not here.settings.smtp or not directory_of(here).pager:
        return 0
    return sum([await _page(here, row) for row in await _unpaged(here)])


async def _unpaged(here: Surroundings) -> Sequence[Notification]:
    told = select(Notification).where(
        or_(*(col(Notification.idempotency_key).startswith(kind) for kind in (JOURNAL, DEAD_LETTER, TOLD_ANEW))),
        col(Notification.recipient).in_(directory_of(here).pager),
        col(Notification.created_at) >= here.clock() - TRIED_FOR,
        col(Notification.acknowledged_at).is_(None),
        ~in_sealed(col(Notification.case_id)),
    )
    async with here.database.reader() as session:
        rows = [row for row in await session.exec(told) if alert_rules().tier(row.level, row.channel) == PAGE]
        return [row for row in rows if await taken(session, _key(row)) is None]


async def _page(here: Surroundings, row: Notification) -> bool:
    error = ""
    try:
        await asyncio.to_thread(send_letter, here.settings.smtp, _letter(here, row))
    except (OSError, smtplib.SMTPException) as failure:
        error = type(failure).__name__
    attempt = DeliveryAttempt(
        idempotency_key=_key(row),
        attempt=1,
        service="pager",
        endpoint=urlsplit(here.settings.smtp).hostname or "",
        at=here.clock(),
        error=error,
    )
    async with here.database.session() as session:
        await record_attempt(session, attempt)
    return not error


def _letter(here: Surroundings, row: Notification) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = here.settings.mail_from, directory_of(here).pager[row.recipient]
    letter["Message-ID"] = f"<{hashlib.sha256(row.idempotency_key.encode()).hexdigest()}@referral-pathways>"
    letter["Subject"] = row.text
    lost = f"{here.settings.base_url}/dead-letters/{word(row.activation)}"
    letter.set_content(f"{here.settings.case_page(row.case_id) if row.case_id else lost}\n")
    return letter


def _key(row: Notification) -> str:
    return f"{row.idempotency_key}:pager"
