"""What can happen to a case next? Random events that fit its state, and some that fit nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from pathways.bpmn.model import Definition
from workflows.engine.commands import SendMessage
from workflows.engine.errors import EventRejected
from workflows.engine.events import (
    ActivitySkipped,
    BpmnErrorThrown,
    CancelRequested,
    ClockResumed,
    ClockStopped,
    EscalationThrown,
    Event,
    IncidentResolved,
    MessageArrived,
    SignalArrived,
    Started,
    TimerFired,
    TimerMoved,
    UserTaskClaimed,
    UserTaskCompleted,
    VariablesSet,
    WaitOverdue,
    WorkCompleted,
    WorkFailed,
)
from workflows.engine.state import State
from workflows.engine.step import Step, step
from workflows.engine.unsent import ThrowFailed

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
STARTED = Started(NOW, "case", {"x": 0, "y": False})
LONGEST = 8


def play(definition: Definition, data: DataObject) -> Iterator[tuple[State | None, Event, Step]]:
    """Play a random case: give each state before, its event, and the step that followed."""
    state: State | None = None
    event: Event = STARTED
    for number in range(LONGEST):
        try:
            result = step(definition, state, event)
        except EventRejected:
            assert state is not None
        else:
            yield state, event, result
            state = result.state
        assert state is not None
        if state.status != "running":
            return
        event = data.draw(st.sampled_from(possible(definition, state, NOW + timedelta(hours=number + 1))))


def possible(definition: Definition, state: State, now: datetime) -> list[Event]:
    """Give events that fit the state, and a few that do not."""
    return [
        *_about_activations(definition, state, now),
        *(TimerFired(max(now, timer.due_at), timer.id) for timer in state.timers.values()),
        *_about_clocks(state, now),
        *(IncidentResolved(now, incident, {"x": 1, "y": True, "xs": [1]}) for incident in state.incidents),
        MessageArrived(now, "m", "k", f"m{len(state.message_ids)}", {"x": 2}),
        VariablesSet(now, {"x": 2}),
        SignalArrived(now, "s", {"x": 3}),
        ThrowFailed(now, SendMessage(f"case:m{state.seq}", "m", "k", {"x": 2}), "nobody could be told"),
        TimerFired(now, "timer#999"),
        WorkCompleted(now, "nothing#1"),
        *([CancelRequested(now, "test")] if now.hour > 18 else []),
    ]


def _about_clocks(state: State, now: datetime) -> Iterator[Event]:
    """Move, stop and resume a timer or all clocks of a step; some of it fits nothing."""
    for target in [*list(state.timers)[:1], *list(state.activations)[1:2]]:
        yield ClockStopped(now, target, "why")
        yield ClockResumed(now, target, "why")
        yield TimerMoved(now, target, now + timedelta(days=1), "why")
        yield WaitOverdue(now + timedelta(days=40), target)
    for activation in list(state.activations)[1:3]:
        yield ActivitySkipped(now, activation, "why", {"x": 1})


def _about_activations(definition: Definition, state: State, now: datetime) -> Iterator[Event]:
    for at in state.activations.values():
        node = definition.nodes.get(at.element)
        variables: dict[str, Any] = {"x": 1}
        if at.listening is not None:
            yield WorkCompleted(now, at.listening.work, variables)
            yield WorkFailed(now, at.listening.work, "down")
            yield BpmnErrorThrown(now, at.listening.work, "E1")
        if node is not None and node.type == "userTask":
            yield UserTaskCompleted(now, at.id, variables, "ann")
            yield UserTaskClaimed(now, at.id, "ann")
            yield EscalationThrown(now, at.id, "E1")
        elif node is not None and node.work is not None:
            yield WorkCompleted(now, at.id, variables)
            yield WorkFailed(now, at.id, "down")
            yield BpmnErrorThrown(now, at.id, "E1")
