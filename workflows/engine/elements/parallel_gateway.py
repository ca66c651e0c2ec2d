"""Parallel gateway: fork and join (BPMN 2.0.2 §10.6.4, §13.4.1)."""

from pathways.bpmn.model import SequenceFlow
from workflows.engine import lifecycle
from workflows.engine.run import Arrival, Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Fork as soon as the join was complete."""
    lifecycle.finish(run, at.id, {})


def arrive(run: Run, arrival: Arrival) -> bool:
    """Join as soon as every incoming sequence flow holds a token.

    Exactly one token is consumed from each incoming sequence flow; an excess token stays where it is and counts for
    the next activation (§13.4.1, Table 13.1).
    """
    lifecycle.park(run, arrival)
    waiting = run.tokens_at(arrival.node, arrival.scope)
    if len(waiting) < len(arrival.node.incoming):
        return False
    for flow in waiting:
        run.take_token(flow, arrival.scope)
    return True


def select(run: Run, at: Activation) -> list[SequenceFlow]:
    """Fork along every outgoing sequence flow; conditions do not count here (§13.4.1)."""
    return [run.flow(flow) for flow in run.node(at.element).outgoing]
