"""How is a clock shown, and asked to change? What runs towards when, what stands still since when."""

from datetime import datetime
from typing import Literal
from urllib.parse import quote

from pydantic import AwareDatetime, Field

from api.moments import Moment
from api.shapes.base import Body, Shape, case_link
from api.shapes.modifications import DryRun, Reason
from pathways.bpmn.model import Definition, FlowNode, TimerTrigger, parts
from records.queries.clocks import Clocks
from records.tables import OpenActivation, Timer


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


def clocks(definition: Definition, found: Clocks, *, now: datetime) -> list[ClockView]:
    """Show every clock of a case, the earliest due first."""
    shown = [_step(found, at, _due(definition, at), now) for at in found.steps if at.element in definition.nodes]
    open_steps = {at.activation: at for at in found.steps}
    armed = [(timer, open_steps[timer.activation]) for timer in found.timers if timer.activation in open_steps]
    shown += [_timer(definition, found, timer, at, now) for timer, at in armed]
    ours = [clock for clock in shown if clock.due_at is not None or clock.stopped_at is not None]
    return sorted(ours, key=lambda clock: (clock.due_at is None, clock.due_at, clock.target))


def _due(definition: Definition, at: OpenActivation) -> datetime | None:
    """The due time of a step itself: a wait without one is shown until its own earliest timer."""
    return at.until if at.wait == "task" or definition.nodes[at.element].expected_duration else None


def _step(found: Clocks, at: OpenActivation, due_at: datetime | None, now: datetime) -> ClockView:
    stopped_at = found.stopped.get(at.activation)
    return ClockView(
        target=at.activation,
        kind="step",
        activation=at.activation,
        step=at.title,
        what="the due time of the step, its ladder and its timers",
        due_at=due_at,
        late=_late(due_at, stopped_at, now),
        stopped_at=stopped_at,
        links=_links(at.case_id, at.activation, stopped_at, movable=due_at is not None),
    )


def _timer(definition: Definition, found: Clocks, timer: Timer, at: OpenActivation, now: datetime) -> ClockView:
    return ClockView(
        target=timer.timer,
        kind="timer",
        activation=timer.activation,
        step=at.title,
        what=_what(definition.nodes.get(timer.node), timer, found.rungs.get(timer.timer)),
        due_at=timer.due_at,
        late=_late(timer.due_at, timer.paused_at, now),
        stopped_at=timer.paused_at,
        links=_links(timer.case_id, timer.timer, timer.paused_at, movable=True),
    )


def _what(node: FlowNode | None, timer: Timer, rung: int | None) -> str:
    if rung is not None:
        return f"rung {rung + 1} of its ladder"
    triggers = parts(node.trigger) if node else ()
    cycles = [one.expression for one in triggers if isinstance(one, TimerTrigger) and one.form == "cycle"]
    again = f", again by its cycle {cycles[0]}" if cycles else ""
    return f"the timer '{node.title if node else timer.node}'{again}"


def _late(due_at: datetime | None, stopped_at: datetime | None, now: datetime) -> bool:
    return stopped_at is None and due_at is not None and due_at < now


def _links(case_id: str, target: str, stopped_at: datetime | None, *, movable: bool) -> dict[str, str]:
    link = f"{case_link(case_id)}/timers/{quote(target)}"
    if stopped_at is not None:
        return {"resume": f"{link}/resume"}
    return {**({"move": f"{link}/move"} if movable else {}), "pause": f"{link}/pause"}
