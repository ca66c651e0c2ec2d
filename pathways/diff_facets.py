"""What does an element say that matters? Its fields as lines of text, each under the aspect that people ask about."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal

from pathways.bpmn.model import FlowNode, Listener, Process, Rung, SequenceFlow, VariableMapping, parts

Aspect = Literal[
    "type",
    "name",
    "scope",
    "flow",
    "condition",
    "trigger",
    "timing",
    "ladder",
    "assignment",
    "form",
    "decision",
    "call",
    "mapping",
    "work",
    "repetition",
    "listener",
    "text",
]

_ASPECTS: Mapping[str, Aspect] = {
    "type": "type",
    "name": "name",
    "scope": "scope",
    "attached_to": "scope",
    "default": "flow",
    "lane": "assignment",
    "documentation": "text",
    "trigger": "trigger",
    "interrupting": "trigger",
    "triggered_by_event": "trigger",
    "inputs": "mapping",
    "outputs": "mapping",
    "work": "work",
    "user": "assignment",
    "user.due_date": "timing",
    "user.follow_up_date": "timing",
    "user.form_id": "form",
    "script": "work",
    "call": "call",
    "decision": "decision",
    "loop": "repetition",
    "ad_hoc": "repetition",
    "instantiate": "trigger",
    "parallel_events": "trigger",
    "for_compensation": "trigger",
    "compensated_by": "trigger",
    "start_quantity": "flow",
    "completion_quantity": "flow",
    "activation_condition": "condition",
    "data_objects": "mapping",
    "data_inputs": "mapping",
    "data_outputs": "mapping",
    "ladder": "ladder",
    "ladder_choice": "ladder",
    "calendar": "timing",
    "expected_duration": "timing",
    "due_anchor": "timing",
    "properties": "text",
    "listeners": "listener",
    "source": "flow",
    "target": "flow",
    "condition": "condition",
    "executable": "type",
}
NOT_COMPARED = frozenset({"id", "line", "incoming", "outgoing", "kind"})
"""Where an element stands in the file; its flows are compared as flows."""

_READ_ELSEWHERE = frozenset({"escalation", "calendar", "expectedDuration", "dueAnchor"})
Facets = dict[tuple[Aspect, str], str]


def facets(element: FlowNode | SequenceFlow | Process) -> Facets:
    """Give everything that an element says, by aspect and a label for people; ladders are compared rung by rung."""
    found: Facets = {}
    for field in fields(element):
        if field.name not in NOT_COMPARED and field.name not in ("ladder", "ladders"):
            for path, text in _lines(field.name, getattr(element, field.name)):
                found[_aspect(path), _label(path)] = text
    return found


def rung_text(rung: Rung) -> str:
    """Give a rung as it is written: when, to whom, as what."""
    deeds = [*rung.actions, *([f"begins {rung.begin}"] if rung.begin else []), *([rung.flag] if rung.flag else [])]
    acts = f", {', '.join(deeds)}" if deeds else ""
    return f"{rung.at} → {', '.join(rung.tell)} ({rung.level} by {', '.join(rung.channel)}{acts})"


def _aspect(path: str) -> Aspect:
    head, _, rest = path.partition(".")
    if head == "trigger" and path.endswith(("expression", "form")):
        return "timing"
    if head == "trigger" and path.endswith(".condition"):
        return "condition"
    return _ASPECTS.get(f"{head}.{rest}") or _ASPECTS[head]


def _label(path: str) -> str:
    head, _, rest = path.partition(".")
    if head in ("user", "script", "call", "decision", "loop", "ad_hoc") and rest:
        return rest.replace("_", " ")
    plural = {"inputs": "input", "outputs": "output", "properties": "property", "listeners": "listener"}
    shown = plural.get(head, head).replace("_", " ")
    return f"{shown} {rest.replace('_', ' ')}".strip()


def _lines(path: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case None | "" | () | False:
            return
        case bool() | int() | str():
            yield path, "yes" if value is True else str(value)
        case Mapping():
            kept = {key: text for key, text in value.items() if path != "properties" or key not in _READ_ELSEWHERE}
            for key, text in kept.items():
                yield from _lines(f"{path}.{key}", text)
        case tuple():
            for number, item in enumerate(value, start=1):
                yield from _item(path, item, number)
        case _ if path == "trigger":
            for number, trigger in enumerate(parts(value), start=1):
                name = path if len(parts(value)) == 1 else f"{path}.{number}"
                yield name, trigger.kind
                yield from _members(name, trigger)
        case _:
            yield from _members(path, value)


def _item(path: str, item: Any, number: int) -> Iterator[tuple[str, str]]:
    match item:
        case VariableMapping():
            yield f"{path}.{item.target}", item.source
        case Listener():
            yield f"{path}.{number}", f"{item.moment}: {item.work.task_type}"
            yield from _lines(f"{path}.{number}.retries", item.work.retries)
            yield from _lines(f"{path}.{number}", item.work.headers)
        case _:
            yield f"{path}.{item}", "yes"


def _members(path: str, value: Any) -> Iterator[tuple[str, str]]:
    assert is_dataclass(value), f"{path} holds a {type(value).__name__}"
    for field in fields(value):
        if field.name == "kind" and path == "loop":
            yield path, str(getattr(value, field.name))
        elif field.name not in NOT_COMPARED:
            yield from _lines(f"{path}.{field.name}", getattr(value, field.name))
