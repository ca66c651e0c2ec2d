"""How does a person deal with a dead letter? Gives it its case, as a message of its own, or discards it with a reason.

A message id is taken once for good. What is delivered again therefore gets an id of its own (`…~1`), under which the
cases that refused, expired or never saw the first one take it; the two records name each other.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.addressing import targets
from api.delivery import DEFAULT_TTL, Delivered, Inbound, change_at_once, noted, repeated, route
from api.keepers import give_up, keepers
from api.post import Post
from api.problems import Problem
from api.report_patients import PATIENT, UNNAMED
from records.queries.dead_letters import Why, why_dead
from records.tables import Case, Message
from records.writes.messages import handle_message, record_message

_FOR = "handled_for"
"""In what is kept of a dead letter: the request by which it was handled, which may come again after a crash."""

_AGAIN = re.compile(r"(?P<first>.*)~(?P<number>\d{1,9})", re.DOTALL)
_CORRELATE = "correlate: give it the key or the case that it is for"
_DISCARD = "discard: say why nobody needs it"
_WAIT = "wait: it is delivered as soon as a case waits for it"
CAN: dict[Why, tuple[str, ...]] = {
    "unmatched": (_WAIT, _CORRELATE, _DISCARD),
    "late": (_CORRELATE, _DISCARD),
    "expired": (_CORRELATE, _DISCARD),
    "duplicate": ("correlate: deliver this content too, as a message of its own", _DISCARD),
    "refused": (_CORRELATE, _DISCARD),
    "repeated": (),
}
"""What can be done about a dead letter, in words, by why it is one."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Where a dead letter belongs: a key, or a case; empty is not given. `ttl`: how long it may wait there.

    `organisations`: as which somebody says so.
    """

    correlation_key: str = ""
    case_id: str = ""
    ttl: str = DEFAULT_TTL
    organisations: tuple[str, ...] | None = None


async def correlate(post: Post, message_id: str, correction: Correction, *, actor: str, request_id: str) -> Delivered:
    """Deliver a dead letter again, to the case or under the key that a person names; whoever keeps it gives it up.

    What is refused changes nothing: it is looked at before anybody is asked to give it up.
    `request_id`: the same request again says what became of it; empty is no request that may come again.

    Raises:
        Problem: 404, there is no such message or case; 409, it is no dead letter (any more), or the case has ended.
        GatewayError: a case did not answer: it is noted and will be delivered, or its keeper has not given it up.
    """
    try:
        await _corrected(post, message_id, correction)
        await _take_from_keepers(post, message_id, "it is delivered again", actor=actor)
        again = await _noted_again(post, message_id, correction, actor=actor, request_id=request_id)
    except Problem:
        done = await _handled_for(post, message_id, request_id)
        if done is None or not done.redelivered_as:
            raise
        return await repeated(post, done.redelivered_as)
    return await route(post, again)


async def _noted_again(post: Post, message_id: str, correction: Correction, *, actor: str, request_id: str) -> Message:
    now = post.clock()
    async with post.database.session() as session:
        dead = await session.get(Message, message_id)
        if dead is None:
            raise _unknown(message_id)
        if correction.case_id:
            _check_runs(await session.get(Case, correction.case_id), correction.case_id)
        again = noted(inbound(dead, correction), actor, now)
        while not (await record_message(session, again))[1]:
            again.message_id = _next_id(again.message_id)
        if _has_changed_nothing_yet(dead, again):
            await change_at_once(post, session, again, actor=actor, said_at=dead.received_at)
        about = {"redelivered_as": again.message_id, **_by(dead, actor, now, request_id)}
        if not await handle_message(session, message_id, "correlated", **about):
            raise _alive(dead)
    return again


async def foresee_correlation(post: Post, message_id: str, correction: Correction) -> Delivered:
    """Say which cases a dead letter would be brought to; nothing is changed.

    Raises:
        Problem: as of `correlate`.
    """
    again = await _corrected(post, message_id, correction)
    found = await targets(post, again)
    begun = [f"it would begin a case of {each.beginning.key}" for each in found if each.beginning]
    refused = [each.refused for each in found if each.refused]
    reason = "; ".join([*begun, *refused])
    reached = tuple(each.case_id for each in found if not each.beginning and not each.refused)
    nobody = "" if found else "no case waits for it or is known by its key: it would wait"
    return Delivered(again.message_id, "foreseen", reached, reason=reason or nobody)


async def _corrected(post: Post, message_id: str, correction: Correction) -> Message:
    """Give a dead letter as it would be delivered again.

    Raises:
        Problem: as of `correlate`.
        EventRejected: it would be kept for longer than the calendar goes.
    """
    dead = await open_letter(post, message_id)
    if correction.case_id:
        async with post.database.reader() as session:
            _check_runs(await session.get(Case, correction.case_id), correction.case_id)
    return noted(inbound(dead, correction), dead.source, post.clock())


async def open_letter(post: Post, message_id: str) -> Message:
    """Give a dead letter with which nobody has dealt.

    Raises:
        Problem: 404, there is no such message; 409, it is no dead letter (any more).
    """
    async with post.database.reader() as session:
        dead = await session.get(Message, message_id)
    if dead is None:
        raise _unknown(message_id)
    if not can(dead):
        raise _alive(dead)
    return dead


async def discard(post: Post, message_id: str, reason: str, *, actor: str, request_id: str) -> Message:
    """Take a dead letter off the list, for a reason; the same request again finds it done.

    Raises:
        Problem: 404, there is no such message; 409, it is no dead letter (any more).
        GatewayError: a case that keeps it did not answer.
    """
    await _take_from_keepers(post, message_id, reason, actor=actor)
    async with post.database.session() as session:
        dead = await session.get(Message, message_id)
        if dead is None:
            raise _unknown(message_id)
        about = {"note": reason, **_by(dead, actor, post.clock(), request_id)}
        is_handled = await handle_message(session, message_id, "discarded", **about)
        await session.refresh(dead)
        if not is_handled and not _is_for(dead, request_id):
            raise _alive(dead)
    return dead


async def _take_from_keepers(post: Post, message_id: str, reason: str, *, actor: str) -> None:
    """Let no case take a dead letter any more: it would count twice, or where it does not belong."""
    async with post.database.reader() as session:
        dead = await session.get(Message, message_id)
        keeping = await keepers(session, dead) if dead is not None and can(dead) else []
    for case_id in keeping:
        await give_up(post, case_id, message_id, reason, actor=actor)


def _by(dead: Message, actor: str, now: datetime, request_id: str) -> dict[str, Any]:
    return {"handled_at": now, "handled_by": actor, "payload": {**dead.payload, _FOR: request_id}}


def _is_for(row: Message, request_id: str) -> bool:
    return bool(request_id) and row.payload.get(_FOR) == request_id


async def _handled_for(post: Post, message_id: str, request_id: str) -> Message | None:
    async with post.database.reader() as session:
        row = await session.get(Message, message_id)
    return row if row is not None and _is_for(row, request_id) else None


def can(row: Message) -> Sequence[str]:
    """Say what can be done about a message: nothing once somebody has handled it."""
    return CAN[why_dead(row)] if row.handled == "" else ()


def inbound(dead: Message, correction: Correction) -> Inbound:
    """Give a dead letter as it is delivered again."""
    return Inbound(
        name=dead.name,
        correlation_key=correction.correlation_key or dead.correlation_key,
        message_id=_next_id(dead.message_id),
        variables=dead.payload.get("variables", {}),
        ttl=correction.ttl,
        case_id=correction.case_id,
        organisations=correction.organisations,
        patient=dead.payload.get(PATIENT, {}),
        confirmed=True,
    )


def _has_changed_nothing_yet(dead: Message, again: Message) -> bool:
    """Whether what a message changes at once (a consent, an order) is still to be done, as it never was for its key."""
    refused_at_once = dead.status == "ignored" and dead.case_id is None
    held = refused_at_once or dead.reason == UNNAMED
    return dead.status == "duplicate" or held or dead.correlation_key != again.correlation_key


def _next_id(message_id: str) -> str:
    again = _AGAIN.fullmatch(message_id)
    return f"{again['first']}~{int(again['number']) + 1}" if again else f"{message_id}~1"


def _check_runs(case: Case | None, case_id: str) -> None:
    if case is None:
        raise Problem("not-found", f"There is no case '{case_id[:100]}'.")
    if case.status != "running":
        raise Problem("not-running", f"The case '{case_id[:100]}' has ended: no message reaches it.")


def _unknown(message_id: str) -> Problem:
    return Problem("not-found", f"There is no message '{message_id[:100]}'.")


def _alive(row: Message) -> Problem:
    what = row.handled or ("being delivered" if row.routing_since else row.status)
    by = f" by {row.handled_by}" if row.handled_by else ""
    return Problem("not-open", f"The message is {what}{by}: it is no dead letter.")
