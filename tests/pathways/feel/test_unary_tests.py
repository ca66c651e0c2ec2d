"""When does a cell of a decision table match its input?"""

import pytest

from pathways.feel import compile_unary_tests
from tests.pathways.feel.evaluation import verdict

ROWS = {
    "a dash matches everything": ("-", 5, True),
    "an empty cell matches everything": ("", None, True),
    "a value": ('"lump"', "lump", True),
    "another value": ('"lump"', "pain", False),
    "a list of values": ('"lump", "pain"', "pain", True),
    "smaller": ("< 18", 17, True),
    "a range": ("[18..65]", 65, True),
    "a range with open end": ("[18..65)", 65, False),
    "several tests": ("< 18, [65..120]", 70, True),
    "not": ('not("lump", "pain")', "pain", False),
    "not of ranges": ("not([1..5], > 10)", 7, True),
    "an expression with the input": ("? > 5 and ? < 10", 7, True),
    "an expression with a path of the input": ('?.city = "Leeds"', {"city": "Leeds"}, True),
    "a variable": ("limit", 4, True),
    "a comparison with a variable": (">= limit", 3, False),
    "a list variable": ("codes", "B", True),
    "a boolean": ("true", True, True),
    "a negative number": ("-5", -5, True),
    "null": ("null", None, True),
    "a verdict about other variables": ("limit > 3", "anything", True),
    "a comparison with null is unknown": ("< 18", None, None),
    "a date": ('> date("2026-01-01")', "2026-02-01", None),
}


@pytest.mark.parametrize(("tests", "given", "expected"), ROWS.values(), ids=ROWS.keys())
def test_cell(tests, given, expected):
    assert verdict(tests, given, limit=4, codes=["A", "B"]) is expected


def test_the_input_is_no_variable():
    assert compile_unary_tests("? > limit").names == {"limit"}
