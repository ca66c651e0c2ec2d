"""Is every attribute and element of DMN's schema executed, refused, or documentation for a reason?"""

import ast
from pathlib import Path

import pytest

from pathways.bpmn.reading.xml import Element
from pathways.dmn import read_decisions, schema
from pathways.dmn.parts import check_parts
from pathways.dmn.source import Source
from tests.pathways.dmn.small_models import DMN15, decision, evaluate, input_data, literal, model, reading, table

ROOT = Path(schema.__file__).parents[2]
SEVERITIES = {"executed": [], "documentation": [], "refused": ["error"]}


def _said(kind: str, *, attribute: str = "", value: str = "anything", child: str = "") -> list[str]:
    """How grave what the walk says of one element with one part is."""
    element = Element(f"{{{DMN15}}}{kind}", {attribute: value} if attribute else {}, 1, None)
    if child:
        Element(f"{{{DMN15}}}{child}", {}, 2, element)
    source = Source("f.dmn", element, {})
    check_parts(source, element)
    return [finding.severity for finding in source.findings]


@pytest.mark.parametrize("kind", schema.TYPES)
def test_every_part_is_met_as_the_table_says(kind: str) -> None:
    for part in schema.parts_of(kind).values():
        name = part.name.removeprefix("@")
        said = _said(kind, attribute=name) if part.name[0] == "@" else _said(kind, child=name)
        assert said == SEVERITIES[part.use], part
        assert not [value for value in part.unless if _said(kind, attribute=name, value=f"urn:{value.upper()}/1")]
        assert part.says or part.use == "executed"


def test_every_part_that_is_executed_is_asked_for_by_a_reader() -> None:
    files = (file for file in (ROOT / "pathways/dmn").glob("*.py") if file.name != "schema.py")
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files)
    asked = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    executed = {
        part.name.removeprefix("@")
        for kind in schema.TYPES
        for part in schema.parts_of(kind).values()
        if part.use == "executed"
    }
    assert executed <= asked


@pytest.mark.parametrize("kind", schema.TYPES)
def test_what_the_schema_does_not_have_there_is_never_passed_over(kind: str) -> None:
    for name in {name for name in schema.ANYWHERE if name[0] != "@"} - schema.parts_of(kind).keys() | {"robot"}:
        assert _said(kind, child=name) == ["error"]
    assert _said(kind, attribute="robot") == ["warning"]


def test_the_page_of_parts_is_current() -> None:
    assert (ROOT / "docs/dmn-parts.md").read_text(encoding="utf-8") == schema.table()


TABLE = table({"a": ""}, {"v": ""}, ["< 1 => 1", ">= 1 => 2"])
OTHERWISE = {
    "a misspelt requirement": (decision("d", "<informationRequirment/>" + literal("1")), "dmn-unknown-element"),
    "logic in the wrong place": (literal("1"), "dmn-unknown-element"),
    "a cell of another column": (
        decision("d", TABLE.replace("<outputEntry>", "<input/><outputEntry>", 1)),
        "dmn-unknown-element",
    ),
    "another version of DMN": (
        '<decision xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"/>',
        "dmn-unknown-element",
    ),
    "no namespace": ('<decision xmlns="" id="d" name="d"/>', "dmn-unknown-element"),
    "a second logic": (decision("d", literal("1") + literal("2")), "dmn-duplicate-element"),
    "a second logic of another kind": (decision("d", literal("1") + "<list/>"), "dmn-duplicate-element"),
    "a second text": (decision("d", literal("1").replace("<text>", "<text>0</text><text>")), "dmn-duplicate-element"),
    "a misspelt hit policy": (decision("d", TABLE.replace("hitPolicy", "hitpolicy")), "dmn-misspelt-attribute"),
    "a misspelt collection": ('<itemDefinition name="t" isColection="true"/>', "dmn-misspelt-attribute"),
    "types of another language": ('<itemDefinition name="t" typeLanguage="urn:xsd"/>', "dmn-unsupported"),
    "an import of another language": ('<import namespace="urn:x" name="x" importType="urn:pmml"/>', "dmn-unsupported"),
}


@pytest.mark.parametrize(("part", "rule"), OTHERWISE.values(), ids=OTHERWISE)
def test_what_is_not_executed_is_refused_with_its_line(part: str, rule: str) -> None:
    [found] = [finding for finding in reading("<inputData id='i' name='i'/>", part).findings if finding.rule == rule]
    assert (found.severity, found.file, found.line >= 3) == ("error", "test.dmn", True)


def test_expressions_of_another_language_than_feel_are_refused_for_the_whole_file() -> None:
    source = model(decision("d", literal("1")), attributes='expressionLanguage="urn:juel"')
    [found] = read_decisions(source, file="test.dmn").findings
    assert (found.rule, found.line) == ("dmn-unsupported", 1)


DOCUMENTATION = (
    "<description>why</description><extensionElements><robot/></extensionElements><question>q</question>"
    '<allowedAnswers>a</allowedAnswers><authorityRequirement><requiredAuthority href="#_k"/></authorityRequirement>'
    '<z:mark xmlns:z="urn:tool"/>'
)


def test_what_is_documentation_changes_nothing_and_is_not_told() -> None:
    logic = decision("d", literal("a + 1"), needs="input:a").replace("<literal", f"{DOCUMENTATION}<literal")
    source = '<knowledgeSource id="_k" name="k"><type>guideline</type></knowledgeSource>'
    read = reading(input_data("a"), logic, source, '<elementCollection name="c"/>')
    assert read.findings == ()
    assert read.decisions is not None
    assert evaluate(read.decisions, "d", a=1).value == 2
