"""Which files are read, what do they become, and what is said about files that are wrong?"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathways import codec
from pathways.dmn import Decisions, read_decisions
from pathways.dmn.check import check_decisions
from tests.pathways.dmn.small_models import (
    DMN15,
    NOW,
    component,
    decision,
    evaluate,
    input_data,
    item,
    knowledge,
    literal,
    model,
    reading,
    table,
)

NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    DMN15,
)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_version_since_1_1_is_read(namespace: str) -> None:
    parts = (input_data("a"), decision("d", table({"a": ""}, {"v": ""}, ["< 1 => 1", ">= 1 => 2"]), needs="input:a"))
    read = read_decisions(model(*parts, dmn=namespace), file="test.dmn")
    assert read.findings == ()
    assert read.decisions is not None
    assert evaluate(read.decisions, "d", a=5).value == 2


def test_prefixes_of_types_in_dmn_1_1_are_understood() -> None:
    feel = "http://www.omg.org/spec/FEEL/20140401"
    parts = (
        item("tAge", type_ref="feel:number"),
        input_data("age", "own:tAge"),
        input_data("day", "feel:date"),
        decision("d", literal("age + 1"), needs="input:age", type_ref="feel:number"),
        decision("y", literal("day.year"), needs="input:day"),
    )
    source = model(*parts, dmn=NAMESPACES[0], attributes=f'xmlns:feel="{feel}" xmlns:own="urn:test"')
    read = read_decisions(source, file="test.dmn")
    assert read.findings == ()
    assert read.decisions is not None
    assert evaluate(read.decisions, "d", age=4).value == 5
    assert evaluate(read.decisions, "d", age="4").value is None
    assert evaluate(read.decisions, "y", day="2026-05-01").value == 2026


def test_any_prefix_and_foreign_elements_are_no_trouble() -> None:
    source = f"""<x:definitions xmlns:x="{DMN15}" xmlns:o="urn:other" namespace="urn:t" name="n">
      <o:decision name="no"/><x:extensionElements><o:thing/></x:extensionElements>
      <x:decision name="d" id="d"><x:variable name="d"/>
        <x:literalExpression><o:text>2</o:text><x:text>1</x:text></x:literalExpression></x:decision>
    </x:definitions>""".encode()
    read = read_decisions(source, file="test.dmn")
    assert read.findings == ()
    assert read.decisions is not None
    assert [found.name for found in read.decisions.decisions] == ["d"]
    assert evaluate(read.decisions, "d").value == 1


def test_elements_without_id_or_variable_are_known_by_name() -> None:
    read = reading('<decision name="d"><literalExpression><text>1</text></literalExpression></decision>')
    assert read.findings == ()
    assert read.decisions is not None
    assert evaluate(read.decisions, "d").value == 1


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (b"", "xml-syntax"),
        (b"<definitions", "xml-syntax"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><definitions/>', "xml-doctype"),
        (b"<definitions/>", "dmn-root"),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "dmn-root"),
        (f'<decision xmlns="{DMN15}"/>'.encode(), "dmn-root"),
        (b"<a>" * 5000, "xml-depth"),
        (b"\xff\xfe\x00", "xml-syntax"),
        (b" " * 20_000_000, "xml-size"),
    ],
)
def test_a_file_that_is_no_dmn_gives_one_finding(source: bytes, rule: str) -> None:
    read = read_decisions(source, file="test.dmn")
    assert read.decisions is None
    assert [finding.rule for finding in read.findings] == [rule]


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        (decision("d", literal("1 +")), "dmn-feel"),
        (decision("d", table({"a": ""}, {"v": ""}, ["< => 1"])), "dmn-feel"),
        (decision("d", literal("1"), needs="input:nobody"), "dmn-reference"),
        (decision("d", literal("1"), type_ref="tNone"), "dmn-type"),
        (decision("d", literal("1")) * 2, "dmn-duplicate-id"),
        (decision("d", literal("1")) + '<decision name="d"/>', "dmn-duplicate-name"),
        (decision("d", table({"a": ""}, {"v": ""}, ["1 | 2 => 1"])), "dmn-rule-cells"),
        (decision("d", table({"a": ""}, {}, ["1 => "])), "dmn-table-output"),
        (decision("d", table({"a": ""}, {"": "", "b": ""}, ["1 => 1 | 2"])), "dmn-output-name"),
        (decision("d", table({"a": ""}, {"v": ""}, ["1 => 1"], hit="SOME")), "dmn-hit-policy"),
        (decision("d", table({"a": ""}, {"v": ""}, ["1 => 1"], aggregation="AVG")), "dmn-aggregation"),
        (decision("d", table({"": ""}, {"v": ""}, ["1 => 1"])), "dmn-input-expression"),
        (
            decision(
                "d", literal("1").replace("literalExpression", 'literalExpression expressionLanguage="groovy"', 1)
            ),
            "dmn-expression-language",
        ),
        (decision("d", "<conditional><if/></conditional>"), "dmn-missing-part"),
        (decision("d", f"<for><in>{literal('[]')}</in><return>{literal('1')}</return></for>"), "dmn-iterator-variable"),
        (decision("d", "<invocation/>"), "dmn-missing-part"),
        (
            decision("d", f"<relation><column name='a'/><row>{literal('1')}{literal('2')}</row></relation>"),
            "dmn-relation-cells",
        ),
        (
            decision("d", literal('function(x) external {java: {class: "c", method signature: "m()"}}')),
            "dmn-function-kind",
        ),
        ("<decision/>", "dmn-name"),
        ('<decisionService name="s"/>', "dmn-service-output"),
        ('<import namespace="urn:x" name="x" importType="y"/>', "dmn-import"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_to_do(part: str, rule: str) -> None:
    found = [finding for finding in reading(part).findings if finding.rule == rule]
    assert found
    assert found[0].severity == "error"
    assert found[0].file == "test.dmn"
    assert found[0].line >= 1
    assert found[0].message


def test_one_wrong_decision_does_not_keep_the_others_from_deciding() -> None:
    read = reading(decision("wrong", literal("1 +")), decision("right", literal("1")))
    assert read.decisions is not None
    assert evaluate(read.decisions, "right").value == 1
    result = evaluate(read.decisions, "wrong")
    assert result.value is None
    assert "is not FEEL" in result.warnings[0]


def test_a_deep_or_wide_file_is_read_and_decided_in_bounds() -> None:
    logic = literal("1")
    for _ in range(39):
        logic = f"<list>{logic}</list>"
    read = reading(decision("deep", logic))
    assert read.decisions is not None
    assert read.decisions.evaluate("deep", {}, now=NOW).warnings == ()
    wide = table({"a": ""}, {"v": ""}, [f"{n} => {n}" for n in range(2000)])
    read = reading(input_data("a"), decision("wide", wide, needs="input:a"))
    assert read.decisions is not None
    assert evaluate(read.decisions, "wide", a=1999).value == 1999


def test_what_is_nested_too_deeply_is_a_finding_and_the_model_still_travels() -> None:
    logic, components = literal("1"), component("x", type_ref="number")
    for _ in range(180):
        logic = f"<list>{logic}</list>"
    for _ in range(180):
        components = component("x", components)
    read = reading(item("tDeep", components), decision("deep", logic))
    assert {finding.rule for finding in read.findings} == {"dmn-nesting"}
    assert read.decisions is not None
    assert codec.load(Decisions, codec.dump(read.decisions)) == read.decisions


def test_thousands_of_types_in_a_row_are_a_finding_not_a_wait() -> None:
    types = [item(f"t{n}", type_ref=f"t{n + 1}") for n in range(3000)]
    findings = reading(*types, item("t3000", type_ref="number")).findings
    assert {finding.rule for finding in findings} == {"dmn-type-cycle"}


def test_work_without_end_is_stopped() -> None:
    double = knowledge("double", {"x": "Any"}, literal("concatenate(x, x)"))
    call = "double(" * 30 + "[1]" + ")" * 30
    read = reading(double, decision("d", literal(call), needs="knowledge:double"))
    assert read.decisions is not None
    result = evaluate(read.decisions, "d")
    assert result.value is None
    assert "stopped" in result.warnings[-1]


def test_checking_a_file_reads_what_it_imports_from_beside_it(tmp_path: Path) -> None:
    imported = '<import namespace="urn:other" name="o" importType="dmn"/>'
    (tmp_path / "main.dmn").write_bytes(model(imported, decision("d", literal("o.x"), needs="input:urn:other#_x")))
    (tmp_path / "other.dmn").write_bytes(model(decision("x", literal("1")), namespace="urn:other"))
    assert check_decisions(tmp_path / "main.dmn") == []
    (tmp_path / "other.dmn").unlink()
    assert {finding.rule for finding in check_decisions(tmp_path / "main.dmn")} == {"dmn-import", "dmn-reference"}


SOUND = model(
    item("tRisk", type_ref="string", allowed='"a", "b"'),
    input_data("a", "number"),
    decision("d", table({"a": ""}, {"v": ""}, ["< 1 => 1", ">= 1 => 2"]), needs="input:a", type_ref="number"),
    knowledge("k", {"x": "tRisk"}, f"<context><contextEntry>{literal('x')}</contextEntry></context>"),
)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SOUND) - 1), st.integers(0, 40), st.binary(max_size=8))
def test_a_damaged_file_never_crashes(place: int, removed: int, put_in: bytes) -> None:
    source = SOUND[:place] + put_in + SOUND[place + removed :]
    read = read_decisions(source, file="damaged.dmn")
    if read.decisions is None:
        assert len(read.findings) == 1
        return
    for element in read.decisions.models[0].elements:
        if read.decisions.has(element.name):
            read.decisions.evaluate(element.name, {"a": 1, "x": "a"}, now=NOW)
