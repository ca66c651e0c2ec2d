"""What does a throwing event do? Its event definitions, one after the other (BPMN 2.0.2 §10.5.3, §10.5.4, §13.5.3).

What ends its own scope (terminate, cancel, error) comes last, so that nothing that is drawn is left out.
"""

from pathways.bpmn.model import (
    CancelTrigger,
    CompensationTrigger,
    ErrorTrigger,
    EscalationTrigger,
    FlowNode,
    MessageTrigger,
    SignalTrigger,
    SingleTrigger,
    TerminateTrigger,
    parts,
)
from workflows.engine import compensating, lifecycle
from workflows.engine.expressions import Stopped
from workflows.engine.run import Run
from workflows.engine.state import Activation
from workflows.engine.triggers import cancel, error, escalation, message, signal, terminate
from workflows.engine.unsent import ThrowFailed

_ORDER = ("message", "signal", "escalation", "compensation", "terminate", "cancel", "error")


def throw_and_finish(run: Run, at: Activation, node: FlowNode) -> None:
    """Throw all that the event says, then complete it unless it waits or was interrupted."""
    for trigger in sorted(parts(node.trigger), key=lambda part: _ORDER.index(part.kind)):
        if not _throw(run, run.activations[at.id], trigger):
            return
    lifecycle.finish(run, at.id, {})


def fail(run: Run, event: ThrowFailed) -> None:
    """Note that nobody was told; whoever threw it has gone on, so it is an incident of the whole case."""
    lifecycle.raise_incident(run, run.root, Stopped("message", event.reason), event.thrown)


def _throw(run: Run, at: Activation, trigger: SingleTrigger) -> bool:
    """Throw one event definition; say whether the thrower goes on."""
    match trigger:
        case MessageTrigger():
            return message.send(run, at)
        case SignalTrigger():
            return signal.throw_signal(run, at, trigger.name)
        case EscalationTrigger():
            return escalation.throw_escalation(run, at.id, trigger.code or "", dict(at.variables))
        case CompensationTrigger():
            return compensating.throw(run, at, trigger)
        case TerminateTrigger():
            terminate.terminate_scope(run, at)
            return True
        case CancelTrigger():
            cancel.cancel_transaction(run, at)
            return False
        case ErrorTrigger():
            error.throw_error(run, at.id, trigger.code or "", "", dict(at.variables))
            return False
        case _:
            raise AssertionError(f"a {trigger.kind} event cannot be thrown")
