"""What did a headless run do? The JSON object that `pathways simulate` prints (docs/simulate.md)."""

from collections.abc import Mapping, Sequence
from typing import Any

from pathways.bpmn.model import Definition, FlowNode
from workflows.engine.facts import Fact
from workflows.engine.starting import entries
from workflows.engine.state import Activation, State
from workflows.proof.simulation import SimulatedCase, Simulation

_STATUS = {"cancelled": "terminated", "error": "incident"}


def report(simulation: Simulation, *, failed: str = "", note: str = "") -> dict[str, Any]:
    """Give status, trace, waits, variables, incidents and end events of a simulation."""
    incidents = [line for case in simulation.cases.values() for line in _incident_lines(case.state)]
    if simulation.overrun:
        incidents.append({"element": None, "kind": "loop", "reason": simulation.overrun})
    return {
        "status": "script-failed" if failed else _status(simulation, incidents),
        **({"reason": failed or note} if failed or note else {}),
        "trace": [trace_line(recorded.case_id, recorded.fact) for recorded in simulation.trace],
        "waiting": [
            *(line for case_id, case in simulation.running() for line in _waiting_lines(simulation, case_id, case)),
            *_start_lines(simulation),
        ],
        "variables": _variables(simulation),
        "incidents": incidents,
        "ended": list(simulation.ended),
        **({"unmatched": _unmatched(simulation)} if simulation.undelivered else {}),
    }


def _unmatched(simulation: Simulation) -> list[dict[str, Any]]:
    """Messages that nobody has taken yet: they stay visible."""
    return [{"message": sent.name, "correlationKey": sent.correlation_key} for sent in simulation.undelivered]


def trace_line(case_id: str, fact: Fact) -> dict[str, Any]:
    """Give a fact as one line of a trace; its details stand beside the element."""
    line = {
        "seq": fact.seq,
        "at": fact.at.isoformat(),
        "fact": fact.fact,
        "element": fact.element,
        "name": fact.name,
        "type": fact.type,
        "activation": fact.activation,
        "case": case_id,
    }
    detail = {"variable" if key == "name" else key: value for key, value in fact.detail.items()}
    return {**line, **{key: value for key, value in detail.items() if key not in line}}


def _status(simulation: Simulation, incidents: Sequence[object]) -> str:
    """Any incident shows; then anything that still waits; else how the first case ended."""
    if incidents:
        return "incident"
    if not simulation.cases or any(case.state.status == "running" for case in simulation.cases.values()):
        return "waiting"
    status = _first(simulation).state.status
    return _STATUS.get(status, status)


def _first(simulation: Simulation) -> SimulatedCase:
    return next(iter(simulation.cases.values()))


def _incident_lines(state: State) -> list[dict[str, Any]]:
    return [
        {"element": _element(state.activations, incident.activation), "kind": incident.kind, "reason": incident.reason}
        for incident in state.incidents.values()
    ]


def _element(activations: Mapping[str, Activation], activation: str) -> str:
    return activations[activation].element if activation in activations else activation


def _variables(simulation: Simulation) -> dict[str, Any]:
    """Give the process variables of the first case, its last ones when it is over."""
    if not simulation.cases:
        return {}
    first = next(iter(simulation.cases))
    ends = [r.fact for r in simulation.trace if r.case_id == first and r.fact.fact == "case_ended"]
    return dict(ends[-1].detail.get("variables", {}) if ends else _first(simulation).state.variables)


def _waiting_lines(simulation: Simulation, case_id: str, case: SimulatedCase) -> list[dict[str, Any]]:
    """Say what is awaited; what an incident stopped is listed with the incidents, a call by what its case awaits."""
    definition, state = case.definition, case.state
    stopped = {incident.activation for incident in state.incidents.values()}
    stopped |= {called.call or "" for _, called in simulation.running() if called.caller == case_id}
    return [
        _waiting_line(definition, state, at)
        for at in state.activations.values()
        if at.id not in stopped and (at.listening is not None or _waits(definition, at))
    ]


def _waits(definition: Definition, at: Activation) -> bool:
    node = definition.nodes.get(at.element)
    return node is not None and at.items is None and _waits_for_the_world(node)


def _waits_for_the_world(node: FlowNode) -> bool:
    """Not a scope, nor what waits only for other parts of its own case: compensation, a complex gateway."""
    throws = node.type in ("intermediateThrowEvent", "endEvent") and node.work is None
    return not (node.is_scope or throws or node.type == "complexGateway")


def _start_lines(simulation: Simulation) -> list[dict[str, Any]]:
    """Say what would start a case, while none has started."""
    if simulation.cases:
        return []
    due = {timer.node: timer.plan.due_at.isoformat() for timer in simulation.start_timers}
    return [
        {
            "element": node.id,
            "type": node.type,
            "name": node.name,
            "trigger": trigger.kind,
            **({"due": due[node.id]} if node.id in due else {}),
        }
        for definition in simulation.definitions.values()
        for process in definition.processes
        for node, _, trigger in entries(definition, process.id)
    ]


def _waiting_line(definition: Definition, state: State, at: Activation) -> dict[str, Any]:
    node = definition.nodes.get(at.element)
    if node is None:
        line: dict[str, Any] = {"element": at.element, "type": "process", "name": definition.name}
    else:
        line = {"element": node.id, "type": node.type, "name": node.name}
        if node.trigger is not None:
            line["trigger"] = node.trigger.kind
    if at.listening is not None:
        line["listener"] = at.listening.moment
    timers = [timer.due_at for timer in state.timers.values() if timer.activation == at.id and timer.rung is None]
    due = min(timers, default=at.due_at)
    if due is not None:
        line["due"] = due.isoformat()
    if at.task is not None and at.task.groups:
        line["role"] = ", ".join(at.task.groups)
    return line
