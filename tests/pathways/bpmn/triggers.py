"""How do tests write event definitions? Each kind as XML, beside the trigger that it is read as."""

from pathways.bpmn.model import (
    CancelTrigger,
    CompensationTrigger,
    ConditionalTrigger,
    ErrorTrigger,
    EscalationTrigger,
    LinkTrigger,
    MessageTrigger,
    SignalTrigger,
    SingleTrigger,
    TerminateTrigger,
    TimerTrigger,
)

TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
MESSAGE = '<bpmn:messageEventDefinition messageRef="M"/>'
KEYLESS = '<bpmn:messageEventDefinition messageRef="Keyless"/>'
SIGNAL = '<bpmn:signalEventDefinition signalRef="S"/>'
CONDITIONAL = (
    "<bpmn:conditionalEventDefinition><bpmn:condition>= x &gt; 1</bpmn:condition></bpmn:conditionalEventDefinition>"
)
ERROR = '<bpmn:errorEventDefinition errorRef="E"/>'
ESCALATION = '<bpmn:escalationEventDefinition escalationRef="X"/>'
COMPENSATION = "<bpmn:compensateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"
TERMINATE = "<bpmn:terminateEventDefinition/>"
LINK = '<bpmn:linkEventDefinition name="A"/>'

KINDS: dict[str, tuple[str, SingleTrigger]] = {
    "timer": (TIMER, TimerTrigger("duration", '"PT1H"')),
    "message": (MESSAGE, MessageTrigger("report", "orderId")),
    "signal": (SIGNAL, SignalTrigger("all")),
    "conditional": (CONDITIONAL, ConditionalTrigger("x > 1")),
    "error": (ERROR, ErrorTrigger("no-slot")),
    "escalation": (ESCALATION, EscalationTrigger("late")),
    "compensation": (COMPENSATION, CompensationTrigger()),
    "cancel": (CANCEL, CancelTrigger()),
    "terminate": (TERMINATE, TerminateTrigger()),
    "link": (LINK, LinkTrigger("A")),
}
"""Each kind of event definition with the roots of `diagrams`."""
