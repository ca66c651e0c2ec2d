"""Which flow nodes and sequence flows does a process hold, at every depth? One reader per element kind."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pathways.bpmn.model import CompensationTrigger, FlowNode, NodeType, SequenceFlow
from pathways.bpmn.reading import activities, data, events
from pathways.bpmn.reading.attributes import flag
from pathways.bpmn.reading.extensions import Extensions, mappings, properties_of, read_extensions
from pathways.bpmn.reading.gateways import read_complex_gateway, read_event_based_gateway
from pathways.bpmn.reading.listeners import listeners_of
from pathways.bpmn.reading.loops import read_loop
from pathways.bpmn.reading.owners import tell_unread_owners
from pathways.bpmn.reading.properties import properties
from pathways.bpmn.reading.source import Lane, Source
from pathways.bpmn.reading.xml import BPMN, Element, bpmn_children, children, local_reference, tag_of, text_of
from pathways.near import suggestion

NodeReader = Callable[[Element, FlowNode, Extensions, Source], FlowNode | None]

_READERS: Mapping[NodeType, NodeReader] = {
    "startEvent": events.read_start_event,
    "endEvent": events.read_end_event,
    "intermediateCatchEvent": events.read_catch_event,
    "intermediateThrowEvent": events.read_throw_event,
    "boundaryEvent": events.read_boundary_event,
    "task": activities.read_plain_task,
    "manualTask": activities.read_plain_task,
    "userTask": activities.read_user_task,
    "serviceTask": activities.read_service_task,
    "businessRuleTask": activities.read_business_rule_task,
    "sendTask": activities.read_send_task,
    "receiveTask": activities.read_receive_task,
    "scriptTask": activities.read_script_task,
    "callActivity": activities.read_call_activity,
    "subProcess": activities.read_sub_process,
    "transaction": activities.read_transaction,
    "adHocSubProcess": activities.read_ad_hoc,
    "exclusiveGateway": activities.read_plain_task,
    "parallelGateway": activities.read_plain_task,
    "inclusiveGateway": activities.read_plain_task,
    "eventBasedGateway": read_event_based_gateway,
    "complexGateway": read_complex_gateway,
}
_TYPES: Mapping[str, NodeType] = {str(kind): kind for kind in _READERS}


@dataclass(slots=True)
class Graph:
    """The flow nodes and sequence flows of the file while they are collected."""

    nodes: dict[str, FlowNode] = field(default_factory=dict)
    flows: dict[str, SequenceFlow] = field(default_factory=dict)
    outgoing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    associations: list[tuple[str, str]] = field(default_factory=list)
    nameless: Counter[str] = field(default_factory=Counter)


def read_scope(element: Element, scope: str, graph: Graph, source: Source) -> None:
    """Read everything that a process or sub-process holds."""
    for child in children(element):
        tag = tag_of(child)
        if tag in _READERS:
            _read_node(child, scope, graph, source)
        elif tag == "sequenceFlow":
            _read_flow(child, scope, graph, source)
        elif tag == "association":
            ends = (local_reference(child.get(end, "")) for end in ("sourceRef", "targetRef"))
            graph.associations.append((next(ends), next(ends)))


def _read_node(element: Element, scope: str, graph: Graph, source: Source) -> None:
    node = _node(element, scope, source)
    if node is None:
        return
    graph.nodes[node.id] = node
    graph.outgoing[node.id] = tuple(local_reference(text_of(flow)) for flow in bpmn_children(element, "outgoing"))
    if node.is_scope:
        for lane_set in bpmn_children(element, "laneSet"):
            read_lanes(lane_set, source)
        _inherit_lane(element, node.id, source)
        read_scope(element, node.id, graph, source)


def _node(element: Element, scope: str, source: Source) -> FlowNode | None:
    extensions = read_extensions(element, tag_of(element), source)
    base = _base(element, scope, extensions, source)
    node = _READERS[base.type](element, base, extensions, source)
    if node is None:
        return None
    _tell_unread(element, node, extensions, source)
    given = {**_parts(element, node, source), **properties(element, node, source)}
    given["listeners"] = listeners_of(extensions, source, node)
    said = {name: value for name, value in given.items() if value != getattr(node, name)}
    return replace(node, **said) if said else node


def _tell_unread(element: Element, node: FlowNode, extensions: Extensions, source: Source) -> None:
    """Say what stands here for somebody who never does this step: headers for a worker, owners of a person's work."""
    if "taskHeaders" in extensions and node.work is None:
        message = f"Nothing reads the headers of this {node.type}: no worker does it."
        source.note("warning", "headers-unread", element, message, "Remove them, or name the type of work.")
    if node.type != "userTask":
        tell_unread_owners(element, source, asked=False)


def _parts(element: Element, node: FlowNode, source: Source) -> dict[str, Any]:
    """What every event and activity may carry: data; an activity also a loop marker, quantities, compensation."""
    if not (node.is_activity or node.type.endswith("Event")):
        return {}
    copies = {
        "data_inputs": data.associations(element, "dataInputAssociation", source),
        "data_outputs": data.associations(element, "dataOutputAssociation", source),
    }
    if not node.is_activity:
        return copies
    markers = {
        "loop": read_loop(element, source),
        "for_compensation": flag(element, "isForCompensation", source, default=False),
        "start_quantity": _quantity(element, "startQuantity", source),
        "completion_quantity": _quantity(element, "completionQuantity", source),
    }
    if node.triggered_by_event and any(getattr(node, name) != value for name, value in markers.items()):
        message = "An event sub-process starts once for each event: no loop, quantity or compensation mark counts."
        source.error("event-sub-process-marker", element, message, "Put what repeats into a sub-process inside of it.")
    return {**copies, **markers, "data_objects": data.data_objects(element, source) if node.is_scope else ()}


def _quantity(element: Element, name: str, source: Source) -> int:
    text = element.get(name, "1").strip()
    if text.isdecimal() and int(text) > 0:
        return int(text)
    source.error("bad-attribute", element, f"{name} is {text!r}, not a positive number.", "Write 1 or more.")
    return 1


def _base(element: Element, scope: str, extensions: Extensions, source: Source) -> FlowNode:
    lane = source.lanes.get(element.get("id"))
    default = local_reference(element.get("default", ""))
    return FlowNode(
        id=element.get("id"),
        type=_node_type(element),
        name=" ".join(element.get("name", "").split()),
        line=element.sourceline or 0,
        scope=scope,
        default=default or None,
        lane=lane.name if lane else None,
        documentation="\n".join(text_of(text) for text in bpmn_children(element, "documentation")),
        inputs=mappings(extensions, "input", source),
        outputs=mappings(extensions, "output", source),
        properties=properties_of(extensions),
    )


def _node_type(element: Element) -> NodeType:
    return _TYPES[tag_of(element)]


def _inherit_lane(element: Element, sub_process: str, source: Source) -> None:
    """What stands inside a sub-process is in the sub-process's lane unless a lane lists it itself."""
    lane = source.lanes.get(sub_process)
    for inner in children(element):
        if lane and inner.get("id"):
            source.lanes.setdefault(inner.get("id"), lane)


def _read_flow(element: Element, scope: str, graph: Graph, source: Source) -> None:
    read_extensions(element, "sequenceFlow", source)
    start, end = (local_reference(element.get(end, "")) for end in ("sourceRef", "targetRef"))
    flow = SequenceFlow(
        id=_flow_id(element, f"{start}->{end}", graph),
        source=start,
        target=end,
        scope=scope,
        condition=_condition(element, source),
        name=" ".join(element.get("name", "").split()),
        line=element.sourceline or 0,
    )
    graph.flows[flow.id] = flow


def _flow_id(element: Element, ends: str, graph: Graph) -> str:
    """The id of the flow; without one, its two ends name it."""
    if element.get("id"):
        return str(element.get("id"))
    graph.nameless[ends] += 1
    return f"{ends}#{graph.nameless[ends]}" if graph.nameless[ends] > 1 else ends


def _condition(element: Element, source: Source) -> str | None:
    conditions = [condition for condition in bpmn_children(element, "conditionExpression") if text_of(condition)]
    return source.condition(conditions[0], what="The condition") if conditions else None


def read_lanes(lane_set: Element, source: Source, *, around: tuple[str, ...] = ()) -> None:
    """Note for every flow node its innermost lane; a lane's property `role`, else its name, is the default role."""
    for lane in bpmn_children(lane_set, "lane"):
        extensions = read_extensions(lane, "lane", source)
        name = " ".join(lane.get("name", "").split()) or lane.get("id", "")
        role = properties_of(extensions).get("role", "").strip() or name
        for reference in bpmn_children(lane, "flowNodeRef"):
            _put_into_lane(reference, Lane(name=name, role=role), around, source)
        for inner in bpmn_children(lane, "childLaneSet"):
            read_lanes(inner, source, around=(*around, name))


def _put_into_lane(reference: Element, lane: Lane, around: tuple[str, ...], source: Source) -> None:
    """Note the lane of one node; the lanes around it listed it, too, and no other lane does."""
    node = local_reference(text_of(reference))
    other = source.lanes.setdefault(node, lane)
    if other.name not in (lane.name, *around) and other.role != lane.role:
        message = f"{node!r} stands in the lanes {other.name!r} and {lane.name!r}: it is for {lane.role!r}."
        source.note("warning", "two-lanes", reference, message, "List it in one lane.")
    source.lanes[node] = lane


def tell_gone_from_lanes(process: Element, graph: Graph, source: Source) -> None:
    """Say which lane lists something that is no flow node of the file: whoever it was for is not asked."""
    for reference in process.iter(f"{{{BPMN}}}flowNodeRef"):
        node = local_reference(text_of(reference))
        if node not in graph.nodes:
            message = f"The lane lists {node!r}, which is no flow node of the file."
            remedy = f"{suggestion(node, graph.nodes)}Draw it again, or remove it from the lane."
            source.note("warning", "missing-reference", reference, message, remedy)


def connect(graph: Graph) -> Mapping[str, FlowNode]:
    """Give every node its incoming and outgoing flows, in the order the node lists them, else of the document."""
    incoming: dict[str, list[str]] = {node: [] for node in graph.nodes}
    outgoing: dict[str, list[str]] = {node: [] for node in graph.nodes}
    for flow in graph.flows.values():
        incoming.setdefault(flow.target, []).append(flow.id)
        outgoing.setdefault(flow.source, []).append(flow.id)
    handlers = _handlers(graph)
    undoing = frozenset(handlers.values())
    return {
        node.id: replace(
            node,
            incoming=tuple(incoming[node.id]),
            outgoing=_leaving(node, outgoing[node.id], graph),
            compensated_by=handlers.get(node.id),
            for_compensation=node.for_compensation or node.id in undoing,
        )
        for node in graph.nodes.values()
    }


def _handlers(graph: Graph) -> dict[str, str]:
    """Find the compensation handler of each activity: what the association of its boundary event names (§10.7)."""
    ends: dict[str, str] = {}
    both_ways = (*graph.associations, *((b, a) for a, b in graph.associations))
    activities = [(one, graph.nodes[other]) for one, other in both_ways if other in graph.nodes]
    for one, other in sorted(activities, key=lambda pair: not pair[1].for_compensation):
        if other.is_activity:
            ends.setdefault(one, other.id)
    compensation = [node for node in graph.nodes.values() if isinstance(node.trigger, CompensationTrigger)]
    return {node.attached_to: ends[node.id] for node in compensation if node.attached_to and node.id in ends}


def _leaving(node: FlowNode, leaving: list[str], graph: Graph) -> tuple[str, ...]:
    """The written order counts where the first true condition wins; elsewhere the ids of the targets give the order."""
    if node.type == "exclusiveGateway":
        return _ordered(graph.outgoing[node.id], leaving)
    return tuple(sorted(leaving, key=lambda flow: (_natural(graph.flows[flow].target), _natural(flow))))


def _natural(name: str) -> list[tuple[str, int]]:
    """Numbers count as numbers: task2 comes before task10."""
    return [(text, int(digits or 0)) for text, digits in _TEXT_AND_NUMBER.findall(name)]


_TEXT_AND_NUMBER = re.compile(r"(\D*)(\d{0,9})")


def _ordered(listed: Iterable[str], leaving: list[str]) -> tuple[str, ...]:
    known = set(leaving)
    first = dict.fromkeys(flow for flow in listed if flow in known)
    return (*first, *(flow for flow in leaving if flow not in first))
