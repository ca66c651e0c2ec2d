"""What do people and systems ask of a case, and what is the answer? The arguments of the workflow and its updates.

The host adds the time; the engine decides. Every request names its actor (an opaque person or system id).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pathways.migration import MigrationPlan
from workflows.engine.changes import Change
from workflows.engine.facts import Fact
from workflows.engine.state import State

WATCHING = 2
URGENT = 3
NAMED = 4
PROMPT = 5
OUTLASTING = 6
DUE_FIRST = 7
REPINNED = 8
AS_ARMED = 9
HOST = AS_ARMED
"""What the host does in which order, as a number: a run keeps the one it began with, the next run has the newest.

1: as first built. 2: a timer of its own looks for overdue waits. 3: the search attribute
`Urgency` follows the variable `priority`. 4: `WaitingFor` names work by its type, without the quotes of FEEL.
5: a call that is called off before it begins never begins; a case that wants to leave its history wakes for what waits.
6: a case that is over leaves its history too while something keeps it; a called case that ends lets the next one begin.
7: what is due comes before what arrives in the same workflow task.
8: a call that begins after its caller has migrated begins in the version that the new one pins.
9: timers that are due at the same moment fire as they were armed, not as their ids sort (`timer#10` before `timer#2`).
"""


@dataclass(frozen=True, slots=True)
class StartCase:
    """Argument of the workflow. `state` comes only from continue-as-new.

    `correlation_keys`: business keys by which messages find this case (referral id, order ids), never patient names.
    `start_event` and `part`: the node and event definition that started it, when a message or signal did.
    `signal_ids`: digests of the signals that the case has taken, carried over with `state`.
    `case_page`: the address of its page.
    `host`: which order of commands the history of this run follows (`HOST`, docs/upgrades.md).
    """

    case_id: str
    key: str
    sha256: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    process: str | None = None
    message: str | None = None
    start_event: str | None = None
    part: int = 0
    business_key: str = ""
    correlation_keys: tuple[str, ...] = ()
    urgency: str = "routine"
    actor: str = ""
    caller: str | None = None
    caller_activation: str | None = None
    case_page: str = ""
    state: State | None = None
    signal_ids: tuple[str, ...] = ()
    host: int = 1


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Complete a user task; `variables` are the form's values, already validated against its schema.

    `on_behalf_of`: who holds it, when that is somebody else; `grounds`: why they may (`workflows.engine.authority`).
    """

    activation: str
    actor: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    on_behalf_of: str = ""
    grounds: str = ""


@dataclass(frozen=True, slots=True)
class ClaimTask:
    """Take a user task."""

    activation: str
    actor: str


@dataclass(frozen=True, slots=True)
class ReleaseTask:
    """Give a user task back to its pool; `on_behalf_of` and `grounds` as when it is completed."""

    activation: str
    actor: str
    on_behalf_of: str = ""
    grounds: str = ""


@dataclass(frozen=True, slots=True)
class DelegateTask:
    """Hand a user task to the person `to`; `on_behalf_of` and `grounds` as when it is completed."""

    activation: str
    to: str
    actor: str
    on_behalf_of: str = ""
    grounds: str = ""


@dataclass(frozen=True, slots=True)
class DeliverMessage:
    """Bring a message to the case, which keeps it for `ttl` or until `expires_at`.

    The same `message_id` twice is one message.
    """

    name: str
    correlation_key: str
    message_id: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    ttl: str = "P30D"
    actor: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GiveUpMessage:
    """Let the case keep a message no longer, since a person deals with it; one that it does not keep is no fault."""

    message_id: str
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class DeliverSignal:
    """Tell of a signal: to one case, or to every case but `thrower` and every process that it starts.

    `signal_id` names the throw: a case takes it once, and it begins each process once.
    """

    name: str
    signal_id: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    actor: str = ""
    thrower: str = ""


@dataclass(frozen=True, slots=True)
class ResolveIncident:
    """Try again what stopped, after changing variables if given."""

    incident: str
    actor: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Change variables of the process scope."""

    variables: Mapping[str, Any]
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MoveTimer:
    """Give a timer (`timer#3`), or the due time of a step (`examine#1`), another time."""

    target: str
    due_at: datetime
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class StopClock:
    """Let a timer, or all clocks of a step, stand still."""

    target: str
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class ResumeClock:
    """Let a stopped clock run on."""

    target: str
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Let a step, or what an incident stopped, count as done with these results."""

    activation: str
    reason: str
    actor: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThrowError:
    """Throw a BPMN error that the diagram catches, instead of what a step was about to do."""

    activation: str
    code: str
    reason: str
    actor: str
    message: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Modify:
    """Change where the tokens of a case are: all changes, or none."""

    changes: tuple[Change, ...]
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Migrate:
    """Let the case go on with another published version of its pathway."""

    plan: MigrationPlan
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class UndoMigration:
    """Put the case back where it stood before it was migrated, if nothing has moved since."""

    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class CancelCase:
    """Call the whole case off."""

    reason: str
    actor: str


Request = (
    CompleteTask
    | ClaimTask
    | ReleaseTask
    | DelegateTask
    | DeliverMessage
    | GiveUpMessage
    | DeliverSignal
    | ResolveIncident
    | SetVariables
    | MoveTimer
    | StopClock
    | ResumeClock
    | Skip
    | ThrowError
    | Modify
    | Migrate
    | UndoMigration
    | CancelCase
)

REQUESTS: Mapping[str, type[Request]] = {
    "complete_task": CompleteTask,
    "claim_task": ClaimTask,
    "release_task": ReleaseTask,
    "delegate_task": DelegateTask,
    "deliver_message": DeliverMessage,
    "give_up_message": GiveUpMessage,
    "deliver_signal": DeliverSignal,
    "resolve_incident": ResolveIncident,
    "set_variables": SetVariables,
    "move_timer": MoveTimer,
    "stop_clock": StopClock,
    "resume_clock": ResumeClock,
    "skip": Skip,
    "throw_error": ThrowError,
    "modify": Modify,
    "migrate": Migrate,
    "undo_migration": UndoMigration,
    "cancel_case": CancelCase,
}
"""The name of the workflow update that carries each request."""


def update_name(request: Request) -> str:
    """Give the name of the workflow update that carries this request."""
    return next(name for name, kind in REQUESTS.items() if kind is type(request))


@dataclass(frozen=True, slots=True)
class OpenedTask:
    """A user task that a step opened."""

    case_id: str
    activation: str
    element: str
    title: str
    groups: tuple[str, ...]
    assignee: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to an update: its facts up to `seq` are in the read model when it is given.

    `outcome` of a message or signal: delivered to a wait, buffered until someone waits, or a duplicate.
    """

    case_id: str
    seq: int
    status: str
    opened: tuple[OpenedTask, ...] = ()
    outcome: Literal["accepted", "delivered", "buffered", "duplicate"] = "accepted"


@dataclass(frozen=True, slots=True)
class CaseEnded:
    """The result of the workflow: how the case ended, and its variables for a caller."""

    outcome: Literal["completed", "terminated", "error", "cancelled"]
    variables: Mapping[str, Any] = field(default_factory=dict)
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Argument of `project_facts`: facts of one case, in order. (case_id, seq) makes projecting idempotent.

    `case` is the StartCase without variables and state: what the read model needs to know of the case itself.
    """

    case: StartCase
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """Argument of an activity that serves a service, send or business rule task.

    `idempotency_key` is the same however often the activity is tried: an effect under it happens once.
    """

    case_id: str
    business_key: str
    activation: str
    element: str
    title: str
    headers: Mapping[str, str]
    variables: Mapping[str, Any]
    pathway: str = ""
    urgency: str = "routine"

    @property
    def idempotency_key(self) -> str:
        """Case and activation: a retry has the same, a loop in the diagram has another."""
        return f"{self.case_id}:{self.activation}"


@dataclass(frozen=True, slots=True)
class WorkResult:
    """What an activity gives back: variables, or a BPMN error code that the diagram may catch."""

    variables: Mapping[str, Any] = field(default_factory=dict)
    error_code: str = ""
    error_message: str = ""
