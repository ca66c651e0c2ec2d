"""Which published processes does a message or signal begin, and how is such a case started? (BPMN 2.0.2 §13.2)

The id of the case follows from the message or signal and from the node that it begins, so that it begins once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlmodel.ext.asyncio.session import AsyncSession

from pathways import codec
from pathways.bpmn.model import Definition, MessageTrigger, SignalTrigger
from records.queries.library import active_definitions
from workflows.contract import names
from workflows.contract.requests import OpenedTask, StartCase
from workflows.engine.starting import entries
from workflows.host.gateway import AlreadyStarted, CaseGateway

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
    return [
        Beginning(published.key, published.name, published.sha256, process, node, part)
        for published in await active_definitions(session)
        for process, node, part in _entries(published.definition, occurrence, name)
    ]


@lru_cache(maxsize=1_024)
def _entries(definition: str, occurrence: Occurrence, name: str) -> tuple[tuple[str, str, int], ...]:
    kind = MessageTrigger if occurrence == "message" else SignalTrigger
    read = codec.load(Definition, definition)
    return tuple(
        (process.id, node.id, part)
        for process in read.processes
        for node, part, trigger in entries(read, process.id)
        if isinstance(trigger, kind) and trigger.name == name
    )


@dataclass(frozen=True, slots=True)
class Occurred:
    """The message or signal that begins a case. `id` is its own; `key`: a message's correlation key."""

    id: str
    variables: Mapping[str, Any]
    actor: str
    key: str = ""
    case_page: str = ""


async def begin(gateway: CaseGateway, beginning: Beginning, occurred: Occurred) -> tuple[OpenedTask, ...]:
    """Start the case, unless it was started before; give the tasks that it opened.

    Raises:
        EventRejected: the process cannot begin this way.
        HostUnavailable: no answer in time; beginning again is safe.
    """
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
        correlation_keys=tuple(dict.fromkeys(key for key in (occurred.key, case_id) if key)),
        actor=occurred.actor,
        case_page=occurred.case_page.replace("{case_id}", case_id),
    )
    try:
        return (await gateway.start(start, pathway=beginning.name)).opened
    except AlreadyStarted:
        return ()
