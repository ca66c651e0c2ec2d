"""What happens when an event occurs that somebody listens for? The listener's place in the diagram decides.

A boundary event ends or accompanies its activity, the start of an event sub-process ends or accompanies its scope,
an event behind a gateway chooses the way, and any other catch event goes on (§13.5.2 to §13.5.4).
"""

from pathways.bpmn.model import FlowNode, MultipleTrigger, parts
from workflows.engine import catching, lifecycle
from workflows.engine.expressions import Stopped
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def occur(run: Run, at: Activation, node: FlowNode, variables: Values, *, part: int = 0) -> None:
    """Let the event that `node` catches occur on behalf of the activation `at` that listened.

    `part`: which event definition of the node it was; a parallel multiple event waits until all have occurred.
    """
    if isinstance(node.trigger, MultipleTrigger) and node.trigger.parallel:
        if not _all_arrived(run, at, node, variables, part):
            return
        at, variables = run.activations[at.id], {}
    if at.element == node.id:
        lifecycle.finish(run, at.id, variables)
    elif node.type == "boundaryEvent":
        _at_boundary(run, at, node, variables)
    elif node.type == "startEvent":
        _start_event_sub_process(run, at, node, variables)
    else:
        _behind_gateway(run, at, node, variables)


def urgency(run: Run, node: FlowNode, activation: str) -> tuple[bool, int, str, str]:
    """Order those that one occurrence reaches: interrupting events of outer scopes first, whatever the XML says."""
    interrupts = node.interrupting and node.type in ("boundaryEvent", "startEvent")
    depth = sum(1 for _ in run.scopes(activation)) - (node.type == "boundaryEvent")
    return not interrupts, depth, node.id, activation


def _all_arrived(run: Run, at: Activation, node: FlowNode, variables: Values, part: int) -> bool:
    """Note one event of a parallel multiple event; when it was the last, all are awaited anew."""
    every = {f"{node.id}:{number}" for number in range(len(parts(node.trigger)))}
    arrived = {*at.arrived, f"{node.id}:{part}"}
    run.set_outward(at.scope or at.id, variables)
    catching.stop_part(run, at, node, part)
    complete = every <= arrived
    at = run.change(run.activations[at.id], arrived=tuple(sorted(arrived - every if complete else arrived)))
    if complete and not node.interrupting:
        _await_anew(run, at, node)
    return complete


def _await_anew(run: Run, at: Activation, node: FlowNode) -> None:
    """Wait for all parts of a parallel multiple event again; what cannot be waited for is an incident of the case."""
    try:
        catching.listen(run, at, node)
    except Stopped as stop:
        lifecycle.raise_incident(run, run.root, stop)


def _at_boundary(run: Run, at: Activation, node: FlowNode, variables: Values) -> None:
    """Interrupt the activity before anything else moves, or leave it running (§13.5.3)."""
    if node.interrupting:
        lifecycle.terminate(run, at.id)
    lifecycle.activate(run, node, at.scope, fired=variables)


def _start_event_sub_process(run: Run, at: Activation, node: FlowNode, variables: Values) -> None:
    """Start the event sub-process inside the scope `at`; an interrupting one first ends all else in it (§13.5.4)."""
    sub_process = run.node(node.scope)
    if node.interrupting:
        lifecycle.empty_scope(run, at.id)
        catching.stop_event_sub_processes(run, at)
    lifecycle.activate(run, sub_process, at.id, fired=variables)


def _behind_gateway(run: Run, at: Activation, node: FlowNode, variables: Values) -> None:
    """Take the one way whose event occurred; the others stop listening (§13.4.4).

    A parallel gateway, which starts cases, takes each way as its event occurs and is done with the last of them.
    """
    gateway = run.node(at.element)
    flow = next(flow for flow in gateway.outgoing if run.flow(flow).target == node.id)
    if gateway.parallel_events:
        for part in range(len(parts(node.trigger))):
            catching.stop_part(run, at, node, part)
        at = run.change(run.activations[at.id], arrived=(*at.arrived, flow))
    if not gateway.parallel_events or set(gateway.outgoing) <= set(at.arrived):
        lifecycle.finish(run, at.id, {})
    lifecycle.take(run, run.flow(flow), at.scope, fired=variables)
