"""Which rows of BPMN does a golden case prove? Those whose element was activated, or flow taken, in its run."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pathways.bpmn.model import Definition, FlowNode, MultiInstance, StandardLoop, parts
from pathways.bpmn.support import ROWS, Row

_TASKS = {
    "task": "undefined",
    "serviceTask": "service",
    "userTask": "user",
    "manualTask": "manual",
    "scriptTask": "script",
    "businessRuleTask": "businessRule",
    "sendTask": "send",
}
_SCOPES = {"subProcess": "embedded", "transaction": "transaction", "adHocSubProcess": "adHoc"}
_EVENTS = {
    "endEvent": "end",
    "intermediateCatchEvent": "catch",
    "intermediateThrowEvent": "throw",
    "boundaryEvent": "boundary",
}
_GATEWAYS = {
    "exclusiveGateway": "exclusive",
    "parallelGateway": "parallel",
    "eventBasedGateway": "eventBased",
    "complexGateway": "complex",
}
_TEXTS = {
    "data objects": "<dataObject",
    "data stores": "<dataStore",
    "data associations": "Association>",
    "inputs and outputs (ioSpecification)": "<ioSpecification",
    "lanes as default roles": "<lane ",
    "pools and message flows": "<messageFlow",
    "correlation keys": "<correlationKey",
    "root event definitions by reference": "<eventDefinitionRef",
    "startQuantity": "startQuantity=",
    "completionQuantity": "completionQuantity=",
    "loopCardinality": "<loopCardinality",
    "potential owners and performers": "ResourceAssignmentExpression",
    "execution listeners": "<zeebe:executionListeners",
    "task listeners": "<zeebe:taskListeners",
    "global tasks": "<global",
    "text annotations and groups": "<textAnnotation",
}
"""What bpmn.md names besides the 72 rows, by how its XML is recognised."""


def rows_proved(definition: Definition, trace: Sequence[Mapping[str, Any]]) -> set[str]:
    """Give the ids of the rows that a run has executed."""
    activated = {line["element"] for line in trace if line["fact"] == "activated"} & set(definition.nodes)
    taken = {line["flow"] for line in trace if line["fact"] == "taken"} & set(definition.flows)
    rows = {row for element in activated for row in _rows_of(definition, definition.nodes[element])}
    if any(line["fact"] == "compensating" and "handler" in line for line in trace):
        rows.add("boundary.compensation")
    return rows | {row for flow in taken for row in _rows_of_flow(definition, flow)}


def features_shown(diagram: Path) -> set[str]:
    """Give what a diagram shows besides the rows."""
    text = diagram.read_text(encoding="utf-8")
    several = {"several processes in a file"} if text.count("<process ") > 1 else set()
    return several | {name for name, mark in _TEXTS.items() if mark.lower() in text.lower()}


def _rows_of(definition: Definition, node: FlowNode) -> Iterator[str]:
    if node.type in _TASKS:
        yield f"task.{_TASKS[node.type]}"
    elif node.type == "receiveTask":
        yield "task.instantiatingReceive" if node.instantiate else "task.receive"
    elif node.type in _SCOPES:
        yield "subProcess.event" if node.triggered_by_event else f"subProcess.{_SCOPES[node.type]}"
    elif node.type == "callActivity":
        yield "subProcess.callActivity"
    elif node.type in _GATEWAYS:
        yield f"gateway.{_GATEWAYS[node.type]}"
    elif node.type == "inclusiveGateway":
        yield from (["gateway.inclusiveSplit"] if len(node.outgoing) > 1 else [])
        yield from (["gateway.inclusiveJoin"] if len(node.incoming) > 1 else [])
    else:
        yield f"{_position(definition, node)}.{_kind(node)}"
    yield from _markers(node)


def _position(definition: Definition, node: FlowNode) -> str:
    scope = definition.nodes.get(node.scope)
    if node.type == "startEvent":
        return "eventSubProcess" if scope and scope.triggered_by_event else "start"
    return _EVENTS[node.type]


def _kind(node: FlowNode) -> str:
    kinds = parts(node.trigger)
    if len(kinds) > 1:
        return "parallelMultiple" if getattr(node.trigger, "parallel", False) else "multiple"
    return kinds[0].kind if kinds else "none"


def _markers(node: FlowNode) -> Iterator[str]:
    match node.loop:
        case MultiInstance(sequential=sequential):
            yield f"marker.{'sequential' if sequential else 'parallel'}MultiInstance"
        case StandardLoop():
            yield "marker.standardLoop"
    if node.for_compensation:
        yield "marker.compensationHandler"


def _rows_of_flow(definition: Definition, name: str) -> Iterator[str]:
    flow = definition.flows[name]
    source = definition.nodes[flow.source]
    if source.default == name:
        yield "flow.default"
    elif flow.condition is not None:
        yield "flow.conditionalFromActivity" if source.is_activity else "flow.conditionalFromGateway"


def table(proofs: Mapping[str, Sequence[str]], features: Mapping[str, Sequence[str]]) -> str:
    """Write docs/bpmn-support.md: every row, how far, and the cases that prove it."""
    counted = [row for row in ROWS.values() if row.counted]
    executed = sum(row.status == "executed" for row in counted)
    lines = [
        "# What is executed of BPMN 2.0.2",
        "",
        "Written by `pytest tests/golden --golden-update` from the cases that ran; a test fails when it is stale, when",
        "a row that is called executed has no case that executes it, and when one that is refused has.",
        "",
        f"**{executed} of {len(counted)} rows are executed.** A case proves a row when the row's element was",
        "activated, or its flow taken, in the run whose trace is kept beside it.",
    ]
    for group in dict.fromkeys(row.group for row in ROWS.values()):
        rows = [row for row in ROWS.values() if row.group == group]
        lines += ["", f"## {group[0].upper()}{group[1:]}", "", "| row | how far | cases |", "|---|---|---|"]
        lines += [f"| {_title(row)} | {_how_far(row)} | {_links(proofs.get(row.id, ()))} |" for row in rows]
    lines += ["", "## Besides the rows", "", "| what | cases |", "|---|---|"]
    lines += [f"| {name} | {_links(features.get(name, ()))} |" for name in (*_TEXTS, "several processes in a file")]
    return "\n".join(lines) + "\n"


def _title(row: Row) -> str:
    return row.title if row.counted else f"{row.title} *(not one of the 72)*"


def _how_far(row: Row) -> str:
    return f"{row.status}{f'; {row.limit}' if row.limit else ''}"


def _links(cases: Sequence[str]) -> str:
    """Link the cases, and count those beyond the first few."""
    shown = [f"[{case.partition('/')[2]}](../tests/golden/{case}.json)" for case in sorted(cases)[:_SHOWN]]
    more = len(cases) - len(shown)
    return f"{len(cases)}: " + ", ".join(shown) + (f" and {more} more" if more > 0 else "") if cases else "none"


_SHOWN = 5
