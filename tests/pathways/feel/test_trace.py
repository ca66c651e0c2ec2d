"""Can one see how an expression came to its value, and where a null came from?"""

import json

import pytest

from pathways.feel import compile_expression, compile_unary_tests
from pathways.feel.limits import MAX_TRACE
from tests.pathways.feel.evaluation import NOW, evaluated


def traced(text, context=None):
    return compile_expression(text).evaluate(context or {}, now=NOW, trace=True)


def steps(step, depth=0):
    yield depth, step.source, step.as_json()["value"]
    for inner in step.steps:
        yield from steps(inner, depth + 1)


def test_every_sub_expression_that_was_evaluated_has_a_step_with_its_value():
    assert list(steps(traced("if age >= 18 then age * 2 else fee", {"age": 20}).trace)) == [
        (0, "if age >= 18 then age * 2 else fee", 40),
        (1, "age >= 18", True),
        (2, "age", 20),
        (1, "age * 2", 40),
        (2, "age", 20),
    ]


def test_a_step_knows_its_place_in_the_text():
    text = "1 + count(seen[item > 2])"
    for inner in traced(text, {"seen": [3]}).trace.steps:
        assert text[inner.start : inner.end] == inner.source


def test_a_loop_leaves_a_step_per_item():
    assert [source for _, source, _ in steps(traced("for i in 1..3 return i * i").trace)].count("i * i") == 3


def test_the_origin_of_a_null_is_the_innermost_step_with_a_reason():
    result = traced("fee + patient.phone.area", {"fee": 3, "patient": {"name": "A"}})
    origin = next(result.trace.origins())
    assert result.value is None
    assert origin.source == "patient.phone.area"
    assert origin.start == 6
    assert "no entry 'phone'" in origin.why[0]


def test_an_expression_without_null_has_no_origin():
    assert list(traced("1 + 1").trace.origins()) == []


def test_without_the_wish_there_is_no_trace():
    assert evaluated("1 + 1").trace is None


@pytest.mark.parametrize("text", ["for i in 1..1000, j in 1..1000 return i", "{f: function(n) f(n), r: f(1)}.r"])
def test_an_evaluation_that_was_stopped_keeps_its_first_steps(text):
    trace = traced(text).trace
    assert trace.steps
    assert any("ends here" in step.why[-1] for step in trace.origins())


def test_the_trace_is_bounded():
    found = sum(1 for _ in steps(traced("for i in 1..90000 return i").trace))
    assert 1000 < found <= MAX_TRACE + 1


def test_large_values_are_abridged():
    trace = traced("for x in big return big", {"big": ["text"] * 300}).trace
    assert len(json.dumps(trace.as_json())) < 200_000


def test_looking_does_not_change_the_value():
    text = "{f: function(n) if n = 0 then 0 else 1 + f(n - 1), r: f(20)}.r"
    assert traced(text).value == evaluated(text).value


def test_a_cell_of_a_table_can_be_traced():
    result = compile_unary_tests("< limit, [20..30]").evaluate({"?": 25, "limit": 10}, now=NOW, trace=True)
    assert result.value is True
    assert [step.source for step in result.trace.steps] == ["limit", "[20..30]"]
