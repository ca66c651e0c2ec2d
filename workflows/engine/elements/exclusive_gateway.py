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
    """Choose the first flow whose condition is true, in the gateway's own order; else the bare or default flow."""
    node = run.node(at.element)
    flows = [run.flow(flow) for flow in node.outgoing if flow != node.default]
    for flow in flows:
        if flow.condition is not None and holds(run, at, flow):
            return [flow]
    bare = [flow for flow in flows if flow.condition is None]
    return bare[:1] or (lifecycle.default_flow(run, at) if node.outgoing else [])
