"""Which rows does a case have while its facts are applied? All that is open, in memory; no database here."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, TypeVar

from sqlalchemy.orm import configure_mappers
from sqlalchemy.orm.attributes import manager_of_class
from sqlmodel import SQLModel

from records.tables import (
    AwaitedKey,
    Case,
    CaseKey,
    Incident,
    Notification,
    OpenActivation,
    RungStart,
    ScopeVariables,
    Subscription,
    Task,
    TaskCandidate,
    Timer,
)
from workflows.contract.requests import StartCase
from workflows.engine.facts import Fact

MessageStatus = Literal["delivered", "buffered", "expired", "given_up", "ignored"]
Row = TypeVar("Row", bound=SQLModel)
Key = tuple[type[SQLModel], tuple[Any, ...]]
Image = dict[Key, dict[str, Any]]
"""The values of rows, by their table and primary key."""


@dataclass(slots=True)
class CaseRows:
    """The rows of one case. Handlers change them; `records.projection.project` loads and saves them.

    `activations`, `timers`, `subscriptions` and `scopes` hold only what is open: what leaves is deleted.
    `tasks` and `incidents` hold the open ones and stay in the database when closed. `candidates` are new ones; those
    of the tasks `offered_anew` are all that there are. `saved`: what the database has of them.
    """

    start: StartCase
    case: Case | None = None
    activations: dict[str, OpenActivation] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    scopes: dict[str, ScopeVariables] = field(default_factory=dict)
    keys: list[CaseKey] = field(default_factory=list)
    awaited: dict[str, AwaitedKey] = field(default_factory=dict)
    candidates: list[TaskCandidate] = field(default_factory=list)
    offered_anew: set[str] = field(default_factory=set)
    notifications: dict[str, Notification] = field(default_factory=dict)
    rung_starts: dict[str, RungStart] = field(default_factory=dict)
    messages: dict[str, MessageStatus] = field(default_factory=dict)
    saved: Image = field(default_factory=dict)

    @property
    def case_id(self) -> str:
        """The id of the case."""
        return self.start.case_id

    @property
    def root_case_id(self) -> str:
        """The id of the case that nobody called: a called case's id begins with its caller's."""
        return self.case_id.partition("/")[0] if self.start.caller else self.case_id

    def all(self) -> Iterator[SQLModel]:
        """Give every row that is derived from facts alone."""
        if self.case is not None:
            yield self.case
        for kind in (self.activations, self.tasks, self.timers, self.subscriptions, self.incidents, self.scopes):
            yield from kind.values()
        yield from self.keys
        yield from self.candidates

    def forget_closed(self) -> None:
        """Keep only what is open, once everything is saved."""
        self.tasks = {name: task for name, task in self.tasks.items() if task.is_open}
        self.incidents = {name: each for name, each in self.incidents.items() if each.resolved_at is None}
        for written in (
            self.keys,
            self.awaited,
            self.candidates,
            self.offered_anew,
            self.notifications,
            self.rung_starts,
            self.messages,
        ):
            written.clear()

    def offer_anew(self, activation: str) -> None:
        """Forget to whom a task was offered so far."""
        self.offered_anew.add(activation)
        self.candidates = [row for row in self.candidates if row.activation != activation]

    def activation(self, fact: Fact) -> OpenActivation:
        """Give the open activation that a fact is about, opened now when the fact is its first."""
        known = self.activations.get(fact.activation)
        if known is None:
            known = self.activations[fact.activation] = made(
                OpenActivation,
                case_id=self.case_id,
                activation=fact.activation,
                root_case_id=self.root_case_id,
                element=fact.element,
                title=title(fact),
                type=fact.type,
                since=fact.at,
            )
        return known


def made(table: type[Row], **values: Any) -> Row:
    """Make a row as its constructor does, for a fraction of the processor: that tells the ORM of each value by itself.

    No session ever has these rows. Lists and contexts in them are replaced, never changed: rows share their defaults.
    """
    row: Row = manager_of_class(table).new_instance()
    row.__dict__.update(_defaults(table), **values)
    return row


@cache
def _defaults(table: type[SQLModel]) -> dict[str, Any]:
    configure_mappers()  # the constructor would: only then a value can be given to a row
    optional = ((name, each) for name, each in table.model_fields.items() if not each.is_required())
    return {name: each.get_default(call_default_factory=True) for name, each in optional}


def title(fact: Fact) -> str:
    """The name that people read, else the id."""
    return fact.name or fact.element
