"""How do decisions, services and imported models work together? (DMN 1.5 chapter 6, §10.4)."""

from datetime import UTC, datetime

import pytest

from pathways import codec
from pathways.dmn import Decisions, UnknownDecision
from pathways.feel import to_json
from tests.pathways.dmn.small_models import (
    NOW,
    decision,
    decisions,
    evaluate,
    input_data,
    item,
    knowledge,
    literal,
    model,
    reading,
    table,
)


def service(name: str, outputs: str, *, decisions_in: str = "", data: str = "", type_ref: str = "") -> str:
    def hrefs(tag: str, names: str) -> str:
        return "".join(f'<{tag} href="#_{target}"/>' for target in names.split())

    parts = hrefs("outputDecision", outputs) + hrefs("inputDecision", decisions_in) + hrefs("inputData", data)
    typed = f' typeRef="{type_ref}"' if type_ref else ""
    return f'<decisionService id="_{name}" name="{name}"><variable name="{name}"{typed}/>{parts}</decisionService>'


CHAIN = (
    input_data("a", "number"),
    decision("double", literal("a * 2"), needs="input:a"),
    decision("left", literal("double + 1"), needs="decision:double"),
    decision("right", literal("double + 2"), needs="decision:double"),
    decision("top", literal("left * right"), needs="decision:left decision:right"),
)


def test_each_required_decision_is_made_once_and_recorded() -> None:
    result = evaluate(decisions(*CHAIN), "top", a=3)
    assert result.value == 56
    assert [made.name for made in result.decided] == ["double", "right", "left", "top"]
    assert result.decided[-1].inputs == (("left", 7), ("right", 8))
    assert result.decided[0].inputs == (("a", 3),)


def test_a_decision_is_found_by_id_and_by_name() -> None:
    found = decisions(*CHAIN)
    assert evaluate(found, "_top", a=1).value == evaluate(found, "top", a=1).value == 12
    assert found.has("top")
    with pytest.raises(UnknownDecision, match="has no decision 'bottom'"):
        evaluate(found, "bottom")


def test_an_input_that_is_missing_is_null_and_told() -> None:
    result = evaluate(decisions(*CHAIN), "double")
    assert result.value is None
    assert "input 'a' is not given" in result.warnings


@pytest.mark.parametrize(
    "name",
    [
        "Monthly - Income",
        "a*b",
        "in between",
        "x.y",
        "A 2.1",
        "Loan/Value",
        "patient's age",
        "list",
        "date",
        "a  b",
        "🐎",
    ],
)
def test_names_with_signs_keywords_and_spaces_are_names_everywhere(name: str) -> None:
    result = f"<contextEntry>{literal(f'{name} + made.{name}')}</contextEntry>"
    inner = f'<context><contextEntry><variable name="{name}"/>{literal(f"{name} * 10")}</contextEntry></context>'
    logic = f'<context><contextEntry><variable name="made"/>{inner}</contextEntry>{result}</context>'
    asked = decision("d", logic, needs="input:i")
    found = decisions(f'<inputData id="_i" name="{name}"/>', asked)
    assert evaluate(found, "d", **{name: 2}).value == 22


def test_a_decision_sees_only_what_it_requires() -> None:
    found = decisions(input_data("a"), decision("hidden", literal("1")), decision("d", literal("hidden")))
    assert evaluate(found, "d", a=1, hidden=2).value is None


def test_variables_without_input_data_are_read_as_camunda_modeler_draws_them() -> None:
    found = decisions(decision("d", table({"age": ""}, {"v": ""}, ['>= 18 => "adult"', '< 18 => "child"'])))
    result = evaluate(found, "d", age=20)
    assert result.value == "adult"
    assert result.decided[0].inputs == (("age", 20),)


def test_a_decision_without_a_variable_is_also_known_by_its_id() -> None:
    made = f'<decision id="Decision_risk" name="Risk of the patient">{literal("3")}</decision>'
    found = decisions(
        made, decision("d", literal("Decision_risk + 1"), needs="decision:").replace("#_", "#Decision_risk")
    )
    assert evaluate(found, "d").value == 4


def test_a_graph_of_thousands_of_decisions_is_no_problem() -> None:
    links = [decision(f"d{n}", literal(f"d{n - 1} + 1"), needs=f"decision:d{n - 1}") for n in range(1, 3000)]
    found = decisions(decision("d0", literal("0")), *links)
    assert evaluate(found, "d2999").value == 2999


def test_the_clock_is_the_one_that_is_given() -> None:
    found = decisions(decision("d", literal("[today() = date(now()), now()]")))
    assert found.evaluate("d", {}, now=NOW).value == [True, NOW]
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert found.evaluate("d", {}, now=later).value == [True, later]


SERVED = (
    input_data("x", "number"),
    decision("base", literal("100")),
    decision("result", literal("base + x"), needs="decision:base input:x"),
    service("calculate", "result", decisions_in="base", data="x"),
    decision("caller", literal("calculate(1, 2)"), needs="knowledge:calculate"),
    decision("named", literal("calculate(base: 2, x: 1)"), needs="knowledge:calculate"),
    decision("few", literal("calculate(1)"), needs="knowledge:calculate"),
    decision("wrong", literal('calculate("a", 2)'), needs="knowledge:calculate"),
)


@pytest.mark.parametrize(("wanted", "expected"), [("caller", 3), ("named", 3), ("few", None), ("wrong", None)])
def test_a_service_is_a_function_of_its_inputs_then_its_input_decisions(wanted: str, expected: int | None) -> None:
    assert evaluate(decisions(*SERVED), wanted, x=50).value == expected


def test_a_service_called_directly_takes_input_decisions_from_the_caller() -> None:
    found = decisions(*SERVED)
    assert evaluate(found, "calculate", x=1, base=2).value == 3
    assert evaluate(found, "result", x=1, base=2).value == 101


def test_a_service_with_several_outputs_gives_a_context() -> None:
    both = service("both", "left right", data="a")
    found = decisions(*CHAIN, both, decision("d", literal("both(1)"), needs="knowledge:both"))
    assert to_json(evaluate(found, "d").value) == {"left": 3, "right": 4}
    assert to_json(evaluate(found, "both", a=1).value) == {"left": 3, "right": 4}


def test_a_service_that_forgets_an_input_is_a_finding() -> None:
    findings = reading(*CHAIN, service("partial", "left")).findings
    assert [(finding.rule, finding.severity) for finding in findings] == [("dmn-service-input", "error")]


IMPORTED = model(
    item("tRisk", type_ref="string", allowed='"high", "low"'),
    input_data("age", "number"),
    decision("risk", literal('if age > 60 then "high" else "low"'), needs="input:age", type_ref="tRisk"),
    knowledge("grade", {"n": "number"}, literal("n * 10")),
    namespace="urn:risks",
)


def importing(*parts: str, name: str = "risks") -> Decisions:
    imported = f'<import namespace="urn:risks" name="{name}" importType="{"dmn"}" locationURI="risks.dmn"/>'
    return decisions(imported, *parts, others={"risks.dmn": IMPORTED, "other.dmn": model(namespace="urn:other")})


def test_imported_decisions_functions_and_types_are_seen_under_the_name_of_the_import() -> None:
    text = literal('[risks.risk, risks.grade(2), "high" instance of risks.tRisk]')
    found = importing(decision("d", text, needs="input:urn:risks#_risk knowledge:urn:risks#_grade"))
    assert to_json(evaluate(found, "d", age=70).value) == ["high", 20, True]
    assert to_json(evaluate(found, "d", **{"{urn:risks}age": 1}).value) == ["low", 20, True]
    assert to_json(evaluate(found, "d", risks={"age": 1}).value) == ["low", 20, True]
    assert evaluate(found, "urn:risks#_risk", age=1).value == "low"


def test_an_import_without_a_name_brings_its_elements_as_they_are() -> None:
    found = importing(decision("d", literal("risk"), needs="input:urn:risks#_risk", type_ref="tRisk"), name="")
    assert evaluate(found, "d", age=70).value == "high"


def test_an_import_that_is_not_given_is_a_finding() -> None:
    imported = '<import namespace="urn:risks" name="risks" importType="dmn"/>'
    findings = reading(imported, decision("d", literal("1"), needs="input:urn:risks#_risk")).findings
    assert {finding.rule for finding in findings} == {"dmn-import", "dmn-reference"}


def test_models_that_import_each_other_are_read_once() -> None:
    back = '<import namespace="urn:test" name="main" importType="dmn"/>'
    other = model(back, decision("o", literal("7")), namespace="urn:risks")
    imported = '<import namespace="urn:risks" name="r" importType="dmn"/>'
    found = decisions(imported, decision("d", literal("r.o"), needs="input:urn:risks#_o"), others={"o.dmn": other})
    assert evaluate(found, "d").value == 7


@pytest.mark.parametrize(
    "parts",
    [
        (decision("a", literal("b"), needs="decision:b"), decision("b", literal("a"), needs="decision:a")),
        (decision("a", literal("a"), needs="decision:a"),),
    ],
)
def test_decisions_that_need_themselves_are_a_finding_and_null(parts: tuple[str, ...]) -> None:
    read = reading(*parts)
    assert {finding.rule for finding in read.findings} == {"dmn-cycle"}
    assert read.decisions is not None
    assert evaluate(read.decisions, "a").value is None


def test_decisions_survive_json_and_decide_the_same() -> None:
    found = decisions(*SERVED, *TABLED)
    again = codec.load(Decisions, codec.dump(found))
    assert again == found
    assert codec.dump(again) == codec.dump(found)
    assert evaluate(again, "banded", x=5) == evaluate(found, "banded", x=5)


TABLED = (
    decision("banded", table({"x": "[0..10]"}, {"v": ""}, ["< 5 => 1", ">= 5 => 2"], defaults=("0",)), needs="input:x"),
    decision("listed", f"<list>{literal('1')}<context><contextEntry>{literal('2')}</contextEntry></context></list>"),
)
