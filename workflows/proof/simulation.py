"""What would this pathway do? The pure engine with a virtual clock: no Temporal, no network, no waiting.

A `Simulation` plays the host: it starts called processes, routes messages, fires timers in order of their due time,
and leaves tasks and work to whoever drives it.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pathways.bpmn.model import Definition, MessageTrigger, SignalTrigger
from workflows.engine.commands import (
    BroadcastSignal,
    CallProcess,
    CancelCalledProcess,
    Command,
    EndCase,
    EscalateToCaller,
    PerformWork,
    SendMessage,
)
from workflows.engine.events import (
    CalledProcessEnded,
    CalledProcessEscalated,
    CancelRequested,
    Event,
    MessageArrived,
    SignalArrived,
    Started,
    TimerFired,
    WaitOverdue,
    WorkCompleted,
)
from workflows.engine.facts import Fact
from workflows.engine.overdue import late_waits
from workflows.engine.state import Activation, State, asks_for
from workflows.engine.step import step
from workflows.engine.timers import in_order
from workflows.engine.triggers.message import brings_key, waits_for
from workflows.proof.starts import StartTimer, start_timers, starts_by

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""When a simulation begins unless told otherwise: a working Monday morning."""

_AN_INSTANT = timedelta(microseconds=1)

MOST_CASES = 1_000
MOST_STEPS = 50_000
"""Cases and steps after which cases that keep each other busy are stopped."""

Worker = Callable[[PerformWork], Mapping[str, Any] | None]


@dataclass(slots=True)
class SimulatedCase:
    """One case of a simulation; `caller` and `call` name the case and activation that started it."""

    definition: Definition
    state: State
    caller: str | None = None
    call: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact and the case it belongs to."""

    case_id: str
    fact: Fact


@dataclass(slots=True)
class Simulation:
    """Cases in motion on a virtual clock. `work` answers service tasks at once; None from it leaves them open."""

    definitions: Mapping[str, Definition]
    now: datetime = MONDAY
    work: Worker = lambda _command: {}
    cases: dict[str, SimulatedCase] = field(default_factory=dict)
    trace: list[Recorded] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    performed: list[tuple[str, PerformWork]] = field(default_factory=list)
    undelivered: list[SendMessage] = field(default_factory=list)
    pending: deque[tuple[str, Command]] = field(default_factory=deque)
    performing: bool = False
    start_timers: list[StartTimer] = field(default_factory=list)
    steps: int = 0
    overrun: str = ""

    def start(
        self,
        key: str,
        variables: Mapping[str, Any],
        *,
        case_id: str = "case",
        message: str | None = None,
        process: str | None = None,
        start_event: str | None = None,
        part: int = 0,
    ) -> str:
        """Start a case of the definition with this key and give its id."""
        started = Started(
            self.now,
            case_id,
            dict(variables),
            process=process,
            message=message,
            start_event=start_event,
            part=part,
        )
        self._begin(case_id, self.definitions[key], started)
        return case_id

    def send(self, case_id: str, event: Event) -> None:
        """Give one event to a case, and carry out what it asks for.

        Raises:
            EventRejected: the event fits nothing that waits.
        """
        case = self.cases[case_id]
        if self._is_overrun():
            return
        result = step(case.definition, case.state, event)
        self.ended.extend(result.state.ended[len(case.state.ended) :])
        case.state = result.state
        self._take(case_id, result.facts, result.commands)

    def message(self, name: str, key: str, variables: Mapping[str, Any], *, message_id: str) -> bool:
        """Route a message to every case that waits for it, else start the process it starts; say whether one did."""
        routed = self._route(SendMessage(message_id, name, key, dict(variables)))
        self._perform_pending()
        return routed

    def signal(self, name: str, variables: Mapping[str, Any], *, thrower: str = "") -> bool:
        """Broadcast a signal to every case but its thrower, and start what it starts; say whether anyone took it."""
        heard: set[tuple[str, str]] = set()
        for case_id, case in list(self.running()):
            waits = [s.node for s in case.state.subscriptions.values() if s.event == "signal" and s.name == name]
            if case_id != thrower and waits and case.state.status == "running":
                self.send(case_id, SignalArrived(self.now, name, dict(variables)))
                heard.update((case.definition.key, node) for node in waits)
        starts = starts_by(self.definitions, lambda t: isinstance(t, SignalTrigger) and t.name == name)
        for key, node, part in starts:
            if (key, node) not in heard:
                self._start_next(key, node, part, variables)
        if not self.performing:
            self._perform_pending()
        return bool(heard or starts)

    def arm_starts(self, key: str, process: str, variables: Mapping[str, Any]) -> None:
        """Arm the timer start events of a process."""
        self.start_timers.extend(start_timers(self.definitions[key], key, process, self.now, variables))

    def deliver(self, case_id: str, name: str, key: str, variables: Mapping[str, Any], *, message_id: str) -> None:
        """Bring a message to one case, which keeps it when it does not wait for it yet."""
        self.send(case_id, MessageArrived(self.now, name, key, message_id, dict(variables)))

    def advance_to(self, moment: datetime) -> None:
        """Let time pass; every timer due until then fires, in order."""
        while (due := self.next_due()) is not None and due[0] <= moment and self.fire_next():
            pass
        self._note_late(moment)
        self.now = max(self.now, moment)

    def fire_next(self) -> bool:
        """Let time pass to the next timer and fire it alone; say whether there was one."""
        due = self.next_due()
        if due is None or self.overrun:
            return False
        self._note_late(due[0] - _AN_INSTANT)
        self.now = max(self.now, due[0])
        if not due[1]:
            self._fire_start(self.start_timers[int(due[2])])
            return True
        self.send(due[1], TimerFired(self.now, due[2]))
        return True

    def next_due(self) -> tuple[datetime, str, str] | None:
        """Give the due time, case and id of the timer that fires next; of a start timer no case, and its number."""
        starts = [(timer.plan.due_at, "", str(number)) for number, timer in enumerate(self.start_timers)]
        armed = [
            (timer.due_at, case_id, timer.id)
            for case_id, case in self.running()
            for timer in in_order(case.state.timers.values())
        ]
        return min([*starts, *armed], key=lambda due: due[0], default=None)

    def _note_late(self, until: datetime) -> None:
        """Let waits become overdue, in the order in which they do."""
        late = [
            (moment, case_id, activation)
            for case_id, case in self.running()
            for moment, activation in late_waits(case.definition, case.state)
            if moment <= until
        ]
        for moment, case_id, activation in sorted(late):
            self.now = max(self.now, moment)
            self.send(case_id, WaitOverdue(self.now, activation))

    def running(self) -> Iterator[tuple[str, SimulatedCase]]:
        """Give the cases that are not over."""
        return ((case_id, case) for case_id, case in self.cases.items() if case.state.status == "running")

    def find(self, element: str) -> list[tuple[str, Activation]]:
        """Give the open activations of an element, by its id or an activation id, oldest first."""
        return [
            (case_id, at)
            for case_id, case in self.running()
            for at in case.state.activations.values()
            if element in (at.element, at.id) and at.items is None
        ]

    def _fire_start(self, timer: StartTimer) -> None:
        """Start the case of a timer start event and arm its next start."""
        self.start_timers.remove(timer)
        following = timer.following(self.definitions[timer.key])
        self.start_timers.extend([following] if following else [])
        self._start_next(timer.key, timer.node, timer.part, timer.variables)

    def _start_next(self, key: str, node: str, part: int, variables: Mapping[str, Any]) -> None:
        case_id = f"case-{len(self.cases) + 1}"
        process = self.definitions[key].nodes[node].scope
        self.start(key, variables, case_id=case_id, process=process, start_event=node, part=part)

    def _is_overrun(self) -> bool:
        """Stop cases that keep each other busy for ever."""
        self.steps += 1
        if self.steps > MOST_STEPS or len(self.cases) >= MOST_CASES:
            self.overrun = f"stopped after {self.steps} steps of {len(self.cases)} cases: they do not come to rest"
            self.pending.clear()
            self.undelivered.clear()
        return bool(self.overrun)

    def _begin(self, case_id: str, definition: Definition, started: Started, **called_by: str) -> None:
        if self._is_overrun():
            return
        result = step(definition, None, started)
        self.ended.extend(result.state.ended)
        self.cases[case_id] = SimulatedCase(definition, result.state, **called_by)
        self._take(case_id, result.facts, result.commands)

    def _take(self, case_id: str, facts: tuple[Fact, ...], commands: tuple[Command, ...]) -> None:
        self.trace.extend(Recorded(case_id, fact) for fact in facts)
        self.pending.extend((case_id, command) for command in commands)
        if not self.performing:
            self._perform_pending()

    def _perform_pending(self) -> None:
        """Carry out commands in the order they were asked for; what they cause waits its turn, as in the host."""
        self.performing = True
        try:
            while self.pending or self._deliver_waited_for():
                if self.pending:
                    self._perform(*self.pending.popleft())
        finally:
            self.performing = False

    def _deliver_waited_for(self) -> bool:
        """Route one message that somebody now waits for; say whether there was one."""
        if not self.undelivered:
            return False
        waited = {s.name for _, case in self.running() for s in case.state.subscriptions.values()}
        for message in self.undelivered:
            if message.name in waited and self._waiting_cases(message):
                self.undelivered.remove(message)
                return self._route(message)
        return False

    def _perform(self, case_id: str, command: Command) -> None:
        case = self.cases[case_id]
        match command:
            case PerformWork():
                self._work(case_id, command)
            case CallProcess():
                self._call(case_id, command)
            case SendMessage() if not self._route(command):
                self.undelivered.append(command)
            case BroadcastSignal():
                self.signal(command.name, command.variables, thrower=case_id)
            case CancelCalledProcess(activation=activation):
                self._cancel_called(case_id, activation)
            case EscalateToCaller() if case.caller and case.call and self._is_open(case.caller, case.call):
                event = CalledProcessEscalated(self.now, case.call, command.code, command.variables)
                self.send(case.caller, event)
            case EndCase() if case.caller and case.call and self._is_open(case.caller, case.call):
                self._end_call(case.caller, case.call, command)
            case _:
                pass

    def _is_open(self, case_id: str, activation: str) -> bool:
        return activation in self.cases[case_id].state.activations

    def _work(self, case_id: str, command: PerformWork) -> None:
        self.performed.append((case_id, command))
        wanted = asks_for(self.cases[case_id].state, command.activation)
        result = self.work(command) if wanted else None
        if result is not None:
            self.send(case_id, WorkCompleted(self.now, command.activation, dict(result)))

    def _call(self, case_id: str, command: CallProcess) -> None:
        if not (command.detached or self._is_open(case_id, command.activation)):
            return
        called = f"{case_id}/{command.activation}"
        started = Started(
            self.now, called, dict(command.variables), process=command.process_id, called=not command.detached
        )
        definition = next(d for d in self.definitions.values() if d.sha256 == command.sha256)
        by = {} if command.detached else {"caller": case_id, "call": command.activation}
        self._begin(called, definition, started, **by)

    def _cancel_called(self, case_id: str, activation: str) -> None:
        called = f"{case_id}/{activation}"
        if called in self.cases and self.cases[called].state.status == "running":
            self.cases[called].caller = None
            self.send(called, CancelRequested(self.now, "the caller no longer wants it"))

    def _end_call(self, caller: str, call: str, command: EndCase) -> None:
        outcome = "completed" if command.outcome == "terminated" else command.outcome
        self.send(caller, CalledProcessEnded(self.now, call, outcome, command.variables, command.error_code))

    def _waiting_cases(self, message: SendMessage) -> list[tuple[str, str]]:
        """Give the cases that wait for a message, with the key that they expect; without a key its name decides."""
        found = []
        for case_id, case in self.running():
            plain = self._arrival(message, "")
            named = [s for s in case.state.subscriptions.values() if (s.event, s.name) == ("message", message.name)]
            keys = sorted({s.correlation_key for s in named if not brings_key(case.definition, s, plain)})
            for key in [message.correlation_key] if message.correlation_key else ["", *keys]:
                arrived = self._arrival(message, key)
                if named and waits_for(case.definition, case.state, arrived):
                    found.append((case_id, key))
                    break
        return found

    def _arrival(self, message: SendMessage, key: str) -> MessageArrived:
        return MessageArrived(self.now, message.name, key, message.message_id, message.variables)

    def _route(self, message: SendMessage) -> bool:
        cases = self._waiting_cases(message)
        for case_id, key in cases:
            if self.cases[case_id].state.status == "running":
                self.send(case_id, self._arrival(message, key))
        return bool(cases) or self._start_by(message)

    def _start_by(self, message: SendMessage) -> bool:
        """Start a case of the process that has a start event for this message; say whether there is one (§10.5.2)."""
        for key, node, part in starts_by(
            self.definitions, lambda t: isinstance(t, MessageTrigger) and t.name == message.name
        ):
            self._start_next(key, node, part, message.variables)
            return True
        return False
