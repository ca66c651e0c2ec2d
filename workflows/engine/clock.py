"""What may a person do to a running clock? Move it, stop it and let it run on, each with a reason that is kept.

The target is one timer (`timer#3`), or a step (`examine#1`): its due time, its ladder and every timer it holds. What
remained when a clock stopped remains when it runs on, in working time where the step has a calendar; what follows a
variable (`dueAnchor`) follows it again. A timer that was stopped by itself runs on by itself, whatever its step does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pathways.bpmn.model import FlowNode
from pathways.calendar import pass_time, working_between
from workflows.engine import intervening, ladder, timers
from workflows.engine.errors import EventRejected
from workflows.engine.events import ClockResumed, ClockStopped, TimerMoved
from workflows.engine.expressions import Stopped
from workflows.engine.run import Run
from workflows.engine.state import Activation, Timer

_AT_ONCE = timedelta(microseconds=1)
"""What had no working time left is due as soon as the site opens."""


def move(run: Run, event: TimerMoved) -> None:
    """Give a timer, or the due time of a step, another time; its ladder follows.

    A timer that is moved into the past is due now, not late.
    """
    _demand(event.due_at.tzinfo is not None, "the new time needs a time zone")
    timer, due_at = _timer(run, event), event.due_at.astimezone(UTC)
    if timer is not None:
        _demand(timer.paused_at is None, f"{timer.id} stands still: let it run on first")
        node = run.node(timer.node)
        moved = replace(timer, first=None, done=0)
        timers.move(run, moved, max(due_at, run.now), node.title, reason=event.reason, actor=event.actor)
        return
    at = _step(run, event.target)
    _demand(at.stopped_at is None, f"the clock of {at.id} stands still: let it run on first")
    _demand(at.due_at is not None, f"{at.id} has no due time: move one of its timers")
    with _possible():
        ladder.move_due(run, at, due_at, because="a person", reason=event.reason, actor=event.actor)


def stop(run: Run, event: ClockStopped) -> None:
    """Let a timer, or all clocks of a step, stand still."""
    timer = _timer(run, event)
    if timer is not None:
        _demand(timer.paused_at is None, f"{timer.id} stands still already")
        timers.pause(run, timer, reason=event.reason, actor=event.actor)
        return
    at = _step(run, event.target)
    _demand(at.stopped_at is None, f"the clock of {at.id} stands still already")
    at = run.change(at, stopped_at=run.now)
    due_at = at.due_at.isoformat() if at.due_at else ""
    run.fact("clock_stopped", at, due_at=due_at, reason=event.reason, actor=event.actor)
    for held in [timer for timer in run.timers_of(at.id) if timer.paused_at is None]:
        timers.pause(run, held, reason=event.reason, actor=event.actor)


def resume(run: Run, event: ClockResumed) -> None:
    """Let a timer, or all clocks of a step, run on."""
    timer = _timer(run, event)
    if timer is not None:
        _demand(timer.paused_at is not None, f"{timer.id} runs already")
        _demand(run.activations[timer.activation].stopped_at is None, f"the clock of {timer.activation} stands still")
        with _possible():
            _run_on(run, timer, event)
        return
    at = _step(run, event.target)
    _demand(at.stopped_at is not None, f"the clock of {at.id} runs already")
    with _possible():
        _resume_step(run, at, event)


def _resume_step(run: Run, at: Activation, event: ClockResumed) -> None:
    node = run.node(at.element)
    moved = ladder.moved_by_hand(run, at, node)
    stopped_at = at.stopped_at or run.now
    due_at = at.due_at and after_standstill(run, node, at.due_at, stopped_at)
    stood_still = at.stood_still + (run.now - stopped_at)
    at = run.change(at, stopped_at=None, stood_still=stood_still, due_at=due_at, overdue=False)
    due = at.due_at.isoformat() if at.due_at else ""
    run.fact("clock_resumed", at, due_at=due, reason=event.reason, actor=event.actor)
    still = [timer for timer in run.timers_of(at.id) if timer.paused_at is not None]
    alone = [timer for timer in still if timer.paused_at is not None and timer.paused_at < stopped_at]
    for timer in still:
        if timer not in alone:
            _run_on(run, timer, event)
    ladder.redate(run, at.id, frozenset({node.due_anchor}) if node.due_anchor else frozenset())
    if ladder.climbs(at, node):
        ladder.arm(run, run.activations[at.id], node, but=moved | frozenset(timer.rung for timer in alone))


def _run_on(run: Run, timer: Timer, event: ClockResumed) -> None:
    due_at = after_standstill(run, run.node(timer.node), timer.due_at, timer.paused_at or run.now)
    timers.resume(run, timer, due_at, reason=event.reason, actor=event.actor)
    node = run.node(timer.node)
    if timer.rung is None and node.due_anchor:
        timers.redate_timer(run, run.timers[timer.id], node)


def after_standstill(run: Run, node: FlowNode, due_at: datetime, stopped_at: datetime) -> datetime:
    """Give the time at which what remained at `stopped_at` is over when the clock runs on now."""
    calendar = run.definition.calendars.get(node.calendar)
    if calendar is None or due_at <= stopped_at:
        return due_at + max(run.now - stopped_at, timedelta())
    remaining = working_between(stopped_at, due_at, calendar)
    return pass_time(run.now, max(remaining, _AT_ONCE), calendar)


def _timer(run: Run, event: TimerMoved | ClockStopped | ClockResumed) -> Timer | None:
    _demand(bool(event.reason.strip()), "a clock is changed for a reason: say which")
    return run.timers.get(event.target)


def _step(run: Run, target: str) -> Activation:
    at = run.activations.get(target)
    if at is None or at.element not in run.definition.nodes:
        if not target.startswith("timer#"):
            intervening.require_drawn(run, target)
        raise EventRejected("not-open", f"{target} is neither an armed timer nor an open step of case {run.case_id}")
    return at


@contextmanager
def _possible() -> Iterator[None]:
    """Refuse what leads to no time: the clock stays as it is until somebody has repaired what it is counted from."""
    try:
        yield
    except Stopped as stop:
        raise EventRejected("invalid", stop.reason) from stop
    except (ValueError, OverflowError) as error:
        raise EventRejected("invalid", "the clock would run beyond the calendar: move it instead") from error


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise EventRejected("invalid", otherwise)
