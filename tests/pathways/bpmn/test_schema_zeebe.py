"""Is every `zeebe:` element and attribute of zeebe-bpmn-moddle 1.18 executed, told, refused, or without effect?"""

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

from pathways.bpmn import schema_zeebe
from pathways.bpmn.findings import Finding
from pathways.bpmn.reading.attributes import check_attributes
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import BPMN, ZEEBE, Element
from pathways.bpmn.reading.zeebe_parts import accepted
from tests.pathways.bpmn.diagrams import chain, extended, read, rules

ROOT = Path(schema_zeebe.__file__).parents[2]
MODDLE = {
    "ioMapping": "input output",
    "subscription": "@correlationKey",
    "input": "@source @target @modelerConfigurationTemplate @modelerConfigurationName",
    "output": "@source @target",
    "taskHeaders": "header",
    "header": "@id @key @value",
    "taskDefinition": "@type @retries",
    "loopCharacteristics": "@inputCollection @inputElement @outputCollection @outputElement",
    "calledElement": (
        "@processId @processIdExpression @propagateAllChildVariables @propagateAllParentVariables @businessId "
        "@bindingType @versionTag"
    ),
    "formDefinition": "@formKey @formId @externalReference @bindingType @versionTag",
    "userTask": "",
    "calledDecision": "@decisionId @resultVariable @bindingType @versionTag",
    "assignmentDefinition": "@assignee @candidateGroups @candidateUsers",
    "priorityDefinition": "@priority",
    "taskSchedule": "@dueDate @followUpDate",
    "properties": "property",
    "property": "@name @value @modelerConfigurationTemplate @modelerConfigurationName",
    "script": "@expression @resultVariable",
    "executionListeners": "executionListener",
    "executionListener": "@eventType @retries @type taskHeaders",
    "taskListeners": "taskListener",
    "taskListener": "@eventType @retries @type",
    "versionTag": "@value",
    "adHoc": "@activeElementsCollection @outputCollection @outputElement",
}
"""The elements of the dialect that are executed anywhere, each with all that its schema gives it."""
NOWHERE = "userTaskForm linkedResources jobPriorityDefinition conditionalFilter agentDefinition"
ON_SHAPES = "modelerTemplate modelerTemplateVersion modelerTemplateIcon retryCounter"
PLACES = [name for name in schema_zeebe.TYPES if not name.startswith("zeebe:")]
SEVERITIES = {"executed": [], "documentation": [], "told": ["warning"], "refused": ["error"]}
UNREAD = {"userTask"}
"""It says that the engine keeps the task itself, as every user task here is kept."""


def _source() -> Source:
    return Source(file="f.bpmn", ladders={}, calendars={}, forms=None)


def _on(place: str, extension: str) -> list[Finding]:
    """What is said of an extension of a BPMN element."""
    source = _source()
    accepted(Element(f"{{{ZEEBE}}}{extension}", {}, 1, None), place, source)
    return source.findings


def test_the_table_has_all_that_the_schema_of_the_dialect_has():
    for name, parts in MODDLE.items():
        assert set(parts.split()) <= schema_zeebe.parts_inside(name).keys(), name
    known = schema_zeebe.parts_on("anything").keys()
    inside = {part for name in MODDLE for part in schema_zeebe.parts_inside(name)}
    assert {*MODDLE, *NOWHERE.split()} <= known | inside
    assert {f"@{name}" for name in ON_SHAPES.split()} <= known


@pytest.mark.parametrize("place", PLACES)
def test_every_extension_is_met_as_the_table_says(place: str):
    for part in schema_zeebe.parts_on(place).values():
        if part.name[0] == "@":
            source = _source()
            check_attributes(Element(f"{{{BPMN}}}{place}", {f"{{{ZEEBE}}}{part.name[1:]}": "1"}, 1, None), source)
            found = [each for each in source.findings if "zeebe" in each.message]
        else:
            found = _on(place, part.name)
        assert [finding.severity for finding in found] == SEVERITIES[part.use], part
        assert part.use == "executed" or part.says, part
    assert [finding.rule for finding in _on(place, "magic")] == ["unsupported-extension"]


@pytest.mark.parametrize("name", MODDLE)
def test_every_part_of_an_extension_is_met_as_the_table_says(name: str):
    for part in schema_zeebe.parts_inside(name).values():
        found = _in(name, {part.name[1:]: "latest"}) if part.name[0] == "@" else _in(name, child=part.name)
        assert [finding.severity for finding in found] == SEVERITIES[part.use], part
    assert [finding.rule for finding in _in(name, {"robot": "1"})] == ["unknown-attribute"]
    assert [finding.rule for finding in _in(name, child="robot")] == ["unsupported-extension"]


def _in(name: str, attributes: Mapping[str, str] | None = None, child: str = "") -> list[Finding]:
    """What is said of an extension, or of an entry of one, where it may stand."""
    holder = next((each for each, parts in MODDLE.items() if name in parts.split()), name)
    holder = name if any(_executed(place, name) for place in PLACES) else holder
    outer = Element(f"{{{ZEEBE}}}{holder}", {} if holder != name else dict(attributes or {}), 1, None)
    element = outer if holder == name else Element(f"{{{ZEEBE}}}{name}", dict(attributes or {}), 2, outer)
    if child:
        Element(f"{{{ZEEBE}}}{child}", {}, 3, element)
    source = _source()
    accepted(outer, next(place for place in PLACES if _executed(place, holder)), source)
    return source.findings


def _executed(place: str, name: str) -> bool:
    part = schema_zeebe.parts_on(place).get(name)
    return part is not None and part.use == "executed"


def test_every_part_that_is_executed_is_asked_for_by_a_reader():
    files = (file for file in (ROOT / "pathways/bpmn").rglob("*.py") if not file.name.startswith("schema"))
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files)
    texts = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    asked = {word for text in texts if isinstance(text, str) for word in text.split()}
    parts = (part for kind in schema_zeebe.TYPES.values() for part in kind.parts.values())
    wanted = {part.name.removeprefix("@") for part in parts if part.use == "executed"}
    assert wanted - asked <= UNREAD | {"header"}


def test_the_page_of_parts_is_current():
    assert (ROOT / "docs/zeebe-parts.md").read_text(encoding="utf-8") == schema_zeebe.table()


NOTES = {
    "configuration template": '<zeebe:input source="=1" target="a" modelerConfigurationTemplate="t:1"/>',
    "configuration with a prefix": '<zeebe:input source="=1" target="a" zeebe:modelerConfigurationName="n"/>',
    "attribute of another tool": '<zeebe:input source="=1" target="a" other:note="n"/>',
}


@pytest.mark.parametrize("entry", NOTES.values(), ids=NOTES)
def test_what_a_modeler_notes_for_itself_is_no_error(entry: str):
    step = extended("userTask", "it", f"<zeebe:ioMapping>{entry}</zeebe:ioMapping>")
    reading = read(chain(step, names=("it",)))
    assert not rules(reading) | rules(reading, "warning")
    assert reading.definition
    assert [each.target for each in reading.definition.nodes["it"].inputs] == ["a"]


def test_a_value_whose_attribute_has_a_prefix_is_refused_as_nobody_reads_it():
    step = extended("userTask", "it", '<zeebe:ioMapping><zeebe:input zeebe:source="=1" target="a"/></zeebe:ioMapping>')
    assert "unknown-attribute" in rules(read(chain(step, names=("it",))))


def test_properties_that_nothing_reads_are_told():
    held = extended("dataObject", "it", '<zeebe:properties><zeebe:property name="a" value="b"/></zeebe:properties>')
    assert "without-effect" in rules(read(chain(names=()) + held), "warning")
