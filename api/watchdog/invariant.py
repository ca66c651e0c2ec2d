"""May this case still go on? A running case has something open that will move it; one that has not is an orphan.

Open are: a user task, a timer, an awaited message, signal or condition, an incident; in Temporal: an activity, a
called process, a workflow task. Whatever else a case holds (tokens at a joining gateway, scopes) moves only with those.
Temporal does not list a called process of a caller that has left the history in which it called, nor work that rests
between two tries: the one runs, of the other only the case itself can say so.
"""

from collections.abc import Container

from api.watchdog.report import Finding
from api.watchdog.temporal import RunningCase, Underway
from workflows.contract import names
from workflows.engine.state import State

ATTEMPTS = 3
"""An activity that failed more often than this makes its case stuck, though it is tried again."""

_CATEGORY = "category="
_CAUSE = "cause=WorkflowTaskFailedCause"


def is_orphan(state: State, underway: Underway, running: Container[str]) -> bool:
    """Say whether a running case waits for nothing that can be seen from outside. `running`: the cases that run."""
    tasks = any(at.task is not None for at in state.activations.values())
    awaited = bool(state.timers or state.subscriptions or state.incidents)
    called = any(names.called_case_id(state.case_id, name) in running for name in state.activations)
    return state.status == "running" and not (tasks or awaited or called or underway.busy)


def failing_task(case: RunningCase, failure: str = "") -> Finding | None:
    """Say that no worker can carry on with a case, when the server says so. `failure`: the kind of its last failure."""
    if not case.problems:
        return None
    causes = [problem.removeprefix(_CAUSE) for problem in case.problems if not problem.startswith(_CATEGORY)]
    why = ": ".join(each for each in (", ".join(causes) or "timeout", failure) if each)
    return Finding(case.case_id, "task-failing", f"no worker can carry on with it ({why})")


def failing_activity(case_id: str, underway: Underway) -> Finding | None:
    """Say which work of a case fails again and again."""
    failing = [each for each in underway.activities if each.attempt > ATTEMPTS and each.failure]
    if not failing:
        return None
    named = ", ".join(sorted({f"{each.activity} ({each.failure})" for each in failing}))
    return Finding(case_id, "activity-failing", f"work fails again and again: {named}")
