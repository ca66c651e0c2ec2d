"""What happens when a value is missing or of the wrong type? Null, and a warning that says why."""

from itertools import product

import pytest

from pathways.feel.builtins import BUILTINS
from tests.pathways.feel.evaluation import evaluated

ROWS = {
    "a missing variable": ("score + 1", "variable 'score' is not defined"),
    "arithmetic with null names the operand": ("1 + known", "'known' is null, in `1 + known`"),
    "comparison with null names the operand": ("known > 3", "'known' is null, in `known > 3`"),
    "comparison of different types": ('3 < "4"', "cannot compare number with string"),
    "equality of different types": ('3 = "3"', "cannot compare number with string"),
    "a sum of different types": ('3 + "4"', "cannot add number and string"),
    "division by zero": ("1 / 0", "the calculation has no result"),
    "an unknown function": ("triage(1)", "function 'triage' is not defined"),
    "a wrong argument": ("abs(true)", "'n' has to be number"),
    "a wrong number of arguments": ("abs(1, 2)", "expected 1 arguments, got 2"),
    "a wrong argument name": ("abs(number: 1)", "expected the parameters n"),
    "a missing entry": ("{a: 1}.b", "the context has no entry 'b'"),
    "a missing member of a variable": ("patient.phone", "the context has no entry 'phone', in `patient.phone`"),
    "a property of null": ("known.year", "null has no property 'year'"),
    "an index outside the list": ("[1, 2][3]", "the list of 2 items has no item at this place"),
    "a wrong at-literal": ('@"tomorrow"', "this text is no time"),
    "a wrong date": ('date("2026-02-30")', "day is out of range for month"),
    "an unknown type": ("1 instance of Patient", "'Patient' is no type of FEEL"),
    "an external function": ('(function(a) external {java: "x"})(1)', "external functions are not available"),
    "a conjunction with null": (
        "true and known",
        "'known' is null, not boolean, in `true and known`",
    ),
    "a disjunction with text names the operand": ('false or "x"', "'\"x\"' is string, not boolean"),
    "a quantifier that stays unknown": ("every x in [true, 1] satisfies x", "the condition is number for an item"),
    "a test of another type": ('1 in "a"', "cannot compare number with string"),
    "an aware and a naive moment": ('@"2026-01-01T00:00:00" < @"2026-01-01T00:00:00Z"', "has a time zone"),
}


@pytest.mark.parametrize(("text", "warning"), ROWS.values(), ids=ROWS.keys())
def test_null_with_a_warning(text, warning):
    evaluation = evaluated(text, {"known": None, "patient": {"name": "A"}})
    assert evaluation.value is None
    assert any(warning in given for given in evaluation.warnings), evaluation.warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [("missing = null", True), ("missing != null", False), ("3 = null", False), ("null = null", True)],
)
def test_null_can_be_asked_for(text, expected):
    assert evaluated(text).value is expected


def test_what_python_offers_stays_out_of_reach():
    for text in ("x.__class__", '"a".upper', "x.keys", "(function() 1).call", "__import__"):
        assert evaluated(text, {"x": {"a": 1}}).value is None


def test_a_variable_that_is_no_feel_value_is_null():
    evaluation = evaluated("x", {"x": object()})
    assert evaluation.value is None
    assert evaluation.warnings == ("'x' holds a object, which is no FEEL value",)


def test_the_context_is_never_changed():
    context = {"list": [1, 2], "patient": {"a": 1}}
    evaluated('{l: append(list, 3), p: context put(patient, "a", 2)}', context)
    assert context == {"list": [1, 2], "patient": {"a": 1}}


PATIENT = {"name": "Testina[(Beispiel", "mrn": -8191.5, "born": "8191-26-47"}


@pytest.mark.parametrize("function", sorted(BUILTINS))
def test_no_function_repeats_a_value_in_a_warning(function: str) -> None:
    given = [*product(PATIENT), *product(PATIENT, repeat=2)]
    found = [evaluated(f"{function}({', '.join(names)})", PATIENT) for names in given]
    warnings = [warning for each in found for warning in each.warnings]
    assert not [each for each in warnings if any(value in each for value in ("Testina", "Beispiel", "8191"))]


@pytest.mark.parametrize("text", ["[1][mrn]", "0 ** mrn", "name.year", "if name then 1 else 2", "name < mrn"])
def test_no_operator_repeats_a_value_in_a_warning(text: str) -> None:
    warnings = evaluated(text, PATIENT).warnings
    assert warnings
    assert not any(value in warning for warning in warnings for value in ("Testina", "8191"))
