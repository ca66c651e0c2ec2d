"""Is every attribute and element of BPMN's schema executed, refused, told, or documentation for a reason?"""

import ast
from pathlib import Path

import pytest

from pathways.bpmn import schema
from pathways.bpmn.findings import Finding
from pathways.bpmn.reading.owners import ROLES
from pathways.bpmn.reading.parts import check_parts
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import BPMN, Element
from tests.pathways.bpmn.diagrams import chain, extended, flow, read, rules

ROOT = Path(schema.__file__).parents[2]
EVERY = {f"{kind} {name}": (kind, part) for kind in schema.TYPES for name, part in schema.parts_of(kind).items()}
AROUND = {"subConversation", "callConversation", "formalExpression"}
"""Parts that are looked through, whatever they are called: for the keys or the text inside of them."""
SEVERITIES = {"executed": [], "documentation": [], "told": ["warning"], "refused": ["error"]}


def _checked(kind: str, *, attribute: str = "", value: str = "anything", child: str = "") -> list[Finding]:
    """What the walk says of one element with one part."""
    element = Element(f"{{{BPMN}}}{kind}", {attribute: value} if attribute else {}, 1, None)
    if child:
        Element(f"{{{BPMN}}}{child}", {}, 2, element)
    source = Source(file="f.bpmn", ladders={}, calendars={}, forms=None)
    check_parts(element, frozenset(), source)
    return source.findings


@pytest.mark.parametrize("kind", schema.TYPES)
def test_every_part_is_met_as_the_table_says(kind: str):
    for part in schema.parts_of(kind).values():
        name = part.name.removeprefix("@")
        found = _checked(kind, attribute=name) if part.name[0] == "@" else _checked(kind, child=name)
        assert [finding.severity for finding in found] == ([] if name in ROLES else SEVERITIES[part.use]), part
        assert not [each for value in part.unless for each in _checked(kind, attribute=name, value=value)]


def test_every_part_that_changes_nothing_says_why():
    assert not [name for name, (_, part) in EVERY.items() if part.use != "executed" and not part.says]


def test_every_part_that_is_executed_is_asked_for_by_a_reader():
    files = (file for file in (ROOT / "pathways/bpmn").rglob("*.py") if not file.name.startswith("schema"))
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files)
    texts = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    asked = {word for text in texts if isinstance(text, str) for word in text.split()}
    wanted = {part.name.removeprefix("@") for _, part in EVERY.values() if part.use == "executed"}
    events = {f"{kind}EventDefinition" for kind in asked}
    assert wanted - asked - events == AROUND


@pytest.mark.parametrize("kind", schema.TYPES)
def test_what_the_schema_does_not_have_is_never_passed_over(kind: str):
    assert [finding.severity for finding in _checked(kind, child="robot")] == ["error"]
    assert [finding.rule for finding in _checked(kind, attribute="robot")] == ["unknown-attribute"]


@pytest.mark.parametrize("kind", schema.TYPES)
def test_no_part_is_passed_over_where_it_does_not_belong(kind: str):
    for name in {name for name in schema.ANYWHERE if name[0] != "@"} - schema.parts_of(kind).keys():
        expected = "warning" if name in schema.ONLY_DOCUMENTATION else "error"
        assert [finding.severity for finding in _checked(kind, child=name)] == [expected]


def test_the_page_of_parts_is_current():
    assert (ROOT / "docs/bpmn-parts.md").read_text(encoding="utf-8") == schema.table()


GATEWAY = '<bpmn:exclusiveGateway id="it" gatewayDirection="{}"/>'


@pytest.mark.parametrize("direction", ["Diverging", "Converging", "Mixed"])
def test_a_direction_that_the_flows_contradict_is_told(direction: str):
    assert "gateway-direction" in rules(read(chain(GATEWAY.format(direction), names=("it",))), "warning")


@pytest.mark.parametrize("direction", ["Diverging", "Unspecified"])
def test_a_direction_that_the_flows_have_is_not_worth_a_word(direction: str):
    body = chain(GATEWAY.format(direction), names=("it",)) + '<bpmn:endEvent id="e"/>' + flow("it", "e", "a")
    assert "gateway-direction" not in rules(read(body), "warning")


OTHERWISE = {
    "operation": extended("serviceTask", "it", attributes='operationRef="op"'),
    "implementation": extended("serviceTask", "it", attributes='implementation="urn:robot"'),
    "rendering": extended("userTask", "it", inside="<bpmn:rendering/>"),
    "operation of an event": extended(
        "intermediateThrowEvent",
        "it",
        inside='<bpmn:messageEventDefinition messageRef="M"><bpmn:operationRef>op</bpmn:operationRef>'
        "</bpmn:messageEventDefinition>",
    ),
}


@pytest.mark.parametrize("drawn", OTHERWISE.values(), ids=OTHERWISE)
def test_another_way_to_do_a_step_is_told_to_have_no_effect(drawn: str):
    assert "without-effect" in rules(read(chain(drawn, names=("it",))), "warning")


@pytest.mark.parametrize("said", ['capacity="5"', 'isUnlimited="false"'])
def test_the_capacity_of_a_data_store_is_told_to_have_no_effect(said: str):
    reading = read(chain(names=()), roots=f'<bpmn:dataStore id="store" name="store" {said}/>')
    assert "without-effect" in rules(reading, "warning")


def test_what_is_documentation_changes_nothing_and_is_not_told():
    data = '<bpmn:dataObject id="o" name="xs" isCollection="{}"><bpmn:dataState name="{}"/></bpmn:dataObject>'
    one, other = (read(chain(names=()) + data.format(*said)) for said in (("true", "signed"), ("false", "draft")))
    assert one.findings == other.findings
    assert one.definition
    assert other.definition
    assert one.definition.nodes == other.definition.nodes


def test_a_choreography_is_told_to_be_documentation():
    drawn = '<bpmn:choreography id="c"><bpmn:choreographyTask id="t"/></bpmn:choreography>'
    reading = read(chain(names=()), roots=drawn)
    assert "not-executable" in rules(reading, "info")
    assert reading.definition


def test_lanes_of_a_choreography_are_refused_as_its_schema_has_none():
    drawn = '<bpmn:choreography id="c"><bpmn:laneSet/></bpmn:choreography>'
    assert "unknown-element" in rules(read(chain(names=()), roots=drawn))


LANES = "<bpmn:laneSet><bpmn:lane name='nurse'><bpmn:flowNodeRef>{}</bpmn:flowNodeRef></bpmn:lane>{}</bpmn:laneSet>"


def test_a_lane_that_lists_what_is_gone_is_told_with_its_line():
    reading = read(chain(names=()) + "\n" + LANES.format("strat", ""))
    [told] = [finding for finding in reading.findings if finding.rule == "missing-reference"]
    assert (told.severity, told.line > 5, "start" in told.remedy) == ("warning", True, True)
    assert not rules(read(chain(names=()) + LANES.format("start", "")), "warning")


def test_a_step_in_two_lanes_is_told():
    other = "<bpmn:lane name='gdp'><bpmn:flowNodeRef>start</bpmn:flowNodeRef></bpmn:lane>"
    assert "two-lanes" in rules(read(LANES.format("start", other) + chain(names=())), "warning")


@pytest.mark.parametrize(
    ("step", "told"), [("task", True), ("userTask", True), ("receiveTask", False), ("callActivity", False)]
)
def test_a_message_flow_to_a_step_that_receives_nothing_is_told(step: str, told: bool):
    called = '<zeebe:calledElement processId="p"/>' if step == "callActivity" else ""
    flows = '<bpmn:participant id="lab"/><bpmn:messageFlow id="mf" sourceRef="lab" targetRef="it"/>'
    drawn = chain(extended(step, "it", called), names=("it",))
    reading = read(drawn, roots=f"<bpmn:collaboration>{flows}</bpmn:collaboration>")
    assert ("message-flow-unread" in rules(reading, "warning")) == told


def test_a_pool_of_a_process_that_is_gone_is_told():
    pool = '<bpmn:collaboration><bpmn:participant id="a" processRef="gone"/></bpmn:collaboration>'
    assert "missing-reference" in rules(read(chain(names=()), roots=pool), "warning")


def test_links_without_a_name_are_paired_by_what_they_refer_to():
    throw = '<bpmn:linkEventDefinition id="a"><bpmn:target>b</bpmn:target></bpmn:linkEventDefinition>'
    catch = '<bpmn:linkEventDefinition id="b" name="later"><bpmn:source>a</bpmn:source></bpmn:linkEventDefinition>'
    events = (
        f'<bpmn:intermediateThrowEvent id="out">{throw}</bpmn:intermediateThrowEvent>'
        f'<bpmn:intermediateCatchEvent id="in">{catch}</bpmn:intermediateCatchEvent>'
    )
    ends = '<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>'
    reading = read(ends + events + flow("start", "out") + flow("in", "end"))
    assert reading.definition, reading.findings
    assert reading.definition.nodes["out"].trigger == reading.definition.nodes["in"].trigger


def test_a_link_that_refers_to_nothing_is_refused():
    throw = "<bpmn:linkEventDefinition name='a'><bpmn:target>gone</bpmn:target></bpmn:linkEventDefinition>"
    reading = read(chain(extended("intermediateThrowEvent", "it", inside=throw), names=("it",)))
    assert "missing-reference" in rules(reading)
