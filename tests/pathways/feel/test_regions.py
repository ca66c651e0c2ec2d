"""Do regions and boxes behave like the sets of values that they stand for?"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathways.feel.regions import (
    BOOLEANS,
    EVERYTHING,
    NOTHING,
    Incomparable,
    Interval,
    TooManyBoxes,
    compared,
    complement,
    described,
    difference,
    intersect,
    intersection,
    interval,
    points,
    remainder,
    union,
)

FIVE = Decimal(5)
OPERATORS = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
tests = st.lists(st.tuples(st.sampled_from(sorted(OPERATORS)), st.integers(0, 6).map(Decimal)), max_size=5)
values = st.integers(-1, 14).map(lambda half: Decimal(half) / 2)


def holds(region, value) -> bool:
    return bool(intersection(region, points([value])))


@given(tests, values)
def test_a_union_holds_a_value_when_one_test_does(chosen, value):
    region = union(*(compared(operator, limit) for operator, limit in chosen))
    assert holds(region, value) == any(OPERATORS[operator](value, limit) for operator, limit in chosen)


@given(tests, values)
def test_a_complement_holds_what_the_region_does_not(chosen, value):
    region = union(*(compared(operator, limit) for operator, limit in chosen))
    assert holds(complement(region), value) != holds(region, value)
    assert union(region, complement(region)) == EVERYTHING
    assert difference(region, region) == NOTHING


@given(st.lists(st.tuples(st.sampled_from("<>"), st.integers(0, 3), st.integers(0, 3)), max_size=4), values, values)
def test_a_remainder_holds_what_no_box_holds(cells, x, y):
    boxes = [{"x": compared(sign, Decimal(a)), "y": compared(">=", Decimal(b))} for sign, a, b in cells]
    here = {"x": points([x]), "y": points([y])}
    covered = any(intersect(box, here) for box in boxes)
    assert any(intersect(left, here) for left in remainder(boxes, {})) != covered


def test_two_open_halves_miss_the_point_between():
    left = remainder([{"x": compared("<", FIVE)}, {"x": compared(">", FIVE)}], {})
    assert [described(box) for box in left] == ["x is 5"]


def test_days_leave_no_gap_between_one_and_the_next():
    first, second = date(2026, 3, 1), date(2026, 3, 2)
    assert union(compared("<=", first), compared(">=", second)) == EVERYTHING
    assert interval(first, second, low_included=False, high_included=False) == NOTHING


def test_a_domain_limits_what_is_left():
    colours = points(["amber", "green", "red"])
    left = remainder([{"colour": points(["red"])}, {"colour": points(["green"])}], {"colour": colours})
    assert [described(box, domains={"colour": colours}) for box in left] == ['colour is "amber"']
    assert remainder([{"yes": compared("=", True)}, {"yes": compared("=", False)}], {"yes": BOOLEANS}) == []


def test_values_without_a_common_order_decide_nothing():
    with pytest.raises(Incomparable):
        points(["a", FIVE])
    with pytest.raises(Incomparable):
        intersection(compared("<", datetime(2026, 1, 1, tzinfo=UTC)), compared(">", datetime(2026, 1, 1)))  # noqa: DTZ001


def test_boxes_that_cut_each_other_into_dust_are_given_up():
    names = [f"v{number}" for number in range(60)]
    boxes = [{name: points([Decimal(0)]) for name in names[at : at + 8]} for at in range(0, 56, 8)]
    with pytest.raises(TooManyBoxes):
        remainder(boxes, {})


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (EVERYTHING, "x is anything"),
        (compared("!=", FIVE), "x is not 5"),
        (complement(points(["a", "b", "c"])), 'x is neither "a", "b" nor "c"'),
        ((Interval(Decimal(1), FIVE, True, False),), "x is in [1..5)"),
        (union(compared("<", FIVE), compared(">=", Decimal(7))), "x is < 5 or >= 7"),
        (compared("<=", date(2026, 1, 2)), 'x is <= @"2026-01-02"'),
        (points([True]), "x is true"),
    ],
)
def test_a_region_is_described_in_words(region, words):
    assert described({"x": region}, domains={"x": NOTHING}) == words


def test_what_is_whole_is_not_mentioned():
    assert described({"x": EVERYTHING, "y": compared("<", FIVE)}) == "y is < 5"
    assert described({"x": EVERYTHING}) == "always"
