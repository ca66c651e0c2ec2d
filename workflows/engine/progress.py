"""What moves next, and when is it over? Tokens until each waits, joins by reachability, scopes that emptied (§13.2).

A scope closes exactly when it holds no token any more: no activation and no token at a join.
"""

from typing import Literal

from pathways.bpmn.model import CompensationTrigger, SignalTrigger, SingleTrigger, TerminateTrigger, parts
from workflows.engine import compensating, lifecycle, listeners
from workflows.engine.commands import EndCase
from workflows.engine.expressions import Stopped
from workflows.engine.run import Arrival, Beginning, Run, Undoing, Values
from workflows.engine.state import Activation, Listening
from workflows.engine.triggers import conditional

Outcome = Literal["completed", "terminated", "error", "cancelled"]
_THROWING = ("intermediateThrowEvent", "endEvent")


def drain(run: Run) -> None:
    """Move every token until each waits: conditions that became true, arrivals, joins, then scopes that emptied."""
    while run.status == "running":
        if run.conditions_due:
            conditional.check(run)
        elif run.agenda:
            _move_or_put_off(run, run.agenda.popleft())
        elif run.late:
            _move(run, run.late.popleft())
        elif not (_join(run) or _close_scopes(run)):
            return


def _move_or_put_off(run: Run, move: Arrival | Beginning | Undoing) -> None:
    """Signals and compensation are thrown after all else: no order of flows decides who hears, what is undone."""
    if isinstance(move, Arrival) and move.node.type in _THROWING and any(_is_late(p) for p in parts(move.node.trigger)):
        run.late.append(move)
    else:
        _move(run, move)


def _is_late(trigger: SingleTrigger) -> bool:
    return isinstance(trigger, SignalTrigger | CompensationTrigger)


def _move(run: Run, move: Arrival | Beginning | Undoing) -> None:
    if isinstance(move, Arrival):
        _arrive(run, move)
    elif isinstance(move, Undoing):
        compensating.proceed(run, move.compensation)
    elif move.activation in run.activations:
        lifecycle.begin(run, run.activations[move.activation])


def _arrive(run: Run, arrival: Arrival) -> None:
    """Let a token enter its node, unless its scope has been interrupted meanwhile."""
    if arrival.scope not in run.activations:
        return
    run.dirty_scopes[arrival.scope] = None
    arrive = run.behaviours[arrival.node.type].arrive
    if arrive is not None and arrival.flow is not None and not arrive(run, arrival):
        return
    if arrival.node.start_quantity > 1 and arrival.flow is not None and not _enough(run, arrival):
        return
    lifecycle.activate(run, arrival.node, arrival.scope, fired=arrival.fired)


def _enough(run: Run, arrival: Arrival) -> bool:
    """Keep tokens until `startQuantity` of them are there, then consume them (§10.3.2)."""
    lifecycle.park(run, arrival)
    waiting = run.tokens_at(arrival.node, arrival.scope)
    missing = arrival.node.start_quantity
    if sum(waiting.values()) < missing:
        return False
    for flow in [flow for flow, count in waiting.items() for _ in range(count)][:missing]:
        run.take_token(flow, arrival.scope)
    return True


def _join(run: Run) -> bool:
    """Let one gateway go on whose missing tokens can no longer come; say whether one did."""
    if not run.index.joins:
        return False
    for scope, flows in list(run.tokens.items()):
        for name in dict.fromkeys(run.flow(flow).target for flow in flows):
            node = run.node(name)
            join = run.behaviours[node.type].join if name in run.index.joins else None
            if join is not None and join(run, node, scope):
                return True
    return any(_reset(run, at) for at in run.activations.values() if at.arrived)


def _reset(run: Run, at: Activation) -> bool:
    """Let a complex gateway that has gone on once look whether it may begin anew."""
    node = run.definition.nodes.get(at.element)
    join = run.behaviours[node.type].join if node and node.type == "complexGateway" else None
    return node is not None and join is not None and join(run, node, at.scope)


def _close_scopes(run: Run) -> bool:
    """Close one scope that holds no token any more (§13.2); say whether one closed."""
    while run.dirty_scopes:
        scope = max(run.dirty_scopes, key=lambda scope: _depth(run, scope))
        del run.dirty_scopes[scope]
        if scope in run.activations and _is_empty(run, scope):
            _close(run, run.activations[scope])
            return True
    return False


def _depth(run: Run, scope: str) -> int:
    return sum(1 for _ in run.scopes(scope)) if scope in run.activations else 0


def _is_empty(run: Run, scope: str) -> bool:
    return not run.inside.get(scope) and scope not in run.tokens


def _close(run: Run, at: Activation) -> None:
    if at.listening is not None:
        return
    if at.id == run.root:
        if not listeners.begin(run, at, Listening("end")):
            close_case(run)
    elif at.items is None and at.id not in {incident.activation for incident in run.incidents.values()}:
        _complete(run, at)


def _complete(run: Run, at: Activation) -> None:
    """Complete a sub-process, unless its kind has something else to do when it is empty."""
    if at.stage == "compensating":
        compensating.close(run, at)
        return
    emptied = run.behaviours[run.node(at.element).type].emptied
    try:
        if emptied is None or emptied(run, at):
            lifecycle.finish(run, at.id, {})
    except Stopped as stop:
        lifecycle.raise_incident(run, at.id, stop)


def close_case(run: Run) -> None:
    """End a case of which nothing is left."""
    end_case(run, "terminated" if _was_terminated(run) else "completed")


def _was_terminated(run: Run) -> bool:
    last = run.definition.nodes.get(run.ended[-1]) if run.ended else None
    ends = last is not None and any(isinstance(part, TerminateTrigger) for part in parts(last.trigger))
    return ends and last is not None and last.scope == run.process


def end_case(run: Run, outcome: Outcome, *, error_code: str = "", brought: Values | None = None, **by: str) -> None:
    """End the whole case; nothing of it goes on. What it threw and could not send is sent again, unless called off.

    `brought`: what an error brings to the caller, instead of the variables of the case. `by`: actor and reason.
    """
    root = run.activations[run.root]
    lifecycle.empty_scope(run, root.id)
    variables, ended = dict(root.variables), tuple(run.ended)
    run.fact("terminated" if outcome != "completed" else "completed", root)
    if outcome != "cancelled":
        run.commands += [incident.unsent for incident in run.incidents.values() if incident.unsent is not None]
    lifecycle.leave(run, root)
    run.status = outcome
    run.fact("case_ended", root, outcome=outcome, error_code=error_code, ended=ended, variables=variables, **by)
    run.commands.append(EndCase(outcome, variables if brought is None else dict(brought), error_code))
