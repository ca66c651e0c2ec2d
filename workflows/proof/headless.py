"""How does a diagram run without a server? The contract of `pathways simulate` (docs/simulate.md)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pathways.bpmn.model import ConditionalTrigger, Definition, FlowNode, MessageTrigger, SignalTrigger, parts
from pathways.feel import compile_expression
from pathways.feel.values import add_duration, parse_duration
from workflows.engine.commands import SendMessage
from workflows.engine.errors import EventRejected
from workflows.engine.events import (
    BpmnErrorThrown,
    CancelRequested,
    EscalationThrown,
    Event,
    IncidentResolved,
    MessageArrived,
    UserTaskCompleted,
    VariablesSet,
    WorkCompleted,
    WorkFailed,
)
from workflows.engine.starting import entries, plain_starts
from workflows.engine.state import Activation, State
from workflows.proof.report import report
from workflows.proof.simulation import MONDAY, Simulation

Step = Mapping[str, Any]
LONGEST_RUN = 5_000
"""Moves of `auto` after which a run that never ends is left where it is."""
MOST_INCIDENTS = 200
"""Open incidents after which a run is stopped."""
MOST_OPEN = 2_000
"""Tokens and open activations after which a run is stopped: each step costs as much as there are."""
LONGEST_TIME = timedelta(days=3660)
"""How long `auto` lets time run unless `until` says otherwise."""
TARGETS = ("complete", "throwError", "throwEscalation", "fail")


@dataclass(slots=True)
class Headless:
    """One headless run: `script` steps in order, `auto` for everything the script does not name."""

    simulation: Simulation
    key: str
    script: Sequence[Step] = ()
    auto: bool = False
    until: datetime | None = None
    moves: int = 0
    failed: str = ""
    note: str = ""
    world: dict[str, Any] = field(default_factory=dict)
    conditional: list[str] = field(default_factory=list)
    met: set[tuple[str, int]] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    def begin(self, process: str) -> None:
        """Start a process; one that only events start waits for them, its timers armed, its conditions read."""
        definition = self.simulation.definitions[self.key]
        if plain_starts(definition, process) or not list(entries(definition, process)):
            number = len(self.simulation.cases) + 1
            self.simulation.start(self.key, self.world, case_id=f"case-{number}", process=process)
            return
        self.simulation.arm_starts(self.key, process, self.world)
        self.conditional.append(process)
        self._start_by_condition()

    def run(self) -> None:
        """Play the whole script, then everything that goes on by itself."""
        self.named = {str(step[key]) for step in self.script for key in TARGETS if key in step}
        for step in self.script:
            if not self._reach(step):
                waiting = sorted({at.element for _, at in self._waiting()})
                self.failed = self.failed or f"step {dict(step)} has no target; waiting: {waiting}"
                return
        self._fire_due()
        while self.auto and self._progress():
            pass

    def _reach(self, step: Step) -> bool:
        """Take a script step as soon as its target is there; `auto` first completes what the script does not name."""
        self._fire_due()
        self._complete_unnamed()
        while not self._take(step):
            if not (self.auto and self._progress()):
                return False
            self._complete_unnamed()
        return True

    def _complete_unnamed(self) -> None:
        while self.auto and self._may_move() and self._complete_oldest():
            pass

    def _fire_due(self) -> None:
        """Fire timers that were due when they were armed."""
        while (due := self.simulation.next_due()) is not None and due[0] <= self.simulation.now and self._may_move():
            self.simulation.fire_next()

    def _take(self, step: Step) -> bool:
        try:
            return self._act(step)
        except EventRejected:
            return False

    def _act(self, step: Step) -> bool:
        action = next((key for key in TARGETS if key in step), None)
        return self._act_on_element(action, step) if action else self._act_on_run(step)

    def _act_on_run(self, step: Step) -> bool:
        match step:
            case {"start": str(start_event)}:
                self._start(start_event, step.get("variables", {}))
            case {"message": str(name)}:
                return self._message(name, step) or self._message_to(name, step)
            case {"signal": str(name)}:
                return self.simulation.signal(self._signal_name(name), step.get("variables", {}))
            case {"advance": str(by)}:
                return self._advance(by)
            case {"set": dict(values)}:
                self._tell_cases(VariablesSet(self.simulation.now, values))
                self.world |= values
                self._start_by_condition()
            case {"cancel": True}:
                self._tell_cases(CancelRequested(self.simulation.now, "script"))
            case {"resolve": str(element)}:
                return self._resolve(element, step.get("variables", {}))
            case _:
                return False
        return True

    def _start(self, start_event: str, variables: Mapping[str, Any], *, part: int = 0) -> None:
        number = len(self.simulation.cases) + 1
        process = self.simulation.definitions[self.key].nodes[start_event].scope
        self.simulation.start(
            self.key, variables, case_id=f"case-{number}", process=process, start_event=start_event, part=part
        )

    def _message(self, name: str, step: Step) -> bool:
        """Send a message to who waits for it; with a `ttl` the first case keeps it when nobody does."""
        self.moves += 1
        sent = self._sent(name, step)
        if self.simulation.message(name, sent.correlation_key, sent.variables, message_id=sent.message_id):
            return True
        if "ttl" not in step:
            return False
        case_id, _ = next(self.simulation.running())
        about = (name, sent.correlation_key, sent.message_id, sent.variables)
        self.simulation.send(case_id, MessageArrived(self.simulation.now, *about, ttl=str(step["ttl"])))
        return True

    def _sent(self, name: str, step: Step) -> SendMessage:
        message_id = str(step.get("messageId", f"script-{self.moves}"))
        return SendMessage(message_id, name, str(step.get("correlationKey", "")), step.get("variables", {}))

    def _message_to(self, element: str, step: Step) -> bool:
        """Send the message that an element waits for; scripts may name the element when the message has no name."""
        name = self._trigger_name(element, MessageTrigger)
        return name is not None and name != element and self._message(name, step)

    def _signal_name(self, name: str) -> str:
        found = self._trigger_name(name, SignalTrigger)
        return name if found is None else found

    def _trigger_name(self, element: str, kind: type[MessageTrigger | SignalTrigger]) -> str | None:
        node = self.simulation.definitions[self.key].nodes.get(element)
        return next((part.name for part in parts(node.trigger) if isinstance(part, kind)), None) if node else None

    def _start_by_condition(self) -> None:
        """Start a case of every process whose conditional start event has become true."""
        definition = self.simulation.definitions[self.key]
        for process in self.conditional:
            for node, part, trigger in entries(definition, process):
                if isinstance(trigger, ConditionalTrigger):
                    value = compile_expression(trigger.condition).evaluate(self.world, now=self.simulation.now).value
                    self._condition(node.id, part, holds=value is True)

    def _condition(self, node: str, part: int, *, holds: bool) -> None:
        if holds and (node, part) not in self.met:
            self._start(node, self.world, part=part)
        self.met = {*self.met, (node, part)} if holds else self.met - {(node, part)}

    def _tell_cases(self, event: Event) -> None:
        """Tell every case that nobody called; called processes follow their caller."""
        for case_id in [case_id for case_id, case in self.simulation.running() if case.caller is None]:
            self.simulation.send(case_id, event)

    def _resolve(self, element: str, variables: Mapping[str, Any]) -> bool:
        for case_id, case in self.simulation.running():
            for incident in case.state.incidents.values():
                if element in (incident.activation, case.state.activations[incident.activation].element):
                    self.simulation.send(case_id, IncidentResolved(self.simulation.now, incident.id, variables))
                    return True
        return False

    def _act_on_element(self, action: str, step: Step) -> bool:
        target = self._target(str(step[action]))
        if target is None:
            return False
        case_id, at = target
        now, variables, code = self.simulation.now, step.get("variables", {}), str(step.get("code", ""))
        work = at.listening.work if at.listening else at.id
        match action:
            case "throwError":
                self.simulation.send(case_id, BpmnErrorThrown(now, work, code, variables=variables))
            case "throwEscalation":
                self.simulation.send(case_id, EscalationThrown(now, at.id, code, variables))
            case "fail":
                self.simulation.send(case_id, WorkFailed(now, work, str(step.get("message", ""))))
            case _:
                self._complete(case_id, at, variables)
        return True

    def _target(self, wanted: str) -> tuple[str, Activation] | None:
        """Give the oldest open activation with this element id or activation id, else with this name."""
        waiting = list(self._waiting())
        by_id = ((case_id, at) for case_id, at in waiting if wanted in (at.element, at.id))
        by_name = ((case_id, at) for case_id, at in waiting if wanted in self._names(case_id, at))
        return next(by_id, None) or next(by_name, None)

    def _complete(self, case_id: str, at: Activation, variables: Mapping[str, Any]) -> None:
        now = self.simulation.now
        if at.listening is not None:
            self.simulation.send(case_id, WorkCompleted(now, at.listening.work, variables))
        elif at.task is not None:
            self.simulation.send(case_id, UserTaskCompleted(now, at.id, variables, at.task.assignee or ""))
        else:
            self.simulation.send(case_id, WorkCompleted(now, at.id, variables))

    def _advance(self, by: str) -> bool:
        if by != "next":
            self.simulation.advance_to(add_duration(self.simulation.now, parse_duration(by)))
            return True
        return self.simulation.fire_next()

    def _progress(self) -> bool:
        """Complete the oldest open task, else let time run to the next timer; say whether anything moved."""
        return self._may_move() and (self._complete_oldest() or self._next_timer())

    def _may_move(self) -> bool:
        self.moves += 1
        if self.moves > LONGEST_RUN:
            self.note = f"stopped after {LONGEST_RUN} moves: the process does not come to rest"
        elif self._grows(lambda state: len(state.incidents), MOST_INCIDENTS):
            self.note = f"stopped after {MOST_INCIDENTS} incidents: the process makes more and more of them"
        elif self._grows(_open_places, MOST_OPEN):
            self.note = f"stopped with {MOST_OPEN} tokens: the process makes more and more of them"
        return not self.note

    def _grows(self, measure: Callable[[State], int], most: int) -> bool:
        return sum(measure(case.state) for _, case in self.simulation.running()) > most

    def _complete_oldest(self) -> bool:
        for case_id, at in self._waiting():
            if self._is_task(case_id, at) and not self.named & self._names(case_id, at):
                self._complete(case_id, at, {})
                return True
        return False

    def _names(self, case_id: str, at: Activation) -> set[str]:
        """What a script may call it: its id, its name, or the global task that it is."""
        node = self._node(case_id, at)
        return {at.element, at.id, *((node.name, *_global_task(node)) if node else ())}

    def _node(self, case_id: str, at: Activation) -> FlowNode | None:
        return self.simulation.cases[case_id].definition.nodes.get(at.element)

    def _next_timer(self) -> bool:
        due = self.simulation.next_due()
        if due is None or (self.until is not None and due[0] > self.until):
            return False
        return self.simulation.fire_next()

    def _waiting(self) -> Iterator[tuple[str, Activation]]:
        """Walk what waits for the world: no scope, nothing that an incident has stopped."""
        for case_id, case in self.simulation.running():
            stopped = {incident.activation for incident in case.state.incidents.values()}
            for at in case.state.activations.values():
                node = case.definition.nodes.get(at.element)
                waits = at.listening is not None or (node is not None and not node.is_scope and at.items is None)
                if waits and at.id not in stopped:
                    yield case_id, at

    def _is_task(self, case_id: str, at: Activation) -> bool:
        node = self._node(case_id, at)
        return at.listening is not None or at.task is not None or (node is not None and node.work is not None)


def _global_task(node: FlowNode) -> tuple[str, ...]:
    """The id of the global task that a node was made of: of its process."""
    return (node.scope,) if node.id.startswith(f"{node.scope}_task") else ()


def _open_places(state: State) -> int:
    return len(state.activations) + sum(token.count for token in state.tokens)


def simulate(
    definition: Definition,
    others: Sequence[Definition] = (),
    *,
    processes: Sequence[str] = (),
    variables: Mapping[str, Any] | None = None,
    script: Sequence[Step] = (),
    auto: bool = False,
    until: str | None = None,
) -> dict[str, Any]:
    """Run processes of a definition headless and give the JSON object of `pathways simulate`.

    `others` are the files in which its call activities find their processes.
    """
    first, *called = published_together([definition, *others])
    simulation = Simulation({d.key: d for d in (*reversed(called), first)}, work=lambda _command: None)
    end = add_duration(MONDAY, parse_duration(until)) if until else MONDAY + LONGEST_TIME
    run = Headless(simulation, definition.key, script, auto, end, world=dict(variables or {}))
    for process in processes or _startable(definition):
        run.begin(process)
    run.run()
    return report(simulation, failed=run.failed, note=run.note or simulation.overrun)


def published_together(definitions: Sequence[Definition]) -> list[Definition]:
    """Pin every process of these files in each of them, as publication does; the first file wins."""
    holders = {process.id: d for d in reversed(definitions) for process in d.processes}
    return [replace(definition, calls=_pinned(definition, holders)) for definition in definitions]


def _pinned(definition: Definition, holders: Mapping[str, Definition]) -> dict[str, str]:
    """Leave out what a call wants in a version that is not here."""
    calls = [node.call for node in definition.nodes.values() if node.call]
    return {
        process: holder.sha256
        for process, holder in holders.items()
        if all(call.accepts(holder.version_tag) for call in calls if call.process_id == process)
    }


def _startable(definition: Definition) -> list[str]:
    """Give the first process that can simply be started and that no other calls; else those that events start."""
    called = {node.call.process_id for node in definition.nodes.values() if node.call}
    plain = [process.id for process in definition.processes if plain_starts(definition, process.id)]
    first = [process for process in plain if process not in called][:1] or plain[:1]
    return first or [process.id for process in definition.processes]
