"""Which published processes does a message or signal begin, and how is such a case started? (BPMN 2.0.2 §13.2)

The id of the case follows from the message or signal and from the node that it begins, so that it begins once. Of two
messages with the same key that come at once, one begins the case and the other is for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlmodel.ext.asyncio.session import AsyncSession

from api.listening import listening
from api.noted_starts import carry_out, holder
from api.patients import patient_keys
from api.post import Post
from pathways import codec
from pathways.bpmn.model import MessageTrigger, SignalTrigger
from records.database import one_at_a_time
from records.queries.library import active_definitions
from records.queries.starts import newest_start
from records.tables import NotedStart
from records.writes.outside import bring_along
from records.writes.parties import note_requester
from workflows.contract import names
from workflows.contract.requests import OpenedTask, StartCase

Occurrence = Literal["message", "signal"]


@dataclass(frozen=True, slots=True)
class Beginning:
    """A node of a published process with which a case begins; `part`: which of its event definitions occurred."""

    key: str
    name: str
    sha256: str
    process: str
    node: str
    part: int

    def case_id(self, occurrence: str) -> str:
        """Give the id of the case that the message or signal with this id begins here."""
        return names.started_case_id(occurrence, f"{self.key}\x00{self.node}")


async def beginnings(session: AsyncSession, occurrence: Occurrence, name: str) -> list[Beginning]:
    """Give what a message or signal of this name begins, in the active version of every pathway."""
    kind = MessageTrigger if occurrence == "message" else SignalTrigger
    return [
        Beginning(published.key, published.name, published.sha256, entry.process, entry.node, entry.part)
        for published in await active_definitions(session)
        for entry in (await listening(session, published.sha256)).entries
        if isinstance(entry.trigger, kind) and entry.trigger.name == name
    ]


async def beginning_messages(session: AsyncSession) -> set[str]:
    """Give the names of all messages with which cases begin."""
    listened = [await listening(session, published.sha256) for published in await active_definitions(session)]
    triggers = [entry.trigger for each in listened for entry in each.entries]
    return {trigger.name for trigger in triggers if isinstance(trigger, MessageTrigger)}


@dataclass(frozen=True, slots=True)
class Occurred:
    """The message or signal that begins a case. `id` is its own; `key`: a message's correlation key.

    `organisation`: whose case it begins; None: whoever takes part in the case that threw it.
    """

    kind: Occurrence
    id: str
    variables: Mapping[str, Any]
    actor: str
    key: str = ""
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class Began:
    """The case that begins with it; `kept`: another one has the key, and begins instead."""

    case_id: str
    opened: tuple[OpenedTask, ...] = ()
    kept: bool = False


async def begin(post: Post, beginning: Beginning, occurred: Occurred) -> Began:
    """Start the case, unless it was started before or another one has its key; give the tasks that it opened.

    Raises:
        EventRejected: the process cannot begin this way.
        HostUnavailable: no answer in time; beginning again is safe.
    """
    case_id = beginning.case_id(occurred.id)
    async with post.database.session() as session:
        noted = await _noted(session, post, beginning, occurred)
    if noted.case_id != case_id:
        return Began(noted.case_id, kept=True)
    receipt = await carry_out(post, noted) if noted.status == "noted" else None
    return Began(case_id, receipt.opened if receipt else ())


async def _noted(session: AsyncSession, post: Post, beginning: Beginning, occurred: Occurred) -> NotedStart:
    await one_at_a_time(session, f"start:{beginning.key}:{occurred.key}")
    case_id = beginning.case_id(occurred.id)
    known = await session.get(NotedStart, case_id)
    if known is not None:
        return known
    newest = await newest_start(session, pathway=beginning.key, business_key=occurred.key) if occurred.key else None
    taken = await holder(session, newest)
    if newest is not None and taken:
        return newest
    generation = (newest.generation or 0) + 1 if newest else 1
    row = _row(post, beginning, occurred, generation if occurred.key else None)
    session.add(row)
    await _note_parties(session, case_id, occurred, post)
    return row


async def _note_parties(session: AsyncSession, case_id: str, occurred: Occurred, post: Post) -> None:
    if occurred.organisation is None:
        await bring_along(session, occurred.actor.partition("/")[0], case_id, now=post.clock())
    else:
        await note_requester(session, case_id, occurred.organisation, through=occurred.actor, now=post.clock())


def _row(post: Post, beginning: Beginning, occurred: Occurred, generation: int | None) -> NotedStart:
    case_id = beginning.case_id(occurred.id)
    start = StartCase(
        case_id=case_id,
        key=beginning.key,
        sha256=beginning.sha256,
        variables={**occurred.variables, "case_id": case_id},
        process=beginning.process,
        start_event=beginning.node,
        part=beginning.part,
        business_key=occurred.key,
        correlation_keys=tuple(
            dict.fromkeys(key for key in (occurred.key, case_id, *patient_keys(occurred.variables)) if key)
        ),
        actor=occurred.actor,
        case_page=post.case_page.replace("{case_id}", case_id),
    )
    return NotedStart(
        case_id=case_id,
        cause=occurred.kind,
        pathway=beginning.key,
        business_key=occurred.key,
        generation=generation,
        node=beginning.node,
        start=codec.dump(start).decode(),
        request=occurred.id,
        noted_at=post.clock(),
        noted_by=occurred.actor,
    )
