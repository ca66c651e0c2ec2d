"""Which way did a case go, and where do two ways part? Both are read from facts, in whatever order branches ran.

A way is a set of moves: an activation began, completed, was ended from outside or stopped; a token went from one
element to the next; a process was called; the case ended. Two ways are the same when each has every move of the other.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pathways.bpmn.model import Definition
from workflows.engine.facts import Fact

Move = tuple[str, ...]
MOVED = {"activated": "began", "completed": "completed", "terminated": "was ended", "incident_raised": "stopped"}
"""Facts of one activation that are moves, in words."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One move: what nobody else does (`move`), at which element, when, and in words."""

    move: Move
    element: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two ways part: the element, when, and what only the one and only the other did there, or nothing."""

    element: str
    at: datetime
    was: str
    would_be: str


@dataclass(frozen=True, slots=True)
class Names:
    """What elements of one version are called in the other, where that differs."""

    elements: Mapping[str, str]

    def element(self, name: str) -> str:
        """Give the other name of an element."""
        return self.elements.get(name, name)

    def activation(self, name: str) -> str:
        """Give the other name of an activation, `element#number`."""
        element, separator, number = name.rpartition("#")
        return f"{self.element(element)}{separator}{number}" if separator else name


AS_THEY_ARE = Names({})


def way(definition: Definition, facts: Sequence[Fact], names: Names = AS_THEY_ARE) -> list[Moved]:
    """Give the moves of a case in order; `names`: as the other version calls its elements."""
    often: Counter[Move] = Counter()
    return [moved for fact in facts for moved in _moves(definition, fact, names, often)]


def _moves(definition: Definition, fact: Fact, names: Names, often: Counter[Move]) -> Iterator[Moved]:
    found = _move(definition, fact, names)
    if found is None:
        return
    move, element, words = found
    often[move] += 1
    yield Moved((*move, str(often[move])), element, fact.at, words)


def _move(definition: Definition, fact: Fact, names: Names) -> tuple[Move, str, str] | None:
    element, activation = names.element(fact.element), names.activation(fact.activation)
    match fact.fact:
        case "taken":
            return _taken(definition, fact.detail["flow"], names)
        case "called":
            process = str(fact.detail.get("process_id", ""))
            return ("called", activation, process), element, f"calls '{process}'"
        case "case_ended":
            outcome = str(fact.detail.get("outcome", ""))
            return ("ended", outcome), element, f"the case ends: {outcome}"
        case "incident_raised" if fact.detail.get("kind") == "message":
            return None
        case kind if kind in MOVED:
            return (kind, activation), element, f"'{_title(definition, fact.element)}' {MOVED[kind]}"
        case _:
            return None


def _taken(definition: Definition, flow: str, names: Names) -> tuple[Move, str, str]:
    """A token went on; a flow is known by what it joins, for its id says nothing."""
    drawn = definition.flows[flow]
    source, target = names.element(drawn.source), names.element(drawn.target)
    return ("taken", source, target), source, f"goes on to '{_title(definition, drawn.target)}'"


def _title(definition: Definition, element: str) -> str:
    node = definition.nodes.get(element)
    return node.title if node else definition.name or element


def parting(was: Sequence[Moved], would_be: Sequence[Moved]) -> Parting | None:
    """Give where two ways part first; None when they are the same."""
    lost, new = _first_without(was, would_be), _first_without(would_be, was)
    first = min((each for each in (lost, new) if each), key=lambda each: each.at, default=None)
    if first is None:
        return None
    return Parting(first.element, first.at, _words(lost, first), _words(new, first))


def _words(moved: Moved | None, first: Moved) -> str:
    """Give a move in words when it is made where and when the ways part."""
    return moved.words if moved and (moved.element, moved.at) == (first.element, first.at) else ""


def _first_without(mine: Sequence[Moved], other: Sequence[Moved]) -> Moved | None:
    theirs = {each.move for each in other}
    return next((each for each in mine if each.move not in theirs), None)


def beside(was: Sequence[Fact], would_be: Sequence[Fact], names: Names) -> set[tuple[str, str]]:
    """Say what else would be different for a case that goes the same way: what, and at which element."""
    old, new = _told(was, names), _told(would_be, AS_THEY_ARE)
    return {(kind, activation.rpartition("#")[0]) for kind, activation, *_ in old ^ new}


def _told(facts: Sequence[Fact], names: Names) -> set[tuple[str, ...]]:
    return {(what, names.activation(fact.activation), said) for fact in facts for what, said in _said(fact)}


def _said(fact: Fact) -> Iterator[tuple[str, str]]:
    detail = fact.detail
    match fact.fact:
        case "offered":
            yield "offered to others", _text(detail, "groups", "users")
            yield "due at another time", _text(detail, "due_at")
        case "escalated":
            yield "escalates otherwise", _text(detail, "rung", "level", "tell")
        case "decision" if detail.get("what") == "decision":
            yield "decided otherwise", _text(detail, "expression", "value")
        case "message_sent":
            yield "another message is sent", _text(detail, "message", "key")
        case _:
            return


def _text(detail: Mapping[str, Any], *names: str) -> str:
    return repr([_plain(detail.get(name)) for name in names])


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value or None
