"""May this leave now, and what of it? Asked before every try, and again when the first byte is about to go.

Consent and agreements decide, the payload profile chooses (`policy/`). What is refused is put on record as withheld,
the coordinator is told, and the case goes on: refusing is an answer, never a failure that is tried again. Of a case
that was made for the wrong patient nothing leaves but that it was an error.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio.exceptions import ApplicationError

from activities.directory import Directory, Service
from policy.agreements import agreed
from policy.consent import CONTACT, SHARING, Recipient, Refused, decide, outside_roles
from policy.profiles import DEFAULT, Payload, ProfileError, profile_named, select
from policy.sealed import NUMBERS, OFFICERS, RETRACTED, RETRACTIONS, SEALED
from records.database import Database
from records.queries.data_classes import declared_in
from records.queries.patients import keyed_patient
from records.queries.pools import does_tasks
from records.queries.sharing import statements
from records.tables import Notification
from records.writes.audit import append_audit
from records.writes.handovers import notify
from records.writes.parties import sealed_by
from records.writes.sharing import Leaving, note_leaving, settle_leaving
from workflows.contract.requests import Work, WorkResult

Clock = Callable[[], datetime]
Channel = Literal["endpoint", "inbox", "handoff", "mail", "notification"]

WITHHELD = "delivery.withheld"
"""The BPMN error that a step throws instead of its result, when its header `withheld` says `error`."""

PATIENT, REQUESTER = "patient", "requester"
TOLD = "coordinator"
TEXT = "Something was not sent ({message} to {recipient}): {reason}. Look at the case and decide how care goes on."


@dataclass(frozen=True, slots=True)
class To:
    """Where something is about to go.

    `ceiling`: the profile that is the most this recipient gets. `agreed_with`: names that an agreement must be with.
    """

    channel: Channel
    name: str
    message: str
    recipient: Recipient
    ceiling: str = ""
    agreed_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sending:
    """It may leave: this payload, under this key of its record; nothing of the data classes in `limits`.

    `declared`: the classes that the forms of its case declare.
    """

    key: str
    payload: Payload
    limits: frozenset[str] = frozenset()
    declared: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["sending"] = "sending"


@dataclass(frozen=True, slots=True)
class Withheld:
    """It does not leave."""

    reason: str
    kind: Literal["withheld"] = "withheld"


@dataclass(frozen=True, slots=True)
class _Yes:
    payload: Payload
    limits: frozenset[str] = frozenset()
    declared: Mapping[str, str] = field(default_factory=dict)


class WithheldNow(Exception):
    """Between asking and sending, the answer has become no."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not sent: {reason}")
        self.reason = reason


class Gate:
    """What stands before every way out."""

    def __init__(self, database: Database, directory: Directory, clock: Clock) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock

    async def ask(self, work: Work, to: To) -> Sending | Withheld:
        """Say whether it may leave, and put the answer on record.

        Raises:
            ApplicationError: there is no payload profile of the name that the step gives.
        """
        async with self._database.session() as session:
            return await self.ask_within(session, work, to)

    async def ask_within(self, session: AsyncSession, work: Work, to: To) -> Sending | Withheld:
        """Say the same in the transaction that also hands it over: nothing comes between the two."""
        patient_id = await _patient(session, work)
        answer = await self._answer(session, work, to, patient_id)
        if isinstance(answer, _Yes):
            leaving = _leaving(work, to, patient_id, answer.payload)
            await note_leaving(session, leaving, refused="", now=self._clock())
            return Sending(leaving.key, answer.payload, answer.limits, answer.declared)
        await self._refuse(session, work, _leaving(work, to, patient_id, None), answer)
        return Withheld(answer)

    async def still(self, work: Work, to: To) -> None:
        """Ask once more, when the first byte is about to go.

        Raises:
            WithheldNow: the answer is no by now.
        """
        async with self._database.reader() as session:
            answer = await self._answer(session, work, to, await _patient(session, work))
        if not isinstance(answer, _Yes):
            raise WithheldNow(answer)

    async def would_send(self, work: Work, to: To) -> Payload | Withheld:
        """Say what may leave now, or why nothing does, and put nothing on record: it is only looked at.

        Raises:
            ApplicationError: there is no payload profile of the name that the step gives.
        """
        async with self._database.reader() as session:
            answer = await self._answer(session, work, to, await _patient(session, work))
        return answer.payload if isinstance(answer, _Yes) else Withheld(answer)

    async def kept_from(self, work: Work, role: str) -> Withheld | None:
        """Say whether somebody who treats the patient here is not told either: of a sealed case only officers are."""
        async with self._database.reader() as session:
            sealed = bool(await sealed_by(session, _root(work.case_id)))
        return Withheld(SEALED) if sealed and role not in OFFICERS else None

    async def ask_each(
        self, work: Work, recipients: Iterable[tuple[str, str]], message: str
    ) -> dict[tuple[str, str], Sending | Withheld | None]:
        """Say of each person or role (kind, name) whether they may be told.

        None: they may, for they treat the patient here and the case is not sealed.
        """
        return {(kind, name): await self._told_of(work, kind, name, message) for kind, name in recipients}

    async def _told_of(self, work: Work, kind: str, name: str, message: str) -> Sending | Withheld | None:
        to = to_person_or_role(kind, name, "notification", message)
        if to is None:
            return await self.kept_from(work, name)
        return await self.ask(work, await self._to_doer(work, to) if kind == "role" else to)

    async def _to_doer(self, work: Work, to: To) -> To:
        """A notice to who does tasks of the case is kept back only by an objection to that very role.

        They read the case in those tasks: an alarm that does not reach them protects nobody.
        """
        if SHARING not in to.recipient.scopes:
            return to
        async with self._database.reader() as session:
            does = await does_tasks(session, _root(work.case_id), to.recipient.names[0])
        scopes = tuple(scope for scope in to.recipient.scopes if scope != SHARING) if does else to.recipient.scopes
        return replace(to, recipient=Recipient(scopes, to.recipient.names))

    async def each_sent(self, answers: Iterable[Sending | Withheld | None]) -> None:
        """Note of what might leave that it has."""
        for answer in answers:
            if isinstance(answer, Sending):
                await self.sent(answer.key)

    async def sent(self, key: str) -> None:
        """Note that it has left."""
        async with self._database.session() as session:
            await settle_leaving(session, key, state="sent", now=self._clock())

    async def stopped(self, work: Work, to: To, reason: str) -> Withheld:
        """Note that it was stopped in the last moment."""
        async with self._database.session() as session:
            leaving = _leaving(work, to, await _patient(session, work), None)
            await self._refuse(session, work, leaving, reason)
        return Withheld(reason)

    async def _answer(self, session: AsyncSession, work: Work, to: To, patient_id: str) -> "_Yes | str":
        """What may leave, or why nothing does."""
        now = self._clock()
        if await sealed_by(session, _root(work.case_id)):
            return _retraction(work) if to.message in RETRACTIONS else SEALED
        said = await statements(session, patient_id, _text(work.variables.get("patient_id")))
        consent = decide(said, to.recipient, case_id=_root(work.case_id), now=now)
        if isinstance(consent, Refused):
            return consent.reason
        names = to.agreed_with
        classes = agreed(self._agreements(to), sender=self._directory.organisation, recipients=names, on=now.date())
        if classes is None:
            return "no_agreement"
        limits, profile = consent.withheld, _profile(work)
        declared = await declared_in(session, work.case_id)
        payload = select(
            work.variables, profile, withheld=limits, agreed=classes, ceiling=to.ceiling, declared=declared
        )
        return _Yes(payload, limits, declared)

    def _agreements(self, to: To) -> Any:
        return self._directory.agreements if to.agreed_with else None

    async def _refuse(self, session: AsyncSession, work: Work, leaving: Leaving, reason: str) -> None:
        """Put on record that it is withheld, once for a step, and tell the coordinator.

        That a patient is not written to is nobody's work, and of a sealed case the coordinator knows nothing.
        """
        if not await note_leaving(session, leaving, refused=reason, now=self._clock()):
            return
        if leaving.channel != "notification" and reason != SEALED:
            await notify(session, self._told(work, leaving, reason))
        detail = {"channel": leaving.channel, "recipient": leaving.recipient, "reason": reason}
        await append_audit(
            session,
            actor=f"case:{work.case_id}",
            action="delivery_withheld",
            now=self._clock(),
            case_id=work.case_id,
            detail={**detail, "message": leaving.message, "patient_id": leaving.patient_id},
        )

    def _told(self, work: Work, leaving: Leaving, reason: str) -> Notification:
        return Notification(
            idempotency_key=f"withheld:{leaving.key}",
            case_id=work.case_id,
            activation=work.activation,
            recipient_kind="role",
            recipient=TOLD,
            level="warning",
            text=TEXT.format(message=leaving.message, recipient=leaving.recipient, reason=reason).replace("_", " "),
            created_at=self._clock(),
        )


def to_service(service_id: str, service: Service, message: str, own_organisation: str) -> To:
    """Give the way to a service. Another organisation, or an endpoint outside, asks for an agreement."""
    scopes = [SHARING, f"service:{service_id}"]
    if service.organisation:
        scopes.append(f"organisation:{service.organisation}")
    is_outside = service.endpoint is not None or service.organisation not in ("", own_organisation)
    return To(
        channel="inbox" if service.endpoint is None else "endpoint",
        name=service_id,
        message=message,
        recipient=Recipient(
            tuple(scope.lower() for scope in scopes),
            tuple(name for name in (service_id, service.named_contact, service.deputy) if name),
        ),
        ceiling=service.profile,
        agreed_with=(service_id, *([service.organisation] if service.organisation else [])) if is_outside else (),
    )


def to_requester(to: To, organisation: str) -> To:
    """Give the way to whoever asked: what the patient says of referrers, or of that organisation, is about them too."""
    scopes = ("role:referrer", *([f"organisation:{organisation}".lower()] if organisation else ()))
    return replace(to, recipient=replace(to.recipient, scopes=(*to.recipient.scopes, *scopes)))


def to_person_or_role(kind: str, name: str, channel: Channel, message: str) -> To | None:
    """Give the way to a role or person; None when they treat the patient here and nobody has to be asked."""
    scope = f"{kind}:{name}".lower()
    scopes: tuple[str, ...] = (scope,)
    if kind == "role" and name in outside_roles():
        scopes = (CONTACT, scope) if name == PATIENT else (SHARING, scope)
    elif channel == "notification":
        return None
    return To(channel, f"{kind}:{name}", message, Recipient(scopes, (name,)))


def leaving_key(work: Work, to: To) -> str:
    """Give the key under which it is on record that something of a step leaves for a recipient."""
    return f"{work.idempotency_key}:{to.channel}:{to.name}"


def given(work: Work, results: Mapping[str, Any], withheld: Withheld | None) -> WorkResult:
    """Give the result of a step that sends: `delivery` says whether it has, or the error that its header asks for."""
    if withheld is None:
        return WorkResult({**results, "delivery": "sent"})
    if work.headers.get("withheld") == "error":
        return WorkResult(error_code=WITHHELD, error_message=withheld.reason)
    return WorkResult({**results, "delivery": "withheld", "delivery_reason": withheld.reason})


async def _patient(session: AsyncSession, work: Work) -> str:
    return await keyed_patient(session, work.case_id) or _text(work.variables.get("patient_id"))


def _leaving(work: Work, to: To, patient_id: str, payload: Payload | None) -> Leaving:
    return Leaving(
        key=leaving_key(work, to),
        patient_id=patient_id,
        case_id=work.case_id,
        channel=to.channel,
        recipient=to.name,
        message=to.message,
        profile=payload.profile if payload else "",
        classes=payload.classes if payload else (),
        withheld=payload.withheld if payload else (),
    )


def _retraction(work: Work) -> _Yes:
    """What was sent is taken back, whatever anybody has agreed to: it carries nothing of the patient."""
    numbers = {name: work.variables[name] for name in NUMBERS if work.variables.get(name) is not None}
    return _Yes(Payload(DEFAULT, {**RETRACTED, **numbers}, classes=(), withheld=()))


def _profile(work: Work) -> str:
    named = work.headers.get("payload_profile") or work.variables.get("payload_profile")
    try:
        return profile_named(named)
    except ProfileError as error:
        raise ApplicationError(str(error), type="no such payload profile", non_retryable=True) from error


def _root(case_id: str) -> str:
    return case_id.partition("/")[0]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
