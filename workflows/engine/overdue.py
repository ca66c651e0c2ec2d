"""When is a wait late? Just after its due time; without one, after the time that such a wait may take at most.

Nothing waits in silence: a step that has neither a due time nor a running timer, and one whose clock a person has
stopped, become overdue too. What an incident has stopped is known to be stuck already; a called process is late itself.
"""

from datetime import datetime, timedelta

from pathways.bpmn.model import Definition, FlowNode
from workflows.engine.errors import EventRejected
from workflows.engine.events import WaitOverdue
from workflows.engine.run import Run
from workflows.engine.state import Activation, State, Timer

WORK = timedelta(hours=1)
"""How long a worker may take, its tries included, when the diagram gives no `expectedDuration`."""

OTHERS = timedelta(days=30)
"""How long a person, a message, a signal or a condition may be waited for, or a clock stand still."""

GRACE = timedelta(seconds=30)
"""How long after its due time a step is overdue: what is due then comes first, and whoever is just in time too."""

_WAITING = frozenset({"userTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway"})


def late_waits(definition: Definition, state: State) -> list[tuple[datetime, str]]:
    """Give when each wait of a case that is not late yet will be, and its activation; the earliest first."""
    timers: dict[str, list[Timer]] = {}
    for timer in state.timers.values():
        timers.setdefault(timer.activation, []).append(timer)
    stopped = {incident.activation for incident in state.incidents.values()}
    waits = [
        (moment, at.id)
        for at in state.activations.values()
        if at.id not in stopped and (moment := late_at(definition, at, timers.get(at.id, []))) is not None
    ]
    return sorted(waits)


def late_at(definition: Definition, at: Activation, timers: list[Timer]) -> datetime | None:
    """Give when this activation will be late; None when it never will, or is already. `timers`: those it holds."""
    node = definition.nodes.get(at.element)
    if at.listening is not None and not at.overdue:
        return (at.listening.since or at.created_at) + WORK
    if node is None or at.overdue or at.stage == "entering" or (at.items is not None and at.due_at is None):
        return None
    if at.due_at is not None and at.stopped_at is None:
        return _after_grace(at.due_at)
    still = [moment for moment in (at.stopped_at, *(timer.paused_at for timer in timers)) if moment is not None]
    if still and (at.stopped_at is not None or len(still) == len(timers)):
        return max(still) + OTHERS
    if any(timer.paused_at is None for timer in timers):
        return None
    longest = _longest(node)
    return None if longest is None else at.created_at + at.stood_still + longest


def _after_grace(due_at: datetime) -> datetime | None:
    """What is due in the last moments of the calendar, as who means "never" writes it, is never late."""
    try:
        return due_at + GRACE
    except OverflowError:
        return None


def _longest(node: FlowNode) -> timedelta | None:
    if node.work is not None:
        return WORK
    return OTHERS if node.type in _WAITING else None


def note(run: Run, event: WaitOverdue) -> None:
    """Note that a wait is late.

    Raises:
        EventRejected: it is over, late already, or not late yet.
    """
    at = run.activations.get(event.activation)
    moment = late_at(run.definition, at, run.timers_of(at.id)) if at else None
    if at is None or moment is None or run.now < moment:
        raise EventRejected("not-open", f"{event.activation} is not late in case {run.case_id}")
    at = run.change(at, overdue=True)
    run.fact("overdue", at, due_at=at.due_at.isoformat() if at.due_at else "", reason=_reason(run, at))


def _reason(run: Run, at: Activation) -> str:
    if at.due_at is not None and at.stopped_at is None:
        return f"it was due {at.due_at.isoformat(timespec='minutes')}"
    if at.stopped_at is not None or any(timer.paused_at for timer in run.timers_of(at.id)):
        return f"its clock stands still for {OTHERS.days} days"
    return f"it waits since {at.created_at.isoformat(timespec='minutes')} and has no due time"
