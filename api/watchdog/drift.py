"""Does the read model say of a case what the case says of itself? Everything that people see is compared."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_jsonable_python

from records.queries.watch import Standing
from workflows.engine.state import State


def differences(standing: Standing, state: State) -> tuple[str, ...]:
    """Name what differs: `behind` or `ahead` when the two are not of the same moment, so that nothing else compares.

    A task on its way out, which an incident has stopped or whose end is listened to, is no longer held, and stays a
    person's until it is over.
    """
    if standing.seq != state.seq:
        return ("behind" if standing.seq < state.seq else "ahead",)
    leaving = _leaving(state)
    said, is_so = _said(standing, leaving), _is_so(state, leaving)
    whole = {"facts": standing.facts == standing.seq, "start": standing.started}
    return (
        *(name for name in is_so if said[name] != is_so[name]),
        *(name for name, well in whole.items() if not well),
    )


def _leaving(state: State) -> frozenset[str]:
    stopped = (incident.activation for incident in state.incidents.values())
    heard = (at.id for at in state.activations.values() if at.listening is not None and at.listening.moment == "end")
    return frozenset((*stopped, *heard))


def _said(standing: Standing, leaving: frozenset[str]) -> Mapping[str, Any]:
    return {
        "status": standing.status,
        "version": standing.sha256,
        "steps": standing.activations,
        "tasks": {name: task for name, task in standing.tasks.items() if name not in leaving},
        "timers": standing.timers,
        "subscriptions": standing.subscriptions,
        "incidents": standing.incidents,
        "variables": standing.variables,
    }


def _is_so(state: State, leaving: frozenset[str]) -> Mapping[str, Any]:
    return {
        "status": state.status,
        "version": state.sha256,
        "steps": frozenset(state.activations),
        "tasks": {name: task for name, task in _tasks(state).items() if name not in leaving},
        "timers": {timer.id: (timer.due_at, timer.paused_at is not None) for timer in state.timers.values()},
        "subscriptions": _subscriptions(state),
        "incidents": frozenset(state.incidents),
        "variables": to_jsonable_python(dict(state.variables)),
    }


def _tasks(state: State) -> dict[str, tuple[str | None, int, frozenset[str]]]:
    held = ((at.id, at.task) for at in state.activations.values())
    return {name: (task.assignee, task.priority, frozenset(task.groups)) for name, task in held if task is not None}


def _subscriptions(state: State) -> dict[str, tuple[str, str, str]]:
    """Conditions are of the case alone: the read model routes messages and signals."""
    return {
        each.id: (each.event, each.name, each.correlation_key)
        for each in state.subscriptions.values()
        if each.event != "condition"
    }
