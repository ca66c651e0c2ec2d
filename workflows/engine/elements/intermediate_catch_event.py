"""Intermediate catch event: wait for what it catches (BPMN 2.0.2 §10.5.4, §13.5.2)."""

from pathways.bpmn.model import LinkTrigger
from workflows.engine import catching, ladder, lifecycle
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, fired: Values | None) -> None:
    """Go on at once when the event already occurred behind an event-based gateway or link, else wait for it."""
    if fired is not None or isinstance(run.node(at.element).trigger, LinkTrigger):
        lifecycle.finish(run, at.id, fired or {})
        return
    node = run.node(at.element)
    catching.listen(run, at, node)
    at = ladder.open_wait(run, at, node)
    lifecycle.record_wait(run, at, node.trigger.kind if node.trigger else "event")
