"""Does the geometry check find what a careful person would not draw?"""

import pytest

from tests.diagram_geometry import crossings, problems
from tests.pathways.small_diagram import bpmn, edge, flow, shape

TASKS = '<bpmn:task id="a"/><bpmn:task id="b"/>'
APART = shape("a", 0, 0, 100, 80) + shape("b", 200, 0, 100, 80)
STRAIGHT = edge("f", (100, 40), (200, 40))


def test_a_clean_diagram_has_no_problems() -> None:
    assert problems(bpmn(TASKS + flow("f", "a", "b"), APART + STRAIGHT)) == []


@pytest.mark.parametrize(
    ("process", "plane", "expected"),
    [
        pytest.param(TASKS, shape("a", 0, 0, 100, 80) + shape("b", 90, 70, 100, 80), "a overlaps b", id="overlap"),
        pytest.param(TASKS, shape("a", 0, 0, 100, 80), "b has no shape", id="no shape"),
        pytest.param(TASKS + flow("f", "a", "b"), APART, "flow f has no waypoints", id="no waypoints"),
        pytest.param(
            TASKS + flow("f", "a", "b"),
            APART + edge("f", (110, 40), (200, 40)),
            "flow f does not touch a",
            id="loose end",
        ),
        pytest.param(
            TASKS + '<bpmn:task id="c"/>' + flow("f", "a", "b"),
            APART + shape("c", 120, 20, 40, 40) + STRAIGHT,
            "flow f crosses c",
            id="flow through a shape",
        ),
        pytest.param(
            '<bpmn:startEvent id="a"/><bpmn:task id="b"/>',
            shape("a", 0, 0, 36, 36, label=(190, 10, 40, 14)) + shape("b", 200, 0, 100, 80),
            "the label of a overlaps b",
            id="label on a shape",
        ),
        pytest.param(
            TASKS + flow("f", "a", "b"),
            APART + edge("f", (100, 40), (200, 40), label=(120, 35, 40, 14)),
            "flow f runs through the label of f",
            id="flow through a label",
        ),
        pytest.param(
            TASKS + flow("f", "a", "b") + flow("g", "b", "a"),
            APART + STRAIGHT + edge("g", (200, 40), (100, 40)),
            "flows f and g run on one line for 100 pixels",
            id="flows on one line",
        ),
        pytest.param(
            TASKS + flow("f", "a", "b") + flow("g", "a", "b"),
            APART
            + edge("f", (100, 40), (200, 40), label=(110, 20, 30, 14))
            + edge("g", (100, 40), (150, 40), (150, 120), (200, 70)),
            "the label of f stands as near to flow g",
            id="label on a shared stem",
        ),
        pytest.param(
            TASKS + flow("f", "a", "b"),
            APART + edge("f", (100, 40), (150, 40), (150, 50), (200, 50)),
            "flow f jogs aside by 10 pixels",
            id="jog",
        ),
        pytest.param(
            TASKS + '<bpmn:task id="c"/>' + flow("f", "a", "b"),
            APART + shape("c", 120, 41, 60, 40) + STRAIGHT,
            "flow f runs along the border of c",
            id="flow along a border",
        ),
        pytest.param(
            TASKS + flow("f", "a", "b"),
            APART + edge("f", (100, 40), (200, 40), label=(150, 24, 45, 14)),
            "the label of f covers the head of f",
            id="label on the head of an arrow",
        ),
        pytest.param(
            '<bpmn:exclusiveGateway id="a" default="f"/><bpmn:task id="b"/>' + flow("f", "a", "b"),
            APART + edge("f", (100, 40), (200, 40), label=(105, 24, 45, 14)),
            "the label of f covers the mark of f",
            id="label on the stroke of a default flow",
        ),
        pytest.param(
            '<bpmn:laneSet id="s"><bpmn:lane id="l"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
            '<bpmn:task id="a"/>',
            shape("l", 0, 0, 300, 60) + shape("a", 0, 0, 100, 80),
            "a lies outside its lane l",
            id="outside its lane",
        ),
    ],
)
def test_a_flaw_is_named(process: str, plane: str, expected: str) -> None:
    found = problems(bpmn(process, plane))
    assert expected in found


def test_a_label_across_the_border_of_its_lane_is_named() -> None:
    lanes = '<bpmn:laneSet id="s"><bpmn:lane id="l"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    plane = shape("l", 0, 0, 300, 60) + shape("a", 20, 10, 36, 36, label=(15, 50, 46, 14))
    assert problems(bpmn(lanes + '<bpmn:endEvent id="a"/>', plane)) == ["the label of a runs over the border of l"]


def test_a_boundary_event_may_sit_on_its_host() -> None:
    process = '<bpmn:task id="a"/><bpmn:boundaryEvent id="b" attachedToRef="a"/>'
    assert problems(bpmn(process, shape("a", 0, 0, 100, 80) + shape("b", 50, 62, 36, 36))) == []


def test_the_content_of_a_sub_process_may_lie_in_it_but_not_across_its_border() -> None:
    process = '<bpmn:subProcess id="a"><bpmn:task id="b"/></bpmn:subProcess>'
    assert problems(bpmn(process, shape("a", 0, 0, 300, 200) + shape("b", 20, 20, 100, 80))) == []
    assert problems(bpmn(process, shape("a", 0, 0, 300, 200) + shape("b", 250, 20, 100, 80))) == ["a overlaps b"]


FOUR = "".join(f'<bpmn:task id="{id}"/>' for id in "abcd")
CORNERS = (
    shape("a", 0, 100, 100, 80)
    + shape("b", 300, 100, 100, 80)
    + shape("c", 150, 0, 100, 80)
    + shape("d", 150, 200, 100, 80)
)


def test_a_crossing_is_counted_once() -> None:
    process = FOUR + flow("f", "a", "b") + flow("g", "c", "d")
    plane = CORNERS + edge("f", (100, 140), (300, 140)) + edge("g", (200, 80), (200, 200))
    assert crossings(bpmn(process, plane)) == 1


def test_flows_that_join_do_not_cross() -> None:
    process = FOUR + flow("f", "a", "b") + flow("g", "c", "b")
    plane = CORNERS + edge("f", (100, 140), (300, 140)) + edge("g", (200, 80), (200, 140), (300, 140))
    assert crossings(bpmn(process, plane)) == 0
