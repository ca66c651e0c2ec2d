"""Can a token still come? Reachability of the tokens of a scope (BPMN 2.0.2 §13.4.3, Table 13.3), never counting."""

from collections.abc import Iterable

from pathways.bpmn.model import FlowNode, LinkTrigger
from workflows.engine.run import Run


def more_can_come(run: Run, gateway: FlowNode, scope: str, filled: list[str], empty: list[str]) -> bool:
    """Say whether some token can reach an empty incoming flow, but no filled one, without visiting the gateway."""
    reach_empty = _upstream(run, gateway, empty)
    reach_filled = _upstream(run, gateway, filled)
    return any(place in reach_empty and place not in reach_filled for place in _places(run, gateway, scope))


def _places(run: Run, gateway: FlowNode, scope: str) -> Iterable[str]:
    """Give the nodes where the tokens of this scope stand: activations, and the targets of held flows."""
    for child in run.children(scope):
        yield child.element
    for flow in run.tokens.get(scope, ()):
        if run.flow(flow).target != gateway.id:
            yield run.flow(flow).target


def _upstream(run: Run, gateway: FlowNode, flows: list[str]) -> set[str]:
    """Give every node from which one of `flows` can be reached without visiting the gateway."""
    found: set[str] = set()
    agenda = [run.flow(flow).source for flow in flows]
    while agenda:
        element = agenda.pop()
        if element in found or element == gateway.id:
            continue
        found.add(element)
        agenda.extend(_before(run, run.node(element)))
    return found


def _before(run: Run, node: FlowNode) -> Iterable[str]:
    """Give what leads to a node: by a sequence flow, from the activity it is attached to, or over a link."""
    for flow in node.incoming:
        yield run.flow(flow).source
    if node.attached_to is not None:
        yield node.attached_to
    if isinstance(node.trigger, LinkTrigger) and node.type == "intermediateCatchEvent":
        yield from run.index.link_throws.get((node.scope, node.trigger.name), ())
