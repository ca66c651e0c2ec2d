"""Which message wakes which case? The one that waits for it by name and key, else those known by the key, else none.

A message is noted before it is routed, and its id is taken once: sending it again gives the same answer. What nobody
waits for and nobody is known by stays *unmatched*; it is tried again when someone begins to wait, and people see it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import structlog

from api.surroundings import Clock
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
    """What delivering needs."""

    database: Database
    gateway: CaseGateway
    clock: Clock


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
    receipts = [await _send(post, message, case_id, key) for case_id, key in targets]
    result = _summed_up(message, [target for target, _ in targets], receipts)
    async with post.database.session() as session:
        await finish_message(
            session,
            message.message_id,
            _noted(result.status),
            case_id=result.cases[0] if result.cases else None,
            reason=result.reason,
        )
    return result


async def _targets(post: Post, message: Message, key: str) -> Sequence[tuple[str, str]]:
    """The cases to try, each with the correlation key that it knows."""
    only = message.payload.get("case_id", "")
    async with post.database.reader() as session:
        if only:
            waiting = await waiting_in(session, only, message.name)
            return [(wait.case_id, wait.correlation_key) for wait in waiting] or [(only, key)]
        cases = await waiting_cases(session, message.name, key) or await running_cases(session, key)
    return [(case_id, key) for case_id in cases]


@dataclass(frozen=True, slots=True)
class _Tried:
    """How one case answered."""

    outcome: str
    opened: tuple[OpenedTask, ...] = ()
    reason: str = ""


async def _send(post: Post, message: Message, case_id: str, key: str) -> _Tried:
    request = DeliverMessage(
        name=message.name,
        correlation_key=key,
        message_id=message.message_id,
        variables=message.payload.get("variables", {}),
        ttl=message.payload.get("ttl", DEFAULT_TTL),
        actor=message.source,
    )
    update_id = hashlib.sha256(f"message\x00{message.message_id}\x00{key}".encode()).hexdigest()
    try:
        receipt = await post.gateway.send(case_id, request, update_id)
    except EventRejected as refusal:
        return _Tried("ignored", reason=str(refusal))
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
