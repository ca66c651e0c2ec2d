"""What does every built-in function give? The tables beside this file, one row per overload, edge and refusal."""

import pytest

from pathways.feel.builtins import BUILTINS
from tests.pathways.feel.builtins.conversions import CONVERSIONS
from tests.pathways.feel.builtins.lists import LISTS
from tests.pathways.feel.builtins.numbers import NUMBERS
from tests.pathways.feel.builtins.ranges import RANGES
from tests.pathways.feel.builtins.strings import STRINGS
from tests.pathways.feel.evaluation import evaluated, value_of

TABLE = STRINGS | LISTS | NUMBERS | CONVERSIONS | RANGES
ROWS = {text: expected for rows in TABLE.values() for text, expected in rows.items()}


@pytest.mark.parametrize(("text", "expected"), ROWS.items(), ids=ROWS.keys())
def test_function(text, expected):
    assert value_of(text) == expected


@pytest.mark.parametrize("text", [text for text, expected in ROWS.items() if expected == "null"])
def test_a_refusal_gives_a_reason(text):
    if text not in SILENT:
        assert evaluated(text).warnings


SILENT = {
    text
    for text in ROWS
    if text.startswith(("all(", "any(")) or text.endswith("([])") or text in ("string(null)", "get or else(null, 3)")
}
"""Null is the very result the standard names, so there is nothing to warn about."""


def test_every_function_has_its_rows():
    assert set(BUILTINS) == set(TABLE)


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_a_wrong_number_of_arguments_gives_null(name):
    arguments = ["1"] * 9
    if not any(parameter.many for signature in BUILTINS[name].signatures for parameter in signature.parameters):
        assert value_of(f"{name}({', '.join(arguments)})") == "null"


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_an_unknown_parameter_name_gives_null(name):
    evaluation = evaluated(f"{name}(no such parameter: 1)")
    assert evaluation.value is None
    assert "expected" in evaluation.warnings[0]


@pytest.mark.parametrize("name", sorted(name for name in BUILTINS if not {"and", "or", "not"} & set(name.split())))
def test_a_function_is_a_value(name):
    assert value_of(f"{name} instance of function") == "true"
