"""What does a step cost? Counted in function calls, which no busy machine changes."""

import sys
from datetime import UTC, datetime
from types import FrameType

import pytest

from pathways.bpmn.model import Definition, FlowNode, MultiInstance, Process, SequenceFlow, UserTaskSpec
from workflows.engine.events import Event, Started, UserTaskCompleted
from workflows.engine.state import State
from workflows.engine.step import Step, step

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def fork(ways: int) -> Definition:
    """A parallel gateway with a user task on every way, joined by an inclusive gateway."""
    tasks = [f"a{number}" for number in range(ways)]
    flows = [
        SequenceFlow("in", "start", "split", "p"),
        *(SequenceFlow(f"to_{task}", "split", task, "p") for task in tasks),
        *(SequenceFlow(f"from_{task}", task, "join", "p") for task in tasks),
        SequenceFlow("out", "join", "end", "p"),
    ]
    kinds = {"start": "startEvent", "split": "parallelGateway", "join": "inclusiveGateway", "end": "endEvent"}
    nodes = {
        name: FlowNode(
            id=name,
            type=kinds.get(name, "userTask"),  # type: ignore[arg-type]  # a name of the table above
            name="",
            line=1,
            scope="p",
            incoming=tuple(flow.id for flow in flows if flow.target == name),
            outgoing=tuple(flow.id for flow in flows if flow.source == name),
            user=None if name in kinds else UserTaskSpec(),
        )
        for name in [*kinds, *tasks]
    }
    return Definition("p", "P", "", "s", (Process("p", "P", True),), nodes, {flow.id: flow for flow in flows})


def many(items: int) -> Definition:
    """A multi-instance user task."""
    definition = fork(1)
    loop = MultiInstance(sequential=False, cardinality=str(items))
    task = definition.nodes["a0"]
    fields = {name: getattr(task, name) for name in ("id", "type", "name", "line", "scope", "incoming", "outgoing")}
    nodes = {**definition.nodes, "a0": FlowNode(**fields, user=UserTaskSpec(), loop=loop)}
    return Definition("p", "P", "", "s", definition.processes, nodes, definition.flows)


def calls(definition: Definition, state: State | None, event: Event) -> tuple[int, Step]:
    count = 0

    def note(_frame: FrameType, what: str, _argument: object) -> None:
        nonlocal count
        count += what in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        result = step(definition, state, event)
    finally:
        sys.setprofile(before)
    return count, result


def first_and_second(definition: Definition) -> tuple[int, int]:
    """Calls of the step that opens all tasks, and of the one that completes the first of them."""
    opened, result = calls(definition, None, Started(NOW, "case", {}))
    task = next(at.id for at in result.state.activations.values() if at.task is not None)
    completed, _ = calls(definition, result.state, UserTaskCompleted(NOW, task, {}, "ann"))
    return opened, completed


@pytest.mark.parametrize("draw", [fork, many])
def test_a_step_over_twice_as_many_tokens_costs_about_twice(draw):
    """The first run of each fills caches of FEEL and of the definition."""
    first_and_second(draw(10))
    small, large = first_and_second(draw(100)), first_and_second(draw(200))
    assert large[0] < 2.3 * small[0]
    assert large[1] < 2.3 * small[1]


def test_a_step_costs_the_same_however_long_the_case_has_run():
    """One user task in a loop."""
    definition = fork(1)
    flows = {**definition.flows, "out": SequenceFlow("out", "join", "a0", "p")}
    nodes = dict(definition.nodes)
    for name, change in (("join", {"outgoing": ("out",)}), ("a0", {"incoming": ("to_a0", "out")})):
        node = nodes[name]
        fields = {slot: getattr(node, slot) for slot in ("id", "type", "name", "line", "scope", "incoming", "outgoing")}
        nodes[name] = FlowNode(**{**fields, **change}, user=node.user)
    looping = Definition("p", "P", "", "s", definition.processes, nodes, flows)
    counts, state = [], step(looping, None, Started(NOW, "case", {})).state
    for _ in range(300):
        task = next(at.id for at in state.activations.values() if at.task is not None)
        count, result = calls(looping, state, UserTaskCompleted(NOW, task, {}, "ann"))
        counts.append(count)
        state = result.state
    assert counts[-1] <= counts[5] + 5
