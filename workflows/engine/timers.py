"""When does a timer fire? From a timer event definition to an armed timer, and again for a cycle (§10.5.5, ISO 8601).

A date is an absolute time (a date alone: its midnight in UTC), a duration counts from now by the node's calendar,
a cycle is `R[n]/…` or a cron expression (`pathways.calendar`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from pathways.bpmn.model import FlowNode, TimerTrigger, parts
from pathways.calendar import Repeat, elapsed, next_of, next_to_come, parse_cycle, read_moment, working_add
from pathways.feel.values import DaysTimeDuration, YearsMonthsDuration
from workflows.engine.commands import CancelTimer, StartTimer
from workflows.engine.expressions import Stopped, evaluate
from workflows.engine.run import Run
from workflows.engine.state import Activation, Timer


def arm_timer(run: Run, at: Activation, node: FlowNode, trigger: TimerTrigger, *, part: int = 0) -> None:
    """Arm the timer of a catching `node` on behalf of the activation that waits with it."""
    plan = schedule(run, at, node, trigger)
    timer = Timer(
        run.number("timer"),
        at.id,
        node.id,
        plan.due_at,
        None,
        plan.every,
        plan.remaining,
        part,
        plan.until,
        plan.first,
        plan.done,
    )
    start(run, timer, node.title)


def start(run: Run, timer: Timer, summary: str) -> None:
    """Arm a timer and say so; while the clock of its step stands still, it does too."""
    run.hold(timer)
    at = run.activations[timer.activation]
    run.fact("timer_started", at, timer=timer.id, due_at=timer.due_at.isoformat(), node=timer.node, rung=timer.rung)
    run.commands.append(StartTimer(timer.id, timer.due_at, summary))
    if at.stopped_at is not None:
        pause(run, timer)


def move(run: Run, timer: Timer, due_at: datetime, summary: str, *, reason: str = "", actor: str = "") -> None:
    """Give an armed timer another due time; one that stands still keeps standing still."""
    if due_at == timer.due_at:
        return
    run.timers[timer.id] = replace(timer, due_at=due_at)
    at = run.activations[timer.activation]
    run.fact(
        "timer_moved",
        at,
        timer=timer.id,
        due_at=due_at.isoformat(),
        was=timer.due_at.isoformat(),
        node=timer.node,
        rung=timer.rung,
        until=_waits_until(run, at),
        reason=reason,
        actor=actor,
    )
    if timer.paused_at is None:
        run.commands.append(StartTimer(timer.id, due_at, summary))


def _waits_until(run: Run, at: Activation) -> str:
    """Say until when a step waits that is due with its timers; empty where it has a due time of its own."""
    own = [timer.due_at for timer in run.timers_of(at.id) if timer.rung is None and timer.paused_at is None]
    return min(own).isoformat() if own and at.due_at is None else ""


def pause(run: Run, timer: Timer, *, reason: str = "", actor: str = "") -> None:
    """Let an armed timer stand still."""
    run.timers[timer.id] = replace(timer, paused_at=run.now)
    at = run.activations[timer.activation]
    due_at = timer.due_at.isoformat()
    run.fact("timer_paused", at, timer=timer.id, due_at=due_at, node=timer.node, reason=reason, actor=actor)
    run.commands.append(CancelTimer(timer.id))


def resume(run: Run, timer: Timer, due_at: datetime, *, reason: str, actor: str) -> None:
    """Let a timer run on towards `due_at`; a cycle counts its intervals from then."""
    run.timers[timer.id] = replace(timer, due_at=due_at, paused_at=None, first=None, done=0)
    at, due = run.activations[timer.activation], due_at.isoformat()
    about = {"timer": timer.id, "due_at": due, "node": timer.node, "until": _waits_until(run, at)}
    run.fact("timer_resumed", at, **about, reason=reason, actor=actor)
    run.commands.append(StartTimer(timer.id, due_at, run.node(timer.node).title))


def in_order(timers: Iterable[Timer]) -> list[Timer]:
    """Give the timers that run as they fire: by due time, at the same moment as they were armed."""
    running = [timer for timer in timers if timer.paused_at is None]
    return sorted(running, key=lambda timer: (timer.due_at, timer.number))


def cancel_timers(run: Run, activation: str) -> None:
    """Disarm every timer that waits on behalf of an activation."""
    for timer in run.timers_of(activation):
        cancel(run, timer)


def cancel(run: Run, timer: Timer) -> None:
    """Disarm one timer."""
    run.release(timer)
    run.fact("timer_cancelled", run.activations.get(timer.activation), timer=timer.id)
    if timer.paused_at is None:
        run.commands.append(CancelTimer(timer.id))


def next_of_cycle(run: Run, timer: Timer) -> None:
    """Arm the next firing of a cycle, counted from when this one was due, at a time that is still to come.

    Times that nobody was there to fire are not made up for, and use up none of the cycle's repetitions.
    """
    if timer.every is None or timer.remaining == 0:
        return
    node, first = run.node(timer.node), timer.first or timer.due_at
    due, done = _to_come(run, node, timer.due_at, timer.every, first=first, done=timer.done + 1)
    if timer.until is not None and due > timer.until:
        return
    remaining = None if timer.remaining is None else timer.remaining - 1
    following = replace(timer, id=run.number("timer"), due_at=due, remaining=remaining, first=first, done=done)
    start(run, following, node.title)


def _to_come(
    run: Run, node: FlowNode, since: datetime, every: str, *, first: datetime, done: int
) -> tuple[datetime, int]:
    calendar = run.definition.calendars.get(node.calendar)
    try:
        return next_to_come(every, since, calendar, first=first, done=done, now=run.now)
    except (ValueError, OverflowError) as error:
        raise Stopped("expression", f"the cycle of {node.title!r} leads nowhere: {error}") from error


def redate(run: Run, timer_id: str, names: frozenset[str]) -> None:
    """Move an armed timer whose `dueAnchor` is one of the changed variables."""
    timer = run.timers[timer_id]
    node = run.node(timer.node)
    if timer.rung is None and node.due_anchor in names:
        redate_timer(run, timer, node)


def redate_timer(run: Run, timer: Timer, node: FlowNode) -> None:
    """Evaluate again when an armed timer is due, and move it there; a cycle fires as often as it still had to."""
    trigger = parts(node.trigger)[timer.part]
    assert isinstance(trigger, TimerTrigger)
    plan = schedule(run, run.activations[timer.activation], node, trigger)
    remaining = plan.remaining if timer.every is None else timer.remaining
    timer = replace(timer, every=plan.every, remaining=remaining, until=plan.until, first=plan.first, done=plan.done)
    run.timers[timer.id] = timer
    move(run, timer, plan.due_at, node.title)


def moment_of(run: Run, value: Any, *, since: datetime, calendar: str) -> datetime | None:
    """Read a FEEL value as a point in time, in UTC: date and time, date, ISO 8601 text, or a duration since `since`.

    One that is outside the years 1 to 9999 in UTC is none: no database keeps it.
    """
    moment = _moment_of(run, value, since=since, calendar=calendar)
    return moment.astimezone(UTC) if moment is not None and _is_kept(moment) else None


def _is_kept(moment: datetime) -> bool:
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return False
    return True


def _moment_of(run: Run, value: Any, *, since: datetime, calendar: str) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, YearsMonthsDuration | DaysTimeDuration):
        return _after(run, since, str(value), calendar)
    return _moment_of_text(run, value, since=since, calendar=calendar) if isinstance(value, str) else None


def _moment_of_text(run: Run, text: str, *, since: datetime, calendar: str) -> datetime | None:
    if text.lstrip("-").startswith("P"):
        return _after(run, since, text, calendar)
    try:
        return read_moment(text)
    except ValueError:
        return None


def _after(run: Run, since: datetime, duration: str, calendar: str) -> datetime | None:
    """Give the moment one duration later; None when the text is no duration or leads out of the calendar."""
    try:
        return working_add(since, duration, run.definition.calendars.get(calendar))
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Plan:
    """When a timer is due first, its cycle (interval or cron expression), how often and until when it repeats.

    `first`: when the cycle began, `done` intervals before.
    """

    due_at: datetime
    every: str | None = None
    remaining: int | None = 0
    until: datetime | None = None
    first: datetime | None = None
    done: int = 0


def schedule(run: Run, at: Activation, node: FlowNode, trigger: TimerTrigger) -> Plan:
    """Evaluate a timer event definition."""
    result = evaluate(run, at.id, trigger.expression, {"created": at.created_at})
    if trigger.form == "cycle" and isinstance(result.value, str) and not result.value.startswith("P"):
        return _cycle(run, node, result.value)
    due = moment_of(run, result.value, since=run.now, calendar=node.calendar)
    if due is None:
        reason = f"timer `{trigger.expression}` of {node.title!r} gave no time"
        raise Stopped("expression", "; ".join((reason, *result.warnings)))
    return Plan(due)


def _cycle(run: Run, node: FlowNode, text: str) -> Plan:
    try:
        cycle = parse_cycle(text)
    except ValueError as error:
        raise Stopped("expression", f"the cycle of {node.title!r} is none: {error}") from error
    if not isinstance(cycle, Repeat):
        return Plan(_next(run, node, text, run.now), text, None)
    every = _with_zone(cycle)
    first = begun = cycle.start or _next(run, node, every, run.now)
    remaining, done = None if cycle.times is None else max(cycle.times - 1, 0), 0
    if first < run.now:  # what was missed before anyone waited is not made up for
        first, done = _to_come(run, node, begun, every, first=begun, done=1)
    if remaining is not None and done > remaining:
        first = _last_of(run, node, every, begun, remaining)
    remaining = None if remaining is None else max(remaining - done, 0)
    if not _is_kept(first):
        raise Stopped("expression", f"the cycle of {node.title!r} leads nowhere")
    if cycle.end is not None and first > cycle.end:
        raise Stopped("expression", f"the cycle of {node.title!r} is over before it begins")
    return Plan(first.astimezone(UTC), every, remaining, cycle.end, begun, done)


def _last_of(run: Run, node: FlowNode, every: str, begun: datetime, repetitions: int) -> datetime:
    """The last time of a cycle that is over: it fires at once."""
    if node.calendar not in run.definition.calendars and (length := elapsed(every)):
        return begun.astimezone(UTC) + repetitions * length
    last = begun
    for done in range(1, repetitions + 1):
        last = _next(run, node, every, last, first=begun, done=done)
    return last


def _with_zone(cycle: Repeat) -> str:
    """Keep the zone of the cycle's start with its interval: a day there may have 23 or 25 hours."""
    zone = cycle.start.tzinfo if cycle.start else None
    return f"{cycle.interval}[{zone.key}]" if isinstance(zone, ZoneInfo) else cycle.interval


def _next(
    run: Run, node: FlowNode, every: str, since: datetime, *, first: datetime | None = None, done: int = 1
) -> datetime:
    calendar = run.definition.calendars.get(node.calendar)
    try:
        return next_of(every, since, calendar, first=first or since, done=done)
    except (ValueError, OverflowError) as error:
        raise Stopped("expression", f"the cycle of {node.title!r} leads nowhere: {error}") from error
