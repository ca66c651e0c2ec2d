"""End event: consume a token, and throw what the event says (BPMN 2.0.2 §10.5.3, §13.5.6)."""

from pathways.bpmn.model import ErrorTrigger, EscalationTrigger, MessageTrigger, TerminateTrigger
from workflows.engine import lifecycle
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation
from workflows.engine.triggers import error, escalation, message, terminate


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """End this branch; only this scope when it terminates (§13.5.6)."""
    trigger = run.node(at.element).trigger
    match trigger:
        case ErrorTrigger():
            error.throw_error(run, at.id, trigger.code or "", "", {})
        case EscalationTrigger():
            if escalation.throw_escalation(run, at.id, trigger.code or "", {}):
                lifecycle.finish(run, at.id, {})
        case TerminateTrigger():
            terminate.terminate_scope(run, at)
            lifecycle.finish(run, at.id, {})
        case MessageTrigger():
            if message.send(run, at):
                lifecycle.finish(run, at.id, {})
        case _:
            lifecycle.finish(run, at.id, {})
