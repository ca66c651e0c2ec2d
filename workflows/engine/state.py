"""Where does a case stand? The whole truth as frozen data that survives JSON at every step.

An *activation* is one run of a flow node, with id `element#number`; a scope (process, sub-process) is an activation
too, and its variables live on it. A *token* on a sequence flow waits at a joining gateway. Every count is derived.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from pathways.bpmn.model import Moment
from workflows.engine.commands import Unsent
from workflows.engine.events import Started

SEMANTICS = 1
"""Version of the engine's meaning; a case keeps the one it was started with (docs/decisions/0003)."""

Variables = Mapping[str, Any]
IncidentKind = Literal[
    "no-flow",
    "uncaught-error",
    "uncaught-cancel",
    "expression",
    "work-failed",
    "call-failed",
    "oversize",
    "deadlock",
    "loop",
    "message",
]
Stage = Literal["entering", "active", "completing", "cancelling", "compensating"]
Status = Literal["running", "completed", "terminated", "error", "cancelled"]


@dataclass(frozen=True, slots=True)
class TaskHold:
    """What a user task holds while it is open."""

    groups: tuple[str, ...]
    users: tuple[str, ...]
    assignee: str | None
    priority: int
    form_id: str | None
    follow_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listening:
    """The listeners of one moment of an activation, and all that goes on when the last of them has answered.

    `done`: how many have answered. `work`: the id of the work that is asked for now. `fired` is what the element begins
    with, `started` what the process begins with; `result` and `actor` are of its completion, `assignee` is who gets it.
    `on_behalf_of`, `grounds`: of whoever is given a task that another held. `since`: when the work was asked for.
    """

    moment: Moment
    done: int = 0
    work: str = ""
    fired: Variables | None = None
    started: Started | None = None
    result: Variables = field(default_factory=dict)
    actor: str = ""
    assignee: str | None = None
    on_behalf_of: str = ""
    grounds: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """One run of a flow node. `stage` says what a retry would do again after an incident.

    `stopped_at`: its clock stands still since then; `stood_still`: how long it did before. `overdue`: it is late.
    `ladder`: the one that was chosen where the step has a choice; `rungs_done`: numbers of `FlowNode.rungs`.
    `items`: the input collection, on the activation that holds the instances of a multi-instance activity or loop.
    `instance`: which of them this is, from 1. `arrived`: what a parallel multiple event (`node:part`) or a complex
    gateway (flows) has already seen. `pending`: what a sequential ad-hoc sub-process starts next. `compensation`:
    the compensation that this activation is a part of. `listening`: it waits for its listeners. `outcome`: what it
    was completed with by a person, kept while an incident stops it from completing.
    """

    id: str
    element: str
    scope: str
    created_at: datetime
    stage: Stage = "entering"
    variables: Variables = field(default_factory=dict)
    due_at: datetime | None = None
    stopped_at: datetime | None = None
    stood_still: timedelta = timedelta()
    overdue: bool = False
    ladder: str = ""
    rungs_done: tuple[int, ...] = ()
    task: TaskHold | None = None
    items: tuple[Any, ...] | None = None
    instance: int | None = None
    arrived: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    compensation: str | None = None
    listening: Listening | None = None
    outcome: Variables = field(default_factory=dict)


_SLOTS = tuple((slot.name, getattr(Activation, slot.name)) for slot in fields(Activation))


def changed(activation: Activation, changes: Mapping[str, Any]) -> Activation:
    """Give the activation with some fields replaced: `dataclasses.replace`, at half its cost for the hottest type."""
    new = object.__new__(Activation)
    for name, slot in _SLOTS:
        slot.__set__(new, changes[name] if name in changes else slot.__get__(activation))
    return new


@dataclass(frozen=True, slots=True)
class Token:
    """Tokens that wait on a sequence flow in front of a joining gateway: `count` of them."""

    flow: str
    scope: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Timer:
    """An armed timer: of the catching `node`, or rung number `rung` of the activation's ladder.

    `every` is the ISO 8601 duration of a cycle or a cron expression, `remaining` how often it fires after this one
    (None: for ever), `until` when at the latest; its `first` time was `done` intervals ago. `paused_at`: it stands
    still since then.
    """

    id: str
    activation: str
    node: str
    due_at: datetime
    rung: int | None = None
    every: str | None = None
    remaining: int | None = 0
    part: int = 0
    until: datetime | None = None
    first: datetime | None = None
    done: int = 0
    paused_at: datetime | None = None

    @property
    def number(self) -> int:
        """The how many-th timer of the case it is."""
        return int(self.id.rpartition("#")[2])


@dataclass(frozen=True, slots=True)
class Subscription:
    """An open wait of the event `node` for a message (name and key), a signal (name) or a condition.

    A message subscription without a key takes any message of its name. `part`: which of the node's event definitions
    this is. `met`: the condition was true when it was last read, so it must become false before it occurs again.
    """

    id: str
    activation: str
    node: str
    name: str
    correlation_key: str = ""
    event: Literal["message", "signal", "condition"] = "message"
    part: int = 0
    met: bool = False


@dataclass(frozen=True, slots=True)
class BufferedMessage:
    """A message that came before anyone waited for it."""

    name: str
    correlation_key: str
    message_id: str
    variables: Variables
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that needs a person before the activation can go on.

    `unsent`: what was thrown and did not get away. `undated`: the step or timer that could not follow its `dueAnchor`.
    """

    id: str
    activation: str
    kind: IncidentKind
    reason: str
    raised_at: datetime
    unsent: Unsent | None = None
    undated: str = ""


@dataclass(frozen=True, slots=True)
class Compensable:
    """An activity that completed in `scope` and can be compensated, with its own variables as they were then."""

    activation: str
    element: str
    scope: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compensation:
    """A running compensation of `scope`: what is still to undo, in order; `thrower` waits until all is done."""

    id: str
    scope: str
    thrower: str | None
    queue: tuple[Compensable, ...] = ()
    current: Compensable | None = None


def asks_for(state: "State", work: str) -> bool:
    """Say whether a piece of work is still wanted: by an activation itself, or by its listener."""
    listens = (at.listening for at in state.activations.values() if at.listening is not None)
    return work in state.activations or any(listening.work == work for listening in listens)


@dataclass(frozen=True, slots=True)
class State:
    """A case between two steps. `trouble`: why it cannot go on as it should, which only the watchdog can see."""

    case_id: str
    sha256: str
    process: str
    status: Status
    semantics: int = SEMANTICS
    called: bool = False
    seq: int = 0
    activations: Mapping[str, Activation] = field(default_factory=dict)
    tokens: tuple[Token, ...] = ()
    timers: Mapping[str, Timer] = field(default_factory=dict)
    subscriptions: Mapping[str, Subscription] = field(default_factory=dict)
    buffered: tuple[BufferedMessage, ...] = ()
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    activation_counts: Mapping[str, int] = field(default_factory=dict)
    message_ids: tuple[str, ...] = ()
    compensables: tuple[Compensable, ...] = ()
    compensations: Mapping[str, Compensation] = field(default_factory=dict)
    conversations: Mapping[str, str] = field(default_factory=dict)
    ended: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def root(self) -> str:
        """The activation of the process itself: the outermost scope."""
        return f"{self.process}#1"

    @property
    def variables(self) -> Variables:
        """The variables of the process scope."""
        root = self.activations.get(self.root)
        return root.variables if root else {}
