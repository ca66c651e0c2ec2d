"""Embedded and event sub-process: a scope inside a scope (BPMN 2.0.2 §10.3.5, §13.3.4, §13.5.4)."""

from workflows.engine import catching, lifecycle
from workflows.engine.run import Arrival, Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, fired: Values | None) -> None:
    """Open the scope; an event sub-process starts with the event that triggered it."""
    if not run.node(at.element).triggered_by_event:
        lifecycle.open_scope(run, at)
        return
    catching.listen_for_event_sub_processes(run, at)
    for start in run.index.starts.get(at.element, ()):
        run.agenda.append(Arrival(start, at.id, fired=fired or {}))
