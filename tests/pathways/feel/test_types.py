"""Does a value belong to a type, and what makes it fit a parameter? (DMN 1.5 §10.3.2.9.2, §10.3.2.9.4)."""

import pytest

from pathways.feel import compile_expression
from pathways.feel.run import Run
from pathways.feel.writing import text_of
from tests.pathways.feel.evaluation import NOW, evaluated, value_of

ROWS = {
    "1 instance of number": "true",
    '"a" instance of number': "false",
    "null instance of number": "false",
    "null instance of Null": "true",
    "1 instance of Any": "true",
    "[1, 2] instance of list<number>": "true",
    '[1, "a"] instance of list<number>': "false",
    "[1, null] instance of list<number>": "true",
    "[] instance of list<string>": "true",
    "{a: 1, b: 2} instance of context<a: number>": "true",
    "{b: 2} instance of context<a: number>": "false",
    "{a: [{b: 1}]} instance of context<a: list<context<b: number>>>": "true",
    "[1..2] instance of range<number>": "true",
    "(< 2) instance of range<number>": "true",
    '["a".."b"] instance of range<number>': "false",
    "abs instance of function<number> -> number": "true",
    "sort instance of function": "true",
    '@"P1Y" instance of years and months duration': "true",
    '@"P1D" instance of years and months duration': "false",
    '@"2026-01-01T00:00:00" instance of date and time': "true",
    '@"2026-01-01" instance of date and time': "false",
    "(function(a: number) a)([1])": "1",
    "(function(a: list<number>) a)(1)": "[1]",
    "(function(a: number) a)([1, 2])": "null",
    '(function(a: number) a)("x")': "null",
    "(function(a: number) a)(null)": "null",
    '(function(a: date and time) a)(@"2026-01-01")': "2026-01-01T00:00:00Z",
    "(function(a, b) a - b)(b: 1, a: 3)": "2",
    "{f: function(p-1 of x) p-1 of x * 2, r: f(p-1 of x: 4)}.r": "8",
    "[function(x) x + 1][1](1)": "2",
    "{f: function(x) function(y) x + y, r: f(1)(2)}.r": "3",
    "{fact: function(n) if n <= 1 then 1 else n * fact(n - 1), r: fact(5)}.r": "120",
}


@pytest.mark.parametrize(("text", "expected"), ROWS.items(), ids=ROWS.keys())
def test_type(text, expected):
    assert value_of(text) == expected


def test_a_refused_argument_names_the_type():
    assert "expected list<number>, got string" in evaluated('(function(a: list<number>) a)("x")').warnings[0]


def test_a_host_can_bring_its_own_types():
    run = Run({"x": 5}, NOW)
    run.types = {"model.Age": lambda value: value < 150, "Ages": lambda value: isinstance(value, list)}
    for text, expected in {
        "x instance of model.Age": "true",
        "200 instance of model.Age": "false",
        "[x] instance of list<model.Age>": "true",
        "(function(a: Ages) a)(x)": "[5]",
        "x instance of Weight": "null",
    }.items():
        assert text_of(compile_expression(text).value_in(run)) == expected
    assert run.warnings == ("'Weight' is no type of FEEL, in `x instance of Weight`",)


def test_a_run_beside_another_shares_its_budget_and_its_warnings():
    root = Run({}, NOW)
    beside = root.beside({"x": None})
    assert compile_expression("x + 1").value_in(beside) is None
    assert root.warnings == ("'x' is null, in `x + 1`",)
    compile_expression("for i in 1..10 return i").value_in(beside)
    assert root.steps >= 10
