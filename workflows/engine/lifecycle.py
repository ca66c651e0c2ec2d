"""How does an activation live? Arrive, begin, wait, finish or be terminated: the few moves all elements share.

    token → arrive → begin (inputs, boundary events) → element.enter → wait … → finish (outputs, choose flows) → take
                                                                              ↘ terminate (with all it holds)
Start listeners work after the inputs, end listeners after the outputs (`listeners.py`).
BPMN 2.0.2 §13.3 (activity lifecycle), §13.2 (scopes). An interrupted scope is gone before any other element moves.
"""

from collections import deque

from pathways.bpmn.model import FlowNode, Loop, MultiInstance, SequenceFlow, StandardLoop
from workflows.engine import catching, compensating, listeners, multi_instance, standard_loop, work
from workflows.engine.commands import RaiseIncident, Unsent
from workflows.engine.expressions import Stopped, holds, inputs_of, outputs_of
from workflows.engine.run import Arrival, Beginning, Run, Values
from workflows.engine.state import Activation, Incident, Listening, Stage

MOVES_PER_STEP = 5_000
"""Activations that one event may cause beyond one per node and per item; an endless loop would go on for ever."""


def activate(run: Run, node: FlowNode, scope: str, *, fired: Values | None = None) -> Activation:
    """Make a new activation of a node in a scope and begin it."""
    at = create(run, node, scope, stage="active")
    begin(run, at, fired=fired)
    return at


def create(
    run: Run, node: FlowNode, scope: str, *, stage: Stage = "entering", compensation: str | None = None
) -> Activation:
    """Make a new activation of a node in a scope, without beginning it."""
    at = run.add(Activation(run.number(node.id), node.id, scope, run.now, stage, compensation=compensation))
    run.fact("activated", at, scope=scope)
    run.moves += 1
    return at


def begin(run: Run, at: Activation, *, fired: Values | None = None) -> None:
    """Run an activation from its beginning: mappings, what may interrupt it, then the element itself."""
    node = run.node(at.element)
    try:
        if run.moves > MOVES_PER_STEP + len(run.definition.nodes):
            raise Stopped("loop", f"{run.moves - 1} activations in one step: a loop without a wait in it")
        if node.loop is not None and not multi_instance.is_instance(at):
            _begin_instances(run, at, node, node.loop)
            return
        if node.inputs or node.data_inputs:
            at = run.set_local(at, inputs_of(run, node, at))
        if not (node.listeners and listeners.begin(run, at, Listening("start", fired=fired))):
            enter(run, at, node, fired)
    except Stopped as stop:
        run.change(run.activations[at.id], stage="entering")
        raise_incident(run, at.id, stop)


def enter(run: Run, at: Activation, node: FlowNode, fired: Values | None) -> None:
    """Arm the boundary events; then the activation is active and the element itself acts (§13.3.2).

    Raises:
        Stopped: a boundary event cannot listen; what stops the element itself is an incident already.
    """
    if not multi_instance.is_instance(at):
        catching.listen_at_boundary(run, at, node)
    at = at if at.stage == "active" else run.change(at, stage="active", listening=None)
    try:
        run.behaviours[node.type].enter(run, at, fired)
    except Stopped as stop:
        raise_incident(run, at.id, stop)


def finish(run: Run, at_id: str, result: Values, *, actor: str = "") -> None:
    """Complete an activation: outputs outward, then a token on every chosen flow (§13.3.2)."""
    at = run.activations[at_id]
    node = run.node(at.element)
    if multi_instance.is_instance(at):
        _finish_instance(run, at, node, result, actor=actor)
    else:
        try:
            _write_outputs(run, at, node, result)
        except Stopped as stop:
            _stop_completing(run, at, stop, result)
            return
        if not (node.listeners and at.items is None and _end_listeners(run, at, result, actor)):
            _go_on(run, at, result, actor=actor)


def _end_listeners(run: Run, at: Activation, result: Values, actor: str) -> bool:
    return listeners.begin(run, at, Listening("end", result=result, actor=actor))


def complete(run: Run, at: Activation, result: Values, *, actor: str) -> None:
    """Leave an activation whose outputs are written and whose end listeners have answered."""
    if multi_instance.is_instance(at):
        _complete_instance(run, at, run.node(at.element), result, actor=actor)
    else:
        _go_on(run, at, result, actor=actor)


def _stop_completing(run: Run, at: Activation, stop: Stopped, result: Values) -> None:
    at = run.activations[at.id]
    run.change(at, stage="completing", outcome=(result or at.outcome) if at.task else {})
    raise_incident(run, at.id, stop)


def _record_completed(run: Run, at: Activation, result: Values, actor: str) -> None:
    """Note who completed it, with what; after an incident, who did before."""
    stopped = at.task if at.stage == "completing" else None
    who = actor or (stopped.assignee if stopped else "")
    run.fact("completed", at, actor=who, variables=dict(result or at.outcome) if at.task else {})


def _go_on(run: Run, at: Activation, result: Values, *, actor: str = "") -> None:
    """Choose the flows out of an activation whose outputs are written, and leave along them."""
    try:
        flows = run.behaviours[run.node(at.element).type].select(run, at)
    except Stopped as stop:
        _stop_completing(run, at, stop, result)
        return
    _record_completed(run, at, result, actor)
    record_end(run, at)
    compensating.remember(run, at)
    leave(run, at)
    for flow in flows:
        for _ in range(run.node(at.element).completion_quantity):
            take(run, flow, at.scope)
    _tell_scope(run, at)
    compensating.handler_left(run, at)


def _tell_scope(run: Run, at: Activation) -> None:
    """Tell the scope around an activation that it completed."""
    scope = run.activations.get(at.scope)
    node = run.definition.nodes.get(scope.element) if scope else None
    left = run.behaviours[node.type].left if node else None
    if scope is not None and left is not None and scope.items is None:
        try:
            left(run, scope, at)
        except Stopped as stop:
            raise_incident(run, scope.id, stop)


def take(run: Run, flow: SequenceFlow, scope: str, *, fired: Values | None = None) -> None:
    """Move a token along a sequence flow towards its target."""
    run.fact("taken", None, flow=flow.id)
    run.agenda.append(Arrival(run.node(flow.target), scope, flow.id, fired))


def select_flows(run: Run, at: Activation) -> list[SequenceFlow]:
    """Choose every outgoing flow whose condition holds, else the default: activities and events (§13.3.2)."""
    node = run.node(at.element)
    flows = [run.flow(flow) for flow in node.outgoing]
    chosen = [flow for flow in flows if flow.id != node.default and holds(run, at, flow)]
    if chosen or not flows:
        return chosen
    return default_flow(run, at)


def default_flow(run: Run, at: Activation) -> list[SequenceFlow]:
    """Give the default flow; without one a token would be lost, so that is an incident (§13.4.2)."""
    node = run.node(at.element)
    if node.default is not None:
        return [run.flow(node.default)]
    conditions = {flow: run.flow(flow).condition for flow in node.outgoing}
    values = ", ".join(f"`{condition}` is false" for condition in conditions.values())
    reason = f"no condition of {node.title!r} is true and it has no default flow: {values}"
    raise Stopped("no-flow", reason, conditions)


def terminate(run: Run, at_id: str) -> None:
    """End an activation and everything inside it, at once (§13.3.2 'Terminating')."""
    at = run.activations[at_id]
    empty_scope(run, at_id)
    compensating.forget(run, at)
    run.fact("terminated", at)
    work.withdraw(run, at)
    leave(run, at)
    compensating.handler_left(run, at)


def empty_scope(run: Run, scope: str, *, but: str = "") -> None:
    """Terminate everything inside a scope except the activation `but`; a compensation of it stops too."""
    compensating.stop(run, scope)
    for child in run.children(scope):
        if child.id != but and child.id in run.activations:
            terminate(run, child.id)
    run.tokens.pop(scope, None)
    kept = [move for move in run.agenda if not isinstance(move, Arrival) or move.scope != scope]
    run.agenda.clear()
    run.agenda.extend(kept)
    run.late = deque(move for move in run.late if move.scope != scope)
    run.dirty_scopes[scope] = None


def open_scope(run: Run, at: Activation) -> None:
    """Open a scope: its event sub-processes listen, then each start gets a token (§13.2, §13.3.4)."""
    at = run.set_local(at, dict.fromkeys(run.node(at.element).data_objects))
    catching.listen_for_event_sub_processes(run, at)
    for node in run.index.starts.get(at.element, ()):
        run.agenda.append(Arrival(node, at.id))
    run.dirty_scopes[at.id] = None


def record_wait(run: Run, at: Activation, kind: str, *, waits_for: str = "") -> None:
    """Say what a step waits for, and until when: nothing waits in silence."""
    node = run.node(at.element)
    own_timers = [timer.due_at for timer in run.timers_of(at.id) if timer.rung is None]
    until = at.due_at or min(own_timers, default=None)
    due_at = until.isoformat() if until else ""
    ladder = node.ladder.name if node.ladder else at.ladder
    run.fact("waiting", at, wait=kind, waits_for=waits_for, due_at=due_at, ladder=ladder, lane=node.responsible)


def raise_incident(run: Run, at_id: str, stop: Stopped, unsent: Unsent | None = None, *, undated: str = "") -> None:
    """Keep an activation where it is, until a person has repaired what stopped it."""
    at = run.activations.get(at_id)
    if at is None:
        return
    incident = Incident(run.number("incident"), at_id, stop.kind, stop.reason, run.now, unsent, undated)
    run.incidents[incident.id] = incident
    run.fact("incident_raised", at, incident=incident.id, kind=stop.kind, reason=stop.reason, read=stop.read)
    run.commands.append(RaiseIncident(incident.id, at_id, stop.reason))


def close_incident(run: Run, incident: Incident, *, actor: str = "", how: str = "gone", reason: str = "") -> None:
    """Take an incident off the list: `how` says why, and is one of the words of the fact `incident_resolved`."""
    del run.incidents[incident.id]
    at = run.activations.get(incident.activation)
    run.fact("incident_resolved", at, incident=incident.id, actor=actor, how=how, reason=reason)


def resume(run: Run, at_id: str) -> None:
    """Try again what an incident stopped: completing, the element itself, or its beginning."""
    at = run.activations[at_id]
    if at.listening is not None:
        listeners.proceed(run, at)
    elif at.stage == "completing" and multi_instance.is_instance(at):
        finish(run, at_id, {})
    elif at.stage == "completing":
        _go_on(run, at, {})
    elif at.stage == "entering":
        catching.stop_listening(run, at_id)
        begin(run, at)
    elif at.stage == "cancelling":
        run.dirty_scopes[at.id] = None
    else:
        _enter_again(run, at)


def _enter_again(run: Run, at: Activation) -> None:
    catching.stop_own_wait(run, at)
    if run.node(at.element).type == "adHocSubProcess" and run.children(at.id):
        return
    try:
        run.behaviours[run.node(at.element).type].enter(run, at, None)
    except Stopped as stop:
        raise_incident(run, at.id, stop)


def _begin_instances(run: Run, at: Activation, node: FlowNode, loop: Loop) -> None:
    """Create every parallel instance before the first one begins; a sequential activity creates only that one."""
    if isinstance(loop, StandardLoop):
        at, count = run.change(at, items=()), standard_loop.first_count(run, at, loop)
    else:
        at = multi_instance.open_holder(run, at, loop)
        count = min(len(at.items or ()), 1) if loop.sequential else len(at.items or ())
    catching.listen_at_boundary(run, at, node)
    at = run.change(run.activations[at.id], stage="active")
    for counter in range(1, count + 1):
        _create_instance(run, at, node, counter)
    if count == 0:
        finish(run, at.id, {})


def _create_instance(run: Run, holder: Activation, node: FlowNode, counter: int) -> None:
    at = run.change(create(run, node, holder.id), instance=counter)
    if isinstance(node.loop, MultiInstance):
        run.moves -= 1
    run.set_local(at, multi_instance.locals_of(node, holder, counter))
    run.agenda.append(Beginning(at.id))


def _finish_instance(run: Run, at: Activation, node: FlowNode, result: Values, *, actor: str) -> None:
    assert node.loop is not None
    try:
        keeps = bool(node.outputs) or multi_instance.collects(node.loop)
        at = run.set_local(at, result) if keeps else at
        _write_outputs(run, at, node, result if node.outputs or not keeps else {})
    except Stopped as stop:
        _stop_completing(run, at, stop, result)
        return
    if not (node.listeners and _end_listeners(run, at, result, actor)):
        _complete_instance(run, run.activations[at.id], node, result, actor=actor)


def _complete_instance(run: Run, at: Activation, node: FlowNode, result: Values, *, actor: str) -> None:
    assert node.loop is not None
    try:
        goes_on = multi_instance.goes_on(run, at, node.loop)
    except Stopped as stop:
        _stop_completing(run, at, stop, result)
        return
    _record_completed(run, at, result, actor)
    compensating.remember(run, at)
    leave(run, at)
    holder = run.activations[at.scope]
    if goes_on == "done":
        empty_scope(run, holder.id)
        finish(run, holder.id, {})
    elif goes_on == "next":
        _create_instance(run, holder, node, (at.instance or 0) + 1)


def _write_outputs(run: Run, at: Activation, node: FlowNode, result: Values) -> None:
    """Write outward: what the output mappings name, else the whole result (docs/decisions/0005)."""
    if at.items is not None:
        run.set_outward(at.scope, multi_instance.result_of(node, run.activations[at.id]))
        return
    for target, value in outputs_of(run, node, at, result):
        if multi_instance.keeps(node, at, target):
            run.set_local(run.activations[at.id], {target: value})
        else:
            run.set_outward(at.scope, {target: value})
    if not node.outputs:
        run.set_outward(at.scope if at.compensation else at.id, result)


def record_end(run: Run, at: Activation) -> None:
    """Note that an end event was reached: it completed, or what it threw was caught."""
    if run.definition.nodes[at.element].type == "endEvent":
        run.ended.append(at.element)


def leave(run: Run, at: Activation) -> None:
    """Forget an activation that is over, with all that listened for it."""
    _disarm(run, at.id)
    listeners.withdraw(run, run.activations[at.id])
    run.remove(at)
    if at.scope:
        run.dirty_scopes[at.scope] = None


def _disarm(run: Run, at_id: str) -> None:
    if run.held.get(at_id):
        catching.stop_listening(run, at_id)
    for incident in [i for i in run.incidents.values() if i.activation == at_id]:
        close_incident(run, incident)


def park(run: Run, arrival: Arrival) -> None:
    """Leave a token on its flow in front of a joining gateway."""
    if arrival.flow is not None:
        run.put_token(arrival.flow, arrival.scope)
