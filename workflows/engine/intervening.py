"""What may a person do with one step that is stuck? Let it count as done, or throw an error instead of it.

Trying again is `lifecycle.resume`; moving tokens is `modifying`.
"""

from pathways.bpmn.model import ErrorTrigger
from workflows.engine import lifecycle, listeners, work
from workflows.engine.catchers import catcher_of
from workflows.engine.errors import EventRejected
from workflows.engine.events import ActivitySkipped, BpmnErrorThrown
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation, Incident
from workflows.engine.triggers import error

CHOOSING = frozenset({"exclusiveGateway", "eventBasedGateway", "inclusiveGateway", "complexGateway"})
"""What chooses a way: it never counts as done before one is chosen."""


def skip(run: Run, event: ActivitySkipped) -> None:
    """Let a step count as done: its mappings are not evaluated, `variables` are its result.

    What was thrown and could not be sent, and what stopped no step but concerns the case, is named by its incident.

    Raises:
        EventRejected: it is not open, a way has to be chosen there, or no reason is given.
    """
    if not event.reason.strip():
        raise EventRejected("invalid", "a step is skipped for a reason: say which")
    incident = run.incidents.get(event.activation)
    if incident is not None and (incident.unsent is not None or _stops_nothing(run, incident)):
        lifecycle.close_incident(run, incident, actor=event.actor, how="skipped", reason=event.reason)
        return
    at = _skippable(run, event.activation, incident)
    run.fact("skipped", at, reason=event.reason, actor=event.actor, variables=dict(event.variables))
    _close_incidents(run, at, actor=event.actor, how="skipped")
    call_off(run, at)
    run.set_outward(at.scope, event.variables, actor=event.actor)
    lifecycle.complete(run, run.activations[at.id], event.variables, actor=event.actor)


def _skippable(run: Run, activation: str, incident: Incident | None) -> Activation:
    if incident is not None and incident.activation == run.root:
        listens = run.activations[run.root].listening is not None
        what = "its listener has not answered" if listens else "its events are not awaited yet"
        raise EventRejected(
            "invalid", f"{run.definition.name!r} is no step, and {what}: correct the cause, and try again"
        )
    at = step_of(run, activation)
    node = run.node(at.element)
    if node.type in CHOOSING:
        raise EventRejected("invalid", f"{node.title!r} chooses a way: move its token to the step that is to follow")
    if at.stage in ("cancelling", "compensating") or at.compensation is not None:
        raise EventRejected("invalid", f"{node.title!r} is part of a compensation, which cannot be skipped")
    return at


def _stops_nothing(run: Run, incident: Incident) -> bool:
    """Say whether the case goes on beside it: a due time, say, stays as it was."""
    root = run.activations[run.root]
    return incident.activation == run.root and root.stage == "active" and root.listening is None


def complete(run: Run, at: Activation, variables: Values, *, actor: str) -> None:
    """Let a step complete with a result, its output mappings included, as if whoever works on it had said so.

    Raises:
        EventRejected: it has not begun, or an incident stopped it.
    """
    node = run.node(at.element)
    stopped = any(incident.activation == at.id for incident in run.incidents.values())
    if stopped or at.stage != "active" or at.listening is not None or node.type in CHOOSING or node.is_scope:
        raise EventRejected("invalid", f"{node.title!r} cannot be completed as it stands: skip it, or move its token")
    call_off(run, at)
    lifecycle.finish(run, at.id, variables, actor=actor)


def throw_error(run: Run, event: BpmnErrorThrown) -> None:
    """Throw an error that the diagram catches, instead of what the step was about to do.

    One that nothing in a called case catches ends it and goes to its caller: whether that catches it, is asked before.

    Raises:
        EventRejected: it is not open, nobody would catch the error, or no reason is given.
    """
    if not event.reason.strip():
        raise EventRejected("invalid", "an error is thrown for a reason: say which")
    at = step_of(run, event.activation)
    if not run.called and catcher_of(run, at, ErrorTrigger, event.code) is None:
        raise EventRejected("invalid", f"nobody catches the error {event.code!r} thrown by {at.id}")
    _close_incidents(run, at, actor=event.actor, how="error")
    by = {"actor": event.actor, "reason": event.reason}
    error.throw_error(run, at.id, event.code, event.message, event.variables, **by)


def step_of(run: Run, activation: str) -> Activation:
    """Give an open activation of a flow node.

    Raises:
        EventRejected: there is none with this id.
    """
    at = run.activations.get(activation)
    if at is None or at.element not in run.definition.nodes:
        require_drawn(run, activation)
        raise EventRejected("not-open", f"{activation} is not open in case {run.case_id}: it ended or never began")
    return at


def require_drawn(run: Run, name: str) -> None:
    """Go on only when the element of an activation is in the diagram.

    Raises:
        EventRejected: a person has mistyped it; nothing of that name can have ended.
    """
    element = name.partition("#")[0]
    if element not in run.definition.nodes and all(element != process.id for process in run.definition.processes):
        raise EventRejected("invalid", f"{element!r} is no element of this pathway")


def call_off(run: Run, at: Activation) -> None:
    """Call off what an activation waits for, and end everything inside it."""
    work.withdraw(run, at)
    if run.children(at.id) or at.id in run.tokens:
        lifecycle.empty_scope(run, at.id)
    listeners.withdraw(run, at)
    run.change(run.activations[at.id], listening=None)


def _close_incidents(run: Run, at: Activation, *, actor: str, how: str) -> None:
    for incident in [incident for incident in run.incidents.values() if incident.activation == at.id]:
        lifecycle.close_incident(run, incident, actor=actor, how=how)
