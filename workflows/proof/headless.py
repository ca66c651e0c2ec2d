"""How does a diagram run without a server? The contract of `pathways simulate` (docs/simulate.md).

Prints one JSON object: status, trace of facts, what waits, variables, incidents, end events reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pathways.bpmn.model import Definition
from pathways.feel.values import add_duration, parse_duration
from workflows.engine.errors import EventRejected
from workflows.engine.events import (
    BpmnErrorThrown,
    CancelRequested,
    EscalationThrown,
    UserTaskCompleted,
    VariablesSet,
    WorkCompleted,
    WorkFailed,
)
from workflows.engine.state import Activation
from workflows.proof.simulation import MONDAY, Simulation

LONGEST_RUN = 20_000
"""Steps after which a run that never ends is stopped."""
TARGETS = ("complete", "throwError", "throwEscalation", "fail")


@dataclass(slots=True)
class Headless:
    """One headless run: `script` steps in order, `auto` for everything the script does not name."""

    simulation: Simulation
    script: Sequence[Mapping[str, Any]] = ()
    auto: bool = False
    until: datetime | None = None
    steps: int = 0
    failed: str = ""
    named: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Play the whole script, then everything that goes on by itself."""
        self.named = {str(step[key]) for step in self.script for key in TARGETS if key in step}
        for step in self.script:
            if not self._reach(step):
                waiting = sorted({at.element for _, at in self._waiting()})
                self.failed = f"step {dict(step)} has no target; waiting: {waiting}"
                return
        while self.auto and self._progress():
            pass

    def _reach(self, step: Mapping[str, Any]) -> bool:
        """Take a script step as soon as its target is there."""
        while not self._take(step):
            if not (self.auto and self._progress()):
                return False
        return True

    def _take(self, step: Mapping[str, Any]) -> bool:
        simulation = self.simulation
        now, variables = simulation.now, step.get("variables", {})
        match step:
            case {"message": str(name)}:
                key = str(step.get("correlationKey", ""))
                self.steps += 1
                return simulation.message(name, key, variables, message_id=f"script-{self.steps}")
            case {"advance": str(by)}:
                return self._advance(by)
            case {"set": dict(values)}:
                for case_id, _ in list(simulation.running()):
                    simulation.send(case_id, VariablesSet(now, values))
                return True
            case {"cancel": True}:
                for case_id, case in list(simulation.running()):
                    if case.caller is None:
                        simulation.send(case_id, CancelRequested(now, "script"))
                return True
            case _:
                return self._act_on_element(step)

    def _act_on_element(self, step: Mapping[str, Any]) -> bool:
        action = next((key for key in TARGETS if key in step), None)
        if action is None:
            return False
        target = next(((c, at) for c, at in self._waiting() if str(step[action]) in (at.element, at.id)), None)
        if target is None:
            return False
        case_id, at = target
        now, variables, code = self.simulation.now, step.get("variables", {}), str(step.get("code", ""))
        match action:
            case "throwError":
                self.simulation.send(case_id, BpmnErrorThrown(now, at.id, code, variables=variables))
            case "throwEscalation":
                self.simulation.send(case_id, EscalationThrown(now, at.id, code, variables))
            case "fail":
                self.simulation.send(case_id, WorkFailed(now, at.id, str(step.get("message", ""))))
            case _:
                self._complete(case_id, at, variables)
        return True

    def _complete(self, case_id: str, at: Activation, variables: Mapping[str, Any]) -> None:
        now = self.simulation.now
        if at.task is not None:
            self.simulation.send(case_id, UserTaskCompleted(now, at.id, variables, at.task.assignee or ""))
        else:
            self.simulation.send(case_id, WorkCompleted(now, at.id, variables))

    def _advance(self, by: str) -> bool:
        if by != "next":
            self.simulation.advance_to(add_duration(self.simulation.now, parse_duration(by)))
            return True
        due = self.simulation.next_due()
        if due is not None:
            self.simulation.advance_to(due[0])
        return due is not None

    def _progress(self) -> bool:
        """Complete the oldest open task, else let time run to the next timer; say whether anything moved."""
        self.steps += 1
        if self.steps > LONGEST_RUN:
            self.failed = f"stopped after {LONGEST_RUN} steps: the process does not come to rest"
            return False
        for case_id, at in self._waiting():
            if self._is_work(case_id, at) and not self.named & {at.element, at.id}:
                try:
                    self._complete(case_id, at, {})
                except EventRejected:
                    continue
                return True
        due = self.simulation.next_due()
        if due is None or (self.until is not None and due[0] > self.until):
            return False
        self.simulation.advance_to(due[0])
        return True

    def _waiting(self) -> list[tuple[str, Activation]]:
        return [
            (case_id, at)
            for case_id, case in self.simulation.running()
            for at in case.state.activations.values()
            if self._waits(case_id, at)
        ]

    def _waits(self, case_id: str, at: Activation) -> bool:
        """Say whether an activation waits for the world: no scope, no incident on it."""
        case = self.simulation.cases[case_id]
        node = case.definition.nodes.get(at.element)
        stopped = {incident.activation for incident in case.state.incidents.values()}
        return node is not None and node.type != "subProcess" and at.items is None and at.id not in stopped

    def _is_work(self, case_id: str, at: Activation) -> bool:
        node = self.simulation.cases[case_id].definition.nodes[at.element]
        return at.task is not None or (
            node.type in ("serviceTask", "sendTask", "businessRuleTask")
            or (node.type in ("intermediateThrowEvent", "endEvent") and node.work is not None)
        )


def simulate(
    definition: Definition,
    others: Sequence[Definition] = (),
    *,
    processes: Sequence[str] = (),
    variables: Mapping[str, Any] | None = None,
    script: Sequence[Mapping[str, Any]] = (),
    auto: bool = False,
    until: str | None = None,
) -> dict[str, Any]:
    """Run processes of a definition headless and give the JSON object of `pathways simulate`."""
    known = {d.key: d for d in (*others, definition)}
    simulation = Simulation(known, work=lambda _command: None)
    end = add_duration(MONDAY, parse_duration(until)) if until else MONDAY + timedelta(days=3660)
    run = Headless(simulation, script, auto, end)
    for number, process in enumerate(processes or (definition.key,)):
        simulation.start(definition.key, variables or {}, case_id=f"case-{number + 1}", process=process)
    run.run()
    return report(simulation, failed=run.failed)


def report(simulation: Simulation, *, failed: str = "") -> dict[str, Any]:
    """Give what a simulation did, as the JSON object of `pathways simulate`."""
    first = next(iter(simulation.cases.values()))
    incidents = [
        {"element": _element(case.state.activations, i.activation), "kind": i.kind, "reason": i.reason}
        for case in simulation.cases.values()
        for i in case.state.incidents.values()
    ]
    return {
        "status": "script-failed" if failed else _status(first.state.status, incidents),
        **({"reason": failed} if failed else {}),
        "trace": [trace_line(recorded.fact) for recorded in simulation.trace],
        "waiting": [line for _, case in simulation.running() for line in _waiting_lines(case.definition, case.state)],
        "variables": dict(first.state.variables) or _last_variables(simulation),
        "incidents": incidents,
        "ended": [element for case in simulation.cases.values() for element in case.state.ended],
    }


def trace_line(fact: Any) -> dict[str, Any]:
    """Give a fact as one line of a trace; `flow` stands beside the element."""
    line = {
        "seq": fact.seq,
        "at": fact.at.isoformat(),
        "fact": fact.fact,
        "element": fact.element,
        "name": fact.name,
        "type": fact.type,
        "activation": fact.activation,
    }
    return {**line, **{key: value for key, value in fact.detail.items() if key not in line}}


def _status(status: str, incidents: Sequence[object]) -> str:
    if status == "running":
        return "incident" if incidents else "waiting"
    return {"cancelled": "terminated", "error": "incident"}.get(status, status)


def _element(activations: Mapping[str, Activation], activation: str) -> str:
    return activations[activation].element if activation in activations else activation


def _last_variables(simulation: Simulation) -> dict[str, Any]:
    first = next(iter(simulation.cases))
    ends = [r.fact for r in simulation.trace if r.case_id == first and r.fact.fact == "case_ended"]
    return dict(ends[-1].detail.get("variables", {})) if ends else {}


def _waiting_lines(definition: Definition, state: Any) -> list[dict[str, Any]]:
    lines = []
    for at in state.activations.values():
        node = definition.nodes.get(at.element)
        if node is None or node.type == "subProcess" or at.items is not None:
            continue
        line: dict[str, Any] = {"element": node.id, "type": node.type, "name": node.name}
        if node.trigger is not None:
            line["trigger"] = node.trigger.kind
        due = min((t.due_at for t in state.timers.values() if t.activation == at.id and t.rung is None), default=None)
        if due or at.due_at:
            line["due"] = (due or at.due_at).isoformat()
        if at.task is not None and at.task.groups:
            line["role"] = ", ".join(at.task.groups)
        lines.append(line)
    return lines
