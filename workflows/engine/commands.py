"""What does the engine ask of the world? The closed set of commands, in the imperative.

A command is idempotent by its id: the id is the activation (`element#number`), timer or subscription it serves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class PerformWork:
    """Run the worker of `task_type`; answer with WorkCompleted, WorkFailed or BpmnErrorThrown."""

    activation: str
    element: str
    title: str
    task_type: str
    attempts: int
    headers: Mapping[str, str]
    variables: Mapping[str, Any]
    kind: Literal["PerformWork"] = "PerformWork"


@dataclass(frozen=True, slots=True)
class CancelWork:
    """The result of this work is no longer wanted."""

    activation: str
    kind: Literal["CancelWork"] = "CancelWork"


@dataclass(frozen=True, slots=True)
class OfferUserTask:
    """Show this task to the people of `groups` or to `assignee`."""

    activation: str
    element: str
    title: str
    groups: tuple[str, ...]
    assignee: str | None
    due_at: datetime | None
    kind: Literal["OfferUserTask"] = "OfferUserTask"


@dataclass(frozen=True, slots=True)
class WithdrawUserTask:
    """Take the task off every worklist."""

    activation: str
    kind: Literal["WithdrawUserTask"] = "WithdrawUserTask"


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Send TimerFired at `due_at`; sent again with a new `due_at` when the timer moves."""

    timer: str
    due_at: datetime
    summary: str
    kind: Literal["StartTimer"] = "StartTimer"


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """This timer is no longer wanted."""

    timer: str
    kind: Literal["CancelTimer"] = "CancelTimer"


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Route messages with this name and correlation key, or signals with this name, to this case."""

    subscription: str
    name: str
    correlation_key: str = ""
    event: Literal["message", "signal"] = "message"
    kind: Literal["Subscribe"] = "Subscribe"


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Nobody waits for this message any more."""

    subscription: str
    kind: Literal["Unsubscribe"] = "Unsubscribe"


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Throw a message to whichever case waits for it; `message_id` makes it arrive once."""

    message_id: str
    name: str
    correlation_key: str
    variables: Mapping[str, Any]
    kind: Literal["SendMessage"] = "SendMessage"


@dataclass(frozen=True, slots=True)
class BroadcastSignal:
    """Tell every other case, and every process that it starts, of a signal; `signal_id` names the throw."""

    signal_id: str
    name: str
    variables: Mapping[str, Any]
    kind: Literal["BroadcastSignal"] = "BroadcastSignal"


Unsent = SendMessage | BroadcastSignal
"""What a case throws to others, and does not wait for."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell people something outside the diagram's flow, such as a rung of an escalation ladder."""

    notification: str
    element: str
    title: str
    level: str
    tell: tuple[str, ...]
    channel: tuple[str, ...]
    kind: Literal["Notify"] = "Notify"


@dataclass(frozen=True, slots=True)
class CallProcess:
    """Start the published process `process_id`; answer with CalledProcessEnded unless `detached`."""

    activation: str
    element: str
    title: str
    process_id: str
    sha256: str
    variables: Mapping[str, Any]
    detached: bool
    kind: Literal["CallProcess"] = "CallProcess"


@dataclass(frozen=True, slots=True)
class CancelCalledProcess:
    """Call off the process that this activation started."""

    activation: str
    kind: Literal["CancelCalledProcess"] = "CancelCalledProcess"


@dataclass(frozen=True, slots=True)
class EscalateToCaller:
    """An escalation left this called process: tell the call activity that started it."""

    code: str
    variables: Mapping[str, Any]
    kind: Literal["EscalateToCaller"] = "EscalateToCaller"


@dataclass(frozen=True, slots=True)
class RaiseIncident:
    """Tell an administrator that this activation cannot go on."""

    incident: str
    activation: str
    reason: str
    kind: Literal["RaiseIncident"] = "RaiseIncident"


@dataclass(frozen=True, slots=True)
class EndCase:
    """The case is over."""

    outcome: Literal["completed", "terminated", "error", "cancelled"]
    variables: Mapping[str, Any] = field(default_factory=dict)
    error_code: str = ""
    kind: Literal["EndCase"] = "EndCase"


Command = (
    PerformWork
    | CancelWork
    | OfferUserTask
    | WithdrawUserTask
    | StartTimer
    | CancelTimer
    | Subscribe
    | Unsubscribe
    | SendMessage
    | BroadcastSignal
    | Notify
    | CallProcess
    | CancelCalledProcess
    | EscalateToCaller
    | RaiseIncident
    | EndCase
)
