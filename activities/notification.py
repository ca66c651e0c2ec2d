"""How are people told something? Task type `notify`, and the rungs of a ladder that go beyond the inbox.

Headers: `tell` (roles, comma separated), `level`, `text`, `channel`. The inbox gets one notification per recipient;
mail goes out when SMTP is configured and the directory knows an address, an alert of the first tier to pagers at once.
Mail says no more than the name of the step and where to look: it leaves the system.
"""

import asyncio
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.directory import Directory
from activities.recipients import Recipient, recipients
from activities.sending import Gate, Withheld, given
from policy.alerts import alert_rules
from records.database import Database
from records.queries.inbox import told_under
from records.queries.people import COORDINATOR, reached
from records.tables import DeliveryAttempt, Notification
from records.writes.handovers import notify, record_attempt, taken
from workflows.contract import names
from workflows.contract.requests import Work, WorkResult

MAIL_CHANNELS = frozenset({"secure_email", "email"})
TIMEOUT_SECONDS = 20
RUNG = ":rung"
"""What the work of a rung has in its name, behind the activation."""

ASSIGNEE: Recipient = ("role", "assignee")
NOBODYS: Recipient = ("role", COORDINATOR)
PAGE = 1
"""The tier of alerts that go out at once."""


@dataclass(frozen=True, slots=True)
class Mail:
    """How mail leaves: `url` is `smtp://user:password@host:port` or `smtps://…`; empty: no mail."""

    url: str = ""
    sender: str = ""
    case_page: str = ""


def inbox_entry(work: Work, recipient: Recipient, *, now: datetime) -> Notification:
    """Give what somebody reads in the inbox of a step that tells them something."""
    kind, name = recipient
    return Notification(
        idempotency_key=f"{work.idempotency_key}:{kind}:{name}",
        case_id=work.case_id,
        activation=work.activation,
        recipient_kind=kind,
        recipient=name,
        level=work.headers.get("level", "information"),
        text=work.headers.get("text") or str(work.variables.get("text") or work.title),
        created_at=now,
    )


class Notifications:
    """The telling of people."""

    def __init__(self, database: Database, directory: Directory, mail: Mail, clock: Callable[[], datetime]) -> None:
        self._gate = Gate(database, directory, clock)
        self._database = database
        self._directory = directory
        self._mail = mail
        self._clock = clock

    @activity.defn(name=names.NOTIFY)
    async def notify(self, work: Work) -> WorkResult:
        """Tell everyone, each once; a rung's inbox entries are made by the read model from its fact.

        Raises:
            ApplicationError: nobody is named, or the mail server did not take the mail.
        """
        asked = await self._gate.ask_each(work, await self._named(work), "notification")
        refused = [answer for answer in asked.values() if isinstance(answer, Withheld)]
        told = [recipient for recipient, answer in asked.items() if not isinstance(answer, Withheld)]
        if "channel" not in work.headers:
            await self._into_inbox(work, told)
        await self._by_mail(work, told)
        await self._gate.each_sent(asked.values())
        return given(work, {}, None if told else refused[0])

    async def _named(self, work: Work) -> list[Recipient]:
        """Whom the step names; of a rung, who was told by its fact: whoever held the task then, and so on."""
        async with self._database.reader() as session:
            of_rung = RUNG in work.activation and await told_under(session, work.case_id, f"{work.idempotency_key}:")
            if of_rung:
                return list(of_rung)
            told = [NOBODYS if each == ASSIGNEE else each for each in recipients(work, "tell")]
            return list(await reached(session, work.case_id, told, at=self._clock()))

    async def _into_inbox(self, work: Work, told: Sequence[Recipient]) -> None:
        async with self._database.session() as session:
            for recipient in told:
                await notify(session, inbox_entry(work, recipient, now=self._clock()))

    async def _by_mail(self, work: Work, told: Sequence[Recipient]) -> None:
        addresses = self._addresses(work, told)
        if not self._mail.url or not addresses or await self._was_taken(work):
            return
        try:
            await asyncio.to_thread(send_letter, self._mail.url, self._letter(work, addresses))
        except (OSError, smtplib.SMTPException) as error:
            await self._note(work, type(error).__name__)
            raise ApplicationError("The mail server did not take the mail.", type=type(error).__name__) from error
        await self._note(work, "")

    def _addresses(self, work: Work, told: Sequence[Recipient]) -> list[str]:
        """Where a letter goes: to mail addresses, and to pagers at once when it is an alert of the first tier."""
        channel = work.headers.get("channel", "")
        books = [self._directory.mail] if MAIL_CHANNELS.intersection((channel or "secure_email").split(",")) else []
        if alert_rules().tier(work.headers.get("level", ""), channel) == PAGE:
            books.append(self._directory.pager)
        return list(dict.fromkeys(book[name] for book in books for _, name in told if name in book))

    def _letter(self, work: Work, addresses: Sequence[str]) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"] = self._mail.sender, ", ".join(addresses)
        letter["Subject"] = " ".join(f"{work.headers.get('level', 'notice')}: {work.title}".split())
        letter["Message-ID"] = f"<{work.idempotency_key.replace('/', '.').replace('#', '.')}@referral-pathways>"
        letter.set_content(f"{work.title}\n\n{self._mail.case_page.replace('{case_id}', work.case_id)}\n")
        return letter

    async def _was_taken(self, work: Work) -> bool:
        """Whether an earlier try has sent the mail, and only its answer was lost."""
        async with self._database.reader() as session:
            return await taken(session, _mail_key(work)) is not None

    async def _note(self, work: Work, error: str) -> None:
        attempt = DeliveryAttempt(
            idempotency_key=_mail_key(work),
            attempt=activity.info().attempt,
            service="mail",
            endpoint=urlsplit(self._mail.url).hostname or "",
            at=self._clock(),
            error=error,
        )
        async with self._database.session() as session:
            await record_attempt(session, attempt)


def _mail_key(work: Work) -> str:
    return f"{work.idempotency_key}:mail"


def send_letter(url: str, letter: EmailMessage) -> None:
    """Give a letter to the mail server at `url` (`smtp://user:password@host:port` or `smtps://…`).

    Raises:
        OSError, smtplib.SMTPException: it did not take it.
    """
    server = urlsplit(url)
    with _connected(server.scheme, server.hostname or "", server.port or 0) as connection:
        if server.username and server.password:
            if server.scheme == "smtp":
                connection.starttls(context=ssl.create_default_context())
            connection.login(unquote(server.username), unquote(server.password))
        connection.send_message(letter)


def _connected(scheme: str, host: str, port: int) -> smtplib.SMTP:
    """Connect; a server that cannot show a certificate for its name gets neither password nor letter."""
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
