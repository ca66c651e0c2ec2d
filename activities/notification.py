"""How are people told something? Task type `notify`, and the rungs of a ladder that go beyond the inbox.

Headers: `tell` (roles, comma separated), `level`, `text`, `channel`. The inbox gets one notification per recipient;
mail goes out when SMTP is configured and the directory knows an address, an alert of the first tier to pagers at once:
of a role to the people of those organisations only that find it in their inbox.
Mail says no more than the name of the step and where to look: it leaves the system.
"""

import asyncio
import hashlib
import smtplib
import ssl
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from itertools import product
from urllib.parse import unquote, urlsplit

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.directory import OURS, Book, Directory
from activities.recipients import Recipient, recipients
from activities.sending import Gate, Withheld, given
from policy.alerts import alert_rules
from records.database import Database
from records.queries.access import Side
from records.queries.alerts import is_told
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
    """The telling of people. `requesters`: roles whose people are those of the organisation that made the referral."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        mail: Mail,
        clock: Callable[[], datetime],
        requesters: Collection[str] = (),
    ) -> None:
        self._gate = Gate(database, directory, clock)
        self._database = database
        self._directory = directory
        self._mail = mail
        self._clock = clock
        self._requesters = tuple(requesters)

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
        """Write to every organisation by itself: none reads the addresses of another."""
        if not self._mail.url:
            return
        letters = await self._addresses(work, told)
        tried = [await self._error_of(work, organisation, list(to)) for organisation, to in letters.items()]
        if error := next(filter(None, tried), ""):
            raise ApplicationError("The mail server did not take the mail.", type=error)

    async def _error_of(self, work: Work, organisation: str, addresses: Sequence[str]) -> str:
        """Send a letter, once; give the kind of error, empty when it was taken."""
        if await self._was_taken(work, organisation):
            return ""
        error = ""
        try:
            await asyncio.to_thread(send_letter, self._mail.url, self._letter(work, organisation, addresses))
        except (OSError, smtplib.SMTPException) as failure:
            error = type(failure).__name__
        await self._note(work, organisation, error)
        return error

    async def _addresses(self, work: Work, told: Sequence[Recipient]) -> Mapping[str, Mapping[str, None]]:
        """Where letters go, by organisation, each address once; a person's is with ours, whoever they work for."""
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        async with self._database.reader() as session:
            for book, (kind, name) in product(self._books(work), told):
                for organisation, address in self._directory.addresses(book, kind, name).items():
                    if organisation is None or await is_told(session, name, work.case_id, self._side(organisation)):
                        found[organisation or OURS][address] = None
        return found

    def _books(self, work: Work) -> Sequence[Book]:
        """Mail addresses, and pagers at once when it is an alert of the first tier."""
        channel = work.headers.get("channel", "")
        books = [self._directory.mail] if MAIL_CHANNELS.intersection((channel or "secure_email").split(",")) else []
        if alert_rules().tier(work.headers.get("level", ""), channel) == PAGE:
            books.append(self._directory.pager)
        return books

    def _side(self, organisation: str) -> Side:
        """The people of an organisation; whether they hear of a sealed case was asked before."""
        now, names = self._clock(), self._directory.named(organisation)
        agreed = self._directory.agreed_services(organisation, on=now.date())
        return Side("", names, now, sealed_too=True, requesters=self._requesters, agreed=agreed)

    def _letter(self, work: Work, organisation: str, addresses: Sequence[str]) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"] = self._mail.sender, ", ".join(addresses)
        letter["Subject"] = " ".join(f"{work.headers.get('level', 'notice')}: {work.title}".split())
        of = f".{hashlib.sha256(organisation.encode()).hexdigest()[:8]}" if organisation else ""
        letter["Message-ID"] = f"<{work.idempotency_key.replace('/', '.').replace('#', '.')}{of}@referral-pathways>"
        letter.set_content(f"{work.title}\n\n{self._mail.case_page.replace('{case_id}', work.case_id)}\n")
        return letter

    async def _was_taken(self, work: Work, organisation: str) -> bool:
        """Whether an earlier try has sent the mail, and only its answer was lost."""
        async with self._database.reader() as session:
            return await taken(session, _mail_key(work, organisation)) is not None

    async def _note(self, work: Work, organisation: str, error: str) -> None:
        attempt = DeliveryAttempt(
            idempotency_key=_mail_key(work, organisation),
            attempt=activity.info().attempt,
            service="mail",
            endpoint=urlsplit(self._mail.url).hostname or "",
            at=self._clock(),
            error=error,
        )
        async with self._database.session() as session:
            await record_attempt(session, attempt)


def _mail_key(work: Work, organisation: str) -> str:
    return f"{work.idempotency_key}:mail" + (f":{organisation}" if organisation else "")


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
