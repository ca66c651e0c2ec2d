"""What is a step made of while it runs? The case in motion: facts and commands gather, frozen at the end.

`Run` keeps books and decides nothing; `lifecycle` holds the moves, `elements/` the meaning of each element.
"""

from collections import ChainMap, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from pathways.bpmn.model import Definition, FlowNode, SequenceFlow
from workflows.engine.commands import Command
from workflows.engine.facts import Fact, FactKind
from workflows.engine.index import Index, index_of
from workflows.engine.state import (
    Activation,
    BufferedMessage,
    Compensable,
    Compensation,
    Incident,
    Listening,
    State,
    Status,
    Subscription,
    Timer,
    Token,
    changed,
)

Values = Mapping[str, Any]
_EMPTY: tuple[Any, ...] = (None, "", (), {})
_TOLD = frozenset({"name", "value"})
"""What a fact tells of a variable though it be empty."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A token that is about to enter a node. `fired`: the node's event already occurred, with these variables."""

    node: FlowNode
    scope: str
    flow: str | None = None
    fired: Values | None = None


@dataclass(frozen=True, slots=True)
class Beginning:
    """An instance of a multi-instance activity that is about to begin."""

    activation: str


@dataclass(frozen=True, slots=True)
class Undoing:
    """A compensation that is about to go on."""

    compensation: str


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one element type does.

    `enter` runs it, `select` chooses outgoing flows. `arrive` keeps an arriving token or lets it enter; `join` is asked
    again when nothing else moves, and says whether it let something move. `left`: an activation inside it completed.
    `emptied`: it holds no token any more; says whether it now completes. `heard`: its task listeners have answered.
    """

    enter: Callable[["Run", Activation, Values | None], None]
    select: Callable[["Run", Activation], list[SequenceFlow]]
    arrive: Callable[["Run", Arrival], bool] | None = None
    join: Callable[["Run", FlowNode, str], bool] | None = None
    left: Callable[["Run", Activation, Activation], None] | None = None
    emptied: Callable[["Run", Activation], bool] | None = None
    heard: Callable[["Run", Activation, Listening], None] | None = None


@dataclass(slots=True)
class Run:
    """A case in motion within one step; `now` is the time of the event."""

    definition: Definition
    behaviours: Mapping[str, Behaviour]
    now: datetime
    case_id: str
    process: str
    called: bool
    semantics: int
    seq: int
    status: Status = "running"
    activations: dict[str, Activation] = field(default_factory=dict)
    tokens: dict[str, dict[str, int]] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    buffered: list[BufferedMessage] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    message_ids: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    compensables: list[Compensable] = field(default_factory=list)
    compensations: dict[str, Compensation] = field(default_factory=dict)
    conversations: dict[str, str] = field(default_factory=dict)
    trouble: str = ""
    inside: dict[str, dict[str, None]] = field(default_factory=dict)
    held: dict[str, dict[str, None]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    agenda: deque[Arrival | Beginning | Undoing] = field(default_factory=deque)
    late: deque[Arrival] = field(default_factory=deque)
    moves: int = 0
    dirty_scopes: dict[str, None] = field(default_factory=dict)
    changed_names: dict[str, None] = field(default_factory=dict)
    conditions_due: bool = False
    index: Index = field(init=False)

    def __post_init__(self) -> None:
        """Find the look-ups of the definition once."""
        self.index = index_of(self.definition)

    @property
    def root(self) -> str:
        """The activation id of the process itself."""
        return f"{self.process}#1"

    def node(self, element: str) -> FlowNode:
        """Give the flow node with this id."""
        return self.definition.nodes[element]

    def flow(self, flow: str) -> SequenceFlow:
        """Give the sequence flow with this id."""
        return self.definition.flows[flow]

    def number(self, element: str) -> str:
        """Give the next activation id of this element."""
        self.counts[element] = self.counts.get(element, 0) + 1
        return f"{element}#{self.counts[element]}"

    def fact(self, fact: FactKind, at: Activation | None = None, **detail: Any) -> None:
        """Record what happened; empty details are left out."""
        self.seq += 1
        kept = {key: value for key, value in detail.items() if value or key in _TOLD or value not in _EMPTY}
        if at is None:
            self.facts.append(Fact(self.seq, self.now, fact, detail=kept))
            return
        node = self.definition.nodes.get(at.element)
        name, kind = (node.name, node.type) if node else (self.definition.name, "process")
        self.facts.append(Fact(self.seq, self.now, fact, at.element, name, kind, at.id, kept))

    def record(self, fact: FactKind, done: Compensable, **detail: Any) -> None:
        """Record what happens to an activation that completed earlier."""
        self.fact(fact, Activation(done.activation, done.element, done.scope, self.now), **detail)

    def change(self, activation: Activation, **changes: Any) -> Activation:
        """Replace fields of an activation and give the new one."""
        self.activations[activation.id] = new = changed(activation, changes)
        return new

    def add(self, activation: Activation) -> Activation:
        """Take a new activation into its scope."""
        self.activations[activation.id] = activation
        self.inside.setdefault(activation.scope, {})[activation.id] = None
        return activation

    def remove(self, activation: Activation) -> None:
        """Forget an activation."""
        del self.activations[activation.id]
        self.inside[activation.scope].pop(activation.id, None)

    def children(self, scope: str) -> list[Activation]:
        """Give the activations directly inside a scope, oldest first."""
        return [self.activations[child] for child in self.inside.get(scope, ())]

    def put_token(self, flow: str, scope: str, count: int = 1) -> None:
        """Leave tokens on a sequence flow in front of a joining node."""
        flows = self.tokens.setdefault(scope, {})
        flows[flow] = flows.get(flow, 0) + count

    def take_token(self, flow: str, scope: str) -> None:
        """Consume one token of a sequence flow."""
        flows = self.tokens[scope]
        flows[flow] -= 1
        if not flows[flow]:
            del flows[flow]
        if not flows:
            del self.tokens[scope]

    def tokens_at(self, node: FlowNode, scope: str) -> dict[str, int]:
        """Give how many tokens wait on each incoming sequence flow of a node that has any."""
        flows = self.tokens.get(scope, {})
        return {flow: flows[flow] for flow in node.incoming if flow in flows}

    def hold(self, wait: Timer | Subscription) -> None:
        """Keep an armed timer or an open subscription for its activation."""
        if isinstance(wait, Timer):
            self.timers[wait.id] = wait
        else:
            self.subscriptions[wait.id] = wait
        self.held.setdefault(wait.activation, {})[wait.id] = None

    def release(self, wait: Timer | Subscription) -> None:
        """Forget a timer or subscription."""
        if isinstance(wait, Timer):
            del self.timers[wait.id]
        else:
            del self.subscriptions[wait.id]
        self.held[wait.activation].pop(wait.id, None)

    def timers_of(self, activation: str) -> list[Timer]:
        """Give the timers armed for an activation, oldest first."""
        return [self.timers[name] for name in self.held.get(activation, ()) if name in self.timers]

    def subscriptions_of(self, activation: str) -> list[Subscription]:
        """Give the subscriptions open for an activation, oldest first."""
        return [self.subscriptions[name] for name in self.held.get(activation, ()) if name in self.subscriptions]

    def scopes(self, activation_id: str) -> Iterator[Activation]:
        """Give this activation and every scope around it, innermost first."""
        while activation_id:
            activation = self.activations[activation_id]
            yield activation
            activation_id = activation.scope

    def visible(self, activation_id: str) -> ChainMap[str, Any]:
        """Give the variables that this activation sees: its own, then those of every scope around it."""
        return ChainMap(*(cast(dict[str, Any], scope.variables) for scope in self.scopes(activation_id)))

    def set_local(self, activation: Activation, values: Values, *, actor: str = "", reason: str = "") -> Activation:
        """Write variables on this very scope."""
        for name, value in values.items():
            self.changed_names[name] = None
            self.conditions_due = True
            written = {"name": name, "value": value, "scope": activation.id}
            self.fact("variable_set", activation, **written, actor=actor, reason=reason)
        return self.change(activation, variables={**activation.variables, **values}) if values else activation

    def set_outward(self, scope_id: str, values: Values, *, actor: str = "", reason: str = "") -> None:
        """Write each variable on the nearest scope that has it, else on the process (Camunda 8 propagation)."""
        for name, value in values.items():
            holder = next((s for s in self.scopes(scope_id) if name in s.variables), None)
            self.set_local(holder or self.activations[self.root], {name: value}, actor=actor, reason=reason)

    def freeze(self) -> State:
        """Give the state as it now stands."""
        return State(
            case_id=self.case_id,
            sha256=self.definition.sha256,
            process=self.process,
            status=self.status,
            semantics=self.semantics,
            called=self.called,
            seq=self.seq,
            activations=self.activations,
            tokens=tuple(
                Token(flow, scope, count) for scope, flows in self.tokens.items() for flow, count in flows.items()
            ),
            timers=self.timers,
            subscriptions=self.subscriptions,
            buffered=tuple(self.buffered),
            incidents=self.incidents,
            activation_counts=self.counts,
            message_ids=tuple(self.message_ids),
            ended=tuple(self.ended),
            compensables=tuple(self.compensables),
            compensations=self.compensations,
            conversations=self.conversations,
            trouble=self.trouble,
        )


def thaw(definition: Definition, state: State, behaviours: Mapping[str, Behaviour], now: datetime) -> Run:
    """Set a frozen case in motion again; the state itself is never changed."""
    run = Run(
        definition=definition,
        behaviours=behaviours,
        now=now,
        case_id=state.case_id,
        process=state.process,
        called=state.called,
        semantics=state.semantics,
        seq=state.seq,
        status=state.status,
        activations=dict(state.activations),
        buffered=list(state.buffered),
        incidents=dict(state.incidents),
        counts=dict(state.activation_counts),
        message_ids=list(state.message_ids),
        ended=list(state.ended),
        compensables=list(state.compensables),
        compensations=dict(state.compensations),
        conversations=dict(state.conversations),
        trouble=state.trouble,
    )
    for activation in state.activations.values():
        run.inside.setdefault(activation.scope, {})[activation.id] = None
    for token in state.tokens:
        run.put_token(token.flow, token.scope, token.count)
    for timer in state.timers.values():
        run.hold(timer)
    for subscription in state.subscriptions.values():
        run.hold(subscription)
    return run
