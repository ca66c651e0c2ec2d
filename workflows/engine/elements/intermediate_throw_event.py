"""Intermediate throw event: pass through, send a message, or escalate (BPMN 2.0.2 §10.5.4, §13.5.3)."""

from pathways.bpmn.model import EscalationTrigger, MessageTrigger
from workflows.engine import lifecycle
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation
from workflows.engine.triggers import escalation, message


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Throw, then go on, unless an interrupting catcher ended this scope."""
    trigger = run.node(at.element).trigger
    match trigger:
        case EscalationTrigger():
            if escalation.throw_escalation(run, at.id, trigger.code or "", {}):
                lifecycle.finish(run, at.id, {})
        case MessageTrigger():
            if message.send(run, at):
                lifecycle.finish(run, at.id, {})
        case _:
            lifecycle.finish(run, at.id, {})
