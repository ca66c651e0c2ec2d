"""What becomes of due times when a variable changes? What is anchored to it moves; what cannot move is an incident.

The step keeps its time then, and the case goes on beside the incident, which is over as soon as the time can be
computed again: whichever variable was the wrong one, it need not be the anchor itself.
"""

from collections.abc import Callable

from workflows.engine import ladder, lifecycle, timers
from workflows.engine.expressions import Stopped
from workflows.engine.run import Run
from workflows.engine.state import Incident

Redate = Callable[[Run, str, frozenset[str]], None]


def redate(run: Run, names: frozenset[str]) -> None:
    """Move what is anchored to one of the variables `names`, and what could not be moved before."""
    stopped = {incident.undated: incident for incident in run.incidents.values() if incident.undated}
    if not stopped and run.index.due_anchors.isdisjoint(names):
        return
    for at_id in list(run.activations):
        _move(run, at_id, ladder.redate, names, stopped.get(at_id))
        for timer in run.timers_of(at_id):
            _move(run, timer.id, timers.redate, names, stopped.get(timer.id))


def _move(run: Run, undated: str, redate: Redate, names: frozenset[str], incident: Incident | None) -> None:
    try:
        redate(run, undated, run.index.due_anchors if incident else names)
    except Stopped as stop:
        if incident is not None and incident.reason == stop.reason:
            return
        if incident is not None:
            lifecycle.close_incident(run, incident, how="replaced")
        lifecycle.raise_incident(run, run.root, stop, undated=undated)
    else:
        if incident is not None:
            lifecycle.close_incident(run, incident, how="corrected")


def forget(run: Run) -> None:
    """Take off the list what could not be moved and is over."""
    for incident in [incident for incident in run.incidents.values() if incident.undated]:
        if incident.undated not in run.activations and incident.undated not in run.timers:
            lifecycle.close_incident(run, incident)
