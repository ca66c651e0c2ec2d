"""What stops an expression that costs too much? Counts, never the clock."""

import pytest

from pathways.feel import FeelSyntaxError, compile_expression
from tests.pathways.feel.evaluation import evaluated

COSTLY = {
    "loops inside loops": ("for i in 1..1000, j in 1..1000 return i", "steps"),
    "a list of all lists so far": ("for i in 1..100000 return partial", "steps"),
    "a text that doubles": ('for i in 1..60 return if i = 1 then "aaaaaaaa" else partial[-1] + partial[-1]', "steps"),
    "a list that doubles": ("for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]]", "steps"),
    "a function without end": ("{f: function(n) f(n), r: f(1)}.r", "too deeply"),
    "a sort without end": ("{f: function(n) sort([1, 2], function(a, b) f(n)), r: f(1)}.r", "too deeply"),
    "a list inside a list inside a list": (
        "for i in 1..100 return if i = 1 then [1] else [partial[-1]]",
        "inside one another",
    ),
    "a text of texts that doubles": (
        'for i in 1..40 return if i = 1 then "abc" else string([partial[-1], partial[-1]])',
        "steps",
    ),
    "a context that doubles": (
        "for i in 1..40 return if i = 1 then {a: 1} else {a: partial[-1], b: partial[-1]}",
        "steps",
    ),
    "a replacement that grows": (
        'for i in 1..30 return if i = 1 then "a" else replace(partial[-1], "a", "aaaa")',
        "steps",
    ),
    "all days there are": ('for d in @"-999999999-01-01"..@"999999999-01-01" return d', "steps"),
    "a search without end": ("some i in 1..1e30 satisfies i < 0", "steps"),
    "a range without end": ("for i in [1..1e30] return i", "steps"),
    "a pattern that tries everything": (f'matches("{"a" * 300}", "(a+)(a+)(a+)\\1b")', "steps"),
}


@pytest.mark.parametrize(("text", "reason"), COSTLY.values(), ids=COSTLY.keys())
def test_evaluation_is_stopped(text, reason):
    evaluation = evaluated(text)
    assert evaluation.value is None
    assert reason in evaluation.warnings[-1]


def test_a_pattern_known_for_endless_search_is_quick():
    assert evaluated(f'matches("{"a" * 50}b", "(a+)+$")').value is False


WIDE = {
    "statistics": "for x in wide return stddev(wide)",
    "sorting": "for x in wide return sort(wide)",
    "text": "for x in wide return upper case(long)",
    "contexts": "for x in wide return context merge([open, open])",
    "entries": "for x in wide return get entries(open)",
}


@pytest.mark.parametrize("text", WIDE.values(), ids=WIDE.keys())
def test_a_function_pays_for_the_size_of_its_arguments(text):
    wide = list(range(20_000))
    evaluation = evaluated(text, {"wide": wide, "long": "a" * 100_000, "open": {str(i): i for i in wide}})
    assert "steps" in evaluation.warnings[-1]


def test_a_long_list_of_scalars_has_its_distinct_values():
    assert len(evaluated("distinct values(wide)", {"wide": list(range(20_000)) * 2}).value) == 20_000


def test_a_warning_is_short():
    assert len(evaluated("date(long)", {"long": "9" * 10_000}).warnings[0]) < 500


TOO_LARGE = {
    "brackets": "(" * 100 + "1" + ")" * 100,
    "signs": "-" * 500 + "x",
    "a sum": "+".join(["1"] * 500),
    "a text": '"' + "a" * 30_000 + '"',
    "a number": "1e9999",
    "types": "x instance of " + "list<" * 100 + "Any" + ">" * 100,
}


@pytest.mark.parametrize("text", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_text_is_refused(text):
    with pytest.raises(FeelSyntaxError):
        compile_expression(text)


@pytest.mark.parametrize("text", ["9 ** 9 ** 9 ** 9 ** 9", "0 ** -1", "exp(1e10)", '@"P1D" * 1e6000', "1e6144 * 10"])
def test_a_number_too_large_is_null(text):
    assert evaluated(text).value is None


def test_a_thousand_conditions_in_one_row_are_fine():
    assert evaluated(" and ".join(["true"] * 1000)).value is True
