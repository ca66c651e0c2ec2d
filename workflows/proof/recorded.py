"""What came to a case from outside, and when? Its facts, turned back into the events that its engine was given.

Facts say what an event did, not what it was. So an event is read back from the fact that it caused first, and what it
brought from the variables that were written then; where a mapping computed something from a result, only what can be
told for certain is given back. Whether this is all that mattered is proved by playing the record on the version that
the case itself ran (`shadow.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pathways.bpmn.model import Definition, FlowNode
from workflows.engine.events import (
    ActivitySkipped,
    BpmnErrorThrown,
    CalledProcessEnded,
    CalledProcessEscalated,
    CancelRequested,
    EscalationThrown,
    Event,
    IncidentResolved,
    MessageArrived,
    SignalArrived,
    Started,
    UserTaskCompleted,
    VariablesSet,
    WorkCompleted,
    WorkFailed,
)
from workflows.engine.facts import Fact
from workflows.engine.given_up import MessageGivenUp
from workflows.proof.recorded_clocks import Clock, Clocks, change_of
from workflows.proof.written import result_before, result_until

Values = Mapping[str, Any]
BY_HAND = {
    "modified": "a person moved its tokens by hand",
    "migrated": "it went on with another version",
    "migration_undone": "it went back to another version",
}
"""Facts after which a record can be followed no further, and why."""

AT_ONCE = 3
"""Among so many facts stands the error with which a called process ended."""

LISTENED = "what a listener of a step answered is not in its record"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that came from outside. Without an event `clock` fires; with one it is what the event is about.

    `stopped`: the activation whose incident the event resolves.
    """

    at: datetime
    event: Event | None = None
    clock: Clock | None = None
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a case: what came, every clock that it had, and the facts that this explains.

    `broken`: why it cannot be followed beyond the last of `facts`; `ended`: the case is over.
    """

    inputs: tuple[Input, ...]
    clocks: frozenset[Clock]
    facts: tuple[Fact, ...]
    broken: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """What others know of what came: variables by message id, and by the activation that called a case."""

    messages: Mapping[str, Values] = field(default_factory=dict)
    calls: Mapping[str, Values] = field(default_factory=dict)


def read_record(definition: Definition, facts: Sequence[Fact], brought: Brought | None = None) -> Record:
    """Read back what came to a case that ran `definition`; `facts`: all of them, in order."""
    return _Reading(definition, facts, brought or Brought()).record()


class _Reading:
    """One pass over the facts of a case."""

    def __init__(self, definition: Definition, facts: Sequence[Fact], brought: Brought) -> None:
        self.definition = definition
        self.facts = facts
        self.brought = brought
        self.clocks = Clocks()
        self.seen: set[tuple[Any, ...]] = set()
        self.holders = {str(fact.detail.get("scope")) for fact in facts if _is_instance(fact)}

    def record(self) -> Record:
        """Read until the end, or to where the record breaks off."""
        inputs: list[Input] = []
        for place, fact in enumerate(self.facts):
            broken = LISTENED if "listener" in fact.detail else BY_HAND.get(fact.fact, "")
            if broken:
                return Record(tuple(inputs), frozenset(self.clocks.all), tuple(self.facts[:place]), broken, ended=False)
            self.clocks.note(fact)
            inputs += self._inputs(place, fact)
        ended = any(fact.fact == "case_ended" for fact in self.facts)
        return Record(tuple(inputs), frozenset(self.clocks.all), tuple(self.facts), "", ended=ended)

    def _inputs(self, place: int, fact: Fact) -> Iterator[Input]:
        read = READERS.get(fact.fact)
        found = read(self, place, fact) if read is not None else None
        if found is not None:
            yield found

    def node(self, element: str) -> FlowNode | None:
        """Give the node of an element, None of the process itself."""
        return self.definition.nodes.get(element)

    def first(self, *what: Any) -> bool:
        """Say whether this is the first time that this is seen."""
        is_first = what not in self.seen
        self.seen.add(what)
        return is_first

    def started(self, place: int, fact: Fact) -> Input:
        """The case began: with the variables that were written at once, at the event whose start was activated."""
        variables = {each.detail["name"]: each.detail.get("value") for each in self._following(place)}
        begun = next((each for each in self.facts[place:] if each.fact == "activated"), fact)
        node = self.node(begun.element)
        named = node is not None and (node.instantiate or (node.type == "startEvent" and node.trigger is not None))
        start_event = begun.element if named else None
        process, called = fact.detail.get("process"), bool(fact.detail.get("called"))
        event = Started(fact.at, "shadow", variables, process=process, start_event=start_event, called=called)
        return Input(fact.at, event)

    def _following(self, place: int) -> Iterator[Fact]:
        for fact in self.facts[place + 1 :]:
            if fact.fact != "variable_set":
                return
            yield fact

    def completed(self, place: int, fact: Fact) -> Input | None:
        """A person or a worker was done; what completes by itself does so again."""
        node = self.node(fact.element)
        if node is None or fact.activation in self.holders or ("skipped", fact.activation) in self.seen:
            return None
        if node.type == "userTask":
            brought = fact.detail.get("variables", {})
            return Input(fact.at, UserTaskCompleted(fact.at, fact.activation, brought, fact.detail.get("actor", "")))
        if node.work is None:
            return None
        return Input(fact.at, WorkCompleted(fact.at, fact.activation, result_before(self.facts, place, node)))

    def skipped(self, _place: int, fact: Fact) -> Input:
        """A person let a step count as done."""
        self.seen.add(("skipped", fact.activation))
        detail = fact.detail
        event = ActivitySkipped(
            fact.at, fact.activation, detail["reason"], detail.get("variables", {}), detail.get("actor", "")
        )
        return Input(fact.at, event)

    def failed(self, _place: int, fact: Fact) -> Input:
        """A worker gave up."""
        return Input(fact.at, WorkFailed(fact.at, fact.activation, fact.detail.get("reason", "")))

    def fired(self, _place: int, fact: Fact) -> Input | None:
        """A clock came to its end."""
        clock = self.clocks.of(fact)
        return Input(fact.at, clock=clock) if clock is not None else None

    def message(self, place: int, fact: Fact) -> Input | None:
        """A message came, the first time that it is told of."""
        detail = fact.detail
        message_id = str(detail.get("message_id", ""))
        if not self.first("message", message_id):
            return None
        known = self.brought.messages.get(message_id)
        variables = result_until(self.facts, place, self.node(detail.get("node", ""))) if known is None else known
        about = (detail.get("message", ""), detail.get("key", ""), message_id)
        return Input(fact.at, MessageArrived(fact.at, *about, variables, _kept_for(fact)))

    def message_given_up(self, _place: int, fact: Fact) -> Input:
        """A person dealt with a message that was kept."""
        detail = fact.detail
        about = (detail["message_id"], detail.get("reason", ""), detail.get("actor", ""))
        return Input(fact.at, MessageGivenUp(fact.at, *about))

    def signal(self, place: int, fact: Fact) -> Input | None:
        """A signal came from another case; one that it threw itself it will throw again."""
        name = fact.detail.get("signal", "")
        thrown = (each for each in self._same_step(place) if each.fact == "signal_thrown")
        own = any(each.detail.get("signal") == name for each in thrown)
        if own or not self.first("signal", name, fact.at):
            return None
        variables = result_until(self.facts, place, self.node(fact.detail.get("node", "")))
        return Input(fact.at, SignalArrived(fact.at, name, variables))

    def _same_step(self, place: int) -> Iterator[Fact]:
        for fact in reversed(self.facts[:place]):
            if fact.at != self.facts[place].at:
                return
            yield fact

    def call_ended(self, place: int, fact: Fact) -> Input:
        """A called process came to its end, as its own case says."""
        known = self.brought.calls.get(fact.activation)
        variables = result_before(self.facts, self._end_of(place), self.node(fact.element)) if known is None else known
        following = self.facts[place : place + AT_ONCE]
        code = next((each.detail.get("code", "") for each in following if each.fact == "error_thrown"), "")
        self.seen.add(("call error", fact.activation))
        event = CalledProcessEnded(fact.at, fact.activation, fact.detail["outcome"], variables, code)
        return Input(fact.at, event)

    def _end_of(self, place: int) -> int:
        """Give the place where the activation of the fact at `place` completes, else the next one."""
        activation = self.facts[place].activation
        for later, fact in enumerate(self.facts[place:], place):
            if fact.fact == "completed" and fact.activation == activation:
                return later
        return place + 1

    def error(self, place: int, fact: Fact) -> Input | None:
        """A worker or a person reported an error; an end event throws its own again."""
        if not self._comes_from_outside(fact) or ("call error", fact.activation) in self.seen:
            return None
        brought = result_until(self.facts, place, self.node(fact.detail.get("caught_by", "")))
        variables = {name: value for name, value in brought.items() if name not in ("errorCode", "errorMessage")}
        code, message, actor, reason = (fact.detail.get(name, "") for name in ("code", "message", "actor", "reason"))
        return Input(fact.at, BpmnErrorThrown(fact.at, fact.activation, code, message, variables, actor, reason))

    def escalation(self, place: int, fact: Fact) -> Input | None:
        """A worker, a person or a called process escalated; an end event does so again."""
        if not self._comes_from_outside(fact):
            return None
        code = fact.detail.get("code", "")
        variables = result_until(self.facts, place, self.node(fact.detail.get("caught_by", "")))
        kind = CalledProcessEscalated if fact.type == "callActivity" else EscalationThrown
        return Input(fact.at, kind(fact.at, fact.activation, code, variables))

    def _comes_from_outside(self, fact: Fact) -> bool:
        node = self.node(fact.element)
        return node is not None and (node.type in ("userTask", "callActivity") or node.work is not None)

    def resolved(self, place: int, fact: Fact) -> Input | None:
        """A person let what had stopped be tried again."""
        if fact.detail.get("how") != "retried":
            return None
        actor = fact.detail.get("actor", "")
        written = [each for each in self._following(place) if each.detail.get("actor", "") == actor]
        self.seen.update(("written", each.seq) for each in written)
        variables = {each.detail["name"]: each.detail.get("value") for each in written} if actor else {}
        why = fact.detail.get("reason", "")
        event = IncidentResolved(fact.at, str(fact.detail["incident"]), variables, actor, why)
        return Input(fact.at, event, stopped=fact.activation)

    def variable(self, place: int, fact: Fact) -> Input | None:
        """Variables were changed from outside: only then somebody is named."""
        actor = fact.detail.get("actor", "")
        mine = [fact, *(each for each in self._following(place) if each.detail.get("actor", "") == actor)]
        if not actor or ("written", fact.seq) in self.seen or self._is_of_a_skip(place):
            return None
        self.seen.update(("written", each.seq) for each in mine)
        values = {each.detail["name"]: each.detail.get("value") for each in mine}
        return Input(fact.at, VariablesSet(fact.at, values, actor, fact.detail.get("reason", "")))

    def _is_of_a_skip(self, place: int) -> bool:
        return any(each.fact == "skipped" for each in self._same_step(place))

    def clock_changed(self, _place: int, fact: Fact) -> Input | None:
        """A person moved, stopped or resumed the clock of a step, with all timers that it holds."""
        event = change_of(fact, fact.activation)
        if event is None:
            return None
        self.seen.add(("clock", fact.activation, fact.at))
        return Input(fact.at, event)

    def timer_changed(self, _place: int, fact: Fact) -> Input | None:
        """A person moved, stopped or resumed one timer."""
        event, clock = change_of(fact, str(fact.detail["timer"])), self.clocks.of(fact)
        if event is None or clock is None or ("clock", fact.activation, fact.at) in self.seen:
            return None
        was = fact.detail.get("was")
        return Input(fact.at, event, clock=replace(clock, due_at=datetime.fromisoformat(was)) if was else clock)

    def ended(self, _place: int, fact: Fact) -> Input | None:
        """The case was called off."""
        if fact.detail.get("outcome") != "cancelled":
            return None
        return Input(fact.at, CancelRequested(fact.at, fact.detail.get("reason", ""), fact.detail.get("actor", "")))


def _is_instance(fact: Fact) -> bool:
    """Say whether an activation began inside one of its own element: as an instance of it."""
    return fact.fact == "activated" and str(fact.detail.get("scope", "")).rpartition("#")[0] == fact.element


def _kept_for(fact: Fact) -> str:
    until = fact.detail.get("expires_at")
    return f"PT{int((datetime.fromisoformat(until) - fact.at).total_seconds())}S" if until else "P30D"


READERS: Mapping[str, Callable[[_Reading, int, Fact], Input | None]] = {
    "case_started": _Reading.started,
    "completed": _Reading.completed,
    "skipped": _Reading.skipped,
    "work_failed": _Reading.failed,
    "timer_fired": _Reading.fired,
    "message_received": _Reading.message,
    "message_buffered": _Reading.message,
    "message_given_up": _Reading.message_given_up,
    "signal_received": _Reading.signal,
    "call_ended": _Reading.call_ended,
    "error_thrown": _Reading.error,
    "escalation_thrown": _Reading.escalation,
    "incident_resolved": _Reading.resolved,
    "variable_set": _Reading.variable,
    "due_changed": _Reading.clock_changed,
    "clock_stopped": _Reading.clock_changed,
    "clock_resumed": _Reading.clock_changed,
    "timer_moved": _Reading.timer_changed,
    "timer_paused": _Reading.timer_changed,
    "timer_resumed": _Reading.timer_changed,
    "case_ended": _Reading.ended,
}
"""By the fact that an event causes first, how the event is read back. Facts that are not here follow from others."""
