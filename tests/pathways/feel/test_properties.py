"""Which laws hold for all values? Arithmetic is that of decimal128, logic has three values, JSON comes back."""

import json
from decimal import ROUND_HALF_EVEN, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathways.feel import FeelSyntaxError, compile_expression, to_json
from pathways.feel.comparison import equal
from pathways.feel.writing import text_of
from tests.pathways.feel.evaluation import NOW, evaluated

DECIMAL128 = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6)
TRUTH = st.sampled_from([True, False, None])
SCALARS = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=8)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
TEMPORAL = ("2026-12-01", "10:00:00Z", "2026-12-01T10:00:00+01:00", "P1DT2H", "P1Y2M", "-20000-01-01", "-PT0.5S")


@given(NUMBERS, NUMBERS)
def test_arithmetic_is_that_of_decimal128(a, b):
    given_numbers = {"a": a, "b": b}
    assert evaluated("a + b", given_numbers).value == DECIMAL128.add(a, b)
    assert evaluated("a - b", given_numbers).value == DECIMAL128.subtract(a, b)
    assert evaluated("a * b", given_numbers).value == DECIMAL128.multiply(a, b)
    assert evaluated("a / b", given_numbers).value == (DECIMAL128.divide(a, b) if b else None)
    assert evaluated("-a", given_numbers).value == -a


@given(NUMBERS, NUMBERS)
def test_numbers_have_one_order(a, b):
    verdicts = [evaluated(f"a {operator} b", {"a": a, "b": b}).value for operator in ("<", "=", ">")]
    assert verdicts.count(True) == 1
    assert evaluated("a in [b..b]", {"a": a, "b": b}).value is (a == b)
    assert evaluated("a between b and b", {"a": a, "b": b}).value is (a == b)


@pytest.mark.parametrize(
    ("a", "b", "conjunction", "disjunction"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_logic_has_the_truth_table_of_the_standard(a, b, conjunction, disjunction):
    for first, second in ((a, b), (b, a)):
        assert evaluated("a and b", {"a": first, "b": second}).value is conjunction
        assert evaluated("a or b", {"a": first, "b": second}).value is disjunction


@given(TRUTH, TRUTH)
def test_de_morgan(a, b):
    context = {"a": a, "b": b}
    assert evaluated("not(a and b)", context).value is evaluated("not(a) or not(b)", context).value
    assert evaluated("not(a or b)", context).value is evaluated("not(a) and not(b)", context).value


@given(st.lists(TRUTH, max_size=4))
def test_quantifiers_are_long_ands_and_ors(verdicts):
    context = {"l": verdicts}
    assert evaluated("every x in l satisfies x", context).value is evaluated("all(l)", context).value
    assert evaluated("some x in l satisfies x", context).value is evaluated("any(l)", context).value


@given(JSON)
def test_json_comes_back_as_it_went_in(given_value):
    value = evaluated("x", {"x": given_value}).value
    assert to_json(value) == given_value
    assert json.loads(json.dumps(to_json(value))) == given_value


@given(JSON)
def test_every_value_equals_itself(given_value):
    assert evaluated("x = x", {"x": given_value}).value is True


@given(st.lists(st.integers(-50, 50), max_size=12))
def test_sorting_and_reversing_keep_the_items(numbers):
    value = evaluated("sort(l)", {"l": numbers}).value
    assert value == sorted(Decimal(n) for n in numbers)
    assert evaluated("reverse(reverse(l)) = l", {"l": numbers}).value is True
    assert evaluated("count(distinct values(l))", {"l": numbers}).value == len(set(numbers))


@given(st.recursive(st.booleans() | NUMBERS | st.text(max_size=6), lambda inner: st.lists(inner, max_size=3)))
def test_the_text_of_a_value_is_an_expression_of_that_value(value):
    text = text_of(value)
    assert equal(evaluated(text).value, evaluated("x", {"x": value}).value) is True


@pytest.mark.parametrize("text", TEMPORAL)
def test_the_text_of_a_moment_is_read_as_the_same_moment(text):
    value = evaluated(f'@"{text}"').value
    assert to_json(value) == text
    assert evaluated(f'@"{text}" = x', {"x": value}).value is True


@given(st.text(alphabet="ab1 .,()[]{}<>=+-*/\"'@:?#\\\n\U0001f40e", max_size=30))
def test_a_text_is_compiled_or_refused_with_its_place(text):
    try:
        expression = compile_expression(text)
    except FeelSyntaxError as error:
        refusal = error
    else:
        assert expression.evaluate({}, now=NOW, trace=True).trace is not None
        return
    assert 0 <= refusal.position <= len(text)
    assert refusal.excerpt.endswith("^")
    assert refusal.line <= text.count("\n") + 1
