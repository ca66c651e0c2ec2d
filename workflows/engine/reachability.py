"""Can a token still come? Reachability of the tokens of a scope (BPMN 2.0.2 §13.4.3, Table 13.3), never counting."""

from collections.abc import Iterable

from pathways.bpmn.model import FlowNode, LinkTrigger
from workflows.engine.run import Run


def more_can_come(run: Run, gateway: FlowNode, scope: str, filled: list[str], empty: list[str]) -> bool:
    """Say whether some token can reach an empty incoming flow, but no filled one, without visiting the gateway.

    A boundary event may bring a missing token; but its activity is awaited although the event has a way that is filled:
    the paths of Table 13.3 are made of sequence flows.
    """
    reach_empty = _upstream(run, gateway, empty, over_boundary=True)
    reach_filled = _upstream(run, gateway, filled, over_boundary=False)
    return any(place in reach_empty and place not in reach_filled for place in _places(run, gateway, scope))


def _places(run: Run, gateway: FlowNode, scope: str) -> Iterable[str]:
    """Give the nodes where the tokens of this scope stand: activations, and the targets of held flows."""
    for child in run.children(scope):
        yield child.element
    for flow in run.tokens.get(scope, ()):
        if run.flow(flow).target != gateway.id:
            yield run.flow(flow).target


def _upstream(run: Run, gateway: FlowNode, flows: list[str], *, over_boundary: bool) -> set[str]:
    """Give every node from which one of `flows` can be reached without visiting the gateway."""
    found: set[str] = set()
    agenda = [run.flow(flow).source for flow in flows]
    while agenda:
        element = agenda.pop()
        if element in found or element == gateway.id:
            continue
        found.add(element)
        node = run.node(element)
        agenda.extend(_before(run, node))
        if over_boundary and node.attached_to is not None:
            agenda.append(node.attached_to)
    return found


def _before(run: Run, node: FlowNode) -> Iterable[str]:
    """Give what leads to a node: by a sequence flow, or over a link."""
    for flow in node.incoming:
        yield run.flow(flow).source
    if isinstance(node.trigger, LinkTrigger) and node.type == "intermediateCatchEvent":
        yield from run.index.link_throws.get((node.scope, node.trigger.name), ())
