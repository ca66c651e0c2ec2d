"""Are events used as the standard allows? Boundary events, links, compensation, transactions, event gateways."""

from collections import Counter
from collections.abc import Container, Iterator

from pathways.bpmn.model import (
    CancelTrigger,
    CompensationTrigger,
    Definition,
    ErrorTrigger,
    FlowNode,
    LinkTrigger,
    parts,
)
from pathways.bpmn.remark import Remark, error, warning
from pathways.near import suggestion


def error_interrupts(definition: Definition) -> Iterator[Remark]:
    """Catching an error always interrupts (§10.5.2, §10.5.4)."""
    for node in definition.nodes.values():
        if any(isinstance(part, ErrorTrigger) for part in parts(node.trigger)) and not node.interrupting:
            what = f"The error event {node.title!r} is drawn as non-interrupting."
            yield error(node, what, "Make it interrupting, or use an escalation.")


def attached_to_activity(definition: Definition) -> Iterator[Remark]:
    """A boundary event is attached to an activity of its own scope (§10.5.4)."""
    for node in definition.nodes.values():
        if node.type != "boundaryEvent":
            continue
        host = definition.nodes.get(node.attached_to or "")
        if host is None or not host.is_activity or host.scope != node.scope or host.triggered_by_event:
            to = f"to {node.attached_to!r}, which is no activity here" if node.attached_to else "to nothing"
            near = suggestion(node.attached_to or "", definition.nodes)
            what = f"The boundary event {node.title!r} is attached {to}."
            yield error(node, what, f"{near}Attach it to an activity in the modeler.")


def event_gateway_targets(definition: Definition) -> Iterator[Remark]:
    """An event-based gateway leads to at least two message or timer catch events or receive tasks (§10.6.6)."""
    hosts = {node.attached_to for node in definition.nodes.values()}
    for node in definition.nodes.values():
        if node.type != "eventBasedGateway":
            continue
        if len(node.outgoing) < 2:
            yield warning(node, f"The event-based gateway {node.title!r} waits for fewer than two events.", "Add one.")
        for target in (definition.nodes.get(definition.flows[flow].target) for flow in node.outgoing):
            yield from _behind(node, target, hosts) if target else ()


def _behind(gateway: FlowNode, target: FlowNode, hosts: Container[str | None]) -> Iterator[Remark]:
    if not (target.type == "receiveTask" or _catches(target)):
        what = f"{target.title!r} behind the event-based gateway {gateway.title!r} catches nothing."
        yield error(target, what, "Put a catch event between them.")
    elif len(target.incoming) > 1:
        what = f"{target.title!r} behind an event-based gateway has other incoming flows."
        yield warning(target, what, "Give the gateway its own catch event.")
    if target.id in hosts:
        what = f"{target.title!r} stands behind an event-based gateway: its boundary events never occur."
        yield warning(target, what, "Draw another catch event behind the gateway instead.")


def _catches(node: FlowNode) -> bool:
    kinds = {part.kind for part in parts(node.trigger)}
    return node.type == "intermediateCatchEvent" and bool(kinds) and "link" not in kinds


def link_pairs(definition: Definition) -> Iterator[Remark]:
    """Every throwing link has exactly one catching link of its name in its scope (§10.5.5)."""
    links = [node for node in definition.nodes.values() if isinstance(node.trigger, LinkTrigger)]
    catches = Counter((n.scope, n.trigger) for n in links if n.type == "intermediateCatchEvent")
    throws = Counter((n.scope, n.trigger) for n in links if n.type == "intermediateThrowEvent")
    for node in links:
        place = (node.scope, node.trigger)
        if node.type == "intermediateThrowEvent":
            yield from _throwing_link(node, catches[place])
        elif node.type == "intermediateCatchEvent":
            yield from _catching_link(node, catches[place], throws[place])


def _throwing_link(node: FlowNode, catches: int) -> Iterator[Remark]:
    if not catches:
        yield error(node, f"The link {node.title!r} leads nowhere.", "Draw a catching link of the same name.")
    elif node.outgoing:
        what = f"The link {node.title!r} jumps, but a sequence flow leaves it too."
        yield error(node, what, "Delete the flow or the link.")


def _catching_link(node: FlowNode, catches: int, throws: int) -> Iterator[Remark]:
    if catches > 1:
        yield error(node, f"{catches} catching links are called {node.title!r}.", "Give each its own name.")
    elif not throws and not node.incoming:
        yield warning(node, f"Nothing leads to the link {node.title!r}.", "Draw a throwing link of the same name.")
    if node.incoming:
        what = f"A sequence flow leads into the catching link {node.title!r}."
        yield warning(node, what, "Let it lead to a throwing link.")


def compensation_target(definition: Definition) -> Iterator[Remark]:
    """A compensation event names an activity of the file, or none (§10.5.5)."""
    for node in definition.nodes.values():
        for part in parts(node.trigger):
            if isinstance(part, CompensationTrigger) and part.activity:
                target = definition.nodes.get(part.activity)
                if target is None or not target.is_activity:
                    what = f"{node.title!r} compensates {part.activity!r}, which is no activity of the file."
                    yield error(node, what, "Choose an activity that has a compensation handler.")


def compensation_handler(definition: Definition) -> Iterator[Remark]:
    """An association leads from a compensation boundary event to its handler, and nothing else does (§10.7)."""
    for node in definition.nodes.values():
        if node.type == "boundaryEvent" and isinstance(node.trigger, CompensationTrigger):
            host = definition.nodes.get(node.attached_to or "")
            if host is not None and host.compensated_by is None:
                what = f"The compensation event on {host.title!r} has no handler: nothing would undo it."
                yield warning(node, what, "Connect it to a compensation activity with an association.")
            if node.outgoing:
                what = f"A sequence flow leaves the compensation event {node.title!r}: it is never taken."
                yield warning(node, what, "Delete it: an association leads to the handler.")
        if node.for_compensation and (node.incoming or node.outgoing):
            what = f"The compensation handler {node.title!r} has sequence flows."
            yield error(node, what, "Delete them: it runs only when its activity is compensated.")


def compensation_of_a_process(definition: Definition) -> Iterator[Remark]:
    """A compensation event sub-process stands in a sub-process: nothing undoes a whole process (§10.7)."""
    processes = {process.id for process in definition.processes}
    for node in definition.nodes.values():
        scope = definition.nodes.get(node.scope)
        by_event = node.type == "startEvent" and scope is not None and scope.triggered_by_event
        if by_event and isinstance(node.trigger, CompensationTrigger) and scope and scope.scope in processes:
            what = f"Nothing would ever start {scope.title!r}: a process as a whole is never compensated."
            yield error(scope, what, "Put it into a sub-process, or attach a handler to the call activity.")


def cancel_in_transaction(definition: Definition) -> Iterator[Remark]:
    """A cancel end event stands in a transaction, a cancel boundary event on one (§10.3.5)."""
    for node in definition.nodes.values():
        if not any(isinstance(part, CancelTrigger) for part in parts(node.trigger)):
            continue
        host = definition.nodes.get(node.attached_to or "")
        if node.type == "boundaryEvent" and (host is None or host.type != "transaction"):
            yield error(node, f"The cancel event {node.title!r} is not on a transaction.", "Attach it to one.")
        if node.type == "endEvent" and not _in_transaction(definition, node):
            what = f"The cancel end event {node.title!r} is not inside a transaction."
            yield error(node, what, "Put it into one, or use an error end event.")


def _in_transaction(definition: Definition, node: FlowNode) -> bool:
    around = definition.nodes.get(node.scope)
    while around is not None and around.type != "transaction":
        around = definition.nodes.get(around.scope)
    return around is not None


def complex_gateway_condition(definition: Definition) -> Iterator[Remark]:
    """A complex gateway with several incoming flows says when it activates (§10.6.5)."""
    for node in definition.nodes.values():
        if node.type == "complexGateway" and len(node.incoming) > 1 and node.activation_condition is None:
            what = f"When does the complex gateway {node.title!r} go on? It has no activationCondition."
            yield error(node, what, "Write one, such as `activationCount >= 2`.")


def instantiating_node(definition: Definition) -> Iterator[Remark]:
    """Nothing leads to a receive task or event-based gateway that starts cases (§10.3.3, §10.6.6)."""
    for node in definition.nodes.values():
        if node.instantiate and (node.incoming or node.scope in definition.nodes):
            what = f"{node.title!r} starts cases, but it is reached inside a case: there it just waits."
            yield warning(node, what, "Delete the flows into it, or the `instantiate` mark.")
