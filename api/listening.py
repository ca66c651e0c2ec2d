"""What does a published version listen for? Read once: which events begin it, which messages bring their key."""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from pathways.bpmn.model import Definition, MessageTrigger, SingleTrigger, parts
from records.queries.library import definition_by_sha256, parsed
from workflows.engine.starting import entries

_KEPT = 4_096
_read: dict[str, "Listening"] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """An event definition with which a case begins: of a process, at a node."""

    process: str
    node: str
    part: int
    trigger: SingleTrigger


@dataclass(frozen=True, slots=True)
class Listening:
    """What a version begins with, all messages it awaits, and those whose key it reads out of them (§8.4.2)."""

    entries: tuple[Entry, ...] = ()
    keyed: tuple[MessageTrigger, ...] = ()
    awaited: frozenset[str] = frozenset()


async def listening(session: AsyncSession, sha256: str) -> Listening:
    """Give what the version with this hash listens for; nothing when it is not published."""
    if sha256 not in _read:
        published = await definition_by_sha256(session, sha256)
        if published is None:
            return Listening()
        if len(_read) >= _KEPT:
            _read.clear()
        _read[sha256] = _listening(parsed(published))
    return _read[sha256]


def _listening(definition: Definition) -> Listening:
    begun = tuple(
        Entry(process.id, node.id, part, trigger)
        for process in definition.processes
        for node, part, trigger in entries(definition, process.id)
    )
    triggers = [trigger for node in definition.nodes.values() for trigger in parts(node.trigger)]
    awaited = dict.fromkeys(trigger for trigger in triggers if isinstance(trigger, MessageTrigger))
    keyed = tuple(trigger for trigger in awaited if trigger.payload_key is not None)
    return Listening(begun, keyed, frozenset(trigger.name for trigger in awaited))
