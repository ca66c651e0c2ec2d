"""How is a clock shown, and asked to change? What runs towards when, what stands still since when."""

from datetime import datetime
from typing import Literal
from urllib.parse import quote

from pydantic import AwareDatetime, Field

from api.moments import Moment
from api.shapes.base import Body, Shape, case_link
from api.shapes.modifications import DryRun, Reason
from pathways.bpmn.model import Definition
from workflows.engine.state import Activation, State, Timer


class ClockView(Shape):
    """A clock: an armed timer, or the due time of a step with all its timers (`target` names it)."""

    target: str
    kind: Literal["timer", "step"]
    activation: str
    step: str
    what: str
    due_at: AwareDatetime | None
    late: bool
    stopped_at: AwareDatetime | None = Field(description="it stands still since then")
    links: dict[str, str]


class ClockMove(Body):
    """Another time, and why."""

    due_at: Moment
    reason: Reason
    dry_run: DryRun = False


class ClockChange(Body):
    """Why a clock is stopped or runs on."""

    reason: Reason
    dry_run: DryRun = False


def clocks(definition: Definition, state: State, *, now: datetime) -> list[ClockView]:
    """Show every clock of a case, the earliest due first."""
    steps = [at for at in state.activations.values() if at.due_at is not None or at.stopped_at is not None]
    shown = [_step(definition, state, at, now) for at in steps if at.element in definition.nodes]
    shown += [_timer(definition, state, timer, now) for timer in state.timers.values()]
    return sorted(shown, key=lambda clock: (clock.due_at is None, clock.due_at, clock.target))


def _step(definition: Definition, state: State, at: Activation, now: datetime) -> ClockView:
    return ClockView(
        target=at.id,
        kind="step",
        activation=at.id,
        step=definition.nodes[at.element].title,
        what="the due time of the step, its ladder and its timers",
        due_at=at.due_at,
        late=_late(at.due_at, at.stopped_at, now),
        stopped_at=at.stopped_at,
        links=_links(state, at.id, at.stopped_at, movable=at.due_at is not None),
    )


def _timer(definition: Definition, state: State, timer: Timer, now: datetime) -> ClockView:
    at = state.activations[timer.activation]
    node = definition.nodes.get(at.element)
    return ClockView(
        target=timer.id,
        kind="timer",
        activation=at.id,
        step=node.title if node else definition.name,
        what=_what(definition, timer),
        due_at=timer.due_at,
        late=_late(timer.due_at, timer.paused_at, now),
        stopped_at=timer.paused_at,
        links=_links(state, timer.id, timer.paused_at, movable=True),
    )


def _what(definition: Definition, timer: Timer) -> str:
    if timer.rung is not None:
        return f"rung {timer.rung + 1} of its ladder"
    again = f", again every {timer.every}" if timer.every else ""
    return f"the timer '{definition.nodes[timer.node].title}'{again}"


def _late(due_at: datetime | None, stopped_at: datetime | None, now: datetime) -> bool:
    return stopped_at is None and due_at is not None and due_at < now


def _links(state: State, target: str, stopped_at: datetime | None, *, movable: bool) -> dict[str, str]:
    link = f"{case_link(state.case_id)}/timers/{quote(target)}"
    if stopped_at is not None:
        return {"resume": f"{link}/resume"}
    return {**({"move": f"{link}/move"} if movable else {}), "pause": f"{link}/pause"}
