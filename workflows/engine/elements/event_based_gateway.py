"""Event-based gateway: wait, and take the way of the event that occurs first (BPMN 2.0.2 §10.6.6, §13.4.4)."""

from pathways.bpmn.model import SequenceFlow
from workflows.engine import catching, ladder, lifecycle
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Listen for every event that follows; exactly one of them will continue."""
    node = run.node(at.element)
    for flow in node.outgoing:
        catching.listen(run, at, run.node(run.flow(flow).target))
    at = ladder.open_wait(run, at, node)
    lifecycle.record_wait(run, at, "event")


def select(run: Run, at: Activation) -> list[SequenceFlow]:
    """Choose nothing here: the event that occurred has already chosen (`occurring`)."""
    del run, at
    return []
