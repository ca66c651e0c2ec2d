"""Which JSON variable does a value become?"""

import pytest

from pathways.feel import to_json
from tests.pathways.feel.evaluation import evaluated

ROWS = {
    "null": ("null", None),
    "a whole number": ("6 / 2", 3),
    "a fraction": ("1 / 4", 0.25),
    "a number no float can carry": ("1e6000", "1E+6000"),
    "a string": ('"a"', "a"),
    "a date": ('@"2026-12-01"', "2026-12-01"),
    "a time": ('@"10:00:00"', "10:00:00"),
    "a date and time": ('@"2026-12-01T10:00:00Z"', "2026-12-01T10:00:00Z"),
    "a named zone becomes its offset": ('@"2026-07-01T10:00:00@Europe/London"', "2026-07-01T10:00:00+01:00"),
    "a duration": ('@"PT26H"', "P1DT2H"),
    "a list": ('[1, @"P1M"]', [1, "P1M"]),
    "a context": ("{a: {b: true}}", {"a": {"b": True}}),
    "a range": ("[1..5)", "[1..5)"),
    "a unary test": ("(< 5)", "< 5"),
    "a function": ("function(a) a + 1", "function(a) a + 1"),
}


@pytest.mark.parametrize(("text", "expected"), ROWS.values(), ids=ROWS.keys())
def test_value_as_json(text, expected):
    json = to_json(evaluated(text).value)
    assert json == expected
    assert type(json) is type(expected)
