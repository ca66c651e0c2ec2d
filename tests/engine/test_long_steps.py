"""How much may one event cause? As much as the diagram and its collections ask for, but no endless loop."""

from datetime import UTC, datetime

from pathways.bpmn.model import Definition, FlowNode, MultiInstance, Process, ScriptSpec, SequenceFlow
from workflows.engine.events import Started
from workflows.engine.lifecycle import MOVES_PER_STEP
from workflows.engine.state import State
from workflows.engine.step import step

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def chain(length: int, loop: MultiInstance | None = None) -> Definition:
    """Tasks one after the other, the first of them with a marker."""
    names = [f"t{number}" for number in range(length)]
    nodes = {
        name: FlowNode(
            name,
            "task",
            "",
            1,
            "p",
            incoming=(f"f{number}",) if number else (),
            outgoing=(f"f{number + 1}",) if number + 1 < length else (),
            loop=None if number else loop,
        )
        for number, name in enumerate(names)
    }
    flows = {f"f{n}": SequenceFlow(f"f{n}", f"t{n - 1}", f"t{n}", "p") for n in range(1, length)}
    return Definition("p", "p", "", "sha", (Process("p", "p", executable=True),), nodes, flows)


def endless() -> Definition:
    again = SequenceFlow("again", "a", "a", "p")
    first = FlowNode("start", "startEvent", "", 1, "p", outgoing=("f",))
    a = FlowNode(
        "a", "scriptTask", "", 1, "p", incoming=("f", "again"), outgoing=("again",), script=ScriptSpec("1", "x")
    )
    flows = {"f": SequenceFlow("f", "start", "a", "p"), "again": again}
    return Definition("p", "p", "", "sha", (Process("p", "p", executable=True),), {"start": first, "a": a}, flows)


def run(definition: Definition) -> State:
    return step(definition, None, Started(NOW, "case", {})).state


def test_a_diagram_longer_than_the_limit_is_no_loop() -> None:
    assert run(chain(MOVES_PER_STEP + 500)).status == "completed"


def test_a_collection_longer_than_the_limit_is_no_loop() -> None:
    items = f"for i in 1..{MOVES_PER_STEP + 500} return i"
    assert run(chain(2, MultiInstance(sequential=False, input_collection=items))).status == "completed"
    assert run(chain(2, MultiInstance(sequential=True, input_collection=items))).status == "completed"


def test_a_loop_in_which_nothing_waits_is_an_incident() -> None:
    state = run(endless())
    assert [incident.kind for incident in state.incidents.values()] == ["loop"]
