"""Does everything that is thrown land somewhere? Rules about errors, escalations, signals and their catchers."""

from collections.abc import Iterable, Iterator

from pathways.bpmn.model import (
    ErrorTrigger,
    EscalationTrigger,
    FlowNode,
    MessageTrigger,
    SignalTrigger,
    SingleTrigger,
    parts,
)
from pathways.rules.graph import Graph, triggers
from pathways.rules.subject import Remark, Rule, Subject, remark

_THROWS = frozenset({"endEvent", "intermediateThrowEvent", "sendTask"})


def error_not_caught(subject: Subject) -> Iterator[Remark]:
    """An error that is thrown is caught in the same process, or by whoever calls it, if only callers begin it."""
    for node, said in _thrown(subject):
        if not isinstance(said, ErrorTrigger) or _is_for_callers(node, subject):
            continue
        if not _caught(node, said, subject.graph):
            what = f"Nothing here catches the error {said.code!r} of {node.title!r}: uncaught, it is an incident."
            yield remark(node, what, "Catch it with a boundary event or event sub-process, or where it is called.")


def _is_for_callers(node: FlowNode, subject: Subject) -> bool:
    """Whether the process of a node says that only callers begin it."""
    scope, nodes = node.scope, subject.definition.nodes
    while scope in nodes:
        scope = nodes[scope].scope
    return any(each.id == scope and each.properties.get("begunBy") == "caller" for each in subject.definition.processes)


def escalation_not_caught(subject: Subject) -> Iterator[Remark]:
    """An escalation that is thrown is caught in the same process, or by whoever calls it."""
    for node, said in _thrown(subject):
        if isinstance(said, EscalationTrigger) and not _caught(node, said, subject.graph):
            what = f"Nothing here catches the escalation {said.code!r} of {node.title!r}: the case just continues."
            yield remark(node, what, "Catch it with a boundary event or event sub-process, or where it is called.")


def _thrown(subject: Subject) -> Iterator[tuple[FlowNode, SingleTrigger]]:
    return triggers(node for node in subject.nodes if node.type in _THROWS)


def _caught(node: FlowNode, thrown: ErrorTrigger | EscalationTrigger, graph: Graph) -> bool:
    caught = [said for _, said in triggers(graph.catchers(node))]
    return any(_matches(said, thrown) for said in caught if isinstance(said, ErrorTrigger | EscalationTrigger))


def signal_without_partner(subject: Subject) -> Iterator[Remark]:
    """A signal that is thrown is caught in this file, and the other way round."""
    signals = [(node, said.name) for node, said in triggers(subject.nodes) if isinstance(said, SignalTrigger)]
    thrown = {name for node, name in signals if node.type in _THROWS}
    caught = {name for node, name in signals if node.type not in _THROWS}
    for node, name in signals:
        if node.type in _THROWS and name not in caught:
            yield remark(node, f"Nothing in this file catches the signal {name!r}.", "Check the signal's name.")
        elif node.type not in _THROWS and name not in thrown:
            yield remark(node, f"Nothing in this file throws the signal {name!r}.", "Check the signal's name.")


def shadowed_catcher(subject: Subject) -> Iterator[Remark]:
    """Of two events that catch the same at the same place, one never happens."""
    graph = subject.graph
    for node in subject.nodes:
        yield from _twice(graph.border.get(node.id, ()), f"on {node.title!r}")
        yield from _behind(node, graph)
    for scope in graph.inside:
        yield from _twice(graph.event_starts(scope), "in the same scope")


def _twice(events: Iterable[FlowNode], where: str) -> Iterator[Remark]:
    first: dict[SingleTrigger, FlowNode] = {}
    for node, said in triggers(events):
        if not isinstance(said, ErrorTrigger | EscalationTrigger | MessageTrigger):
            continue
        if first.setdefault(said, node) is not node:
            what = f"{node.title!r} catches the same {said.kind} as {first[said].title!r} {where}: only one happens."
            yield remark(node, what, "Keep one of them.")


def _behind(node: FlowNode, graph: Graph) -> Iterator[Remark]:
    """A boundary event never hears what an event sub-process inside its host has caught."""
    inner = {said: event for event, said in triggers(graph.event_starts(node.id))}
    for event, said in triggers(graph.border.get(node.id, ())):
        if isinstance(said, ErrorTrigger | EscalationTrigger) and said in inner:
            what = f"{event.title!r} hardly ever happens: {inner[said].title!r} inside {node.title!r} catches first."
            yield remark(event, what, "Keep one of them.")


def catch_of_nothing(subject: Subject) -> Iterator[Remark]:
    """A boundary event for a code stands on an activity in which that code can be thrown."""
    graph = subject.graph
    for event, said in triggers(node for node in subject.nodes if node.attached_to):
        host = graph.definition.nodes.get(event.attached_to or "")
        if host is None or not host.is_scope or not isinstance(said, ErrorTrigger | EscalationTrigger):
            continue
        thrown = _thrown_inside(host, graph)
        if thrown is not None and not any(_matches(said, other) for other in thrown):
            what = f"Nothing inside {host.title!r} throws the {said.kind} {said.code or ''} of {event.title!r}."
            yield remark(event, what, "Check the code, or delete the event.")


_BY_OTHERS = frozenset({"serviceTask", "userTask", "sendTask", "businessRuleTask", "callActivity"})


def _thrown_inside(scope: FlowNode, graph: Graph) -> list[SingleTrigger] | None:
    """What is thrown inside a sub-process; None when a worker, a person or a called process may throw more."""
    thrown: list[SingleTrigger] = []
    waiting = list(graph.inside.get(scope.id, ()))
    while waiting:
        node = waiting.pop()
        if node.type in _BY_OTHERS or node.work:
            return None
        waiting.extend(graph.inside.get(node.id, ()) if node.is_scope else ())
        thrown.extend(parts(node.trigger) if node.type in _THROWS else ())
    return thrown


def _matches(caught: ErrorTrigger | EscalationTrigger, thrown: SingleTrigger) -> bool:
    if isinstance(caught, ErrorTrigger):
        return isinstance(thrown, ErrorTrigger) and caught.code in (None, thrown.code)
    return isinstance(thrown, EscalationTrigger) and caught.code in (None, thrown.code)


RULES = (
    Rule("error-not-caught", "warning", error_not_caught),
    Rule("escalation-not-caught", "info", escalation_not_caught),
    Rule("signal-without-partner", "info", signal_without_partner),
    Rule("shadowed-catcher", "warning", shadowed_catcher),
    Rule("catch-of-nothing", "warning", catch_of_nothing),
)
