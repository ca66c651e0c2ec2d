"""Complex gateway: goes on when its condition says so, then waits for the rest (BPMN 2.0.2 §10.6.5, §13.4.5).

Its activation condition and the conditions behind it see `activationCount` (tokens that have arrived), the tokens of
each incoming sequence flow by its id, and `waitingForStart`. When it goes on it takes one token from every incoming
flow that has one; it begins anew when a token came from every other flow, or none can come any more.
"""

from pathways.bpmn.model import FlowNode, SequenceFlow
from workflows.engine import lifecycle, reachability
from workflows.engine.expressions import Stopped, decides, evaluate
from workflows.engine.run import Arrival, Run, Values
from workflows.engine.state import Activation


def arrive(run: Run, arrival: Arrival) -> bool:
    """Keep the token on its flow; go on when the activation condition holds and no earlier round is open."""
    lifecycle.park(run, arrival)
    return _open_round(run, arrival.node, arrival.scope) is None and _may_start(run, arrival.node, arrival.scope)


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Take the tokens that are there and go on; then wait for the other flows.

    After an incident its condition may no longer hold: then the tokens wait on, as if it had never begun.
    """
    node = run.node(at.element)
    waiting = run.tokens_at(node, at.scope)
    if not _is_active(run, at, node):
        lifecycle.terminate(run, at.id)
        return
    chosen = _chosen(run, at, node, _names(run, node, at.scope, waiting_for_start=True))
    for flow in waiting:
        run.take_token(flow, at.scope)
    at = run.change(run.activations[at.id], arrived=tuple(sorted(waiting)) or ("start",))
    for taken in chosen:
        lifecycle.take(run, taken, at.scope)
    if set(node.incoming) <= set(at.arrived):
        lifecycle.finish(run, at.id, {})


def join(run: Run, node: FlowNode, scope: str) -> bool:
    """Begin anew when nothing more is expected, or go on with tokens that had to wait for that."""
    at = _open_round(run, node, scope)
    if at is None:
        if not run.tokens_at(node, scope) or not _may_start(run, node, scope):
            return False
        lifecycle.activate(run, node, scope)
        return True
    stopped = {incident.activation for incident in run.incidents.values()}
    if at.id in stopped or not at.arrived:
        return False
    return _reset(run, at, node)


def _reset(run: Run, at: Activation, node: FlowNode) -> bool:
    waiting = [flow for flow in run.tokens_at(node, at.scope) if flow not in at.arrived]
    missing = [flow for flow in node.incoming if flow not in (*waiting, *at.arrived)]
    if missing and reachability.more_can_come(run, node, at.scope, [*waiting, *at.arrived], missing):
        return False
    names = _names(run, node, at.scope, waiting_for_start=False)
    try:
        flows = [flow for flow in _conditional(run, node) if _holds(run, at, flow, names)]
    except Stopped as stop:
        lifecycle.raise_incident(run, at.id, stop)
        return True
    for flow in waiting:
        run.take_token(flow, at.scope)
    lifecycle.finish(run, at.id, {})
    for chosen in flows:
        lifecycle.take(run, chosen, at.scope)
    return True


def _open_round(run: Run, node: FlowNode, scope: str) -> Activation | None:
    return next((at for at in run.children(scope) if at.element == node.id), None)


def _may_start(run: Run, node: FlowNode, scope: str) -> bool:
    """Say whether the condition holds; one that cannot be decided also goes on, to become an incident there."""
    if node.activation_condition is None:
        return True
    names = _names(run, node, scope, waiting_for_start=True)
    try:
        return evaluate(run, scope, node.activation_condition, names).value is not False
    except Stopped:
        return True


def _is_active(run: Run, at: Activation, node: FlowNode) -> bool:
    names = _names(run, node, at.scope, waiting_for_start=True)
    condition = node.activation_condition
    return condition is None or decides(run, at, condition, "activation condition", names)


def _names(run: Run, node: FlowNode, scope: str, *, waiting_for_start: bool) -> Values:
    waiting = run.tokens_at(node, scope)
    each = {flow: waiting.get(flow, 0) for flow in sorted(node.incoming)}
    return {**each, "activationCount": sum(waiting.values()), "waitingForStart": waiting_for_start}


def _chosen(run: Run, at: Activation, node: FlowNode, names: Values) -> list[SequenceFlow]:
    flows = [run.flow(flow) for flow in node.outgoing if flow != node.default]
    chosen = [flow for flow in flows if flow.condition is None or _holds(run, at, flow, names)]
    return chosen or (lifecycle.default_flow(run, at) if node.outgoing else [])


def _conditional(run: Run, node: FlowNode) -> list[SequenceFlow]:
    """The flows that may also be taken when the gateway begins anew: those whose condition says so."""
    flows = [run.flow(flow) for flow in node.outgoing if flow != node.default]
    return [flow for flow in flows if flow.condition is not None]


def _holds(run: Run, at: Activation, flow: SequenceFlow, names: Values) -> bool:
    return decides(run, at, flow.condition or "true", f"condition of flow {flow.id}", names)


def select(run: Run, at: Activation) -> list[SequenceFlow]:
    """Choose nothing here: each phase has taken its own flows."""
    del run, at
    return []
