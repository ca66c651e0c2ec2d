"""What does a case wait for now? Derived from its state: for what, whom, since when, until when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pathways.bpmn.model import Definition, FlowNode
from workflows.contract.levels import LEVELS, STUCK_LEVELS
from workflows.contract.requests import HOST, NAMED
from workflows.engine.state import Activation, State

_WRITTEN = re.compile(r'"([^"\\]*)"')
"""FEEL that is nothing but a text."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One open wait. `what`: element id, task type or message name; `level`: how far it has escalated.

    `roles`: to whom a task is offered, as computed for this case; of a step that is no task, its lane.

    `stuck`: it is late, by its due time or its ladder; `stopped`: a person has stopped its clock.
    """

    activation: str
    element: str
    title: str
    what: tuple[str, ...]
    roles: tuple[str, ...]
    since: datetime
    due_at: datetime | None
    level: int
    stuck: bool
    incident: bool
    stopped: bool = False


def waits_of(definition: Definition, state: State, *, host: int = HOST) -> tuple[Wait, ...]:
    """Give the open waits, the earliest due first; `host`: as a run of that number showed them."""
    open_waits = [
        _wait(definition.nodes[at.element], at, state, host)
        for at in state.activations.values()
        if at.element in definition.nodes and _is_wait(definition.nodes[at.element], at, state)
    ]
    return tuple(sorted(open_waits, key=_urgency))


def _is_wait(node: FlowNode, at: Activation, state: State) -> bool:
    """Not a scope, nor what waits only for other parts of its own case, unless an incident stopped it.

    A throwing event waits for what is compensated, a complex gateway for further tokens.
    """
    stopped = any(incident.activation == at.id for incident in state.incidents.values())
    throws = node.type in ("intermediateThrowEvent", "endEvent") and node.work is None
    within = node.is_scope or throws or node.type == "complexGateway"
    return stopped or at.listening is not None or (not within and at.items is None)


def _urgency(wait: Wait) -> tuple[bool, str, datetime, str]:
    return (wait.due_at is None, wait.due_at.isoformat() if wait.due_at else "", wait.since, wait.activation)


def _wait(node: FlowNode, at: Activation, state: State, host: int) -> Wait:
    levels = _levels(node, at.rungs_done)
    return Wait(
        activation=at.id,
        element=node.id,
        title=node.title,
        what=_what(node, at, state, host),
        roles=_roles(node, at),
        since=at.created_at,
        due_at=at.due_at or _next_event(at, state),
        level=max((LEVELS[level] for level in levels), default=0),
        stuck=at.overdue or not STUCK_LEVELS.isdisjoint(levels),
        stopped=at.stopped_at is not None,
        incident=any(incident.activation == at.id for incident in state.incidents.values()),
    )


def _what(node: FlowNode, at: Activation, state: State, host: int) -> tuple[str, ...]:
    """Messages and signals by name, work by task type, everything else by element id; also work of a computed type."""
    if node.work is not None:
        written = _WRITTEN.fullmatch(node.work.task_type)
        named = written[1] if written else node.id
        return (named if host >= NAMED else node.work.task_type,)
    own = [s for s in state.subscriptions.values() if s.activation == at.id]
    awaited = own if node.type == "eventBasedGateway" else [s for s in own if s.node == node.id]
    return tuple(sorted({s.name for s in awaited if s.name})) or (node.id,)


def _roles(node: FlowNode, at: Activation) -> tuple[str, ...]:
    if at.task is not None:
        return at.task.groups
    return (node.responsible,) if node.responsible else ()


def _next_event(at: Activation, state: State) -> datetime | None:
    """An event that waits has no due time of its own: it waits until its own earliest timer."""
    own = [t for t in state.timers.values() if t.activation == at.id and t.rung is None]
    times = [timer.due_at for timer in own if timer.paused_at is None]
    return min(times, default=None)


def _levels(node: FlowNode, rungs_done: Sequence[int]) -> list[str]:
    rungs = node.rungs
    return [rungs[number].level for number in rungs_done]
