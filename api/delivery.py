"""Which message wakes which case? The one that waits for it by name and key, else those known by the key, else none.

A message is noted before it is routed, and its id is taken once: sending it again gives the same answer. One that
nobody waits for and no other case is known by begins a case of the process that starts with it. The rest stays
*unmatched*; it is tried again when someone begins to wait, and people see it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from api.beginning import Beginning, Occurred, begin, beginnings
from api.starting import REFERRAL_REQUESTED
from api.surroundings import Clock, Surroundings
from records.database import Database
from records.queries.api_cases import waiting_in
from records.queries.routing import messages, running_cases, waiting_cases
from records.tables import Message
from records.writes.messages import finish_message, record_message
from workflows.contract.requests import DeliverMessage, OpenedTask
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseGateway, GatewayError

logger = structlog.get_logger(__name__)
UNDER_WAY = timedelta(minutes=1)
"""After this time, a message that was noted and not routed is routed by whoever finds it: its call has died."""

DEFAULT_TTL = "P30D"


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message from outside. `case_id`: the only case it is for (and those it called); empty: by its key."""

    name: str
    correlation_key: str
    message_id: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    ttl: str = DEFAULT_TTL
    case_id: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a message. `opened`: the tasks that it opened; empty when it was answered before."""

    message_id: str
    status: str
    cases: tuple[str, ...] = ()
    opened: tuple[OpenedTask, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """What delivering needs. `case_page`: address of the page of a case that begins; `{case_id}` is replaced."""

    database: Database
    gateway: CaseGateway
    clock: Clock
    case_page: str = ""


def post_of(here: Surroundings) -> Post:
    """Give what delivering needs within the API."""
    return Post(here.database, here.gateway, here.clock, here.settings.case_page_url)


async def deliver(post: Post, message: Inbound, *, actor: str) -> Delivered:
    """Note a message and bring it to its case.

    Raises:
        GatewayError: a case did not answer; the message is noted and will be delivered.
    """
    row = Message(
        message_id=message.message_id,
        name=message.name,
        correlation_key=message.correlation_key,
        payload={"variables": dict(message.variables), "ttl": message.ttl, "case_id": message.case_id},
        source=actor,
        received_at=post.clock(),
    )
    async with post.database.session() as session:
        stored, is_new = await record_message(session, row)
    if not is_new and stored.status not in ("received", "unmatched"):
        cases = (stored.case_id,) if stored.case_id else ()
        return Delivered(stored.message_id, stored.status, cases, reason=stored.reason)
    return await route(post, stored)


async def finish_deliveries(post: Post) -> int:
    """Deliver what was noted by a call that died, and what somebody waits for by now; give the number delivered."""
    async with post.database.reader() as session:
        noted = [m for m in await messages(session, status="received") if m.received_at + UNDER_WAY < post.clock()]
        unmatched = await messages(session, status="unmatched", limit=1_000)
    delivered = 0
    for message in (*noted, *unmatched):
        try:
            delivered += (await route(post, message)).status in ("delivered", "buffered")
        except GatewayError as error:
            logger.warning("a message could not be delivered yet", message_id=message.message_id, error=str(error))
    return delivered


async def route(post: Post, message: Message, *, correlation_key: str = "") -> Delivered:
    """Bring a noted message to its case; `correlation_key` repairs a key that led nowhere.

    Raises:
        GatewayError: a case did not answer.
    """
    key = correlation_key or message.correlation_key
    targets = await _targets(post, message, key)
    tried = [await _try(post, message, target) for target in targets]
    result = _summed_up(message, [target.case_id for target in targets], tried)
    async with post.database.session() as session:
        await finish_message(
            session,
            message.message_id,
            _noted(result.status),
            case_id=result.cases[0] if result.cases else None,
            reason=result.reason,
        )
    return result


@dataclass(frozen=True, slots=True)
class _Target:
    """A case to try, with the correlation key that it knows; `beginning`: the message starts it."""

    case_id: str
    key: str
    beginning: Beginning | None = None


async def _targets(post: Post, message: Message, key: str) -> Sequence[_Target]:
    only = message.payload.get("case_id", "")
    async with post.database.reader() as session:
        if only:
            waits = await waiting_in(session, only, message.name)
            return [_Target(wait.case_id, wait.correlation_key) for wait in waits] or [_Target(only, key)]
        waiting = await waiting_cases(session, message.name, key)
        known = waiting or await running_cases(session, key)
        if not waiting and all(_family(case_id) == _family(message.source) for case_id in known):
            begins = await _begins(session, message, key)
            if begins is not None:
                return [begins]
    return [_Target(case_id, key) for case_id in known]


def _family(case_id: str) -> str:
    """The case that began it all: who throws a message does not keep it when it begins another case."""
    return case_id.partition("/")[0]


async def _begins(session: AsyncSession, message: Message, key: str) -> _Target | None:
    """The case that the message begins, in the first process that starts with it; a referral has doors of its own."""
    if message.name == REFERRAL_REQUESTED:
        return None
    found = await beginnings(session, "message", message.name)
    return _Target(found[0].case_id(message.message_id), key, found[0]) if found else None


@dataclass(frozen=True, slots=True)
class _Tried:
    """How one case answered."""

    outcome: str
    opened: tuple[OpenedTask, ...] = ()
    reason: str = ""


async def _try(post: Post, message: Message, target: _Target) -> _Tried:
    try:
        if target.beginning is None:
            return await _send(post, message, target)
        variables = message.payload.get("variables", {})
        occurred = Occurred(message.message_id, variables, message.source, target.key, post.case_page)
        return _Tried("delivered", await begin(post.gateway, target.beginning, occurred))
    except EventRejected as refusal:
        return _Tried("ignored", reason=str(refusal))


async def _send(post: Post, message: Message, target: _Target) -> _Tried:
    request = DeliverMessage(
        name=message.name,
        correlation_key=target.key,
        message_id=message.message_id,
        variables=message.payload.get("variables", {}),
        ttl=message.payload.get("ttl", DEFAULT_TTL),
        actor=message.source,
    )
    update_id = hashlib.sha256(f"message\x00{message.message_id}\x00{target.key}".encode()).hexdigest()
    receipt = await post.gateway.send(target.case_id, request, update_id)
    return _Tried(receipt.outcome, receipt.opened)


def _summed_up(message: Message, targets: Sequence[str], tried: Sequence[_Tried]) -> Delivered:
    """The best that happened; the cases where it happened."""
    for outcome in ("delivered", "accepted", "buffered", "duplicate", "ignored"):
        cases = tuple(case for case, each in zip(targets, tried, strict=True) if each.outcome == outcome)
        if cases:
            opened = tuple(task for each in tried for task in each.opened)
            reason = "; ".join(dict.fromkeys(each.reason for each in tried if each.reason))
            return Delivered(message.message_id, outcome, cases, opened, reason)
    return Delivered(message.message_id, "unmatched", reason="no case waits for it or is known by its key")


def _noted(status: str) -> Literal["delivered", "buffered", "ignored", "unmatched", "duplicate"]:
    match status:
        case "buffered" | "ignored" | "unmatched" | "duplicate":
            return status
        case _:
            return "delivered"
