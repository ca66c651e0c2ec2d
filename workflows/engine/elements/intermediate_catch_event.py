"""Intermediate catch event: wait for a timer or a message (BPMN 2.0.2 §10.5.4, §13.5.2)."""

from workflows.engine import catching, ladder, lifecycle
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, fired: Values | None) -> None:
    """Go on at once when the event already occurred behind an event-based gateway, else wait for it."""
    if fired is not None:
        lifecycle.finish(run, at.id, fired)
        return
    node = run.node(at.element)
    catching.listen(run, at, node)
    at = ladder.open_wait(run, at, node)
    lifecycle.record_wait(run, at, node.trigger.kind if node.trigger else "event")
