"""Exclusive gateway: one way out (BPMN 2.0.2 §10.6.2, §13.4.2)."""

from pathways.bpmn.model import SequenceFlow
from workflows.engine import lifecycle
from workflows.engine.expressions import holds
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Pass every token on, each by itself: an exclusive gateway never joins."""
    lifecycle.finish(run, at.id, {})


def select(run: Run, at: Activation) -> list[SequenceFlow]:
    """Choose the first flow whose condition is true, in the gateway's own order; else the default flow."""
    node = run.node(at.element)
    if len(node.outgoing) == 1 and run.flow(node.outgoing[0]).condition is None:
        return [run.flow(node.outgoing[0])]
    for flow in map(run.flow, node.outgoing):
        if flow.id != node.default and holds(run, at, flow):
            return [flow]
    return lifecycle.default_flow(run, at) if node.outgoing else []
