"""What happens while a step stays open? Its due time and its escalation ladder: every rung once, then silence.

Rungs are offsets from creation (`c+`) or due time (`d-`, `d`, `d+`). A step whose due time is already past is
*breached on arrival*: reminders before the breach are dropped, the breach rung fires at once, and what comes after it
counts from then. When an anchored due time moves, rungs that have fired stay fired and the others move with it.
"""

from dataclasses import replace
from datetime import datetime

from pathways.bpmn.model import FlowNode, Rung
from pathways.calendar import rung_time
from workflows.engine import timers
from workflows.engine.commands import Notify
from workflows.engine.expressions import Stopped, evaluate, value_of
from workflows.engine.run import Run
from workflows.engine.state import Activation, TaskHold, Timer

MOST_URGENT = 100
COVER = "covering_clinician"
_WAITING = frozenset({"callActivity", "receiveTask", "intermediateCatchEvent", "eventBasedGateway"})
"""Beside tasks and work, what may have a due time and a ladder."""


def open_wait(run: Run, at: Activation, node: FlowNode) -> Activation:
    """Set the due time of a waiting step and arm its ladder."""
    arm(run, set_due(run, at, node), node)
    return run.activations[at.id]


def set_due(run: Run, at: Activation, node: FlowNode) -> Activation:
    """Set the due time of a waiting step; where it may climb one of several ladders, that is chosen now."""
    return choose(run, run.change(at, due_at=_due(run, at, node)), node)


def choose(run: Run, at: Activation, node: FlowNode) -> Activation:
    """Choose the ladder of a step that has a choice, once; one that a version before had chosen stays."""
    known = [ladder.name for ladder in node.ladders]
    if node.ladder_choice is None or at.ladder in known:
        return at
    found = evaluate(run, at.id, node.ladder_choice)
    if found.value not in known:
        reason = f"escalation of {node.title!r} gave none of its ladders ({', '.join(known)})"
        raise Stopped("expression", "; ".join((reason, *found.warnings)))
    return run.change(at, ladder=found.value)


def climbs(at: Activation, node: FlowNode) -> bool:
    """Say whether a step waits so that it climbs its ladder: one of several instances does, not what holds them."""
    waits = at.task is not None or node.work is not None or node.type in _WAITING
    return waits and at.stage == "active" and at.items is None


def arm(run: Run, at: Activation, node: FlowNode, *, but: frozenset[int | None] = frozenset()) -> None:
    """Arm or move every rung that has not fired, except those of `but`; climb at once those whose time has passed.

    While the clock of the step stands still, its rungs do too; one that a person stopped by itself is not climbed.
    """
    if at.stopped_at is not None:
        return
    at = choose(run, at, node)
    armed = {timer.rung: timer for timer in run.timers_of(at.id) if timer.rung is not None}
    numbers, rungs = node.numbers_of(at.ladder), node.rungs
    for number in armed.keys() - numbers:
        timers.cancel(run, armed[number])
    for number in numbers:
        rung, held = rungs[number], armed.get(number)
        when = _when(at, node, rung)
        if number in at.rungs_done or number in but or when is None:
            continue
        when = _after_breach(run, rung, when, held)
        if when <= run.now and (held is None or held.paused_at is None):
            _climb_late(run, at, node, number, held)
        elif held is not None:
            timers.move(run, held, when, _summary(node, rung))
        else:
            timer = Timer(run.number("timer"), at.id, node.id, when, number)
            timers.start(run, timer, _summary(node, rung))
        at = run.activations[at.id]


def _after_breach(run: Run, rung: Rung, when: datetime, held: Timer | None) -> datetime:
    """Count a rung that comes after the due time from now, where its time has passed: it leaves people that long."""
    counted = rung_time(rung.at, created=run.now, due=run.now)
    if when > run.now or counted is None or counted <= run.now or rung.at.startswith("c"):
        return when
    return min(counted, held.due_at) if held is not None else counted


def moved_by_hand(run: Run, at: Activation, node: FlowNode) -> frozenset[int | None]:
    """Give the armed rungs that stand elsewhere than the ladder says: they keep what remains of their time."""
    armed = {timer.rung: timer.due_at for timer in run.timers_of(at.id) if timer.rung is not None}
    return frozenset(number for number, due_at in armed.items() if due_at != _when(at, node, node.rungs[number]))


def fire_rung(run: Run, timer: Timer) -> None:
    """Climb one rung: tell the roles it names, and do what it says."""
    at = run.activations[timer.activation]
    node = run.node(at.element)
    run.release(timer)
    if timer.rung is not None and timer.rung in node.numbers_of(at.ladder) and timer.rung not in at.rungs_done:
        _climb(run, at, node, timer.rung)


def redate(run: Run, at_id: str, names: frozenset[str]) -> None:
    """Move the due time and the rungs of an open step whose `dueAnchor` is one of the changed variables.

    A task whose priority is an expression becomes more urgent with it, never less.
    """
    at = run.activations[at_id]
    node = run.definition.nodes.get(at.element)
    if node is None or node.due_anchor not in names or (at.due_at is None and at.task is None):
        return
    at = _raised(run, at, node)
    due = _due(run, at, node)
    if due is not None and due != at.due_at:
        move_due(run, at, due, because=node.due_anchor or "")


def move_due(run: Run, at: Activation, due: datetime, *, because: str, reason: str = "", actor: str = "") -> None:
    """Give an open step another due time; its rungs follow, and what is no longer late is not overdue."""
    was = _text(at.due_at)
    run.fact("due_changed", at, due_at=due.isoformat(), was=was, because=because, reason=reason, actor=actor)
    at = run.change(at, due_at=due, overdue=at.overdue and due <= run.now)
    arm(run, at, run.node(at.element))


def _raised(run: Run, at: Activation, node: FlowNode) -> Activation:
    """Give the step with the priority that its expression has now, when that is higher."""
    if at.task is None or node.user is None or node.user.priority is None:
        return at
    priority = value_of(run, at.id, node.user.priority)
    if not isinstance(priority, int | float) or int(priority) <= at.task.priority:
        return at
    return _hold(run, at, replace(at.task, priority=int(priority)), how="raised")


def _due(run: Run, at: Activation, node: FlowNode) -> datetime | None:
    """Give the due time: the task's due date (FEEL, may use `created`), else creation plus `expectedDuration`."""
    expression = node.user.due_date if node.user and node.user.due_date else node.expected_duration
    if expression is None:
        return None
    result = evaluate(run, at.id, expression, {"created": at.created_at})
    due = timers.moment_of(run, result.value, since=at.created_at, calendar=node.calendar)
    if due is None:
        reason = f"due time `{expression}` of {node.title!r} gave no time"
        raise Stopped("expression", "; ".join((reason, *result.warnings)))
    return due


def _climb_late(run: Run, at: Activation, node: FlowNode, number: int, timer: Timer | None) -> None:
    """Climb a rung whose time has passed, unless it is a reminder that would only be noise.

    That is one of a due time that is past itself, and one that lies before the step began.
    """
    if timer is not None:
        timers.cancel(run, timer)
    when = _when(at, node, _rung(node, number))
    overdue = at.due_at is not None and at.due_at <= run.now
    before_it_began = when is not None and when < at.created_at
    if _rung(node, number).level == "reminder" and (overdue or before_it_began):
        run.change(at, rungs_done=(*at.rungs_done, number))
    else:
        _climb(run, at, node, number)


def _climb(run: Run, at: Activation, node: FlowNode, number: int) -> None:
    rung, numbers = _rung(node, number), node.numbers_of(at.ladder)
    at = run.change(at, rungs_done=(*at.rungs_done, number))
    position = number - numbers.start + 1
    run.fact(
        "escalated",
        at,
        rung=position,
        of=len(numbers),
        level=rung.level,
        tell=rung.tell,
        channel=rung.channel,
        due_at=_text(at.due_at),
        breached_on_arrival=at.due_at is not None and at.due_at <= at.created_at,
        begin=rung.begin,
        flag=rung.flag,
    )
    notification = f"{run.case_id}:{at.id}:rung{position}"
    run.commands.append(Notify(notification, at.element, node.title, rung.level, rung.tell, rung.channel))
    _act(run, at, rung)


def _act(run: Run, at: Activation, rung: Rung) -> None:
    """Free the task, bring in the covering clinician or make it most urgent, as the rung says."""
    if at.task is None or not rung.actions:
        return
    _hold(run, at, acted(at.task, rung), actor="escalation")


def _hold(run: Run, at: Activation, hold: TaskHold, **detail: str) -> Activation:
    at = run.change(at, task=hold)
    run.fact("released", at, groups=hold.groups, assignee=hold.assignee, priority=hold.priority, **detail)
    return at


def climbed(node: FlowNode, at: Activation) -> list[Rung]:
    """Give the rungs that have fired, in the order in which they did."""
    return [_rung(node, number) for number in at.rungs_done]


def acted(hold: TaskHold, rung: Rung) -> TaskHold:
    """Give what a task holds after the actions of a rung."""
    if "priority_stat" in rung.actions:
        hold = replace(hold, priority=MOST_URGENT)
    if "reassign_to_cover" in rung.actions and COVER not in hold.groups:
        hold = replace(hold, assignee=None, groups=(*hold.groups, COVER))
    if "reassign_to_pool" in rung.actions:
        hold = replace(hold, assignee=None)
    return hold


def _when(at: Activation, node: FlowNode, rung: Rung) -> datetime | None:
    try:
        return rung_time(rung.at, created=at.created_at + at.stood_still, due=at.due_at)
    except (ValueError, OverflowError) as error:
        raise Stopped("expression", f"rung {rung.at} of {node.title!r}: {error}") from error


def _rung(node: FlowNode, number: int) -> Rung:
    return node.rungs[number]


def _summary(node: FlowNode, rung: Rung) -> str:
    return f"{node.title}: {rung.level} to {', '.join(rung.tell)}"


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
