"""Which listeners does an element have? (zeebe:executionListeners, zeebe:taskListeners).

One that could not be heard is refused, as Camunda 8 refuses it: what a listener does is never left out in silence.
"""

from collections.abc import Iterator, Mapping
from typing import get_args

from pathways.bpmn.model import (
    CancelTrigger,
    CompensationTrigger,
    ErrorTrigger,
    FlowNode,
    Listener,
    Moment,
    WorkSpec,
    parts,
)
from pathways.bpmn.reading.extensions import Extensions, pairs, retries_of
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import ZEEBE, Element, children, local_of

_HOLDERS: Mapping[str, tuple[str, frozenset[str]]] = {
    "executionListeners": ("executionListener", frozenset({"start", "end"})),
    "taskListeners": ("taskListener", frozenset({"creating", "assigning", "completing"})),
}
_MOMENTS: Mapping[str, Moment] = {moment: moment for moment in get_args(Moment)}
_INSTEAD: Mapping[str, str] = {
    "canceling": "Nothing may hold up what interrupts a task: use an end listener behind the boundary event.",
    "updating": "Use a conditional event that reads the variable.",
    "cancel": "Nothing may hold up what cancels: draw what follows behind the boundary event.",
}


def listeners_of(extensions: Extensions, source: Source, node: FlowNode | None = None) -> tuple[Listener, ...]:
    """Read the listeners of a flow node, or of a process (no `node`), in the order of the file."""
    return tuple(_listeners(extensions, source, node))


def _listeners(extensions: Extensions, source: Source, node: FlowNode | None) -> Iterator[Listener]:
    for holder, (tag, moments) in _HOLDERS.items():
        for element in children(extensions[holder]) if holder in extensions else ():
            if local_of(element.tag) != tag:
                continue
            moment = _moment(element, moments, source)
            if moment is not None and _can_be_heard(element, moment, node, source):
                yield Listener(moment, _work(element, source))


def _moment(element: Element, moments: frozenset[str], source: Source) -> Moment | None:
    text = element.get("eventType", "").strip()
    if text in moments:
        return _MOMENTS[text]
    message = f"eventType {text!r} of zeebe:{local_of(element.tag)} is not executed by this build."
    source.error("listener-event", element, message, _INSTEAD.get(text, f"Write {' or '.join(sorted(moments))}."))
    return None


def _work(element: Element, source: Source) -> WorkSpec:
    task_type = source.feel(element, element.get("type"), what="The type of the listener")
    if task_type is None:
        source.error("task-type", element, "This listener has no type.", "Name the type of work.")
    headers = pairs(element.find(f"{{{ZEEBE}}}taskHeaders"), "key", "value")
    return WorkSpec(task_type or "null", retries_of(element, source), headers)


def _can_be_heard(element: Element, moment: Moment, node: FlowNode | None, source: Source) -> bool:
    reason = _reason_against(moment, node) if node is not None else None
    if reason is None:
        return True
    source.error("listener-place", element, f"The {moment} listener would never work: {reason[0]}.", reason[1])
    return False


def _reason_against(moment: Moment, node: FlowNode) -> tuple[str, str] | None:
    """Why a listener of this moment has no place on this node, and where it has one."""
    triggers = parts(node.trigger)
    if node.type == "boundaryEvent" and any(isinstance(part, CompensationTrigger) for part in triggers):
        return "a compensation boundary event only names its handler", "Put it on the compensation handler."
    if moment == "start" and node.type in ("startEvent", "boundaryEvent"):
        return f"a {node.type} acts at the very moment that it occurs", "Write an end listener."
    if moment == "start" and node.type == "eventBasedGateway" and node.instantiate:
        return "the event that starts the case has already occurred", "Put it on the process."
    if moment == "end" and node.type.endswith("Gateway"):
        return "a gateway is left at the moment that it decides", "Put it on what follows the gateway."
    if (
        moment == "end"
        and node.type == "endEvent"
        and any(isinstance(p, ErrorTrigger | CancelTrigger) for p in triggers)
    ):
        return "what this event throws ends it", "Put it on the event that catches."
    return None
