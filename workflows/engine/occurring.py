"""What happens when an event occurs that somebody listens for? The listener's place in the diagram decides.

A boundary event ends or accompanies its activity, the start of an event sub-process ends or accompanies its scope,
an event behind a gateway chooses the way, and any other catch event goes on (§13.5.2 to §13.5.4).
"""

from pathways.bpmn.model import FlowNode
from workflows.engine import catching, lifecycle
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def occur(run: Run, at: Activation, node: FlowNode, variables: Values) -> None:
    """Let the event that `node` catches occur on behalf of the activation `at` that listened."""
    if node.type == "boundaryEvent":
        _at_boundary(run, at, node, variables)
    elif node.type == "startEvent":
        _start_event_sub_process(run, at, node, variables)
    elif at.element != node.id:
        _behind_gateway(run, at, node, variables)
    else:
        lifecycle.finish(run, at.id, variables)


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
    """Take the one way whose event occurred; the others stop listening (§13.4.4)."""
    flow = next(flow for flow in run.node(at.element).outgoing if run.flow(flow).target == node.id)
    lifecycle.finish(run, at.id, {})
    lifecycle.take(run, run.flow(flow), at.scope, fired=variables)
