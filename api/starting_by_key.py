"""How does a business key become one running case? Noted under its key in turn, then started; the next when it ended.

Of one pathway and business key one case runs at a time. Whoever notes it starts it and is answered 201, everyone else
is told that case. After its end the same key may begin another: each has a generation, from which its id follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.noted_starts import carry_out, holder
from api.patients import patient_keys
from api.post import Post
from api.problems import Problem
from pathways import codec
from records.database import one_at_a_time
from records.queries.library import active_definition, parsed
from records.queries.starts import newest_start, running_case
from records.tables import NotedStart, PublishedDefinition
from records.writes.parties import note_requester
from workflows.contract import names
from workflows.contract.requests import OpenedTask, StartCase
from workflows.engine.errors import EventRejected
from workflows.engine.starting import plain_starts


@dataclass(frozen=True, slots=True)
class Wanted:
    """A case that somebody asks for. `request` names the call: the same for every retry of it, and for no other.

    `organisation`: for which they ask; the case is theirs.
    """

    pathway: str
    business_key: str
    request: str
    actor: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    urgency: str = "routine"
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """The case that was asked for, and the tasks that it opened (none when the call had begun it before)."""

    case_id: str
    pathway: str
    status: str
    opened: tuple[OpenedTask, ...]


async def begin_by_key(post: Post, wanted: Wanted, *, secret: bytes) -> Begun:
    """Start a case under a business key.

    Raises:
        Problem: 409, a case of this pathway and key runs; 422, the pathway is not published or cannot just be started.
        GatewayError: no answer in time; the start is noted and will be carried out.
    """
    async with post.database.session() as session:
        published = await _published(session, wanted.pathway)
        await one_at_a_time(session, f"start:{wanted.pathway}:{wanted.business_key}")
        noted = await _noted(session, wanted, published, post, secret)
    if noted.status == "refused":
        raise EventRejected("invalid", noted.reason)
    receipt = await carry_out(post, noted) if noted.status == "noted" else None
    status = receipt.status if receipt else "running"
    return Begun(noted.case_id, published.name, status, receipt.opened if receipt else ())


def first_case_id(pathway: str, business_key: str, *, secret: bytes) -> str:
    """Give the id of the case that a business key which nobody has used begins first."""
    return _case_id(pathway, business_key, 1, secret)


def _case_id(pathway: str, business_key: str, generation: int, secret: bytes) -> str:
    return names.case_id(pathway, f"key\x00{business_key}\x00{generation}", secret)


async def _published(session: AsyncSession, pathway: str) -> PublishedDefinition:
    found = await active_definition(session, pathway)
    if found is None:
        raise Problem("not-found", f"There is no pathway '{pathway[:100]}'.")
    definition = parsed(found)
    if not plain_starts(definition, definition.key):
        words = "begins only with an event: send its message or signal, or wait for its time"
        raise Problem("not-startable", f"The pathway '{pathway[:100]}' {words}.")
    return found


async def _noted(
    session: AsyncSession, wanted: Wanted, published: PublishedDefinition, post: Post, secret: bytes
) -> NotedStart:
    """The start that this call noted, now or when it was sent before."""
    newest = await newest_start(session, pathway=wanted.pathway, business_key=wanted.business_key)
    if newest is not None and newest.request == wanted.request:
        return newest
    taken = await _taken(session, wanted, newest)
    if taken:
        words = f"A case of the pathway '{wanted.pathway[:100]}' with this business key is running."
        raise Problem("already-running", words, **_where(taken))
    generation = (newest.generation or 0) + 1 if newest is not None else 1
    row = _row(wanted, published, generation, post, secret)
    session.add(row)
    await note_requester(session, row.case_id, wanted.organisation, through=wanted.actor, now=post.clock())
    return row


async def _taken(session: AsyncSession, wanted: Wanted, newest: NotedStart | None) -> str:
    """The case that keeps the key: one that runs, or is being started; empty when the key is free."""
    running = await running_case(session, pathway=wanted.pathway, business_key=wanted.business_key)
    if running is not None:
        return running.case_id
    return await holder(session, newest)


def _where(case_id: str) -> dict[str, Any]:
    link = f"/cases/{case_id}"
    return {"headers": {"Location": link}, "case": link, "case_id": case_id}


def _row(wanted: Wanted, published: PublishedDefinition, generation: int, post: Post, secret: bytes) -> NotedStart:
    case_id = _case_id(published.key, wanted.business_key, generation, secret)
    start = StartCase(
        case_id=case_id,
        key=published.key,
        sha256=published.sha256,
        variables={"referral_id": wanted.business_key, **wanted.variables, "case_id": case_id},
        business_key=wanted.business_key,
        correlation_keys=(wanted.business_key, case_id, *patient_keys(wanted.variables)),
        urgency=wanted.urgency,
        actor=wanted.actor,
        case_page=post.case_page.replace("{case_id}", case_id),
    )
    return NotedStart(
        case_id=case_id,
        cause="key",
        pathway=published.key,
        business_key=wanted.business_key,
        generation=generation,
        start=codec.dump(start).decode(),
        request=wanted.request,
        noted_at=post.clock(),
        noted_by=wanted.actor,
    )
