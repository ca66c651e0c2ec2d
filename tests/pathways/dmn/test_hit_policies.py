"""What does each hit policy give? Every policy and aggregator, with one, several and no matching rules."""

from decimal import Decimal

import pytest

from pathways.feel import to_json
from tests.pathways.dmn.small_models import decision, decisions, evaluate, input_data, table

BANDS = ['< 10 => "low"', '[5..20] => "middle"', '> 15 => "high"', '[5..8] => "middle"']
ORDER = '"high", "middle", "low"'


def given(score: int, hit: str, *, values: str = "", aggregation: str = "", rules: list[str] | None = None) -> object:
    outputs = {"band": values}
    logic = table({"score": ""}, outputs, rules or BANDS, hit=hit, aggregation=aggregation)
    found = decisions(input_data("score"), decision("band", logic, needs="input:score"))
    return to_json(evaluate(found, "band", score=score).value)


@pytest.mark.parametrize(
    ("hit", "score", "expected"),
    [
        ("UNIQUE", 2, "low"),
        ("UNIQUE", 7, None),
        ("U", 30, "high"),
        ("ANY", 12, "middle"),
        ("ANY", 7, None),
        ("FIRST", 7, "low"),
        ("F", 18, "middle"),
        ("PRIORITY", 7, "middle"),
        ("PRIORITY", 18, "high"),
        ("RULE ORDER", 7, ["low", "middle", "middle"]),
        ("OUTPUT ORDER", 7, ["middle", "middle", "low"]),
        ("O", 18, ["high", "middle"]),
        ("COLLECT", 7, ["low", "middle", "middle"]),
        ("RULE ORDER", -0, ["low"]),
    ],
)
def test_the_hit_policy_chooses_among_the_rules_that_match(hit: str, score: int, expected: object) -> None:
    assert given(score, hit, values=ORDER) == expected


@pytest.mark.parametrize(
    ("aggregation", "score", "expected"),
    [("SUM", 7, 6), ("MIN", 7, 1), ("MAX", 7, 3), ("COUNT", 7, 3), ("SUM", 0, 1), ("COUNT", 0, 1)],
)
def test_an_aggregator_counts_every_match_once(aggregation: str, score: int, expected: int) -> None:
    rules = ["< 10 => 1", "[5..20] => 2", "[6..8] => 3"]
    assert given(score, "COLLECT", aggregation=aggregation, rules=rules) == expected


@pytest.mark.parametrize(
    ("hit", "aggregation", "expected"),
    [
        ("UNIQUE", "", None),
        ("FIRST", "", None),
        ("RULE ORDER", "", []),
        ("OUTPUT ORDER", "", []),
        ("COLLECT", "", []),
        ("COLLECT", "COUNT", 0),
        ("COLLECT", "SUM", None),
    ],
)
def test_without_a_match_nothing_is_chosen_and_nothing_collected(hit: str, aggregation: str, expected: object) -> None:
    assert given(99, hit, values="", aggregation=aggregation, rules=["< 10 => 1"]) == expected


def test_default_outputs_stand_in_when_no_rule_matches() -> None:
    logic = table({"score": ""}, {"band": "", "days": ""}, ['< 10 => "low" | 30'], defaults=('"unknown"', "1 + 1"))
    found = decisions(input_data("score"), decision("band", logic, needs="input:score"))
    assert to_json(evaluate(found, "band", score=50).value) == {"band": "unknown", "days": 2}
    assert to_json(evaluate(found, "band", score=5).value) == {"band": "low", "days": 30}


def test_priority_of_several_outputs_is_decided_by_the_first_then_the_second() -> None:
    outputs = {"urgency": '"urgent", "routine"', "place": '"clinic", "phone"'}
    rules = ['- => "routine" | "clinic"', '- => "urgent" | "phone"', '- => "urgent" | "clinic"']
    logic = table({"score": ""}, outputs, rules, hit="PRIORITY")
    found = decisions(input_data("score"), decision("plan", logic, needs="input:score"))
    assert to_json(evaluate(found, "plan", score=1).value) == {"urgency": "urgent", "place": "clinic"}


def test_an_output_outside_the_output_values_has_no_value() -> None:
    assert given(1, "UNIQUE", values='"high"', rules=['- => "other"']) is None


def test_an_input_outside_the_input_values_is_told_and_decides_nothing() -> None:
    logic = table({"score": "[0..10]"}, {"band": ""}, ['- => "any"'])
    found = decisions(input_data("score"), decision("band", logic, needs="input:score"))
    result = evaluate(found, "band", score=11)
    assert result.value is None
    assert "none of its input values" in result.warnings[0]
    assert "11" not in result.warnings[0], "a reason that many read says no value of a patient"
    assert evaluate(found, "band", score=10).value == "any"


def test_matched_rules_are_recorded_with_what_they_saw_and_gave() -> None:
    logic = table({"score": "", "age": ""}, {"band": ""}, ['< 5 | - => "a"', '>= 5 | >= 18 => "b"', '- | < 18 => "c"'])
    found = decisions(input_data("score"), input_data("age"), decision("band", logic, needs="input:score input:age"))
    (matched,) = evaluate(found, "band", score=7, age=40).matched
    assert matched.rules == (2,)
    assert matched.rule_ids == ("r2",)
    assert matched.inputs == (("score", 7), ("age", 40))
    assert matched.outputs == ("b",)
    assert matched.owner == "band"


def test_rules_that_contradict_a_unique_table_are_recorded_although_it_gives_null() -> None:
    logic = table({"score": ""}, {"band": ""}, ["< 10 => 1", "< 20 => 2"])
    found = decisions(input_data("score"), decision("band", logic, needs="input:score"))
    result = evaluate(found, "band", score=1)
    assert result.value is None
    assert result.matched[0].rules == (1, 2)
    assert "only one rule may match, but the rules 1, 2 do" in result.warnings[0]


def test_a_table_without_inputs_has_rules_that_always_match() -> None:
    found = decisions(decision("all", table({}, {"v": ""}, [" => 1", " => 2"], hit="COLLECT", aggregation="SUM")))
    assert evaluate(found, "all").value == Decimal(3)
