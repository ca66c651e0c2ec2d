"""Can a token still come? Reachability of the tokens of a scope (BPMN 2.0.2 §13.4.3, Table 13.3), never counting."""

from collections.abc import Iterable

from pathways.bpmn.model import Definition, FlowNode, LinkTrigger
from workflows.engine.index import index_of
from workflows.engine.run import Run


def more_can_come(run: Run, gateway: FlowNode, scope: str, filled: list[str], empty: list[str]) -> bool:
    """Say whether some token can reach an empty incoming flow, but no filled one, without visiting the gateway.

    A boundary event may bring a missing token; but its activity is awaited although the event has a way that is filled:
    the paths of Table 13.3 are made of sequence flows.
    """
    reach_empty = upstream(run.definition, gateway, empty, over_boundary=True)
    reach_filled = upstream(run.definition, gateway, filled, over_boundary=False)
    return any(place in reach_empty and place not in reach_filled for place in _places(run, gateway, scope))


def _places(run: Run, gateway: FlowNode, scope: str) -> Iterable[str]:
    """Give the nodes where the tokens of this scope stand: activations, and the targets of held flows."""
    for child in run.children(scope):
        yield child.element
    for flow in run.tokens.get(scope, ()):
        if run.flow(flow).target != gateway.id:
            yield run.flow(flow).target


def upstream(definition: Definition, gateway: FlowNode, flows: Iterable[str], *, over_boundary: bool) -> set[str]:
    """Give every node from which one of `flows` can be reached without visiting the gateway."""
    found: set[str] = set()
    agenda = [definition.flows[flow].source for flow in flows]
    while agenda:
        element = agenda.pop()
        if element in found or element == gateway.id:
            continue
        found.add(element)
        node = definition.nodes[element]
        agenda.extend(_before(definition, node))
        if over_boundary and node.attached_to is not None:
            agenda.append(node.attached_to)
    return found


def _before(definition: Definition, node: FlowNode) -> Iterable[str]:
    """Give what leads to a node: by a sequence flow, or over a link."""
    for flow in node.incoming:
        yield definition.flows[flow].source
    if isinstance(node.trigger, LinkTrigger) and node.type == "intermediateCatchEvent":
        yield from index_of(definition).link_throws.get((node.scope, node.trigger.name), ())


def after(definition: Definition, node: FlowNode) -> list[str]:
    """Give what a token that leaves a node may enter: over flows, boundary events and links."""
    index = index_of(definition)
    found = [definition.flows[flow].target for flow in node.outgoing]
    found += [boundary.id for boundary in index.boundary_events.get(node.id, ())]
    if isinstance(node.trigger, LinkTrigger) and node.type == "intermediateThrowEvent":
        found += [index.link_catches[node.scope, node.trigger.name].id]
    return found
