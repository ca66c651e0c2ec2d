"""What does an event wait for, or throw? Its event definitions (BPMN 2.0.2 §10.5.5)."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TimerTrigger:
    """A timer event definition (§10.5.5). `expression` gives ISO 8601 text or a FEEL date, duration or cycle."""

    form: Literal["date", "duration", "cycle"]
    expression: str
    kind: Literal["timer"] = "timer"


@dataclass(frozen=True, slots=True)
class MessageTrigger:
    """A message event definition: matches by the message's name and a correlation key.

    `correlation_key` (FEEL) is evaluated by who waits; without one the name alone matches. `payload_key` (FEEL) reads
    the key out of the message's own variables (§8.4.2, correlation properties); `conversation` is the id of the
    standard's CorrelationKey that the first message of a case fills.
    """

    name: str
    correlation_key: str | None = None
    payload_key: str | None = None
    conversation: str | None = None
    kind: Literal["message"] = "message"


@dataclass(frozen=True, slots=True)
class ErrorTrigger:
    """An error event definition; `code` None catches every BPMN error."""

    code: str | None
    kind: Literal["error"] = "error"


@dataclass(frozen=True, slots=True)
class EscalationTrigger:
    """An escalation event definition; `code` None catches every escalation."""

    code: str | None
    kind: Literal["escalation"] = "escalation"


@dataclass(frozen=True, slots=True)
class TerminateTrigger:
    """A terminate event definition: ends every token of its scope (§13.5.6)."""

    kind: Literal["terminate"] = "terminate"


@dataclass(frozen=True, slots=True)
class SignalTrigger:
    """A signal event definition: broadcast to every catcher of its name (§10.5.5)."""

    name: str
    kind: Literal["signal"] = "signal"


@dataclass(frozen=True, slots=True)
class ConditionalTrigger:
    """A conditional event definition: occurs whenever `condition` (FEEL) becomes true."""

    condition: str
    kind: Literal["conditional"] = "conditional"


@dataclass(frozen=True, slots=True)
class LinkTrigger:
    """A link event definition: a token jumps from the throw to the catch event of the same name in its scope."""

    name: str
    kind: Literal["link"] = "link"


@dataclass(frozen=True, slots=True)
class CompensationTrigger:
    """A compensation event definition.

    `activity`: the one activity to compensate, None for every completed one of the scope. `waits`: whether the
    throwing event waits until all handlers are done.
    """

    activity: str | None = None
    waits: bool = True
    kind: Literal["compensation"] = "compensation"


@dataclass(frozen=True, slots=True)
class CancelTrigger:
    """A cancel event definition: a transaction is called off (end event), or was (boundary event)."""

    kind: Literal["cancel"] = "cancel"


SingleTrigger = (
    TimerTrigger
    | MessageTrigger
    | ErrorTrigger
    | EscalationTrigger
    | TerminateTrigger
    | SignalTrigger
    | ConditionalTrigger
    | LinkTrigger
    | CompensationTrigger
    | CancelTrigger
)


@dataclass(frozen=True, slots=True)
class MultipleTrigger:
    """Several event definitions on one event: any of them catches (`parallel`: all of them); a throw throws all."""

    triggers: tuple[SingleTrigger, ...]
    parallel: bool = False
    kind: Literal["multiple"] = "multiple"


Trigger = SingleTrigger | MultipleTrigger


def parts(trigger: Trigger | None) -> tuple[SingleTrigger, ...]:
    """Give the single event definitions of a trigger, in their written order."""
    if trigger is None:
        return ()
    return trigger.triggers if isinstance(trigger, MultipleTrigger) else (trigger,)
