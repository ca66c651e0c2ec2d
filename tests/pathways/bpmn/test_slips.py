"""Which files that break the schema are read all the same? Those that leave no doubt, each with a warning."""

import gc
import time

import pytest

from pathways.bpmn.findings import MOST_OF_A_RULE
from pathways.bpmn.model import Definition
from pathways.bpmn.reader import Reading, read_bpmn
from tests.pathways.bpmn.diagrams import END, FIRST, START, chain, definition_of, errors, flow, read, rules

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def _read(text: str) -> Reading:
    return read_bpmn(text.encode(), file="f.bpmn", ladders={}, calendars={}, max_bytes=20_000_000)


def _definition(text: str) -> Definition:
    reading = _read(text)
    assert reading.definition, reading.findings
    return reading.definition


PLAIN = (
    f'<definitions xmlns="{BPMN}" targetNamespace="t"><process id="p" isExecutable="true"><startEvent id="s"/>'
    '<task id="a"/><endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/>'
    '<sequenceFlow id="g" sourceRef="a" targetRef="e"/></process></definitions>'
)


@pytest.mark.parametrize("prefix", ["bpmn", "bpmn2", "semantic", "model", "x"])
def test_any_prefix_means_the_same(prefix):
    text = PLAIN.replace("<", f"<{prefix}:").replace(f"<{prefix}:/", f"</{prefix}:")
    found = _definition(text.replace(f'xmlns="{BPMN}"', f'xmlns:{prefix}="{BPMN}"'))
    assert (found.nodes, found.flows) == (_definition(PLAIN).nodes, _definition(PLAIN).flows)


TASK = '<task id="a"'
SLIPS = {
    "no namespace": (PLAIN.replace(f' xmlns="{BPMN}"', ""), "draft-namespace"),
    "beta namespace": (PLAIN.replace(BPMN, "http://schema.omg.org/spec/BPMN/2.0"), "draft-namespace"),
    "draft namespace": (PLAIN.replace(BPMN, "http://www.omg.org/bpmn20"), "draft-namespace"),
    "https namespace": (PLAIN.replace(BPMN, BPMN.replace("http:", "https:")), "draft-namespace"),
    "process without definitions": (
        PLAIN.partition(">")[2].removesuffix("</definitions>").replace("<process", f'<process xmlns="{BPMN}"'),
        "no-definitions",
    ),
    "undeclared prefix": (PLAIN.replace(TASK, f'{TASK} camunda:asyncBefore="true"'), "undeclared-prefix"),
    "no target namespace": (PLAIN.replace(' targetNamespace="t"', ""), "missing-attribute"),
    "flow without source": (
        PLAIN.replace(' sourceRef="a"', "").replace('<task id="a"/>', '<task id="a"><outgoing>g</outgoing></task>'),
        "missing-attribute",
    ),
    "documentation last": (
        PLAIN.replace('<task id="a"/>', '<task id="a"><incoming>f</incoming><documentation>d</documentation></task>'),
        "child-order",
    ),
    "unknown attribute": (PLAIN.replace(TASK, f'{TASK} painted="blue"'), "unknown-attribute"),
    "attribute of another element": (PLAIN.replace(TASK, f'{TASK} cancelActivity="true"'), "unknown-attribute"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "rule"), SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_that_leaves_no_doubt_is_read_with_a_warning(text, rule):
    reading = _read(text)
    assert reading.definition, reading.findings
    assert rule in rules(reading, "warning")
    flows = {(flow.source, flow.target) for flow in reading.definition.flows.values()}
    assert flows == {("s", "a"), ("a", "e")}


def test_ids_lists_and_the_drawing_may_be_missing():
    found = _definition(PLAIN.replace(' id="f"', "").replace(' id="g"', "").replace(' isExecutable="true"', ""))
    assert set(found.flows) == {"s->a", "a->e"}
    assert found.nodes["a"].incoming == ("s->a",)


def test_flows_without_ids_between_the_same_nodes_stay_apart():
    twice = START + END + flow("start", "end").replace(' id="start_end"', "") * 2
    assert set(definition_of(twice).flows) == {"start->end", "start->end#2"}


def test_a_process_without_id_gets_one():
    found = _definition(PLAIN.replace('<process id="p"', "<process"))
    assert [process.id for process in found.processes] == ["process_line_1"]
    assert found.nodes["s"].scope == "process_line_1"


def test_a_node_without_id_gets_one_that_is_free():
    body = chain('<bpmn:task id="task_line_6"/>', names=("task_line_6",)) + '<bpmn:task name="loose"/>'
    reading = read(body.replace("\n", "", 1))
    assert reading.definition
    assert "missing-id" in rules(reading, "warning")
    assert any(node.name == "loose" for node in reading.definition.nodes.values())


def test_spaces_around_an_id_do_not_matter():
    assert "a" in _definition(PLAIN.replace('id="a"', 'id=" a "')).nodes


def test_an_id_that_stands_twice_names_both_lines():
    reading = read(START + '\n<bpmn:task id="it"/>\n<bpmn:task id="it"/>')
    (finding,) = [finding for finding in errors(reading) if finding.rule == "duplicate-id"]
    assert finding.line == FIRST + 2
    assert f"line {FIRST + 1}" in finding.message


def test_ids_that_nothing_refers_to_may_stand_twice():
    lane = '<bpmn:laneSet id="it"><bpmn:lane id="it"/></bpmn:laneSet>'
    assert read(lane + chain('<bpmn:task id="it"/>', names=("it",))).definition


def test_broken_drawings_do_not_matter():
    drawing = '<BPMNDiagram><BPMNPlane bpmnElement="gone"><what id="a"/></BPMNPlane></BPMNDiagram></definitions>'
    assert _definition(PLAIN.replace("</definitions>", drawing))


def test_an_extension_that_must_be_understood_is_refused():
    reading = _read(PLAIN.replace("<process", '<extension mustUnderstand="true" definition="x:y"/><process'))
    assert rules(reading) == {"must-understand"}


def test_a_rule_that_speaks_again_and_again_is_cut_short():
    many = "".join(f'<bpmn:task id="t{n}" painted="blue"/>' for n in range(500))
    told = [finding for finding in read(chain(names=()) + many).findings if finding.rule == "unknown-attribute"]
    assert len(told) == MOST_OF_A_RULE + 1
    assert any("450 more" in finding.message for finding in told)


def test_very_long_texts_are_cut_in_findings():
    reading = read(chain(names=()) + f'<bpmn:boundaryEvent id="{"x" * 100_000}" attachedToRef="no"/>')
    assert max(len(f"{finding.message}{finding.element}") for finding in reading.findings) < 2_000


def test_a_hundred_thousand_attributes_are_one_error():
    attributes = " ".join(f'a{n}="1"' for n in range(100_000))
    started = time.thread_time()
    assert rules(read(chain(f'<bpmn:task id="it" {attributes}/>', names=("it",)))) == {"too-many-attributes"}
    assert time.thread_time() - started < 5


def _large(nodes: int) -> str:
    body = "".join(
        f'<task id="t{n}" name="Step {n}"/><sequenceFlow id="f{n}" sourceRef="t{n - 1}" targetRef="t{n}"/>'
        for n in range(1, nodes)
    )
    return PLAIN.replace('<endEvent id="e"/>', f'<endEvent id="e"/><task id="t0"/>{body}')


@pytest.fixture
def others_forgotten():
    """What other tests left in memory is not searched for garbage meanwhile."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("others_forgotten")
def test_ten_thousand_nodes_are_read_in_linear_time():
    seconds = []
    for nodes in (1_000, 10_000):
        started = time.thread_time()
        assert len(_definition(_large(nodes)).nodes) == nodes + 3
        seconds.append(time.thread_time() - started)
    assert seconds[1] < 25 * seconds[0]


def test_sub_processes_may_be_nested_deeply_and_too_deep_is_one_finding():
    for depth, rule in ((90, None), (1_000, "xml-depth"), (50_000, "xml-depth")):
        inside = "".join(f'<subProcess id="x{n}"><startEvent id="y{n}"/>' for n in range(depth))
        reading = _read(PLAIN.replace('<task id="a"/>', '<task id="a"/>' + inside + "</subProcess>" * depth))
        assert rules(reading) == ({rule} if rule else set())
