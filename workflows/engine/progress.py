"""What moves next, and when is it over? Tokens until each waits, joins by reachability, scopes that emptied (§13.2).

A scope closes exactly when it holds no token any more: no activation and no token at a join.
"""

from typing import Literal

from pathways.bpmn.model import TerminateTrigger
from workflows.engine import lifecycle
from workflows.engine.commands import EndCase
from workflows.engine.run import Arrival, Beginning, Run
from workflows.engine.state import Activation

Outcome = Literal["completed", "terminated", "error", "cancelled"]


def drain(run: Run) -> None:
    """Move every token until each waits: arrivals first, then joins by reachability, then scopes that emptied."""
    while run.status == "running":
        if run.agenda:
            _move(run, run.agenda.popleft())
        elif not (_join_inclusively(run) or _close_scopes(run)):
            return


def _move(run: Run, move: Arrival | Beginning) -> None:
    if isinstance(move, Arrival):
        _arrive(run, move)
    elif move.activation in run.activations:
        lifecycle.begin(run, run.activations[move.activation])


def _arrive(run: Run, arrival: Arrival) -> None:
    """Let a token enter its node, unless its scope has been interrupted meanwhile."""
    if arrival.scope not in run.activations:
        return
    run.dirty_scopes[arrival.scope] = None
    join = run.behaviours[arrival.node.type].arrive
    if join is not None and arrival.flow is not None and not join(run, arrival):
        return
    lifecycle.activate(run, arrival.node, arrival.scope, fired=arrival.fired)


def _join_inclusively(run: Run) -> bool:
    """Let one inclusive gateway fire whose missing tokens can no longer come; say whether one did."""
    for flow_id, scope in dict.fromkeys((token.flow, token.scope) for token in run.tokens):
        node = run.node(run.flow(flow_id).target)
        join = run.behaviours[node.type].arrive
        if node.type == "inclusiveGateway" and join is not None and join(run, Arrival(node, scope)):
            lifecycle.activate(run, node, scope)
            return True
    return False


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
    return not run.children(scope) and all(token.scope != scope for token in run.tokens)


def _close(run: Run, at: Activation) -> None:
    if at.id == run.root:
        end_case(run, "terminated" if _was_terminated(run) else "completed")
    elif at.items is None and at.id not in {incident.activation for incident in run.incidents.values()}:
        lifecycle.finish(run, at.id, {})


def _was_terminated(run: Run) -> bool:
    last = run.definition.nodes.get(run.ended[-1]) if run.ended else None
    return last is not None and last.scope == run.process and isinstance(last.trigger, TerminateTrigger)


def end_case(run: Run, outcome: Outcome, *, error_code: str = "", reason: str = "", actor: str = "") -> None:
    """End the whole case; nothing of it goes on."""
    root = run.activations[run.root]
    lifecycle.empty_scope(run, root.id)
    variables = dict(root.variables)
    run.fact("terminated" if outcome != "completed" else "completed", root)
    lifecycle.leave(run, root)
    run.status = outcome
    run.fact(
        "case_ended",
        root,
        outcome=outcome,
        error_code=error_code,
        reason=reason,
        actor=actor,
        ended=tuple(run.ended),
        variables=variables,
    )
    run.commands.append(EndCase(outcome, variables, error_code))
