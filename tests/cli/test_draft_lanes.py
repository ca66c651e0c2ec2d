"""Does a laid-out draft get lanes as a careful person would draw them? (The cells are given here: no extra.)"""

import pytest

from cli.draft_drawing import with_lanes
from pathways.bpmn.reading.xml import BPMN, Element, parse
from tests.diagram_geometry import problems

SIZES = {"userTask": (100, 80), "exclusiveGateway": (50, 50), "parallelGateway": (50, 50)}
Nodes = dict[str, tuple[str, int, int]]
Flows = list[tuple[str, str, str]]

VISIT: Nodes = {
    "asked": ("startEvent", 0, 0),
    "read": ("userTask", 1, 0),
    "split": ("exclusiveGateway", 2, 0),
    "book": ("userTask", 3, 0),
    "advise": ("userTask", 3, 1),
    "join": ("exclusiveGateway", 4, 0),
    "told": ("endEvent", 5, 0),
}
VISIT_FLOWS: Flows = [
    ("asked", "read", ""),
    ("read", "split", ""),
    ("split", "book", "yes"),
    ("split", "advise", "no"),
    ("split", "read", "again"),
    ("book", "join", ""),
    ("advise", "join", ""),
    ("join", "told", ""),
]
WHO = {"read": "ent_triage", "book": "booking_office, coordinator", "advise": "ent_surgeon"}


def drawn(nodes: Nodes, flows: Flows) -> str:
    """A process laid out in bpmn-io's cells of 150 x 140."""
    steps = "".join(f'<b:{tag} id="{node}" name="{node}?"/>' for node, (tag, _, _) in nodes.items())
    lines = "".join(
        f'<b:sequenceFlow id="{source}_{target}" name="{name}" sourceRef="{source}" targetRef="{target}"/>'
        for source, target, name in flows
    )
    shapes = "".join(_shape(node, *where) for node, where in nodes.items())
    spaces = (
        f'xmlns:b="{BPMN}" xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI" '
        'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    )
    return (
        f'<b:definitions {spaces} targetNamespace="t"><b:process id="p" name="Jaw pain">{steps}{lines}</b:process>'
        f'<d:BPMNDiagram id="g"><d:BPMNPlane id="l" bpmnElement="p">{shapes}</d:BPMNPlane>'
        "</d:BPMNDiagram></b:definitions>"
    )


def _shape(node: str, tag: str, column: int, row: int) -> str:
    width, height = SIZES.get(tag, (36, 36))
    x, y = column * 150 + 75 - width / 2, row * 140 + 70 - height / 2
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f'<d:BPMNShape id="{node}_di" bpmnElement="{node}">{bounds}</d:BPMNShape>'


def lanes(root: Element) -> dict[str, list[str]]:
    return {
        str(lane.get("name")): [ref.text for ref in lane.iter(f"{{{BPMN}}}flowNodeRef")]
        for lane in root.iter(f"{{{BPMN}}}lane")
    }


def test_every_step_stands_in_the_lane_of_who_does_it() -> None:
    found = lanes(parse(with_lanes(drawn(VISIT, VISIT_FLOWS), WHO).encode()))
    assert found == {
        "Ent triage": ["asked", "read", "split"],
        "Booking office, coordinator": ["book", "join", "told"],
        "Ent surgeon": ["advise"],
    }


def test_the_drawing_has_no_flaw() -> None:
    assert problems(with_lanes(drawn(VISIT, VISIT_FLOWS), WHO).encode()) == []


WAYS = ["a", "b", "c", "d"]


@pytest.mark.parametrize("lanes_of", ["abab", "aaaa", "abcd", "dcba"])
def test_four_ways_at_once_and_a_way_back_are_drawn_without_flaw(lanes_of: str) -> None:
    nodes: Nodes = {"s": ("startEvent", 0, 0), "fork": ("parallelGateway", 1, 0), "join": ("parallelGateway", 4, 0)}
    flows: Flows = [("s", "fork", "")]
    who = {}
    for row, (way, lane) in enumerate(zip(WAYS, lanes_of, strict=True)):
        nodes |= {way: ("userTask", 2, row), f"{way}2": ("userTask", 3, row)}
        flows += [("fork", way, ""), (way, f"{way}2", ""), (f"{way}2", "join", "")]
        who |= {way: lane, f"{way}2": "a"}
    nodes |= {"ask": ("userTask", 5, 0), "which": ("exclusiveGateway", 6, 0), "e": ("endEvent", 7, 0)}
    flows += [("join", "ask", ""), ("ask", "which", ""), ("which", "e", "else"), ("which", "fork", "again = true")]
    who["ask"] = "b"
    assert problems(with_lanes(drawn(nodes, flows), who).encode()) == []
