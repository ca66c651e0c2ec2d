"""What may a person change about where the tokens of a case are? All changes of one event together, or none.

Refused is what the case could never have reached by itself: a step that cannot be open beside another, a join whose
missing token can no longer come, a scope left without its tokens.
"""

from collections import Counter
from itertools import combinations
from typing import assert_never

from pathways.bpmn.model import FlowNode
from workflows.engine import catching, intervening, lifecycle
from workflows.engine.authority import BY_HAND, Acting
from workflows.engine.changes import (
    CancelActivation,
    CancelToken,
    Change,
    CompleteActivation,
    MoveToken,
    RestartAt,
    SetScopeVariables,
    StartAt,
)
from workflows.engine.concurrency import concurrent
from workflows.engine.dead_joins import dead_joins
from workflows.engine.elements import user_task
from workflows.engine.errors import EventRejected
from workflows.engine.events import Modified
from workflows.engine.expressions import Stopped, inputs_of
from workflows.engine.run import Arrival, Run
from workflows.engine.state import Activation, State


def modify(run: Run, event: Modified) -> None:
    """Apply every change, in order.

    Raises:
        EventRejected: one of them fits nothing, or leads to a state that cannot be.
    """
    if not event.reason.strip() or not event.changes:
        raise EventRejected("invalid", "a case is changed for a reason: say which, and what is to change")
    dead = dead_joins(run)
    interrupted = [at.id for at in run.activations.values() if catching.is_interrupted(run, at)]
    for change in event.changes:
        _note(run, change, event)
        _apply(run, change, event.actor)
    _refuse_empty_scopes(run)
    _listen_again(run, interrupted)
    refuse_impossible(run, but=dead)


def judge(run: Run, before: State | None) -> None:
    """Look at where the changes have led.

    Raises:
        EventRejected: to a standstill.
    """
    old = before.incidents if before is not None else {}
    new = [i for i in run.incidents.values() if i.id not in old and i.kind in ("deadlock", "loop")]
    if new:
        raise EventRejected("invalid", f"the case would stand still: {new[0].reason}")


def _note(run: Run, change: Change, event: Modified) -> None:
    activation = getattr(change, "activation", "") or getattr(change, "scope", "")
    at = run.activations.get(activation) or run.activations[run.root]
    element = getattr(change, "element", "") or getattr(change, "to", "") or getattr(change, "flow", "")
    run.fact("modified", at, change=change.kind, element=element, reason=event.reason, actor=event.actor)


def _apply(run: Run, change: Change, actor: str) -> None:
    match change:
        case CancelActivation():
            lifecycle.terminate(run, _cancellable(run, change.activation).id)
        case CancelToken():
            _take_token(run, change)
        case StartAt():
            _start_at(run, change)
        case MoveToken():
            _move(run, change)
        case CompleteActivation():
            _complete(run, change, actor)
        case SetScopeVariables():
            run.set_local(_scope(run, change.scope), change.variables, actor=actor)
        case RestartAt():
            _restart(run, change)
        case _:
            assert_never(change)


def _cancellable(run: Run, activation: str) -> Activation:
    at = intervening.step_of(run, activation)
    if at.instance is not None:
        raise EventRejected("invalid", f"{at.id} is one of several instances: complete or skip it, or cancel them all")
    if at.stage in ("cancelling", "compensating") or at.compensation is not None:
        raise EventRejected("invalid", f"{at.id} is part of a compensation, which goes to its end")
    return at


def _take_token(run: Run, change: CancelToken) -> None:
    scopes = [change.scope] if change.scope else [s for s, flows in run.tokens.items() if change.flow in flows]
    if len(scopes) != 1 or change.flow not in run.tokens.get(scopes[0], {}):
        raise EventRejected("not-open", f"no single token waits on flow {change.flow}: name its scope")
    run.take_token(change.flow, scopes[0])
    run.dirty_scopes[scopes[0]] = None


def _start_at(run: Run, change: StartAt) -> None:
    node = _enterable(run, change.element)
    scope = _scope_for(run, node, change.scope)
    if change.variables:
        run.set_local(scope, change.variables)
    run.agenda.append(Arrival(node, scope.id))


def _move(run: Run, change: MoveToken) -> None:
    """Take the token out, and every scope that it leaves empty up to the one that holds the target."""
    at = _cancellable(run, change.activation)
    target = _enterable(run, change.to)
    lifecycle.terminate(run, at.id)
    scope = run.activations[at.scope]
    while scope.element != target.scope and scope.id != run.root and _is_empty(run, scope.id):
        lifecycle.terminate(run, scope.id)
        scope = run.activations[scope.scope]
    same = scope.id if scope.element == target.scope else ""
    _start_at(run, StartAt(change.to, same, change.variables))


def _complete(run: Run, change: CompleteActivation, actor: str) -> None:
    at = intervening.step_of(run, change.activation)
    if at.task is not None:
        holder = at.task.assignee if at.task.assignee not in (None, actor) else ""
        user_task.submit(run, at, change.variables, Acting(actor, holder, BY_HAND) if holder else Acting(actor))
    else:
        intervening.complete(run, at, change.variables, actor=actor)


def _restart(run: Run, change: RestartAt) -> None:
    node = _enterable(run, change.element)
    scope = _scope_for(run, node, change.scope)
    if any(compensation.scope == scope.id for compensation in run.compensations.values()):
        raise EventRejected("invalid", f"a compensation is under way in {scope.id}, which goes to its end")
    lifecycle.empty_scope(run, scope.id)
    _start_at(run, StartAt(change.element, scope.id, change.variables))


def _enterable(run: Run, element: str) -> FlowNode:
    """Give a node that a token can enter by itself."""
    node = run.definition.nodes.get(element)
    if node is None:
        raise EventRejected("invalid", f"{element!r} is no element of this pathway")
    why = _not_enterable(run, node)
    if why:
        raise EventRejected("invalid", f"no token can be put into {node.title!r}: it {why}")
    return node


def _not_enterable(run: Run, node: FlowNode) -> str:
    """Say why no token enters a node by itself; nothing when one does."""
    if node.attached_to is not None or node.triggered_by_event or _begins_event_sub_process(run, node):
        return "begins when its event occurs"
    if node.for_compensation:
        return "runs only as compensation"
    if node.type == "startEvent" and node.trigger is not None:
        return "begins when its event occurs: name the step behind it"
    if any(run.node(run.flow(flow).source).type == "eventBasedGateway" for flow in node.incoming):
        return "waits behind an event-based gateway: name the gateway"
    return ""


def _begins_event_sub_process(run: Run, node: FlowNode) -> bool:
    scope = run.definition.nodes.get(node.scope)
    return node.type == "startEvent" and scope is not None and scope.triggered_by_event


def _scope_for(run: Run, node: FlowNode, named: str) -> Activation:
    """Give the open scope that holds a node; scopes that are not open are opened, without their own start."""
    if named:
        scope = _scope(run, named)
        if scope.element != node.scope or scope.items is not None:
            raise EventRejected("invalid", f"{node.title!r} is not a part of {named}")
        return _running(scope)
    found = [at for at in run.activations.values() if at.element == node.scope and at.items is None]
    if len(found) > 1:
        names = ", ".join(at.id for at in found)
        raise EventRejected("invalid", f"{node.title!r} is a part of {names}: name the scope")
    return _running(found[0]) if found else _open(run, run.node(node.scope))


def _running(scope: Activation) -> Activation:
    if scope.stage in ("cancelling", "compensating"):
        raise EventRejected("invalid", f"{scope.id} is being undone: nothing begins in it")
    return scope


def _open(run: Run, scope: FlowNode) -> Activation:
    if scope.loop is not None or scope.triggered_by_event or scope.for_compensation:
        raise EventRejected("invalid", f"{scope.title!r} is not open, and no token can open it in the middle")
    at = lifecycle.create(run, scope, _scope_for(run, scope, "").id, stage="active")
    try:
        at = run.set_local(at, {**dict.fromkeys(scope.data_objects), **inputs_of(run, scope, at)})
        catching.listen_at_boundary(run, at, scope)
        catching.listen_for_event_sub_processes(run, at)
    except Stopped as stop:
        raise EventRejected("invalid", f"{scope.title!r} cannot be opened: {stop.reason}") from stop
    return run.activations[at.id]


def _listen_again(run: Run, interrupted: list[str]) -> None:
    """Let scopes go on as before that were interrupted and are not any more: their event sub-processes listen again."""
    for scope in interrupted:
        at = run.activations.get(scope)
        if at is None or catching.is_interrupted(run, at) or _is_empty(run, scope):
            continue
        try:
            catching.listen_for_event_sub_processes(run, at)
        except Stopped as stop:
            raise EventRejected(
                "invalid", f"the events around {scope} cannot be awaited again: {stop.reason}"
            ) from stop


def _scope(run: Run, scope: str) -> Activation:
    at = run.activations.get(scope)
    if at is None:
        raise EventRejected("not-open", f"the scope {scope} is not open in case {run.case_id}")
    return at


def _is_empty(run: Run, scope: str) -> bool:
    arriving = any(isinstance(move, Arrival) and move.scope == scope for move in run.agenda)
    return not run.inside.get(scope) and scope not in run.tokens and not arriving


def _refuse_empty_scopes(run: Run) -> None:
    """A scope that a change has emptied would complete as if its steps had been done."""
    stopped = {incident.activation for incident in run.incidents.values()}
    for at in run.activations.values():
        node = run.definition.nodes.get(at.element)
        open_scope = node is None or at.items is not None or node.is_scope
        if not open_scope or at.stage != "active" or at.listening is not None or at.id in stopped:
            continue
        if at.id in run.dirty_scopes and _is_empty(run, at.id):
            itself = f"skip {at.id}" if at.instance is not None else f"cancel {at.id} itself"
            what = "cancel the case instead" if node is None else f"move its token, or {itself}"
            title = run.definition.name if node is None else node.title
            raise EventRejected("invalid", f"nothing would be left in {title!r}: {what}")


def refuse_impossible(run: Run, *, but: frozenset[tuple[str, str]] = frozenset()) -> None:
    """Compare every pair of what is open in each scope; then look for joins that would wait for ever.

    `but`: those that already did.

    Raises:
        EventRejected: the case could never be so.
    """
    for at in list(run.activations.values()):
        places = _places(run, at.id)
        if at.items is None and places:
            _refuse_pairs(run, at, places)
    for join, flow in sorted(dead_joins(run) - but):
        raise EventRejected("invalid", f"{run.node(join).title!r} would wait for ever for a token on flow {flow}")


def _places(run: Run, scope: str) -> Counter[str]:
    """Give what is marked in a scope: active nodes, flows with tokens, and the nodes that tokens are about to enter."""
    compensates = {at.id for at in run.children(scope) if at.compensation is not None or at.stage == "compensating"}
    places = Counter(at.element for at in run.children(scope) if at.id not in compensates)
    places.update(run.tokens.get(scope, {}))
    places.update(m.node.id for m in run.agenda if isinstance(m, Arrival) and m.scope == scope and m.flow is None)
    places.update(m.flow for m in run.agenda if isinstance(m, Arrival) and m.scope == scope and m.flow is not None)
    return places


def _refuse_pairs(run: Run, scope: Activation, places: Counter[str]) -> None:
    node = run.definition.nodes.get(scope.element)
    if node is not None and node.ad_hoc is not None:
        return
    for a, b in [*combinations(places, 2), *((place, place) for place, count in places.items() if count > 1)]:
        if not concurrent(run.definition, scope.element, a, b):
            names = " and ".join(dict.fromkeys(_title(run, place) for place in (a, b)))
            how = "twice" if a == b else "at the same time"
            raise EventRejected("invalid", f"{names} can never be open {how} in this pathway: move a token instead")


def _title(run: Run, place: str) -> str:
    node = run.definition.nodes.get(place)
    return repr(node.title) if node else f"a token on {place}"
