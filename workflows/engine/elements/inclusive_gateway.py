"""Inclusive gateway: every way that applies, and a join that waits only for what can still come.

BPMN 2.0.2 §10.6.3, §13.4.3 and its Table 13.3: the join is decided by reachability of tokens, never by counting.
"""

from collections.abc import Iterable

from pathways.bpmn.model import FlowNode, SequenceFlow
from workflows.engine import lifecycle
from workflows.engine.run import Arrival, Run, Values
from workflows.engine.state import Activation, Token


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Split as soon as the join was complete."""
    lifecycle.finish(run, at.id, {})


def arrive(run: Run, arrival: Arrival) -> bool:
    """Keep an arriving token on its flow; asked again without a flow, join if no missing token can still come.

    One token is consumed from each incoming sequence flow that has one.
    """
    if arrival.flow is not None:
        lifecycle.park(run, arrival)
        return len(arrival.node.incoming) == 1 and _consume(run, arrival, arrival.node.incoming)
    held = {token.flow for token in run.tokens if token.scope == arrival.scope}
    filled = [flow for flow in arrival.node.incoming if flow in held]
    empty = [flow for flow in arrival.node.incoming if flow not in held]
    if empty and _more_can_come(run, arrival, filled, empty):
        return False
    return _consume(run, arrival, filled)


def _consume(run: Run, arrival: Arrival, flows: Iterable[str]) -> bool:
    for flow in flows:
        run.tokens.remove(Token(flow, arrival.scope))
    return True


def _more_can_come(run: Run, arrival: Arrival, filled: list[str], empty: list[str]) -> bool:
    """Say whether some token can reach an empty incoming flow, but no filled one, without visiting the gateway."""
    reach_empty = _upstream(run, arrival.node, empty)
    reach_filled = _upstream(run, arrival.node, filled)
    return any(place in reach_empty and place not in reach_filled for place in _places(run, arrival))


def _places(run: Run, arrival: Arrival) -> Iterable[str]:
    """Give the nodes where the tokens of this scope stand: activations, and the targets of held flows."""
    for child in run.children(arrival.scope):
        yield child.element
    for token in run.tokens:
        if token.scope == arrival.scope and run.flow(token.flow).target != arrival.node.id:
            yield run.flow(token.flow).target


def _upstream(run: Run, gateway: FlowNode, flows: list[str]) -> set[str]:
    """Give every node from which one of `flows` can be reached without visiting the gateway."""
    found: set[str] = set()
    agenda = [run.flow(flow).source for flow in flows]
    while agenda:
        element = agenda.pop()
        if element in found or element == gateway.id:
            continue
        found.add(element)
        node = run.node(element)
        agenda.extend(run.flow(flow).source for flow in node.incoming)
        if node.attached_to is not None:
            agenda.append(node.attached_to)
    return found


def select(run: Run, at: Activation) -> list[SequenceFlow]:
    """Choose every flow whose condition is true; the default only when none is (§13.4.3)."""
    return lifecycle.select_flows(run, at)
