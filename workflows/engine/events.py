"""What can happen to a case? The closed set of events, in the past tense; each says when it occurred.

`activation` is the id of one activation of an element, `element#number`. `actor` is the opaque id of the person or
system that did it. Variables are JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pathways.migration import MigrationPlan
from workflows.engine.changes import Change
from workflows.engine.given_up import MessageGivenUp
from workflows.engine.trouble import TroubleNoted
from workflows.engine.unsent import ThrowFailed

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Started:
    """A case began: at `start_event`, or at the none start event of the process (§13.2).

    `start_event` may also be a receive task or an event behind an event-based gateway that starts cases. `part`: which
    event definition of a multiple start event occurred.
    """

    occurred_at: datetime
    case_id: str
    variables: Variables = field(default_factory=dict)
    process: str | None = None
    start_event: str | None = None
    message: str | None = None
    part: int = 0
    called: bool = False
    actor: str = ""
    kind: Literal["Started"] = "Started"


@dataclass(frozen=True, slots=True)
class WorkCompleted:
    """A worker finished a service, send, script or business rule task."""

    occurred_at: datetime
    activation: str
    variables: Variables = field(default_factory=dict)
    kind: Literal["WorkCompleted"] = "WorkCompleted"


@dataclass(frozen=True, slots=True)
class WorkFailed:
    """A worker gave up after its retries: an incident, never a silent end. `oversize`: its result was too large."""

    occurred_at: datetime
    activation: str
    reason: str
    oversize: bool = False
    kind: Literal["WorkFailed"] = "WorkFailed"


@dataclass(frozen=True, slots=True)
class BpmnErrorThrown:
    """A worker or person reported a business error that the diagram may catch (§10.5.1).

    `reason`: why a person throws it instead of what the step was about to do.
    """

    occurred_at: datetime
    activation: str
    code: str
    message: str = ""
    variables: Variables = field(default_factory=dict)
    actor: str = ""
    reason: str = ""
    kind: Literal["BpmnErrorThrown"] = "BpmnErrorThrown"


@dataclass(frozen=True, slots=True)
class EscalationThrown:
    """A worker or person reported an escalation; the work goes on unless an interrupting catcher stops it."""

    occurred_at: datetime
    activation: str
    code: str
    variables: Variables = field(default_factory=dict)
    actor: str = ""
    kind: Literal["EscalationThrown"] = "EscalationThrown"


@dataclass(frozen=True, slots=True)
class UserTaskCompleted:
    """A person completed a user task with a form that was valid.

    `on_behalf_of`: who holds it, when that is somebody else; `grounds`: why they may (`workflows.engine.authority`).
    """

    occurred_at: datetime
    activation: str
    variables: Variables = field(default_factory=dict)
    actor: str = ""
    on_behalf_of: str = ""
    grounds: str = ""
    kind: Literal["UserTaskCompleted"] = "UserTaskCompleted"


@dataclass(frozen=True, slots=True)
class UserTaskClaimed:
    """A person took a user task."""

    occurred_at: datetime
    activation: str
    actor: str
    kind: Literal["UserTaskClaimed"] = "UserTaskClaimed"


@dataclass(frozen=True, slots=True)
class UserTaskReleased:
    """A person gave a user task back to its pool; `on_behalf_of` and `grounds` as when it is completed."""

    occurred_at: datetime
    activation: str
    actor: str
    on_behalf_of: str = ""
    grounds: str = ""
    kind: Literal["UserTaskReleased"] = "UserTaskReleased"


@dataclass(frozen=True, slots=True)
class UserTaskDelegated:
    """A person handed a user task to another person; `on_behalf_of` and `grounds` as when it is completed."""

    occurred_at: datetime
    activation: str
    to: str
    actor: str
    on_behalf_of: str = ""
    grounds: str = ""
    kind: Literal["UserTaskDelegated"] = "UserTaskDelegated"


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer of the state became due; `occurred_at` may be later than its due time."""

    occurred_at: datetime
    timer: str
    kind: Literal["TimerFired"] = "TimerFired"


@dataclass(frozen=True, slots=True)
class TimerMoved:
    """A person gave a timer (`timer#3`), or the clock of a step (`examine#1`) with its ladder, another time."""

    occurred_at: datetime
    target: str
    due_at: datetime
    reason: str
    actor: str = ""
    kind: Literal["TimerMoved"] = "TimerMoved"


@dataclass(frozen=True, slots=True)
class ClockStopped:
    """A person stopped a running clock: one timer, or all clocks of a step; its remaining time is kept."""

    occurred_at: datetime
    target: str
    reason: str
    actor: str = ""
    kind: Literal["ClockStopped"] = "ClockStopped"


@dataclass(frozen=True, slots=True)
class ClockResumed:
    """A person let a stopped clock run on: what remained when it stopped remains now."""

    occurred_at: datetime
    target: str
    reason: str
    actor: str = ""
    kind: Literal["ClockResumed"] = "ClockResumed"


@dataclass(frozen=True, slots=True)
class WaitOverdue:
    """A wait was not over when it should have been: at its due time, or after the time that such a wait may take."""

    occurred_at: datetime
    activation: str
    kind: Literal["WaitOverdue"] = "WaitOverdue"


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """A message came for this case. Nobody waiting: it is kept for `ttl` (ISO 8601 duration), or until `expires_at`."""

    occurred_at: datetime
    name: str
    correlation_key: str
    message_id: str
    variables: Variables = field(default_factory=dict)
    ttl: str = "P30D"
    actor: str = ""
    expires_at: datetime | None = None
    kind: Literal["MessageArrived"] = "MessageArrived"


@dataclass(frozen=True, slots=True)
class SignalArrived:
    """A signal was broadcast outside this case; every catcher of its name takes it (§10.5.5)."""

    occurred_at: datetime
    name: str
    variables: Variables = field(default_factory=dict)
    actor: str = ""
    kind: Literal["SignalArrived"] = "SignalArrived"


@dataclass(frozen=True, slots=True)
class CalledProcessEnded:
    """A process that a call activity started came to its end."""

    occurred_at: datetime
    activation: str
    outcome: Literal["completed", "error", "cancelled"]
    variables: Variables = field(default_factory=dict)
    error_code: str = ""
    kind: Literal["CalledProcessEnded"] = "CalledProcessEnded"


@dataclass(frozen=True, slots=True)
class CalledProcessEscalated:
    """A called process threw an escalation that nothing inside it caught."""

    occurred_at: datetime
    activation: str
    code: str
    variables: Variables = field(default_factory=dict)
    kind: Literal["CalledProcessEscalated"] = "CalledProcessEscalated"


@dataclass(frozen=True, slots=True)
class IncidentResolved:
    """A person repaired what stopped an activation: it is tried again, with variables changed if given."""

    occurred_at: datetime
    incident: str
    variables: Variables = field(default_factory=dict)
    actor: str = ""
    reason: str = ""
    kind: Literal["IncidentResolved"] = "IncidentResolved"


@dataclass(frozen=True, slots=True)
class ActivitySkipped:
    """A person let a step, or what an incident stopped, count as done, with these results."""

    occurred_at: datetime
    activation: str
    reason: str
    variables: Variables = field(default_factory=dict)
    actor: str = ""
    kind: Literal["ActivitySkipped"] = "ActivitySkipped"


@dataclass(frozen=True, slots=True)
class Modified:
    """A person changed where the tokens of a case are: all changes together, or none."""

    occurred_at: datetime
    changes: tuple[Change, ...]
    reason: str
    actor: str = ""
    kind: Literal["Modified"] = "Modified"


@dataclass(frozen=True, slots=True)
class Migrated:
    """The case goes on with another version of its pathway: the definition that `step` is given with this event."""

    occurred_at: datetime
    plan: MigrationPlan
    reason: str
    actor: str = ""
    kind: Literal["Migrated"] = "Migrated"


@dataclass(frozen=True, slots=True)
class MigrationUndone:
    """The case goes back to where it was before a migration after which nothing has moved.

    `before`: its state then, as JSON; `migrated_seq`: the number of the last fact of the migration. `step` is given the
    definition of that state.
    """

    occurred_at: datetime
    before: str
    migrated_seq: int
    reason: str
    actor: str = ""
    kind: Literal["MigrationUndone"] = "MigrationUndone"


@dataclass(frozen=True, slots=True)
class VariablesSet:
    """Variables were changed from outside the diagram; due dates anchored to them follow."""

    occurred_at: datetime
    variables: Variables
    actor: str = ""
    reason: str = ""
    kind: Literal["VariablesSet"] = "VariablesSet"


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """The whole case was called off."""

    occurred_at: datetime
    reason: str
    actor: str = ""
    kind: Literal["CancelRequested"] = "CancelRequested"


Event = (
    Started
    | WorkCompleted
    | WorkFailed
    | BpmnErrorThrown
    | EscalationThrown
    | UserTaskCompleted
    | UserTaskClaimed
    | UserTaskReleased
    | UserTaskDelegated
    | TimerFired
    | TimerMoved
    | ClockStopped
    | ClockResumed
    | WaitOverdue
    | MessageArrived
    | MessageGivenUp
    | SignalArrived
    | CalledProcessEnded
    | CalledProcessEscalated
    | ThrowFailed
    | IncidentResolved
    | ActivitySkipped
    | Modified
    | Migrated
    | MigrationUndone
    | VariablesSet
    | TroubleNoted
    | CancelRequested
)
