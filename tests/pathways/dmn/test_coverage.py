"""Which overlaps and gaps of a table are found? And does what is found agree with what the table does?"""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathways.bpmn.findings import Finding
from pathways.dmn.check import decision_findings
from tests.pathways.dmn.small_models import (
    component,
    decision,
    decisions,
    evaluate,
    input_data,
    item,
    knowledge,
    model,
    table,
)


def findings(*parts: str) -> list[Finding]:
    return decision_findings(model(*parts), file="test.dmn")


def of_table(inputs: dict[str, str], rules: list[str], *, hit: str = "UNIQUE", types: str = "number") -> list[str]:
    """The rules that are broken, with the part of the message that says where."""
    logic = table(inputs, {"v": ""}, rules, hit=hit)
    needs = " ".join(f"input:{name}" for name in inputs)
    found = findings(*(input_data(name, types) for name in inputs), decision("d", logic, needs=needs))
    said = [finding.message.partition("'d' ")[2] for finding in found]
    return [f"{finding.rule} {finding.severity}: {what}" for finding, what in zip(found, said, strict=True)]


def test_a_table_that_covers_everything_once_has_no_finding() -> None:
    assert of_table({"age": ""}, ["< 18 => 1", "[18..65) => 2", ">= 65 => 3"]) == []
    assert of_table({"sure": ""}, ["true => 1", "false => 2"], types="boolean") == []
    assert of_table({"s": ""}, ['"a", "b" => 1', 'not("a", "b") => 2'], types="string") == []
    assert of_table({"day": ""}, ['< date("2026-01-01") => 1', '>= @"2026-01-01" => 2'], types="date") == []


def test_an_overlap_of_a_unique_table_says_where() -> None:
    (finding,) = of_table({"age": ""}, ["<= 18 => 1", ">= 18 => 2"])
    assert finding == (
        "dmn-rules-overlap error: the rules 1 and 2 both match when age is 18; with hit policy UNIQUE the decision is "
        "then null."
    )


def test_rules_that_overlap_in_one_column_only_do_not_overlap() -> None:
    rules = ["< 10 | < 5 => 1", "< 10 | >= 5 => 2", ">= 10 | - => 3"]
    assert of_table({"a": "", "b": ""}, rules) == []


def test_any_may_overlap_when_both_rules_give_the_same() -> None:
    assert of_table({"a": ""}, ["< 10 => 1", ">= 5 => 1"], hit="ANY") == []
    (finding,) = of_table({"a": ""}, ["< 10 => 1", ">= 5 => 2"], hit="ANY")
    assert finding.startswith("dmn-rules-overlap error: the rules 1 and 2 both match when a is in [5..10)")


def test_other_hit_policies_may_overlap() -> None:
    for hit in ("FIRST", "COLLECT", "RULE ORDER"):
        assert of_table({"a": ""}, ["< 10 => 1", "- => 2"], hit=hit) == []


def test_a_gap_is_told_in_words() -> None:
    (finding,) = of_table({"a": ""}, ["< 10 => 1", "> 20 => 2"])
    assert "dmn-rules-missing warning: no rule matches when a is in [10..20]" in finding


def test_a_gap_between_whole_numbers_is_only_a_remark() -> None:
    (finding,) = of_table({"a": ""}, ["<= 5 => 1", ">= 6 => 2"])
    assert finding.startswith("dmn-rules-missing info: no rule matches when a is in (5..6) (never with whole numbers)")


def test_input_values_bound_what_has_to_be_covered() -> None:
    assert of_table({"s": '"a", "b"'}, ['"a" => 1', '"b" => 2'], types="string") == []
    (finding,) = of_table({"s": '"a", "b", "c"'}, ['"a" => 1', '"b" => 2'], types="string")
    assert 'no rule matches when s is "c"' in finding


def test_allowed_values_of_the_type_bound_it_too_also_behind_a_path_and_of_a_parameter() -> None:
    types = item("tP", component("risk", type_ref="tRisk")) + item("tRisk", type_ref="string", allowed='"a", "b"')
    logic = table({"p.risk": ""}, {"v": ""}, ['"a" => 1', '"b" => 2'])
    assert findings(types, input_data("p", "tP"), decision("d", logic, needs="input:p")) == []
    assert findings(types, knowledge("k", {"p": "tP"}, logic)) == []


def test_a_default_output_covers_the_rest() -> None:
    logic = table({"a": ""}, {"v": ""}, ["< 10 => 1"], defaults=("0",))
    assert findings(input_data("a"), decision("d", logic, needs="input:a")) == []


def test_a_cell_that_depends_on_more_than_its_input_leaves_the_table_undecided() -> None:
    (finding,) = of_table({"a": "", "b": ""}, ["< b | - => 1", ">= b | - => 2"])
    assert finding.startswith("dmn-rules-undecided info")
    (finding,) = of_table({"day": ""}, ["< today() => 1"], types="date")
    assert finding.startswith("dmn-rules-undecided info")
    assert of_table({"a": "", "b": ""}, ["< b | - => 1", "- | - => 2"], hit="FIRST") == []


def test_two_columns_about_the_same_input_are_one_side_of_the_box() -> None:
    logic = table({"a": ""}, {"v": ""}, []).replace(
        "</decisionTable>",
        "<input><inputExpression><text>a</text></inputExpression></input>"
        + "".join(
            f"<rule><inputEntry><text>{one}</text></inputEntry><inputEntry><text>{two}</text></inputEntry>"
            "<outputEntry><text>1</text></outputEntry></rule>"
            for one, two in (("&gt;= 0", "&lt; 5"), ("&lt; 0", "-"), ("-", "&gt;= 5"))
        )
        + "</decisionTable>",
    )
    assert findings(input_data("a"), decision("d", logic, needs="input:a")) == []


def test_rules_that_never_match_or_never_decide_are_told() -> None:
    found = of_table({"s": '"a", "b"'}, ['"a" => 1', '"c" => 2', "- => 3", '"b" => 4'], types="string", hit="FIRST")
    assert [finding.partition(":")[0] for finding in found] == ["dmn-rule-never warning", "dmn-rule-masked warning"]
    assert "rule 2 can never match" in found[0]
    assert "rule 4 never decides" in found[1]


def test_a_result_that_its_column_does_not_allow_is_told_with_the_one_that_was_meant() -> None:
    def found(allowed: str, *results: str) -> list[str]:
        logic = table({"s": ""}, {"v": allowed}, [f'"{at}" => {each}' for at, each in enumerate(results)], hit="FIRST")
        told = findings(input_data("s"), decision("d", logic, needs="input:s"))
        return [each.message for each in told if each.rule == "dmn-output-unknown"]

    assert found('"treat","discuss"', '"treat"', '"discuss"', "s", "null") == []
    assert found("", '"disscus"') == found('not("a")', '"b"') == []
    (told,) = found('"treat","discuss"', '"treat"', '"disscus"')
    assert "a rule gives 'disscus', which its column does not allow" in told


@pytest.mark.parametrize(
    ("rule", "name"),
    [("1 => urgent", "urgent"), ("high => 1", "high"), ("> limit => 1", "limit"), ('1, high => "a"', "high")],
)
def test_a_name_in_a_cell_that_nothing_gives_is_told_for_a_text_without_quotes(rule: str, name: str) -> None:
    (told,) = [each for each in of_table({"s": ""}, [rule, "- => 2"], hit="FIRST") if "dmn-name-unknown" in each]
    assert f"a cell reads {name!r}" in told


def test_names_that_an_input_a_column_or_a_decision_gives_are_not_told() -> None:
    rules = ["< b | - => s", "- | - => e"]
    given = decision("e", "<literalExpression><text>1</text></literalExpression>")
    logic = table({"s": "", "b": ""}, {"v": ""}, rules, hit="FIRST")
    found = findings(input_data("s"), given, decision("d", logic, needs="input:s decision:e"))
    assert [each for each in found if each.rule == "dmn-name-unknown"] == []


def test_hundreds_of_overlaps_are_told_by_ten() -> None:
    assert len(of_table({"a": ""}, ["- => 1"] * 100)) == 10


@pytest.mark.parametrize("rules", [["< 5 => 1", '"a" => 2'], ["[1..] => 1"]])
def test_cells_of_different_types_or_wrong_cells_are_no_crash(rules: list[str]) -> None:
    assert of_table({"a": ""}, rules)


TESTS = st.one_of(
    st.sampled_from(["-", "0", "3", "not(2)", "not(1, 3)", "1, 4"]),
    st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">="]), st.integers(0, 5)),
    st.builds(
        lambda opening, low, width, closing: f"{opening}{low}..{low + width}{closing}",
        st.sampled_from("[("),
        st.integers(0, 4),
        st.integers(1, 3),
        st.sampled_from("])"),
    ),
)
POINTS = [Decimal(n) / 2 for n in range(-1, 12)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(TESTS, TESTS), min_size=1, max_size=4))
def test_what_is_found_is_what_the_table_does(tests: list[tuple[str, str]]) -> None:
    rules = [f"{one} | {two} => {number}" for number, (one, two) in enumerate(tests)]
    logic = table({"a": "", "b": ""}, {"v": ""}, rules, hit="COLLECT")
    found = decisions(input_data("a"), input_data("b"), decision("d", logic, needs="input:a input:b"))
    counts = [len(evaluate(found, "d", a=a, b=b).matched[0].rules) for a in POINTS for b in POINTS]
    told = of_table({"a": "", "b": ""}, rules)
    assert any(finding.startswith("dmn-rules-overlap") for finding in told) == (max(counts) > 1)
    assert any(finding.startswith("dmn-rules-missing") for finding in told) == (min(counts) == 0)
