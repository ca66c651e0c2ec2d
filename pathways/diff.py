"""What changed between two versions of a pathway, in the words of the diagram and not of its XML?

Elements, flows and processes are compared by id; one with another id, of the same type and name (a flow: between the
same elements), is `renamed`. Where it stands in the file, its layout and the order of the XML do not count.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pathways.bpmn.model import Definition, FlowNode, Process, SequenceFlow
from pathways.counterparts import rungs_of
from pathways.diff_facets import Aspect, facets, rung_text
from pathways.diff_resources import Schemas, resource_changes

Kind = Literal["process", "element", "flow", "form", "decision", "call", "calendar"]
Fate = Literal["added", "removed", "renamed", "changed"]
_REFERENCES = frozenset({"scope", "attached to", "default", "source", "target", "compensated by"})


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is said otherwise; None: it is not said there."""

    aspect: Aspect
    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one element or file. `new_id` is another than `id` only when it was renamed."""

    kind: Kind
    fate: Fate
    id: str
    new_id: str
    title: str
    type: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions."""

    key: str
    version_tag: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DefinitionDiff:
    """All that differs, in the order of the diagram; `same` when nothing does."""

    old: Side
    new: Side
    differences: tuple[Difference, ...] = field(default=())

    @property
    def same(self) -> bool:
        """Whether both versions run equally."""
        return not self.differences

    @property
    def renamed(self) -> Mapping[str, str]:
        """Elements that seem to have got another id: proposals for the overrides of a migration."""
        return {each.id: each.new_id for each in self.differences if each.fate == "renamed" and each.kind == "element"}


def diff(
    old: Definition, new: Definition, *, old_forms: Schemas | None = None, new_forms: Schemas | None = None
) -> DefinitionDiff:
    """Compare two definitions; with the schemas of their forms (form id → schema), field by field."""
    processes = ({each.id: each for each in old.processes}, {each.id: each for each in new.processes})
    renamed = _renamed(old.nodes, new.nodes, {})
    found = (
        *_of_group("process", *processes, renamed),
        *_of_group("element", old.nodes, new.nodes, renamed),
        *_of_group("flow", old.flows, new.flows, renamed | _renamed(old.flows, new.flows, renamed)),
        *(
            Difference(kind, fate, name, name, name, changes=tuple(Change(*change) for change in changes))
            for kind, fate, name, changes in resource_changes(old, new, old_forms or {}, new_forms or {})
        ),
    )
    return DefinitionDiff(_side(old), _side(new), found)


def _side(definition: Definition) -> Side:
    return Side(definition.key, definition.version_tag, definition.sha256)


def _of_group(
    kind: Kind, old: Mapping[str, Any], new: Mapping[str, Any], renamed: Mapping[str, str]
) -> Iterator[Difference]:
    for id, before in old.items():
        after = new.get(renamed.get(id, id))
        if after is None:
            yield Difference(kind, "removed", id, id, _title(before), _type(before))
            continue
        changes = _changes(before, after, renamed)
        if after.id != id or changes:
            fate: Fate = "changed" if after.id == id else "renamed"
            yield Difference(kind, fate, id, after.id, _title(after), _type(after), changes)
    known = {*old, *renamed.values()}
    for id, after in new.items():
        if id not in known:
            yield Difference(kind, "added", id, id, _title(after), _type(after))


def _renamed(old: Mapping[str, Any], new: Mapping[str, Any], elements: Mapping[str, str]) -> dict[str, str]:
    """Pair what is gone with what is new, when both are known by the same words and nothing else is."""
    gone = {id: _known_by(old[id], elements) for id in old if id not in new}
    come = {id: _known_by(new[id], {}) for id in new if id not in old}
    once = {words for words, count in Counter(gone.values()).items() if count == 1}
    by_words = {words: id for id, words in come.items() if words and list(come.values()).count(words) == 1}
    return {id: by_words[words] for id, words in gone.items() if words in once and words in by_words}


def _known_by(element: FlowNode | SequenceFlow, elements: Mapping[str, str]) -> tuple[str, ...]:
    """By what people would know it again: type and name, or what a flow joins; empty when it has no name."""
    if isinstance(element, SequenceFlow):
        return (elements.get(element.source, element.source), elements.get(element.target, element.target))
    return (element.type, element.name) if element.name else ()


def _changes(before: Any, after: Any, renamed: Mapping[str, str]) -> tuple[Change, ...]:
    """Say what an element says otherwise; that it names another by its new id is no change of its own."""
    new = facets(after)
    old = {key: renamed.get(text, text) if key[1] in _REFERENCES else text for key, text in facets(before).items()}
    said = [
        Change(aspect, what, old.get((aspect, what)), new.get((aspect, what)))
        for aspect, what in dict.fromkeys((*old, *new))
        if old.get((aspect, what)) != new.get((aspect, what))
    ]
    return (*said, *(_rungs(before, after) if isinstance(before, FlowNode) else ()))


def _rungs(before: FlowNode, after: FlowNode) -> Iterator[Change]:
    """Compare ladders rung by rung: a rung in between moves the others and changes none of them.

    A rung has its number in the old ladder; one that is new has its number in the new ladder, and says that it is new.
    """
    old, new = before.rungs, after.rungs
    pairs = rungs_of(before, after)
    for number, other in enumerate(pairs):
        now = rung_text(new[other]) if other is not None else None
        moved = f" (now {other + 1})" if other is not None and other != number else ""
        if now != rung_text(old[number]):
            yield Change("ladder", f"rung {number + 1}{moved}", rung_text(old[number]), now)
    for number, rung in enumerate(new):
        if number not in pairs:
            yield Change("ladder", f"new rung {number + 1}", None, rung_text(rung))


def _title(element: FlowNode | SequenceFlow | Process) -> str:
    return element.name or (f"{element.source} → {element.target}" if isinstance(element, SequenceFlow) else element.id)


def _type(element: FlowNode | SequenceFlow | Process) -> str:
    return element.type if isinstance(element, FlowNode) else ""
