"""How does the digest reach those who do not look? By mail, once a day, when an hour is set; it names no patient.

That it was sent is noted before: a process that dies in between sends none that day, never two; what it would have
told stands in `GET /inbox/digest` all the same.
"""

import asyncio
import hashlib
import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import OURS
from activities.notification import send_letter
from api.directory import directory_of
from api.surroundings import Surroundings
from policy.alerts import Alert, Bundle, alert_rules
from records.queries.access import Side, in_sealed
from records.queries.inbox import Addressed, addressed_to
from records.tables import DeliveryAttempt, Notification
from records.upsert import insert_missing

DIGEST_TIER, ROLE = 3, "role"
LOOKED_BACK = 100
"""So many days back the last digest is looked for, by its key: this is asked in every sweep of a day without news."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Whose inbox it is: a role of one organisation (empty: ours), or, as `person`, somebody of the same name."""

    name: str
    person: str
    organisation: str

    def key(self, day: datetime) -> str:
        """Give the key under which the digest of a day is on record."""
        of = f":{self.organisation}" if self.organisation else ""
        return f"digest:{self.name}{of}:{day:%Y-%m-%d}"


async def send_digests(here: Surroundings) -> int:
    """Send what came since the last digest to every role and person whose mail address is known; give the number."""
    now, hour = here.clock(), here.settings.digest_hour
    if not here.settings.smtp or hour is None or now.hour < hour:
        return 0
    return sum([await _send(here, inbox, to, now) for inbox, to in _inboxes(here)])


def _inboxes(here: Surroundings) -> Iterator[tuple[Inbox, str]]:
    """Whose inboxes are mailed, and where to: those of the roles of every organisation, and of our persons."""
    directory = directory_of(here)
    for name, found in directory.mail.items():
        for organisation, to in directory.addresses(directory.mail, ROLE, name).items():
            person = name if isinstance(found, str) else ""
            yield Inbox(name, person, organisation or OURS), to


async def _send(here: Surroundings, inbox: Inbox, to: str, now: datetime) -> bool:
    attempt = DeliveryAttempt(
        idempotency_key=inbox.key(now),
        attempt=1,
        service="digest",
        endpoint=urlsplit(here.settings.smtp).hostname or "",
        at=now,
    )
    async with here.database.reader() as session:
        known = await session.get(DeliveryAttempt, (attempt.idempotency_key, 1))
        bundles = () if known else await _bundles(session, here, inbox, now)
    if not bundles or not await _noted(here, attempt):
        return False
    try:
        await asyncio.to_thread(send_letter, here.settings.smtp, _letter(here, to, attempt, bundles))
    except (OSError, smtplib.SMTPException) as error:
        attempt.error = type(error).__name__
        async with here.database.session() as session:
            await session.merge(attempt)
        return False
    return True


async def _noted(here: Surroundings, attempt: DeliveryAttempt) -> bool:
    """Note that the digest goes out; False: another process sends it."""
    async with here.database.session() as session:
        return await insert_missing(session, attempt)


def _addressed(here: Surroundings, inbox: Inbox, now: datetime) -> Addressed:
    """What a person or role would find in their inbox."""
    directory = directory_of(here)
    names, agreed = directory.named(inbox.organisation), directory.agreed_services(inbox.organisation, on=now.date())
    side = Side(inbox.person, names, now, requesters=tuple(here.access.requesters), agreed=agreed)
    return Addressed(side, (inbox.name,))


async def _bundles(session: AsyncSession, here: Surroundings, inbox: Inbox, now: datetime) -> Sequence[Bundle]:
    since = await _last(session, inbox, now) or now - timedelta(days=1)
    told = select(Notification).where(
        addressed_to(Notification, _addressed(here, inbox, now)),
        col(Notification.created_at) >= since,
        col(Notification.acknowledged_at).is_(None),
        ~in_sealed(col(Notification.case_id)),
    )
    alerts = [
        Alert(row.idempotency_key, row.case_id.partition("/")[0], row.level, row.text, row.channel, row.created_at)
        for row in await session.exec(told)
    ]
    return [bundle for bundle in alert_rules().bundles(alerts) if bundle.tier == DIGEST_TIER]


async def _last(session: AsyncSession, inbox: Inbox, now: datetime) -> datetime | None:
    """When the last digest went out, of the days before: what was told since then stands in none yet."""
    keys = [inbox.key(now - timedelta(days=days)) for days in range(1, LOOKED_BACK)]
    sent = select(func.max(col(DeliveryAttempt.at))).where(
        col(DeliveryAttempt.idempotency_key).in_(keys), DeliveryAttempt.attempt == 1, DeliveryAttempt.error == ""
    )
    return (await session.exec(sent)).one()


def _letter(here: Surroundings, to: str, attempt: DeliveryAttempt, bundles: Sequence[Bundle]) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = here.settings.mail_from, to
    letter["Message-ID"] = f"<{hashlib.sha256(attempt.idempotency_key.encode()).hexdigest()}@referral-pathways>"
    letter["Subject"] = f"Digest: {len(bundles)} cases with news that is not urgent"
    lines = [f"{len(each.alerts)} notices: {here.settings.case_page(each.case_id)}" for each in bundles]
    letter.set_content("\n".join(lines) + "\n")
    return letter
