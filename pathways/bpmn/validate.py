"""Is a definition sound to run? Named rules, one small function each."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pathways.bpmn import event_rules
from pathways.bpmn.findings import Finding
from pathways.bpmn.model import (
    CompensationTrigger,
    Definition,
    FlowNode,
    LinkTrigger,
    Process,
    SequenceFlow,
)
from pathways.bpmn.remark import Remark, error, warning
from pathways.near import suggestion

Rule = Callable[[Definition], Iterator[Remark]]


def validate(definition: Definition, *, file: str) -> tuple[Finding, ...]:
    """Apply every rule."""
    return tuple(
        Finding(name, remark.severity, file, remark.about.line, remark.about.id, remark.message, remark.remedy)
        for name, rule in RULES.items()
        for remark in rule(definition)
    )


def dangling_flow(definition: Definition) -> Iterator[Remark]:
    """A sequence flow connects two flow nodes of the file."""
    for flow in definition.flows.values():
        for role, end in (("source", flow.source), ("target", flow.target)):
            if end not in definition.nodes:
                what = f"The {role} {end!r} of this sequence flow is not a flow node of the file."
                near = suggestion(end, definition.nodes)
                yield error(flow, what, f"{near}Connect it in the modeler or delete it.")


def flow_crosses_border(definition: Definition) -> Iterator[Remark]:
    """A sequence flow stays inside one process or sub-process (§10.3.5)."""
    for flow in definition.flows.values():
        scopes = {definition.nodes[end].scope for end in (flow.source, flow.target) if end in definition.nodes}
        if len(scopes) > 1:
            what = "This sequence flow crosses the border of a sub-process or process."
            yield error(flow, what, "Use a boundary event, or a message between processes.")


def flow_ends(definition: Definition) -> Iterator[Remark]:
    """Nothing flows into a start event, a boundary event or an event sub-process, nor out of an end event."""
    for node in definition.nodes.values():
        if node.incoming and (node.type in ("startEvent", "boundaryEvent") or node.triggered_by_event):
            yield error(node, f"A sequence flow leads into {_a(node)}.", "Delete the flow.")
        if node.outgoing and (node.type == "endEvent" or node.triggered_by_event):
            yield error(node, f"A sequence flow leads out of {_a(node)}.", "Delete the flow.")


def _a(node: FlowNode) -> str:
    return f"the event sub-process {node.title!r}" if node.triggered_by_event else f"the {node.type} {node.title!r}"


def start_without_flow(definition: Definition) -> Iterator[Remark]:
    """A start or boundary event leads somewhere; a compensation event leads to its handler instead (§10.7)."""
    for node in definition.nodes.values():
        compensates = isinstance(node.trigger, CompensationTrigger)
        if node.type in ("startEvent", "boundaryEvent") and not node.outgoing and not compensates:
            yield warning(node, f"Nothing follows the {node.type} {node.title!r}.", "Connect it to what happens next.")


def scope_without_start(definition: Definition) -> Iterator[Remark]:
    """A process or sub-process begins at a start event, or wherever nothing leads to (§10.3.5, §13.2)."""
    scopes: list[Process | FlowNode] = [*definition.processes]
    scopes += [node for node in definition.nodes.values() if node.is_scope]
    inside = _by_scope(definition)
    for scope in scopes:
        nodes = inside.get(scope.id, [])
        if not nodes:
            yield warning(scope, f"{scope.id!r} is empty: it ends as soon as it begins.", "Draw what happens in it.")
        elif not (any(begins(node) for node in nodes) or _chooses_itself(scope)):
            what = f"Nothing can start in {scope.id!r}: every step waits for another."
            yield error(scope, what, "Draw a start event.")


def _chooses_itself(scope: Process | FlowNode) -> bool:
    return isinstance(scope, FlowNode) and scope.ad_hoc is not None and scope.ad_hoc.active_elements is not None


def begins(node: FlowNode) -> bool:
    """Whether a node can be the first of its scope: nothing leads to it, and nobody else calls it up."""
    called = node.type == "boundaryEvent" or node.for_compensation or isinstance(node.trigger, LinkTrigger)
    return not (node.incoming or called or node.triggered_by_event)


def _by_scope(definition: Definition) -> Mapping[str, list[FlowNode]]:
    inside: dict[str, list[FlowNode]] = {}
    for node in definition.nodes.values():
        inside.setdefault(node.scope, []).append(node)
    return inside


def embedded_start(definition: Definition) -> Iterator[Remark]:
    """An embedded sub-process has at most one start event, a none start event; an ad-hoc one has none (§10.3.5)."""
    inside = _by_scope(definition)
    for node in definition.nodes.values():
        if not node.is_scope or node.triggered_by_event:
            continue
        starts = [inner for inner in inside.get(node.id, []) if inner.type == "startEvent"]
        if node.type == "adHocSubProcess" and starts:
            yield warning(starts[0], f"The ad-hoc sub-process {node.title!r} has a start event.", "Delete it.")
        elif len(starts) > 1:
            yield error(node, f"The sub-process {node.title!r} has {len(starts)} start events.", "Keep one.")
        for start in starts:
            if start.trigger is not None:
                what = f"The start event of sub-process {node.title!r} has a trigger."
                yield error(start, what, "Remove the trigger, or make it an event sub-process.")


def event_sub_process_start(definition: Definition) -> Iterator[Remark]:
    """An event sub-process has exactly one start event (§10.3.5)."""
    inside = _by_scope(definition)
    for node in definition.nodes.values():
        if not node.triggered_by_event:
            continue
        starts = [inner for inner in inside.get(node.id, []) if inner.type == "startEvent"]
        if len(starts) != 1:
            what = f"The event sub-process {node.title!r} has {len(starts)} start events, not one."
            yield error(node, what, "Draw exactly one start event with a trigger in it.")


def default_flow(definition: Definition) -> Iterator[Remark]:
    """A default flow leaves its own node and has no condition (§10.6.2)."""
    for node in definition.nodes.values():
        if node.default and node.default not in node.outgoing:
            what = f"The default flow {node.default!r} does not leave {node.title!r}."
            yield error(node, what, "Choose one of its own flows.")
        elif node.default and definition.flows[node.default].condition:
            what = f"The default flow of {node.title!r} has a condition, which is never read."
            yield warning(definition.flows[node.default], what, "Delete the condition or the default mark.")


def undecided_gateway(definition: Definition) -> Iterator[Remark]:
    """Every way out of a deciding gateway has a condition, or is its default."""
    for node in definition.nodes.values():
        if node.type not in ("exclusiveGateway", "inclusiveGateway") or len(node.outgoing) < 2:
            continue
        flows = [definition.flows[name] for name in node.outgoing]
        bare = [flow for flow in flows if flow.condition is None and flow.id != node.default]
        yield from _bare_flows(node, bare)


def _bare_flows(node: FlowNode, bare: Sequence[SequenceFlow]) -> Iterator[Remark]:
    """One bare flow out of an exclusive gateway can only be its default; out of an inclusive one each is taken."""
    for flow in bare:
        what = f"A flow out of the gateway {node.title!r} has neither a condition nor the default mark."
        if node.type == "exclusiveGateway" and (len(bare) > 1 or node.default):
            yield error(flow, what, "Write a condition or make it the default flow.")
        else:
            meaning = "the default" if node.type == "exclusiveGateway" else "always taken"
            yield warning(flow, f"{what} It is {meaning}.", "Write a condition or make it the default flow.")


def useless_condition(definition: Definition) -> Iterator[Remark]:
    """A condition counts only after an activity, an exclusive or an inclusive gateway (§10.6)."""
    for flow in definition.flows.values():
        node = definition.nodes.get(flow.source)
        if flow.condition and node and node.type in ("parallelGateway", "eventBasedGateway"):
            yield warning(flow, f"A {node.type} never reads this condition.", "Delete it, or use an exclusive gateway.")
        elif flow.condition and node and node.type.endswith("Event"):
            what = f"A condition behind the {node.type} {node.title!r} is not allowed by the standard; it is read."
            yield warning(flow, what, "Put an exclusive gateway behind the event.")


_LADDERED = frozenset(
    {
        "userTask",
        "serviceTask",
        "sendTask",
        "businessRuleTask",
        "receiveTask",
        "callActivity",
        "intermediateCatchEvent",
        "eventBasedGateway",
    }
)


def property_without_effect(definition: Definition) -> Iterator[Remark]:
    """`escalation` and `expectedDuration` stand on something that waits; behind an event gateway, on the gateway."""
    for node in definition.nodes.values():
        if not (node.rungs or node.expected_duration):
            continue
        if node.type not in _LADDERED:
            what = f"escalation and expectedDuration have no effect on the {node.type} {node.title!r}."
            yield error(node, what, "Set them on a task, catch event, event-based gateway or call activity.")
        elif _event_gateways(definition, node):
            what = f"{node.title!r} stands behind an event-based gateway, which does the waiting."
            yield error(node, what, "Set escalation and expectedDuration on the gateway.")


def _event_gateways(definition: Definition, node: FlowNode) -> list[FlowNode]:
    before = [definition.nodes.get(definition.flows[flow].source) for flow in node.incoming]
    return [gateway for gateway in before if gateway and gateway.type == "eventBasedGateway"]


RULES: Mapping[str, Rule] = {
    "dangling-flow": dangling_flow,
    "flow-crosses-border": flow_crosses_border,
    "flow-ends": flow_ends,
    "start-without-flow": start_without_flow,
    "scope-without-start": scope_without_start,
    "embedded-start": embedded_start,
    "event-sub-process-start": event_sub_process_start,
    "error-interrupts": event_rules.error_interrupts,
    "attached-to-activity": event_rules.attached_to_activity,
    "default-flow": default_flow,
    "undecided-gateway": undecided_gateway,
    "useless-condition": useless_condition,
    "event-gateway-targets": event_rules.event_gateway_targets,
    "link-pairs": event_rules.link_pairs,
    "compensation-target": event_rules.compensation_target,
    "compensation-handler": event_rules.compensation_handler,
    "compensation-of-a-process": event_rules.compensation_of_a_process,
    "cancel-in-transaction": event_rules.cancel_in_transaction,
    "complex-gateway-condition": event_rules.complex_gateway_condition,
    "instantiating-node": event_rules.instantiating_node,
    "property-without-effect": property_without_effect,
}
"""Every rule by the name that its findings carry."""
