"""Would a case have gone the same way with another version? What really came to it is given to that version too.

The pure engine plays the record (`recorded.py`) twice: on the version that the case ran, which must give its very facts
again, else nothing can be told; then on the candidate. Nothing is sent, started or written: what the engine asks for is
dropped, and the answers are those that really came. Clocks that both versions have ring when they rang; one that only
the candidate has rings when it is due.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from pathways.bpmn.model import Definition
from workflows.engine.errors import EventRejected
from workflows.engine.events import (
    ActivitySkipped,
    ClockResumed,
    ClockStopped,
    Event,
    IncidentResolved,
    Started,
    TimerFired,
    TimerMoved,
    UserTaskCompleted,
)
from workflows.engine.facts import Fact
from workflows.engine.state import State, Timer
from workflows.engine.step import step
from workflows.proof.recorded import Brought, Input, Record, read_record
from workflows.proof.recorded_clocks import Clock
from workflows.proof.ways import AS_THEY_ARE, Names, Parting, beside, parting, way

MOST_FIRINGS = 5_000
"""Firings of clocks that only the candidate has, after which a case is left where it is."""

Outcome = Literal["same", "differs", "untold"]


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What is told of one case. `parting`: where it would leave its way; `because`: what decided otherwise.

    `reason`: why nothing can be told. `beside`: what else would be different on the same way, and at which element.
    """

    outcome: Outcome
    parting: Parting | None = None
    because: str = ""
    reason: str = ""
    beside: frozenset[tuple[str, str]] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision gave, and the numbers of the rules of its last table that matched."""

    table: str
    value: Any
    rules: tuple[int, ...]

    def matched(self) -> str:
        """Give the rules in words."""
        return f"rule {', '.join(map(str, self.rules))}" if self.rules else "no rule"


def shadow(
    own: Definition,
    candidate: Definition,
    facts: Sequence[Fact],
    *,
    now: datetime,
    names: Names = AS_THEY_ARE,
    brought: Brought | None = None,
) -> Shadowed:
    """Say whether a case with these facts, which ran `own`, would have gone the same way with `candidate`."""
    record = read_record(own, facts, brought)
    if not record.facts or record.facts[0].fact != "case_started":
        return Shadowed("untold", reason="its record does not reach back to its beginning")
    until = _until(record, now)
    again = _played(own, record, until)
    apart = parting(way(own, record.facts), way(own, again))
    if apart is not None:
        return Shadowed("untold", reason=f"its record does not explain what happened at '{_title(own, apart.element)}'")
    would_be = _played(candidate, _renamed(record, names), until)
    apart = parting(way(own, record.facts, names), way(candidate, would_be))
    if apart is not None:
        unknown = _unknown(record.facts, would_be, names, apart)
        if unknown:
            return Shadowed("untold", apart, reason=f"'{_title(candidate, apart.element)}' needs {unknown}")
        return Shadowed("differs", apart, because=_because(record.facts, would_be, names))
    if record.broken:
        return Shadowed("untold", reason=f"the same way until {record.broken}")
    return Shadowed("same", beside=frozenset(beside(again, would_be, names)))


def _until(record: Record, now: datetime) -> datetime:
    """Give how far a record is played: one that goes on, until now."""
    last = record.facts[-1].at
    return last if record.ended or record.broken else max(now, last)


def _title(definition: Definition, element: str) -> str:
    node = definition.nodes.get(element)
    return node.title if node else element


def _played(definition: Definition, record: Record, until: datetime) -> list[Fact]:
    """Give the facts that a version makes of what came, until a moment."""
    playing = _Playing(definition, record.clocks)
    for each in record.inputs:
        playing.take(each)
    playing.pass_to(until)
    return playing.facts


@dataclass(slots=True)
class _Playing:
    """A case in the shadow; `clocks` ring only when the record says so."""

    definition: Definition
    clocks: frozenset[Clock]
    state: State | None = None
    facts: list[Fact] = field(default_factory=list)
    firings: int = 0

    def take(self, came: Input) -> None:
        """Let one thing come, after the clocks that ring before it; what nobody waits for any more is dropped."""
        self.pass_to(came.at)
        event = self._meant(came)
        if event is not None:
            self._step(event)

    def pass_to(self, moment: datetime) -> None:
        """Let the clocks ring that only this version has and that are due by then, in order."""
        while (due := self._next_own(moment)) is not None and self.firings < MOST_FIRINGS:
            self.firings += 1
            self._step(TimerFired(due.due_at, due.id))

    def _step(self, event: Event) -> None:
        try:
            taken = step(self.definition, self.state, event)
        except EventRejected:
            return
        self.state = taken.state
        self.facts += taken.facts

    def _next_own(self, moment: datetime) -> Timer | None:
        own = (timer for timer in self._running() if timer.due_at <= moment and _clock(timer) not in self.clocks)
        return min(own, key=lambda timer: timer.due_at, default=None)

    def _running(self) -> Iterator[Timer]:
        timers = self.state.timers.values() if self.state and self.state.status == "running" else ()
        return (timer for timer in timers if timer.paused_at is None)

    def _meant(self, came: Input) -> Event | None:
        """Give the event for this version: its timers and incidents have numbers of their own."""
        event = came.event
        if came.clock is not None:
            return self._of_clock(came, came.clock)
        if isinstance(event, Started):
            return event if self.state is None else None
        if self.state is None or event is None:
            return None
        if isinstance(event, IncidentResolved):
            found = (each.id for each in self.state.incidents.values() if each.activation == came.stopped)
            return replace(event, incident=next(found, event.incident))
        if isinstance(event, UserTaskCompleted):
            at = self.state.activations.get(event.activation)
            return replace(event, actor=(at.task.assignee if at and at.task else None) or event.actor)
        return event

    def _of_clock(self, came: Input, clock: Clock) -> Event | None:
        timers = self.state.timers.values() if self.state else ()
        timer = next((each for each in timers if _clock(each) == clock), None)
        if timer is None:
            return None
        if isinstance(came.event, TimerMoved | ClockStopped | ClockResumed):
            return replace(came.event, target=timer.id)
        return TimerFired(came.at, timer.id) if came.at >= timer.due_at else None


def _clock(timer: Timer) -> Clock:
    return Clock(timer.activation, timer.node, timer.rung, timer.due_at)


def _renamed(record: Record, names: Names) -> Record:
    """Give a record in the words of the other version."""
    if not names.elements:
        return record
    clocks = frozenset(_renamed_clock(each, names) for each in record.clocks)
    return replace(record, inputs=tuple(_renamed_input(each, names) for each in record.inputs), clocks=clocks)


def _renamed_clock(clock: Clock, names: Names) -> Clock:
    return replace(clock, activation=names.activation(clock.activation), node=names.element(clock.node))


def _renamed_input(came: Input, names: Names) -> Input:
    clock = _renamed_clock(came.clock, names) if came.clock else None
    event = _renamed_event(came.event, names) if came.event else None
    return replace(came, event=event, clock=clock, stopped=names.activation(came.stopped))


def _renamed_event(event: Event, names: Names) -> Event:
    match event:
        case Started():
            return replace(event, start_event=names.element(event.start_event) if event.start_event else None)
        case TimerMoved() | ClockStopped() | ClockResumed():
            return replace(event, target=names.activation(event.target))
        case ActivitySkipped():
            return replace(event, activation=names.activation(event.activation))
        case _ if (activation := getattr(event, "activation", None)) is not None:
            changes: dict[str, Any] = {"activation": names.activation(activation)}
            return replace(event, **changes)
        case _:
            return event


def _unknown(record: Sequence[Fact], would_be: Sequence[Fact], names: Names, apart: Parting) -> str:
    """Name the variables that the candidate reads where it decides otherwise and that its record does not have."""
    written = {str(fact.detail.get("name")) for fact in record if fact.fact == "variable_set"}
    known = written | {name for fact in record for name, _ in _read(fact)}
    was = _decided(record, names)
    read = [pair for fact in would_be if _bears_on(apart, fact, was) for pair in _read(fact)]
    empty = {name for name, value in read if value is None}
    missing = sorted(name for name in empty - known if name.partition(".")[0] not in written)
    return ", ".join(f"'{name}'" for name in missing) + ", which its record does not have" if missing else ""


def _bears_on(apart: Parting, fact: Fact, was: Mapping[str, Decision]) -> bool:
    """Say whether something of the candidate may be why it parts: done there, or decided otherwise before."""
    before = was.get(fact.activation)
    otherwise = (before.value if before else None) != fact.detail.get("value")
    return fact.at == apart.at or (fact.at < apart.at and otherwise)


def _read(fact: Fact) -> Iterator[tuple[str, Any]]:
    read = fact.detail.get("read", {})
    yield from read.items() if isinstance(read, Mapping) else ()


def _because(record: Sequence[Fact], would_be: Sequence[Fact], names: Names) -> str:
    """Say which decision table first gave something else, and by which rules; values are a patient's and not told."""
    was, now = _decided(record, names), _decided(would_be, AS_THEY_ARE)
    for activation, decision in now.items():
        before = was.get(activation)
        if before and before.value != decision.value:
            return f"{decision.table} matched {decision.matched()}, it was {before.matched()}"
    return ""


def _decided(facts: Sequence[Fact], names: Names) -> dict[str, Decision]:
    """By activation, the last one of each."""
    made = (fact for fact in facts if fact.fact == "decision" and fact.detail.get("what") == "decision")
    return {names.activation(fact.activation): _decision(fact.detail) for fact in made}


def _decision(detail: Mapping[str, Any]) -> Decision:
    tables = detail.get("matched") or [{}]
    return Decision(str(detail["expression"]), detail.get("value"), tuple(tables[-1].get("rules", ())))
