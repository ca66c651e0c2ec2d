"""User task: offered to people, with a due time, a form and an escalation ladder (BPMN 2.0.2 §10.3.3, §13.3.3)."""

from dataclasses import asdict, replace
from typing import Any

from pathways.bpmn.model import UserTaskSpec
from workflows.engine import ladder, lifecycle, listeners
from workflows.engine.authority import Acting
from workflows.engine.commands import OfferUserTask
from workflows.engine.expressions import evaluate, refuse_long, stopped_by, value_of
from workflows.engine.facts import FactKind
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation, Listening, TaskHold
from workflows.engine.timers import moment_of

DEFAULT_PRIORITY = 50
"""Camunda 8's default; 100 is the most urgent (stat)."""


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Offer the task, when those have answered who listen for that, and wait until a person completes it."""
    node = run.node(at.element)
    if not (node.listeners and listeners.begin(run, at, Listening("creating"))):
        created(run, at)


def created(run: Run, at: Activation) -> None:
    """Offer the task; those who listen for its assignment come before, when the diagram assigns it."""
    node = run.node(at.element)
    assignee = _text(run, at, node.user.assignee) if node.listeners and node.user else None
    if not (assignee and listeners.begin(run, at, Listening("assigning", assignee=assignee))):
        offer(run, at)


def offer(run: Run, at: Activation) -> None:
    """Put the task on the worklists."""
    node = run.node(at.element)
    hold = hold_of(run, at)
    at = run.change(ladder.set_due(run, at, node), task=hold, listening=None)
    record_offer(run, at)
    assert at.task is not None
    run.commands.append(OfferUserTask(at.id, node.id, node.title, at.task.groups, at.task.assignee, at.due_at))
    ladder.arm(run, at, node)


def record_offer(run: Run, at: Activation) -> None:
    """Record to whom the task is offered, and what it shows."""
    node = run.node(at.element)
    assert at.task is not None
    run.fact(
        "offered",
        at,
        groups=at.task.groups,
        users=at.task.users,
        assignee=at.task.assignee,
        due_at=at.due_at.isoformat() if at.due_at else "",
        follow_up_at=at.task.follow_up_at.isoformat() if at.task.follow_up_at else "",
        priority=at.task.priority,
        form_id=at.task.form_id,
        lane=node.lane,
        ladder=node.ladder.name if node.ladder else at.ladder,
        inputs=dict(at.variables),
        patient_text=node.properties.get("patientText"),
        specialty=node.properties.get("specialty"),
    )


def hold(run: Run, at: Activation, by: Acting, to: str | None) -> None:
    """Let a person hold the task, or nobody; those who listen for its assignment come before."""
    node = run.node(at.element)
    assigning = Listening("assigning", actor=by.actor, assignee=to, on_behalf_of=by.on_behalf_of, grounds=by.grounds)
    if to is None or not (node.listeners and listeners.begin(run, at, assigning)):
        assign(run, at, by, to)


def assign(run: Run, at: Activation, by: Acting, to: str | None) -> None:
    """Note who holds the task from now on."""
    assert at.task is not None
    run.change(at, task=replace(at.task, assignee=to), listening=None)
    fact: FactKind = "released" if to is None else "claimed" if to == by.actor else "delegated"
    run.fact(fact, at, assignee=to, actor=by.actor, on_behalf_of=by.on_behalf_of, grounds=by.grounds)


def submit(run: Run, at: Activation, result: Values, by: Acting) -> None:
    """Take what a person has filled in; those who listen for it come before it takes effect."""
    node = run.node(at.element)
    if by.on_behalf_of:
        run.fact("delegated", at, assignee=by.actor, **asdict(by))
    if not (node.listeners and listeners.begin(run, at, Listening("completing", result=result, actor=by.actor))):
        complete(run, at, result, by.actor)


def complete(run: Run, at: Activation, result: Values, actor: str) -> None:
    """Let the completion take effect."""
    assert at.task is not None
    run.change(at, task=replace(at.task, assignee=actor), listening=None)
    lifecycle.finish(run, at.id, result, actor=actor)


def heard(run: Run, at: Activation, listening: Listening) -> None:
    """Go on when those have answered who listen to the life of the task."""
    if listening.moment == "creating":
        created(run, at)
    elif listening.moment == "completing":
        complete(run, at, listening.result, listening.actor)
    elif at.task is None:
        offer(run, at)
    else:
        by = Acting(listening.actor, listening.on_behalf_of, listening.grounds)
        assign(run, at, by, listening.assignee)


def hold_of(run: Run, at: Activation) -> TaskHold:
    """Evaluate to whom the task goes, with which form and priority.

    Raises:
        Stopped: the diagram names people by expressions, of which none gave anybody: nobody would ever see the task.
    """
    spec = run.node(at.element).user
    if spec is None:
        return TaskHold((), (), None, DEFAULT_PRIORITY, None)
    hold = _evaluated(run, at, spec)
    naming = [text for text in (spec.assignee, spec.candidate_groups, spec.candidate_users) if text is not None]
    if naming and not (hold.assignee or hold.groups or hold.users):
        raise stopped_by("people", naming[0], evaluate(run, at.id, naming[0]), "somebody is needed to offer it to")
    return hold


def _evaluated(run: Run, at: Activation, spec: UserTaskSpec) -> TaskHold:
    priority = _value(run, at, spec.priority)
    follow_up = _value(run, at, spec.follow_up_date)
    return TaskHold(
        groups=_names(run, at, spec.candidate_groups),
        users=_names(run, at, spec.candidate_users),
        assignee=_text(run, at, spec.assignee),
        priority=int(priority) if isinstance(priority, int | float) else DEFAULT_PRIORITY,
        form_id=_text(run, at, spec.form_id),
        follow_up_at=moment_of(run, follow_up, since=run.now, calendar="always"),
    )


def _value(run: Run, at: Activation, expression: str | None) -> Any:
    return None if expression is None else value_of(run, at.id, expression)


def _names(run: Run, at: Activation, expression: str | None) -> tuple[str, ...]:
    """Read a list, or a comma-separated text, as names."""
    value = _value(run, at, expression)
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    names = tuple(name for name in (str(part).strip() for part in parts) if name)
    refuse_long(expression or "", *names)
    return names


def _text(run: Run, at: Activation, expression: str | None) -> str | None:
    value = _value(run, at, expression)
    if not isinstance(value, str) or not value:
        return None
    refuse_long(expression or "", value)
    return value
