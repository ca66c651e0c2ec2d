"""Inclusive gateway: every way that applies, and a join that waits only for what can still come.

BPMN 2.0.2 §10.6.3, §13.4.3 and its Table 13.3: the join is decided by reachability of tokens, never by counting.
"""

from pathways.bpmn.model import FlowNode, SequenceFlow
from workflows.engine import lifecycle, reachability
from workflows.engine.run import Arrival, Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Split as soon as the join was complete."""
    lifecycle.finish(run, at.id, {})


def arrive(run: Run, arrival: Arrival) -> bool:
    """Keep an arriving token on its flow, until nothing else moves; with one incoming flow there is nothing to join."""
    if len(arrival.node.incoming) == 1:
        return True
    lifecycle.park(run, arrival)
    return False


def join(run: Run, node: FlowNode, scope: str) -> bool:
    """Go on if no missing token can still come; one token is consumed from each incoming flow that has one."""
    waiting = run.tokens_at(node, scope)
    empty = [flow for flow in node.incoming if flow not in waiting]
    if empty and reachability.more_can_come(run, node, scope, list(waiting), empty):
        return False
    for flow in waiting:
        run.take_token(flow, scope)
    lifecycle.activate(run, node, scope)
    return True


def select(run: Run, at: Activation) -> list[SequenceFlow]:
    """Choose every flow whose condition is true; the default only when none is (§13.4.3)."""
    return lifecycle.select_flows(run, at)
