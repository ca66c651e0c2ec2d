"""Which process do the tests of people's interventions run? A fork, a choice, a sub-process, a ladder."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pathways.bpmn.model import (
    Definition,
    ErrorTrigger,
    FlowNode,
    Ladder,
    Process,
    Rung,
    SequenceFlow,
    TimerTrigger,
    UserTaskSpec,
    VariableMapping,
    WorkSpec,
)
from workflows.engine.events import Event, Started
from workflows.engine.facts import Fact
from workflows.engine.state import State
from workflows.engine.step import Step, step

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LADDER = Ladder("red", (Rung("c+P1D", ("assignee",)), Rung("d", ("lead",), level="breach")))


def node(id: str, type: str, scope: str = "p", **fields: Any) -> FlowNode:
    return FlowNode(id=id, type=type, name="", line=1, scope=scope, **fields)  # type: ignore[arg-type]


def task(id: str, scope: str = "p", **fields: Any) -> FlowNode:
    return node(id, "userTask", scope, user=UserTaskSpec(candidate_groups='["dentist"]'), **fields)


def work(id: str, scope: str = "p", **fields: Any) -> FlowNode:
    return node(id, "serviceTask", scope, work=WorkSpec('"fetch"', "1", {}), **fields)


def drawn(nodes: list[FlowNode], edges: list[str], **fields: Any) -> Definition:
    """Draw nodes and edges such as `a>b` or `a>b if x > 1`; flows are named `a-b`."""
    by_id = {each.id: each for each in nodes}
    flows = {}
    for edge in edges:
        ends, _, condition = edge.partition(" if ")
        source, target = ends.split(">")
        scope = by_id[source].scope
        flows[f"{source}-{target}"] = SequenceFlow(f"{source}-{target}", source, target, scope, condition or None)
    wired = {
        each.id: replace(
            each,
            incoming=tuple(f.id for f in flows.values() if f.target == each.id),
            outgoing=tuple(f.id for f in flows.values() if f.source == each.id),
        )
        for each in nodes
    }
    given = {"key": "p", "name": "P", "version_tag": "", "sha256": "sha-1", **fields}
    return Definition(processes=(Process("p", "P", executable=True),), nodes=wired, flows=flows, **given)


def started(definition: Definition, **variables: Any) -> Step:
    return step(definition, None, Started(NOW, "case", variables))


def after(definition: Definition, state: State, *events: Event) -> Step:
    """Apply events one after another; give the last step with the facts of all."""
    facts: list[Fact] = []
    for event in events:
        taken = step(definition, state, event)
        state = taken.state
        facts += taken.facts
    return Step(state, taken.commands, tuple(facts))


def kinds(taken: Step) -> list[str]:
    return [fact.fact for fact in taken.facts]


def open_elements(state: State) -> list[str]:
    return sorted(at.element for at in state.activations.values() if at.id != state.root)


FORKED = drawn(
    [
        node("start", "startEvent"),
        node("fork", "parallelGateway"),
        task("a"),
        task("b"),
        node("join", "parallelGateway"),
        task("c"),
        node("end", "endEvent"),
    ],
    ["start>fork", "fork>a", "fork>b", "a>join", "b>join", "join>c", "c>end"],
)
CHOICE = drawn(
    [
        node("start", "startEvent"),
        node("choose", "exclusiveGateway", default="choose-no"),
        task("yes"),
        task("no"),
        task("after"),
        node("end", "endEvent"),
    ],
    ["start>choose", "choose>yes if x = 1", "choose>no", "yes>after", "no>after", "after>end"],
)
WORKING = drawn(
    [
        node("start", "startEvent"),
        work("fetch", outputs=(VariableMapping("found + 1", "result"),)),
        task("read"),
        node("failed", "boundaryEvent", attached_to="fetch", trigger=ErrorTrigger("NOT_FOUND")),
        task("ask"),
        node("end", "endEvent"),
    ],
    ["start>fetch", "fetch>read", "read>end", "failed>ask", "ask>end"],
)
NESTED = drawn(
    [
        node("start", "startEvent"),
        task("first"),
        node("sub", "subProcess"),
        node("in", "startEvent", "sub"),
        task("inner", "sub"),
        task("second", "sub"),
        node("out", "endEvent", "sub"),
        node("late", "boundaryEvent", attached_to="sub", interrupting=False, trigger=TimerTrigger("duration", '"P2D"')),
        task("chase"),
        node("done", "endEvent"),
        task("last"),
        node("end", "endEvent"),
    ],
    [
        *("start>first", "first>sub", "sub>last", "last>end"),
        *("in>inner", "inner>second", "second>out", "late>chase", "chase>done"),
    ],
)
LADDERED = drawn(
    [node("start", "startEvent"), task("examine", ladder=LADDER, expected_duration='"P3D"'), node("end", "endEvent")],
    ["start>examine", "examine>end"],
)
