"""How is a change of a case's tokens asked for, and how is it foreseen? What would begin, end and wait, in words.

`activation` is the id of an activation (`examine#1`), or of an element of which exactly one is open (`examine`).
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from api.foreseeing import Foreseen
from api.shapes.base import Body, Shape, Values
from records.queries.timeline import QUIET, sentence
from workflows.engine.state import State, Timer
from workflows.host.waits import Wait, waits_of

Name = Annotated[str, Field(min_length=1, max_length=500)]
Variables = Annotated[Values, Field(default_factory=dict)]
Reason = Annotated[
    str, Field(min_length=1, max_length=1_000, description="stays in the timeline and the audit; nothing of a patient")
]
DryRun = Annotated[bool, Field(description="say what would happen; change nothing")]


class CancelActivation(Body):
    """End an activation and everything inside it; no token goes on."""

    kind: Literal["CancelActivation"]
    activation: Name


class CancelToken(Body):
    """Take one waiting token off a sequence flow in front of a joining gateway."""

    kind: Literal["CancelToken"]
    flow: Name
    scope: str = ""


class StartAt(Body):
    """Put a token into an element; `variables` are local to the scope it starts in."""

    kind: Literal["StartAt"]
    element: Name
    scope: str = ""
    variables: Variables


class MoveToken(Body):
    """Take the token out of an activation and put it into another element."""

    kind: Literal["MoveToken"]
    activation: Name
    to: Name
    variables: Variables


class CompleteActivation(Body):
    """Let an activation complete with these results, as if whoever works on it had said so."""

    kind: Literal["CompleteActivation"]
    activation: Name
    variables: Variables


class SetScopeVariables(Body):
    """Write variables on this very scope."""

    kind: Literal["SetScopeVariables"]
    scope: Name
    variables: Variables


class RestartAt(Body):
    """End everything in the scope of an element and begin again there."""

    kind: Literal["RestartAt"]
    element: Name
    scope: str = ""
    variables: Variables


ChangeBody = Annotated[
    CancelActivation | CancelToken | StartAt | MoveToken | CompleteActivation | SetScopeVariables | RestartAt,
    Field(discriminator="kind"),
]
Changes = Annotated[list[ChangeBody], Field(min_length=1, max_length=100)]


class Modification(Body):
    """Changes, applied together in this order or not at all."""

    changes: Changes
    reason: Reason
    dry_run: DryRun = False


class Completion(Body):
    """The result of a step. `on_behalf_of`: who was to do it; by default who holds the task."""

    activation: Name
    values: Variables
    on_behalf_of: str = ""
    reason: Reason
    dry_run: DryRun = False


class Skipping(Body):
    """A step that is to count as done, with these results."""

    activation: Name
    variables: Variables
    reason: Reason
    dry_run: DryRun = False


class ErrorThrowing(Body):
    """A business error instead of what a step was about to do."""

    activation: Name
    code: Name
    message: str = ""
    variables: Variables
    reason: Reason
    dry_run: DryRun = False


class Restart(Body):
    """Where to begin again; everything else in the same scope ends."""

    element: Name
    scope: str = ""
    variables: Variables
    reason: Reason
    dry_run: DryRun = False


class StepRef(Shape):
    """One activation of a step."""

    activation: str
    step: str


class ClockRef(Shape):
    """One timer, and when it is due."""

    timer: str
    activation: str
    due_at: AwareDatetime


class TokenRef(Shape):
    """Tokens that wait on a sequence flow in front of a joining gateway."""

    flow: str
    scope: str
    count: int


class WaitRef(Shape):
    """What the case would wait for."""

    activation: str
    step: str
    waiting_for: list[str]
    of: list[str]
    since: AwareDatetime
    until: AwareDatetime | None


class ForeseenView(Shape):
    """What a request would do to a case now; nothing was changed. `variables`: the names of those it would set."""

    case_id: str
    status: str
    happens: list[str]
    begun: list[StepRef]
    ended: list[StepRef]
    waits: list[WaitRef]
    tokens: list[TokenRef]
    timers_started: list[ClockRef]
    timers_moved: list[ClockRef]
    timers_cancelled: list[ClockRef]
    variables: list[str]
    incidents: list[str]


def foreseen_view(found: Foreseen) -> ForeseenView:
    """Show what a request would do."""
    before, after, facts = found.before, found.step.state, found.step.facts
    kept = before.timers.keys() & after.timers.keys()
    return ForeseenView(
        case_id=before.case_id,
        status=after.status,
        happens=[sentence(f.fact, f.name or f.element, f.detail) for f in facts if f.fact not in QUIET],
        begun=_steps(found, after, before),
        ended=_steps(found, before, after),
        waits=[_wait(wait) for wait in waits_of(found.definition, after)] if after.status == "running" else [],
        tokens=[TokenRef(flow=token.flow, scope=token.scope, count=token.count) for token in after.tokens],
        timers_started=[_clock(t) for name, t in after.timers.items() if name not in before.timers],
        timers_moved=[_clock(after.timers[n]) for n in sorted(kept) if _due(after, n) != _due(before, n)],
        timers_cancelled=[_clock(t) for name, t in before.timers.items() if name not in after.timers],
        variables=sorted({f.detail["name"] for f in facts if f.fact == "variable_set"}),
        incidents=[incident.reason for name, incident in after.incidents.items() if name not in before.incidents],
    )


def _steps(found: Foreseen, there: State, not_there: State) -> list[StepRef]:
    nodes = found.definition.nodes
    return [
        StepRef(activation=at.id, step=nodes[at.element].title)
        for at in there.activations.values()
        if at.id not in not_there.activations and at.element in nodes
    ]


def _clock(timer: Timer) -> ClockRef:
    return ClockRef(timer=timer.id, activation=timer.activation, due_at=timer.due_at)


def _due(state: State, timer: str) -> datetime:
    return state.timers[timer].due_at


def _wait(wait: Wait) -> WaitRef:
    return WaitRef(
        activation=wait.activation,
        step=wait.title,
        waiting_for=list(wait.what),
        of=list(wait.roles),
        since=wait.since,
        until=wait.due_at,
    )
