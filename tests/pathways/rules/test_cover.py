"""Is what is said about conditions true when FEEL evaluates them?"""

from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathways.feel import compile_expression
from pathways.feel.regions import points
from pathways.rules.cover import coverage, never_true, overlap

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NUMBERS = [half / 2 for half in range(-1, 10)]
TEXTS = ["a", "b", "c", "other"]
KNOWN = {"s": points(TEXTS)}
WORLDS = [{"x": x, "s": s, "ok": ok} for x, s, ok in product(NUMBERS, TEXTS, [True, False])]

limits = st.integers(0, 4).map(str)
atoms = st.one_of(
    st.builds("x {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), limits),
    st.builds("{} {} x".format, limits, st.sampled_from(["<", ">=", "="])),
    st.builds("x in {}{}..{}]".format, st.sampled_from("[("), limits, limits),
    st.builds("x between {} and {}".format, limits, limits),
    st.builds("x in (< {}, {})".format, limits, limits),
    st.builds('s {} "{}"'.format, st.sampled_from(["=", "!="]), st.sampled_from("abc")),
    st.builds('s in ("{}", "{}")'.format, st.sampled_from("abc"), st.sampled_from("abc")),
    st.builds('list contains(["a", "{}"], s)'.format, st.sampled_from("bc")),
    st.sampled_from(["ok", "ok = false", "true", "false"]),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not({})".format, inner),
    ),
    max_leaves=4,
)


def true_in(condition: str, world: dict[str, object]) -> bool:
    return compile_expression(condition).evaluate(world, now=NOW).value is True


@given(st.lists(conditions, min_size=1, max_size=3))
def test_conditions_cover_all_exactly_when_one_is_true_in_every_world(chosen):
    verdict = coverage(chosen, KNOWN).verdict
    covered = all(any(true_in(condition, world) for condition in chosen) for world in WORLDS)
    assert verdict == ("covered" if covered else "gap")


@given(conditions, conditions)
def test_conditions_overlap_exactly_when_both_are_true_in_some_world(one, other):
    shared = any(true_in(one, world) and true_in(other, world) for world in WORLDS)
    assert (overlap(one, other, KNOWN) is not None) == shared


@given(conditions)
def test_a_condition_is_never_true_exactly_when_no_world_fulfils_it(condition):
    assert never_true(condition, KNOWN) == (not any(true_in(condition, world) for world in WORLDS))


@pytest.mark.parametrize(
    ("texts", "example"),
    [
        (["x > 5", "x < 5"], "x is 5"),
        (['s = "a"', 's = "b"'], 's is neither "a" nor "b"'),
        (["a.b > c", "a.b = c"], "a.b < c"),
        (["b > a", "a > b"], "a = b"),
        (["ok"], "ok is false"),
        (["x = null", "x > 5"], "x is not null and x is <= 5"),
        (["case.urgent and score >= 3", "not(case.urgent)"], "score is < 3 and case.urgent is true"),
        (['d < date("2026-03-01")', 'd > @"2026-03-01"'], 'd is @"2026-03-01"'),
        (['wait < duration("P3D")', '@"P3D" < wait'], 'wait is @"P3D"'),
    ],
)
def test_a_gap_comes_with_an_example(texts, example):
    found = coverage(texts, {})
    assert (found.verdict, set(found.example.split(" and "))) == ("gap", set(example.split(" and ")))


@pytest.mark.parametrize(
    "texts",
    [
        ['contains(s, "x")', "x > 3"],
        ["count(items) > 0", "count(items) = 0"],
        ["x = 5", 'x = "five"'],
        ["a > b", "a <= 3"],
        ["some i in items satisfies i > 3"],
        ["x + 1 > 3", "x < 1"],
        ["a.b = 1 or a = 2"],
    ],
)
def test_what_nobody_can_foresee_is_left_open(texts):
    assert coverage(texts, {}).verdict == "undecided"
    assert overlap(texts[0], texts[-1], {}) is None or len(texts) == 1


@pytest.mark.parametrize(
    "texts", [['contains(s, "x")', 'not(contains(s, "x"))'], ["x + 1 > 3", "x + 1 <= 3"], ["x = null", "x != null"]]
)
def test_the_same_unknown_and_its_opposite_cover_all(texts):
    assert coverage(texts, {}).verdict == "covered"


def test_many_alternatives_are_given_up_in_time():
    wide = " and ".join(f"(a{number} = 1 or b{number} = 1)" for number in range(40))
    assert coverage([wide], {}).verdict == "undecided"
    assert not never_true(wide, {})
