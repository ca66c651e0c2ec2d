"""What happens when a timer fires? A rung is climbed, or the event that waited for it occurs (§10.5.5)."""

from workflows.engine import ladder, lifecycle, timers
from workflows.engine.errors import EventRejected
from workflows.engine.events import TimerFired
from workflows.engine.expressions import Stopped
from workflows.engine.occurring import occur
from workflows.engine.run import Run
from workflows.engine.state import Timer


def fire(run: Run, event: TimerFired) -> None:
    """Fire one armed timer; a cycle is armed again before anything else moves."""
    timer = run.timers.get(event.timer)
    if timer is None:
        raise EventRejected("not-open", f"timer {event.timer} is not armed: it fired, was cancelled or never was")
    at = run.activations[timer.activation]
    if timer.paused_at is not None:
        raise EventRejected("not-open", f"timer {event.timer} stands still since {timer.paused_at.isoformat()}")
    if run.now < timer.due_at:
        raise EventRejected("not-open", f"timer {event.timer} is not due before {timer.due_at.isoformat()}: it moved")
    late = int((run.now - timer.due_at).total_seconds())
    run.fact("timer_fired", at, timer=timer.id, due_at=timer.due_at.isoformat(), late_seconds=late, node=timer.node)
    if timer.rung is not None:
        ladder.fire_rung(run, timer)
        return
    run.release(timer)
    _arm_next(run, timer)
    occur(run, at, run.node(timer.node), {}, part=timer.part)


def _arm_next(run: Run, timer: Timer) -> None:
    try:
        timers.next_of_cycle(run, timer)
    except Stopped as stop:
        lifecycle.raise_incident(run, run.root, stop)
