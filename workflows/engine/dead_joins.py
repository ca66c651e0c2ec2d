"""Which parallel joins would wait for ever? Those with a flow on which no token can come any more (§13.4.1).

A token waits there already, or is on its way there and the case could never have lost the other one by itself.
"""

from collections.abc import Iterable, Iterator

from pathways.bpmn.model import (
    CancelTrigger,
    ErrorTrigger,
    EscalationTrigger,
    FlowNode,
    LinkTrigger,
    TerminateTrigger,
    parts,
)
from workflows.engine.reachability import after, more_can_come, upstream
from workflows.engine.run import Arrival, Run

_ENDING = (CancelTrigger, ErrorTrigger, EscalationTrigger, TerminateTrigger)
"""What an end event may throw that ends its scope."""


def dead_joins(run: Run) -> frozenset[tuple[str, str]]:
    """Give these joins, each with an incoming flow on which no token can come."""
    scopes = [at for at in run.activations.values() if at.items is None]
    return frozenset(found for at in scopes for join in _joins(run, at.element) for found in _missing(run, join, at.id))


def _joins(run: Run, scope: str) -> Iterator[FlowNode]:
    for node in run.definition.nodes.values():
        if node.scope == scope and node.type == "parallelGateway" and len(node.incoming) > 1:
            yield node


def _missing(run: Run, join: FlowNode, scope: str) -> Iterator[tuple[str, str]]:
    waiting = run.tokens_at(join, scope)
    coming = [flow for flow in join.incoming if flow in waiting or _can_come(run, join, scope, flow)]
    for flow in join.incoming if coming else ():
        if flow not in coming and (waiting or not _may_be_lost(run, join, scope, flow, coming)):
            yield join.id, flow


def _can_come(run: Run, join: FlowNode, scope: str, missing: str) -> bool:
    arriving = [move for move in run.agenda if isinstance(move, Arrival) and move.scope == scope]
    if any(move.flow == missing for move in arriving) or more_can_come(run, join, scope, [], [missing]):
        return True
    return not _before(run, join, [missing]).isdisjoint(_entered(run, join, scope))


def _before(run: Run, join: FlowNode, flows: Iterable[str]) -> set[str]:
    return upstream(run.definition, join, flows, over_boundary=True)


def _entered(run: Run, join: FlowNode, scope: str) -> Iterator[str]:
    """Give the nodes that tokens are about to enter; of the join itself, what follows it."""
    for move in run.agenda:
        if isinstance(move, Arrival) and move.scope == scope and move.node.id != join.id:
            yield move.node.id
        elif isinstance(move, Arrival) and move.scope == scope and move.flow is None:
            yield from (run.flow(flow).target for flow in join.outgoing)


def _may_be_lost(run: Run, join: FlowNode, scope: str, missing: str, coming: list[str]) -> bool:
    """Say whether the token of a branch may have gone elsewhere: to its own end, or to one that will end all."""
    branch = _before(run, join, [missing])
    alone = (run.node(name) for name in branch - _before(run, join, coming))
    exits = {name for node in alone for name in _chosen(run, node)} - branch - {join.id}
    if any(_ends_alone(run.node(name)) for name in _onward(run, exits, join)):
        return True
    here = {*(child.element for child in run.children(scope)), *_entered(run, join, scope)}
    here |= {run.flow(flow).target for flow in run.tokens.get(scope, ())}
    elsewhere = here - _before(run, join, join.incoming)
    return any(_ends_all(run.node(name)) for name in _onward(run, elsewhere, join))


def _chosen(run: Run, node: FlowNode) -> Iterator[str]:
    """Give where a token may go instead of the usual way: not to what it does besides."""
    for name in after(run.definition, node):
        beside = not run.node(name).interrupting if run.node(name).attached_to else node.type == "parallelGateway"
        if not beside:
            yield name


def _onward(run: Run, begin: Iterable[str], join: FlowNode) -> set[str]:
    """Give every node that can be reached without visiting the join."""
    found, agenda = {join.id}, list(begin)
    while agenda:
        name = agenda.pop()
        if name not in found:
            found.add(name)
            agenda += after(run.definition, run.node(name))
    return found - {join.id}


def _ends_alone(node: FlowNode) -> bool:
    return not node.outgoing and not _ends_all(node) and not isinstance(node.trigger, LinkTrigger)


def _ends_all(node: FlowNode) -> bool:
    return node.type == "endEvent" and any(isinstance(part, _ENDING) for part in parts(node.trigger))
