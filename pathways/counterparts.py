"""Which element, flow, rung and event definition of a new version stands for which of the old one?"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from pathways.bpmn.model import (
    Definition,
    FlowNode,
    LinkTrigger,
    Loop,
    MessageTrigger,
    MultiInstance,
    Rung,
    SequenceFlow,
    SignalTrigger,
    SingleTrigger,
    TimerTrigger,
    parts,
)

T = TypeVar("T")
Parts = tuple[int | None, ...]
"""By the old number of a part: its new number, None when it has no counterpart."""

_INTERCHANGEABLE = (
    frozenset({"task", "manualTask"}),
    frozenset({"serviceTask", "sendTask"}),
    frozenset({"subProcess", "transaction"}),
)
_LEAVES = frozenset({"userTask", "serviceTask", "sendTask", "receiveTask", "callActivity", "intermediateCatchEvent"})


def what_differs(old: FlowNode, new: FlowNode) -> str:
    """Say why a case cannot go on at `new` from `old`; empty when it can."""
    if old.type != new.type and not any({old.type, new.type} <= kinds for kinds in _INTERCHANGEABLE):
        return f"it was a {old.type} and is a {new.type}"
    if _repeats(old.loop) != _repeats(new.loop):
        return f"it ran {_repeats(old.loop)} and runs {_repeats(new.loop)}"
    if old.triggered_by_event != new.triggered_by_event:
        return "only one of them is an event sub-process"
    if old.for_compensation != new.for_compensation:
        return "only one of them is a compensation handler"
    if (old.decision is None) != (new.decision is None):
        return "only one of them is decided by a DMN table"
    return ""


def is_leaf(node: FlowNode) -> bool:
    """Whether it only waits: it holds no other elements and no tokens of others."""
    return node.type in _LEAVES and node.loop is None


def _repeats(loop: Loop | None) -> str:
    if loop is None:
        return "once"
    if isinstance(loop, MultiInstance):
        return "one by one per item" if loop.sequential else "at once per item"
    return "in a loop"


def flows_of(old: Definition, new: Definition, elements: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, str]:
    """Match sequence flows: as asked, by id with the same target, else by the elements that they join."""
    found = {flow: other for flow, other in asked.items() if other}
    for flow in old.flows.values():
        same = new.flows.get(flow.id)
        if flow.id not in asked and same is not None and elements.get(flow.target) == same.target:
            found[flow.id] = same.id
    between: dict[tuple[str | None, str | None], list[SequenceFlow]] = {}
    for other in new.flows.values():
        if other.id not in found.values():
            between.setdefault((other.source, other.target), []).append(other)
    for flow in old.flows.values():
        left = between.get((elements.get(flow.source), elements.get(flow.target)))
        if flow.id not in found and flow.id not in asked and left:
            found[flow.id] = left.pop(0).id
    return found


def rungs_of(old: FlowNode, new: FlowNode) -> Parts:
    """Match the rungs of two ladders: the same rung, else the same offset, else the same people and level."""
    keys: tuple[Callable[[Rung], object], ...] = (
        lambda rung: (rung.at, rung.tell, rung.level),
        lambda rung: rung.at,
        lambda rung: (rung.tell, rung.level),
    )
    return matched(old.rungs, new.rungs, keys)


def parts_of(old: FlowNode, new: FlowNode) -> Parts:
    """Match the event definitions of two events: the same one, else one of the same kind and name, else kind."""
    keys: tuple[Callable[[SingleTrigger], object], ...] = (
        lambda trigger: trigger,
        lambda trigger: (trigger.kind, _name(trigger)),
        lambda trigger: trigger.kind,
    )
    return matched(parts(old.trigger), parts(new.trigger), keys)


def _name(trigger: SingleTrigger) -> str:
    match trigger:
        case MessageTrigger() | SignalTrigger() | LinkTrigger():
            return trigger.name
        case TimerTrigger():
            return trigger.form
        case _:
            return ""


def matched(old: Sequence[T], new: Sequence[T], keys: Sequence[Callable[[T], object]]) -> Parts:
    """Pair each old item with a new one, in their order, by the strictest key first; none is taken twice."""
    found: list[int | None] = [None] * len(old)
    left = list(range(len(new)))
    for key in keys:
        for number, item in enumerate(old):
            if found[number] is None:
                found[number] = next((other for other in left if key(new[other]) == key(item)), None)
                left = [other for other in left if other != found[number]]
    return tuple(found)
