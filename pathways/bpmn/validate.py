"""Is a definition sound to run? Named rules, one small function each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pathways.bpmn.findings import Finding, Severity
from pathways.bpmn.model import (
    Definition,
    ErrorTrigger,
    FlowNode,
    MessageTrigger,
    Process,
    SequenceFlow,
    TimerTrigger,
)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule says about one place, before the rule's name and the file are known."""

    severity: Severity
    about: FlowNode | SequenceFlow | Process
    message: str
    remedy: str


Rule = Callable[[Definition], Iterator[Remark]]


def validate(definition: Definition, *, file: str) -> tuple[Finding, ...]:
    """Apply every rule."""
    return tuple(
        Finding(name, remark.severity, file, remark.about.line, remark.about.id, remark.message, remark.remedy)
        for name, rule in RULES.items()
        for remark in rule(definition)
    )


def _error(about: FlowNode | SequenceFlow | Process, message: str, remedy: str) -> Remark:
    return Remark("error", about, message, remedy)


def _warning(about: FlowNode | SequenceFlow | Process, message: str, remedy: str) -> Remark:
    return Remark("warning", about, message, remedy)


def dangling_flow(definition: Definition) -> Iterator[Remark]:
    """A sequence flow connects two flow nodes of the file."""
    for flow in definition.flows.values():
        for role, end in (("source", flow.source), ("target", flow.target)):
            if end not in definition.nodes:
                what = f"The {role} {end!r} of this sequence flow is not a flow node of the file."
                yield _error(flow, what, "Connect it in the modeler or delete it.")


def flow_crosses_border(definition: Definition) -> Iterator[Remark]:
    """A sequence flow stays inside one process or sub-process (§10.3.5)."""
    for flow in definition.flows.values():
        scopes = {definition.nodes[end].scope for end in (flow.source, flow.target) if end in definition.nodes}
        if len(scopes) > 1:
            what = "This sequence flow crosses the border of a sub-process or process."
            yield _error(flow, what, "Use a boundary event, or a message between processes.")


def flow_ends(definition: Definition) -> Iterator[Remark]:
    """Nothing flows into a start event, a boundary event or an event sub-process, nor out of an end event."""
    for node in definition.nodes.values():
        if node.incoming and (node.type in ("startEvent", "boundaryEvent") or node.triggered_by_event):
            yield _error(node, f"A sequence flow leads into {_a(node)}.", "Delete the flow.")
        if node.outgoing and (node.type == "endEvent" or node.triggered_by_event):
            yield _error(node, f"A sequence flow leads out of {_a(node)}.", "Delete the flow.")


def _a(node: FlowNode) -> str:
    return f"the event sub-process {node.title!r}" if node.triggered_by_event else f"the {node.type} {node.title!r}"


def start_without_flow(definition: Definition) -> Iterator[Remark]:
    """A start or boundary event leads somewhere."""
    for node in definition.nodes.values():
        if node.type in ("startEvent", "boundaryEvent") and not node.outgoing:
            yield _error(node, f"Nothing follows the {node.type} {node.title!r}.", "Connect it to what happens next.")


def process_without_start(definition: Definition) -> Iterator[Remark]:
    """A process begins at a start event."""
    for process in definition.processes:
        if not any(node.type == "startEvent" for node in _inside(definition, process.id)):
            yield _error(process, f"The process {process.id!r} has no start event.", "Draw a start event.")


def _inside(definition: Definition, scope: str) -> list[FlowNode]:
    return [node for node in definition.nodes.values() if node.scope == scope]


def embedded_start(definition: Definition) -> Iterator[Remark]:
    """An embedded sub-process has exactly one start event, a none start event (§10.3.5)."""
    for node in definition.nodes.values():
        if node.type != "subProcess" or node.triggered_by_event:
            continue
        starts = [inner for inner in _inside(definition, node.id) if inner.type == "startEvent"]
        if len(starts) > 1:
            yield _error(node, f"The sub-process {node.title!r} has {len(starts)} start events.", "Keep one.")
        for start in starts:
            if start.trigger is not None:
                what = f"The start event of sub-process {node.title!r} has a trigger."
                yield _error(start, what, "Remove the trigger, or make it an event sub-process.")
        if not starts:
            yield _error(node, f"The sub-process {node.title!r} has no start event.", "Draw a start event in it.")


def event_sub_process_start(definition: Definition) -> Iterator[Remark]:
    """An event sub-process has exactly one start event (§10.3.5)."""
    for node in definition.nodes.values():
        if not node.triggered_by_event:
            continue
        starts = [inner for inner in _inside(definition, node.id) if inner.type == "startEvent"]
        if len(starts) != 1:
            what = f"The event sub-process {node.title!r} has {len(starts)} start events, not one."
            yield _error(node, what, "Draw exactly one start event with a trigger in it.")


def error_interrupts(definition: Definition) -> Iterator[Remark]:
    """Catching an error always interrupts (§10.5.2, §10.5.4)."""
    for node in definition.nodes.values():
        if isinstance(node.trigger, ErrorTrigger) and not node.interrupting:
            what = f"The error event {node.title!r} is drawn as non-interrupting."
            yield _error(node, what, "Make it interrupting, or use an escalation.")


def attached_to_activity(definition: Definition) -> Iterator[Remark]:
    """A boundary event is attached to an activity of its own scope (§10.5.4)."""
    for node in definition.nodes.values():
        if node.type != "boundaryEvent":
            continue
        host = definition.nodes.get(node.attached_to or "")
        if host is None or not host.is_activity or host.scope != node.scope or host.triggered_by_event:
            what = f"The boundary event {node.title!r} is attached to {node.attached_to!r}, which is no activity here."
            yield _error(node, what, "Attach it to an activity in the modeler.")


def default_flow(definition: Definition) -> Iterator[Remark]:
    """A default flow leaves its own node and has no condition (§10.6.2)."""
    for node in definition.nodes.values():
        if node.default and node.default not in node.outgoing:
            what = f"The default flow {node.default!r} does not leave {node.title!r}."
            yield _error(node, what, "Choose one of its own flows.")
        elif node.default and definition.flows[node.default].condition:
            what = f"The default flow of {node.title!r} has a condition, which is never read."
            yield _error(definition.flows[node.default], what, "Delete the condition or the default mark.")


def undecided_gateway(definition: Definition) -> Iterator[Remark]:
    """Every way out of a deciding gateway has a condition, or is its default."""
    for node in definition.nodes.values():
        if node.type not in ("exclusiveGateway", "inclusiveGateway") or len(node.outgoing) < 2:
            continue
        flows = [definition.flows[name] for name in node.outgoing]
        for flow in (flow for flow in flows if flow.condition is None and flow.id != node.default):
            what = f"A flow out of the gateway {node.title!r} has neither a condition nor the default mark."
            yield _error(flow, what, "Write a condition or make it the default flow.")
        if node.default is None and all(flow.condition != "true" for flow in flows):
            what = f"The gateway {node.title!r} has no default flow: when no condition is true, the case stops there."
            yield _warning(node, what, "Mark one flow as default.")


def useless_condition(definition: Definition) -> Iterator[Remark]:
    """A condition counts only after an activity, an exclusive or an inclusive gateway (§10.6)."""
    for flow in definition.flows.values():
        node = definition.nodes.get(flow.source)
        if flow.condition and node and node.type in ("parallelGateway", "eventBasedGateway"):
            yield _warning(
                flow, f"A {node.type} never reads this condition.", "Delete it, or use an exclusive gateway."
            )
        elif flow.condition and node and node.type.endswith("Event"):
            what = f"A condition behind the {node.type} {node.title!r} is not allowed."
            yield _error(flow, what, "Put an exclusive gateway behind the event.")


def event_gateway_targets(definition: Definition) -> Iterator[Remark]:
    """An event-based gateway leads to at least two message or timer catch events or receive tasks (§10.6.6)."""
    for node in definition.nodes.values():
        if node.type != "eventBasedGateway":
            continue
        if len(node.outgoing) < 2:
            yield _error(node, f"The event-based gateway {node.title!r} waits for fewer than two events.", "Add one.")
        for target in (definition.nodes.get(definition.flows[flow].target) for flow in node.outgoing):
            if target and target.type not in ("intermediateCatchEvent", "receiveTask"):
                what = f"{target.title!r} behind the event-based gateway {node.title!r} catches nothing."
                yield _error(target, what, "Put a message or timer catch event between them.")
            elif target and len(target.incoming) > 1:
                what = f"{target.title!r} behind an event-based gateway has other incoming flows."
                yield _error(target, what, "Give the gateway its own catch event.")


def uncorrelated_message(definition: Definition) -> Iterator[Remark]:
    """A message needs a correlation key, unless it starts a case or a worker sends it."""
    for node in definition.nodes.values():
        message = node.trigger
        starts_case = node.type == "startEvent" and node.scope not in definition.nodes
        if isinstance(message, MessageTrigger) and not (message.correlation_key or node.work or starts_case):
            what = f"Which case is message {message.name!r} for? It has no correlation key."
            yield _error(node, what, "Set the subscription correlation key of the message.")


def unreachable(definition: Definition) -> Iterator[Remark]:
    """Every flow node can be reached from a start event, a boundary event or an event sub-process."""
    reached = _reached(definition)
    for node in definition.nodes.values():
        if node.id not in reached:
            yield _warning(node, f"Nothing ever reaches {node.title!r}.", "Connect it or delete it.")


def _reached(definition: Definition) -> set[str]:
    after: Mapping[str, list[str]] = {node: [] for node in definition.nodes}
    for node in definition.nodes.values():
        after[node.id].extend(definition.flows[flow].target for flow in node.outgoing)
        if node.attached_to and node.attached_to in after:
            after[node.attached_to].append(node.id)
        if node.scope in after and (node.type == "startEvent" or node.triggered_by_event):
            after[node.scope].append(node.id)
    processes = {process.id for process in definition.processes}
    waiting = [
        node.id
        for node in definition.nodes.values()
        if node.scope in processes and (node.type == "startEvent" or node.triggered_by_event)
    ]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached and name in after:
            reached.add(name)
            waiting.extend(after[name])
    return reached


def silent_wait(definition: Definition) -> Iterator[Remark]:
    """Whatever waits says who is told when nothing comes: a role, and a time."""
    for node in definition.nodes.values():
        user = node.user
        if node.type == "userTask" and not (user and (user.assignee or user.candidate_groups or user.candidate_users)):
            what = f"Nobody is asked to do the user task {node.title!r}."
            yield _warning(node, what, "Put it into a lane or set its candidate groups.")
        if _waits_for_message(node) and not _has_time_limit(definition, node):
            what = f"{node.title!r} may wait for ever and nobody is told."
            yield _warning(node, what, "Set `expectedDuration` and `escalation`, or put a timer beside it.")


def _waits_for_message(node: FlowNode) -> bool:
    return node.type == "receiveTask" or (
        node.type == "intermediateCatchEvent" and isinstance(node.trigger, MessageTrigger)
    )


def _has_time_limit(definition: Definition, node: FlowNode) -> bool:
    """Its own ladder or expected duration, a timer on its border, or a time limit at the event gateway before it."""
    gateways = _event_gateways(definition, node)
    if any(waiting.ladder or waiting.expected_duration for waiting in (node, *gateways)):
        return True
    beside = [definition.nodes.get(definition.flows[flow].target) for gate in gateways for flow in gate.outgoing]
    border = [other for other in definition.nodes.values() if other.attached_to == node.id]
    return any(other and isinstance(other.trigger, TimerTrigger) for other in (*beside, *border))


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
        if not (node.ladder or node.expected_duration):
            continue
        if node.type not in _LADDERED:
            what = f"escalation and expectedDuration have no effect on the {node.type} {node.title!r}."
            yield _error(node, what, "Set them on a task, catch event, event-based gateway or call activity.")
        elif _event_gateways(definition, node):
            what = f"{node.title!r} stands behind an event-based gateway, which does the waiting."
            yield _error(node, what, "Set escalation and expectedDuration on the gateway.")


def _event_gateways(definition: Definition, node: FlowNode) -> list[FlowNode]:
    before = [definition.nodes.get(definition.flows[flow].source) for flow in node.incoming]
    return [gateway for gateway in before if gateway and gateway.type == "eventBasedGateway"]


def task_without_due_date(definition: Definition) -> Iterator[Remark]:
    """A user task says by when it is done."""
    for node in definition.nodes.values():
        if node.user and not node.user.due_date and not node.expected_duration:
            what = f"The user task {node.title!r} has no due date: it is never overdue."
            yield _warning(node, what, "Set a due date or `expectedDuration`.")


def nameless_event(definition: Definition) -> Iterator[Remark]:
    """An intermediate or boundary event has a name that people can read."""
    for node in definition.nodes.values():
        if node.type in ("intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent") and not node.name:
            yield Remark("info", node, f"The {node.type} {node.id!r} has no name.", "Name it.")


RULES: Mapping[str, Rule] = {
    "dangling-flow": dangling_flow,
    "flow-crosses-border": flow_crosses_border,
    "flow-ends": flow_ends,
    "start-without-flow": start_without_flow,
    "process-without-start": process_without_start,
    "embedded-start": embedded_start,
    "event-sub-process-start": event_sub_process_start,
    "error-interrupts": error_interrupts,
    "attached-to-activity": attached_to_activity,
    "default-flow": default_flow,
    "undecided-gateway": undecided_gateway,
    "useless-condition": useless_condition,
    "event-gateway-targets": event_gateway_targets,
    "uncorrelated-message": uncorrelated_message,
    "property-without-effect": property_without_effect,
    "unreachable": unreachable,
    "silent-wait": silent_wait,
    "task-without-due-date": task_without_due_date,
    "nameless-event": nameless_event,
}
"""Every rule by the name that its findings carry."""
