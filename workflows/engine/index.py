"""What lies where in a definition? Look-ups that `step` needs at once, computed once per definition."""

import weakref
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from pathways.bpmn.model import Definition, FlowNode, LinkTrigger

_JOIN_BY_REACHABILITY = frozenset({"inclusiveGateway", "complexGateway"})


@dataclass(frozen=True, slots=True)
class Index:
    """Nodes by the place they hold: boundary events by host, starts and event sub-processes by scope.

    `joins`: gateways whose join depends on what can still come. `due_anchors`: variables that due times follow.
    `relations`: by scope, what can be marked beside each place, once it was asked for (`concurrency`).
    """

    boundary_events: Mapping[str, tuple[FlowNode, ...]]
    event_sub_processes: Mapping[str, tuple[FlowNode, ...]]
    starts: Mapping[str, tuple[FlowNode, ...]]
    link_catches: Mapping[tuple[str, str], FlowNode]
    link_throws: Mapping[tuple[str, str], tuple[str, ...]]
    joins: frozenset[str]
    due_anchors: frozenset[str]
    relations: dict[str, dict[str, set[str]]] = field(default_factory=dict)


_indexes: dict[int, tuple[weakref.ref[Definition], Index]] = {}


def index_of(definition: Definition) -> Index:
    """Give the index of this definition object."""
    known = _indexes.get(id(definition))
    if known is not None and known[0]() is definition:
        return known[1]
    key = id(definition)
    index = _build(definition)
    _indexes[key] = (weakref.ref(definition, lambda _: _indexes.pop(key, None)), index)
    return index


def _build(definition: Definition) -> Index:
    boundary: defaultdict[str, list[FlowNode]] = defaultdict(list)
    event_subs: defaultdict[str, list[FlowNode]] = defaultdict(list)
    starts: defaultdict[str, list[FlowNode]] = defaultdict(list)
    links: defaultdict[tuple[str, str], list[FlowNode]] = defaultdict(list)
    for node in definition.nodes.values():
        if node.attached_to is not None:
            boundary[node.attached_to].append(node)
        elif node.triggered_by_event:
            event_subs[node.scope].append(node)
        elif isinstance(node.trigger, LinkTrigger):
            links[node.scope, node.trigger.name].append(node)
        elif not (node.incoming or node.for_compensation):
            starts[node.scope].append(node)
    return Index(
        boundary_events=_frozen(boundary),
        event_sub_processes=_frozen(event_subs),
        starts=_frozen({scope: _only_events(nodes) for scope, nodes in starts.items()}),
        link_catches={key: n for key, nodes in links.items() for n in nodes if n.type == "intermediateCatchEvent"},
        link_throws={
            key: tuple(n.id for n in nodes if n.type == "intermediateThrowEvent") for key, nodes in links.items()
        },
        joins=frozenset(n.id for n in definition.nodes.values() if n.type in _JOIN_BY_REACHABILITY),
        due_anchors=frozenset(n.due_anchor for n in definition.nodes.values() if n.due_anchor),
    )


def _only_events(starts: list[FlowNode]) -> list[FlowNode]:
    """Nodes that nothing leads to start a scope only when it has no start event (§10.3.5)."""
    return [node for node in starts if node.type == "startEvent"] or starts


def _frozen(groups: Mapping[str, list[FlowNode]]) -> dict[str, tuple[FlowNode, ...]]:
    """Order by id, so that permuting the XML changes nothing."""
    return {key: tuple(sorted(nodes, key=lambda node: node.id)) for key, nodes in groups.items()}
