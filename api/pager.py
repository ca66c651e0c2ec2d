"""How does a page reach a pager? By mail to its address, at once and until taken; of a role, where the case is theirs.

What a step of a diagram pages goes out with its work (`activities.notification`); this is what the API itself tells,
and what a step has told before the organisation was let in whose people it is for (`pools.py`). A page that went out
twice is better than one that did not.
"""

import asyncio
import hashlib
import smtplib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import OURS
from activities.notification import send_letter
from api.directory import directory_of
from api.ids import word
from api.surroundings import Surroundings
from policy.alerts import alert_rules
from records.queries.access import Side, in_sealed
from records.queries.alerts import let_in_since
from records.queries.inbox import Addressed, is_addressed
from records.tables import DeliveryAttempt, Notification
from records.writes.handovers import record_attempt, taken

JOURNAL = "journal:"
"""How the keys of notifications begin that a journal brought about."""

TRIED_FOR = timedelta(days=1)
PAGE = 1


@dataclass(frozen=True, slots=True)
class Paged:
    """Who is paged of what. `organisation`: whose pager it is, empty for ours and for a person's."""

    told: Notification
    organisation: str
    address: str

    @property
    def key(self) -> str:
        """Under which it is on record that it was taken."""
        return f"{self.told.idempotency_key}:pager" + (f":{self.organisation}" if self.organisation else "")


async def send_pages(here: Surroundings) -> int:
    """Page those whose pager is known, of what was not taken yet; give the number of pages taken."""
    if not here.settings.smtp or not directory_of(here).pager:
        return 0
    return sum([await _page(here, each) for each in await _unpaged(here)])


async def _unpaged(here: Surroundings) -> Sequence[Paged]:
    told = select(Notification).where(
        col(Notification.recipient).in_(directory_of(here).pager),
        col(Notification.created_at) >= here.clock() - TRIED_FOR,
        col(Notification.acknowledged_at).is_(None),
        ~in_sealed(col(Notification.case_id)),
    )
    async with here.database.reader() as session:
        oldest_first = told.order_by(col(Notification.created_at), col(Notification.idempotency_key))
        rows = [row for row in await session.exec(oldest_first) if alert_rules().tier(row.level, row.channel) == PAGE]
        return [page for row in rows async for page in _pages_of(session, here, row)]


async def _pages_of(session: AsyncSession, here: Surroundings, row: Notification) -> AsyncIterator[Paged]:
    """Whom a notification still pages: a person, or the people of a role where they find it in their inbox."""
    directory = directory_of(here)
    addresses = directory.addresses(directory.pager, row.recipient_kind, row.recipient)
    is_of_step = bool(row.case_id) and row.idempotency_key.startswith(f"{row.case_id}:")
    called: Collection[str | None] = await let_in_since(session, row) if is_of_step else addresses
    for organisation in sorted(addresses.keys() & set(called), key=str):
        page = Paged(row, organisation or OURS, addresses[organisation])
        if await taken(session, page.key) is None and await _is_for(session, here, row, organisation):
            yield page


async def _is_for(session: AsyncSession, here: Surroundings, row: Notification, organisation: str | None) -> bool:
    if organisation is None:
        return True
    directory, now = directory_of(here), here.clock()
    names, agreed = directory.named(organisation), directory.agreed_services(organisation, on=now.date())
    side = Side("", names, now, requesters=tuple(here.access.requesters), agreed=agreed)
    return await is_addressed(session, row, Addressed(side, (row.recipient,)))


async def _page(here: Surroundings, page: Paged) -> bool:
    error = ""
    try:
        await asyncio.to_thread(send_letter, here.settings.smtp, _letter(here, page))
    except (OSError, smtplib.SMTPException) as failure:
        error = type(failure).__name__
    attempt = DeliveryAttempt(
        idempotency_key=page.key,
        attempt=1,
        service="pager",
        endpoint=urlsplit(here.settings.smtp).hostname or "",
        at=here.clock(),
        error=error,
    )
    async with here.database.session() as session:
        await record_attempt(session, attempt)
    return not error


def _letter(here: Surroundings, page: Paged) -> EmailMessage:
    letter, row = EmailMessage(), page.told
    letter["From"], letter["To"] = here.settings.mail_from, page.address
    letter["Message-ID"] = f"<{hashlib.sha256(page.key.encode()).hexdigest()}@referral-pathways>"
    letter["Subject"] = row.text
    lost = f"{here.settings.base_url}/dead-letters/{word(row.activation)}"
    letter.set_content(f"{here.settings.case_page(row.case_id) if row.case_id else lost}\n")
    return letter
