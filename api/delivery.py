"""What happens to a message? It is noted, then one call brings it to its cases, and what became of it is noted.

Its id is taken once: the same message again gets the same answer; another content under the id is kept apart, for
people. One that finds no case stays *unmatched*: it is tried again when somebody waits, until its time is over.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from api.addressing import Target, targets
from api.amended_results import TAKEN_IN, hand_over_anew, handed_by, is_taken_in
from api.beginning import Occurred, begin
from api.critical_results import tell_of_amended, tell_of_lost, tell_of_taken
from api.former_appointments import CONFIRMED
from api.noted_starts import carry_out
from api.open_parts import tell_of_death, tell_of_kept_withdrawal
from api.post import Post as Post
from api.post import post_of as post_of
from api.reach import within_reach
from api.report_categories import told_by_code
from api.report_patients import PATIENT, says_the_same_patient, tell_of_mistaken
from api.revisiting import revisit
from api.safeguarded_messages import follow
from api.taking_back import ASKED_ALREADY, TTL
from api.unheeded import tell_of_unheeded
from pathways.calendar import working_add
from records.queries.routing import ended_cases, has_waited
from records.tables import Message
from records.writes.messages import (
    Outcome,
    claim_message,
    count_repeat,
    finish_message,
    give_up_routing,
    record_message,
)
from workflows.contract.requests import DeliverMessage, OpenedTask
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseNotFound, HostUnavailable

logger = structlog.get_logger(__name__)
UNDER_WAY = timedelta(minutes=1)
"""After this time, a message that is being routed is routed by whoever finds it: the call has died."""

DEFAULT_TTL = "P30D"
SOON = "PT1M"
"""So long a case keeps a message that others wait for and take: it may be on its way to a wait of its own."""

ONLY_ASKED = "those who do it are asked to stop: what is in progress goes on until they accept"
BUSY_POLLS = 100
BUSY_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message from outside. `case_id`: the only case it is for (and those it called); empty: by its key.

    `organisations`: as which somebody brings it; it reaches no case of others. None: it is the system's own.
    `patient`: of whom a report is, as its sender says (`identifiers`, `birth_date`); no case is told that.
    `confirmed`: a person has looked of whom it is, and gives it to its case.
    """

    name: str
    correlation_key: str
    message_id: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    ttl: str = DEFAULT_TTL
    case_id: str = ""
    organisations: tuple[str, ...] | None = None
    patient: Mapping[str, Any] = field(default_factory=dict)
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a message. `opened`: the tasks that it opened; empty when it was answered before."""

    message_id: str
    status: str
    cases: tuple[str, ...] = ()
    opened: tuple[OpenedTask, ...] = ()
    reason: str = ""


async def deliver(post: Post, message: Inbound, *, actor: str) -> Delivered:
    """Note a message and bring it to its case.

    Raises:
        GatewayError: a case did not answer; the message is noted and will be delivered.
    """
    row = noted(message, actor, post.clock())
    async with post.database.session() as session:
        stored, is_new = await record_message(session, row)
        if is_new:
            await change_at_once(post, session, stored, actor=actor)
        is_same = _content(stored) == _content(row) and says_the_same_patient(stored, row)
        if not is_new and is_same:
            await count_repeat(session, stored.message_id, now=row.received_at)
    if is_new:
        return await route(post, stored)
    return await repeated(post, stored.message_id) if is_same else await _kept_apart(post, row)


async def deliver_thrown(post: Post, message: Inbound, *, actor: str) -> Delivered:
    """Deliver what a case throws; what is refused becomes a dead letter, since trying again would never end.

    Raises:
        GatewayError: as of `deliver`.
    """
    try:
        return await deliver(post, message, actor=actor)
    except EventRejected as refusal:
        row = noted(message, actor, post.clock())
        row.status, row.reason, row.routing_since = "ignored", str(refusal), None
        async with post.database.session() as session:
            await record_message(session, row)
        return Delivered(row.message_id, row.status, reason=row.reason)


async def change_at_once(
    post: Post, session: AsyncSession, message: Message, *, actor: str, said_at: datetime | None = None
) -> None:
    """Do what a message that is noted changes, before any case hears of it. `said_at`: when it first came."""
    await follow(session, message, actor=actor, now=message.received_at, said_at=said_at)
    handed = await hand_over_anew(post, session, message)
    await tell_of_amended(session, message, handed, now=message.received_at)


def noted(message: Inbound, actor: str, now: datetime) -> Message:
    """Give the record of a message that its call is about to route."""
    return Message(
        message_id=message.message_id,
        name=message.name,
        correlation_key=message.correlation_key,
        payload=_payload(message),
        source=actor,
        received_at=now,
        expires_at=_expiry(now, message.ttl),
        routing_since=now,
    )


def _organisation(message: Message) -> str | None:
    """For which organisation a person brought a message, None when it is the system's own."""
    named = message.payload.get("organisations")
    return named[0] if named else None


def _payload(message: Inbound) -> dict[str, Any]:
    kept = {"variables": dict(message.variables), "ttl": message.ttl, "case_id": message.case_id}
    about = {PATIENT: dict(message.patient)} if message.patient else {}
    side = {} if message.organisations is None else {"organisations": list(message.organisations)}
    looked = {CONFIRMED: True} if message.confirmed else {}
    return {**kept, **about, **side, **looked}


def _expiry(now: datetime, ttl: str) -> datetime:
    try:
        return working_add(now, ttl, None)
    except (ValueError, OverflowError) as error:
        raise EventRejected("invalid", f"the time to live of a message is an ISO 8601 duration: {error}") from error


def _content(row: Message) -> str:
    return json.dumps([row.name, row.correlation_key, row.payload["variables"]], sort_keys=True, default=str)


async def repeated(post: Post, message_id: str) -> Delivered:
    """Say again what was said; one that found no case, or whose call has died, is routed now."""
    for _ in range(BUSY_POLLS):
        now = post.clock()
        async with post.database.session() as session:
            claimed = await claim_message(
                session, message_id, "received", "unmatched", now=now, died_before=now - UNDER_WAY
            )
            stored = await session.get_one(Message, message_id)
        if claimed is not None:
            return await route(post, claimed)
        if stored.routing_since is None:
            return _said(stored)
        await asyncio.sleep(BUSY_POLL_SECONDS)
    return Delivered(message_id, "received", reason="another call is delivering it")


def _said(stored: Message) -> Delivered:
    return Delivered(
        stored.message_id, stored.status, (stored.case_id,) if stored.case_id else (), reason=stored.reason
    )


async def _kept_apart(post: Post, row: Message) -> Delivered:
    """Another content under an id that is taken is not delivered, and not lost: people see it."""
    digest = hashlib.sha256(_content(row).encode()).hexdigest()[:12]
    reason = f"the id {row.message_id} was used before for another content; only the first was delivered"
    apart = Message(
        **{
            **row.model_dump(),
            "message_id": f"{row.message_id}~{digest}",
            "status": "duplicate",
            "reason": reason,
            "routing_since": None,
        }
    )
    async with post.database.session() as session:
        _, is_new = await record_message(session, apart)
        if not is_new:
            await count_repeat(session, apart.message_id, now=row.received_at)
    return Delivered(row.message_id, "duplicate", reason=reason)


async def route(post: Post, message: Message) -> Delivered:
    """Bring a message that this call has claimed to its cases.

    Raises:
        GatewayError: a case did not answer; the next call or sweep tries again.
    """
    try:
        found = await targets(post, message)
        await tell_of_death(post, message, [target.case_id for target in found if not target.refused])
        tried = [await _try(post, message, target) for target in found if not target.soon]
        is_taken = any(each.outcome not in ("unmatched", "ignored") for each in tried)
        further = [replace(target, soon=is_taken) for target in found if target.soon]
        tried += [await _try(post, message, target) for target in further]
        await revisit(post, message, is_heeded=bool(_cases(tried, "delivered")))
    except BaseException:
        async with post.database.session() as session:
            await give_up_routing(session, message.message_id, since=post.clock() - 2 * UNDER_WAY)
        raise
    return await _finished(post, message, tried)


@dataclass(frozen=True, slots=True)
class _Tried:
    """How one case answered."""

    case_id: str
    outcome: str
    opened: tuple[OpenedTask, ...] = ()
    reason: str = ""


async def _try(post: Post, message: Message, target: Target) -> _Tried:
    if target.refused:
        return _Tried(target.case_id, "ignored", reason=target.refused)
    try:
        if target.noted is not None:
            receipt = await carry_out(post, target.noted) if target.noted.status == "noted" else None
            return _Tried(target.case_id, "delivered", receipt.opened if receipt else ())
        return await (_send(post, message, target) if target.beginning is None else _begin(post, message, target))
    except EventRejected as refusal:
        outcome = "unmatched" if refusal.code == "not-running" else "ignored"
        return _Tried(target.case_id, outcome, reason=str(refusal))
    except CaseNotFound:
        logger.error("a case of the read model is not in Temporal", case_id=target.case_id, message=message.name)
        return _Tried(target.case_id, "unmatched", reason=f"the case '{target.case_id}' no longer runs in Temporal")


async def _begin(post: Post, message: Message, target: Target) -> _Tried:
    """Begin the case; when another message with the same key was faster, the message is for that case."""
    assert target.beginning is not None
    variables = message.payload.get("variables", {})
    occurred = Occurred("message", message.message_id, variables, message.source, target.key, _organisation(message))
    began = await begin(post, target.beginning, occurred)
    if not began.kept:
        return _Tried(began.case_id, "delivered", began.opened)
    try:
        return await _send(post, message, Target(began.case_id, target.key))
    except (CaseNotFound, EventRejected) as error:
        raise HostUnavailable(f"The case '{began.case_id}' with this key is beginning or ending.") from error


async def _send(post: Post, message: Message, target: Target) -> _Tried:
    async with post.database.reader() as session:
        said = await told_by_code(session, message)
    request = _request(message, target, said)
    update_id = hashlib.sha256(f"message\x00{message.message_id}\x00{target.key}".encode()).hexdigest()
    receipt = await post.gateway.send(target.case_id, request, update_id)
    asked = target.taken_back is not None and target.taken_back.outcome == "abort-requested"
    if target.taken_back is not None and receipt.outcome == "duplicate":
        return _Tried(target.case_id, "ignored", reason=ASKED_ALREADY)
    return _Tried(target.case_id, receipt.outcome, receipt.opened, ONLY_ASKED if asked else "")


def _request(message: Message, target: Target, said: Mapping[str, Any]) -> DeliverMessage:
    request = DeliverMessage(
        name=message.name,
        correlation_key=target.key,
        message_id=message.message_id,
        variables=said,
        ttl=SOON if target.soon else str(message.payload.get("ttl", DEFAULT_TTL)),
        actor=message.source,
        expires_at=None if target.soon else message.expires_at,
    )
    if target.taken_back is None:
        return request
    taken = target.taken_back
    told, variables = replace(request, ttl=TTL, expires_at=None), {**said, **taken.variables}
    return replace(told, name=taken.message, message_id=taken.message_id, variables=variables)


async def _finished(post: Post, message: Message, tried: Sequence[_Tried]) -> Delivered:
    best = next((o for o in ("delivered", "accepted", "buffered", "duplicate", "ignored") if _cases(tried, o)), "")
    async with post.database.session() as session:
        if not best and await is_taken_in(session, message):
            tried = [_Tried(row.case_id, "delivered", reason=TAKEN_IN) for row in await handed_by(session, message)]
            best = "delivered"
        cases = _cases(tried, best)
        refused = "; ".join(dict.fromkeys(each.reason for each in tried if each.reason))
        late = await _late(session, message, best, cases)
        reason = late or refused or ("" if best else "no case waits for it or is known by its key")
        case_id = cases[0] if cases else None
        outcome = _outcome(best, only=bool(message.payload.get("case_id")))
        await finish_message(session, message.message_id, outcome, case_id=case_id, reason=reason, late=bool(late))
        if best in ("", "ignored"):
            await tell_of_lost(session, message, now=post.clock())
        else:
            await tell_of_taken(session, message, cases, now=post.clock())
        await tell_of_mistaken(session, message, {each.case_id: each.reason for each in tried}, post.clock())
        heeded, kept = _cases(tried, "delivered"), _cases(tried, "buffered")
        await tell_of_unheeded(session, message, kept_by=kept, heeded_by=heeded, now=post.clock())
        await tell_of_kept_withdrawal(session, post, message, kept_by=kept, heeded_by=heeded)
        stored = await session.get_one(Message, message.message_id, populate_existing=True)
    status = stored.status if best in ("", "duplicate") else outcome
    return Delivered(message.message_id, status, cases, tuple(t for each in tried for t in each.opened), reason)


def _cases(tried: Sequence[_Tried], outcome: str) -> tuple[str, ...]:
    return tuple(each.case_id for each in tried if each.outcome == outcome)


async def _late(session: AsyncSession, message: Message, best: str, cases: Sequence[str]) -> str:
    """Why a message comes too late; empty when it does not."""
    if best == "buffered" and await has_waited(session, cases[0], message.name):
        return "the case has waited for it before and does so no longer; it is kept in case the case waits again"
    if best:
        return ""
    if message.payload.get("case_id"):
        return "the case that it is for has ended"
    ended = await ended_cases(session, message.correlation_key)
    mine = await within_reach(session, message, ended, any_age=True)
    return next((f"the case {case_id} that its key names has ended" for case_id in ended if case_id in mine), "")


def _outcome(best: str, *, only: bool) -> Outcome:
    """What is noted; `only`: for a named case, so that no other try is worth while when it has ended.

    A case that has had the message before, and has not used it, still keeps it.
    """
    match best:
        case "":
            return "ignored" if only else "unmatched"
        case "buffered" | "duplicate":
            return "buffered"
        case "ignored":
            return "ignored"
        case _:
            return "delivered"
