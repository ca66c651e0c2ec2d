"""What does an expression mean? One row per rule of the language."""

import pytest

from pathways.feel import compile_expression
from tests.pathways.feel.evaluation import evaluated, value_of

PATIENT = {
    "age": 47,
    "symptom": "lump",
    "date of birth": "1979-03-02",
    "consented": True,
    "weight": 71.5,
    "results": [
        {"test": "FIT", "value": 12, "abnormal": True},
        {"test": "Hb", "value": 131, "abnormal": False},
    ],
    "address": {"city": "Leeds"},
    "nothing": None,
    "time-in-range": 70,
}

ROWS = {
    "a number": ("12.50", "12.5"),
    "a number without leading zero": (".5", "0.5"),
    "a number with exponent": ("1.2e3", "1200"),
    "numbers are decimal, not binary": ("0.1 + 0.2 = 0.3", "true"),
    "numbers have 34 digits": ("1 / 3", "0." + "3" * 34),
    "a string with an escape": (r'"a\tb\u00e9\U01F40E"', '"a\tbé🐎"'),
    "a surrogate pair is one character": (r'string length("\ud83d\udc0e")', "1"),
    "a comment is skipped": ("1 + /* one */ 1 // two", "2"),
    "a name with spaces": ("date of birth", '"1979-03-02"'),
    "a path": ("address.city", '"Leeds"'),
    "a path through a list gives a list": ("results.test", '["FIT", "Hb"]'),
    "product before sum": ("2 + 3 * 4", "14"),
    "power is left associative": ("2 ** 3 ** 2", "64"),
    "minus binds tighter than power": ("-2 ** 2", "4"),
    "brackets change the order": ("(2 + 3) * 4", "20"),
    "strings are joined by plus": ('"a" + "b"', '"ab"'),
    "equal": ("age = 47", "true"),
    "not equal": ("age != 47", "false"),
    "smaller": ("age < 47", "false"),
    "between includes both ends": ("age between 47 and 50", "true"),
    "between stands before and": ("age between 1 and 2 and true", "false"),
    "and: false decides over null": ("nothing and false", "false"),
    "and: null stays unknown": ("nothing and true", "null"),
    "or: true decides over null": ("nothing or true", "true"),
    "or: null stays unknown": ("nothing or false", "null"),
    "and takes anything else as unknown": ('true and "true"', "null"),
    "not of null is null": ("not(nothing)", "null"),
    "if takes then": ('if age >= 45 then "urgent" else "routine"', '"urgent"'),
    "if with null takes else": ('if nothing then "a" else "b"', '"b"'),
    "else if": ('if age < 18 then "child" else if age < 65 then "adult" else "older"', '"adult"'),
    "in a list of tests": ("age in (1, < 5, >= 47)", "true"),
    "in a list": ('symptom in ["pain", "lump"]', "true"),
    "in a closed range": ("age in [40..47]", "true"),
    "in a range with open end": ("age in [40..47)", "false"),
    "in a range with outward brackets": ("age in ]46..48[", "true"),
    "in a unary test without brackets": ("age in > 40", "true"),
    "in a list of ranges": ("age in [[1..10], [40..50]]", "true"),
    "in is followed by and": ("age in [1..50] and consented", "true"),
    "an index counts from one": ("results[1].test", '"FIT"'),
    "a negative index counts from the end": ("results[-1].test", '"Hb"'),
    "an index may be calculated": ("[10, 20, 30][1 + 1]", "20"),
    "a filter sees the entries of the item": ("results[value > 100].test", '["Hb"]'),
    "a filter sees a boolean entry": ("results[abnormal].test", '["FIT"]'),
    "a filter sees the item": ("[1, 2, 3][item >= 2]", "[2, 3]"),
    "a filter sees the variables around it": ("[40, 50][item > age]", "[50]"),
    "a single value is filtered as a list": ("age[item > 40]", "[47]"),
    "null is filtered as an empty list": ("nothing[item > 40]", "[]"),
    "for gives a list": ("for r in results return r.value * 2", "[24, 262]"),
    "for over numbers": ("for i in 1..3 return i", "[1, 2, 3]"),
    "for over numbers downwards": ("for i in 3..1 return i", "[3, 2, 1]"),
    "for over days": ('for d in @"2026-12-31"..@"2027-01-01" return d.day', "[31, 1]"),
    "for over two lists": ("for a in [1, 2], b in [a, 10] return a * b", "[1, 10, 4, 20]"),
    "for sees its partial results": ("for i in 1..4 return if i = 1 then 1 else i * partial[-1]", "[1, 2, 6, 24]"),
    "some": ("some r in results satisfies r.abnormal", "true"),
    "every": ("every r in results satisfies r.abnormal", "false"),
    "every of an empty list": ("every x in [] satisfies x", "true"),
    "a context": ('{a: 1, "b c": a + 1}', "{a: 1, b c: 2}"),
    "an entry of a context": ("{a: {b: 5}}.a.b", "5"),
    "a function": ("(function(a, b) a - b)(5, 3)", "2"),
    "a function with named arguments": ("{f: function(a, b) a - b, r: f(b: 1, a: 5)}.r", "4"),
    "a function with typed parameters": ('(function(a: number) a)("x")', "null"),
    "a function may call itself": ("{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(5)}.r", "120"),
    "a function sees where it was made": ("{x: 1, f: function() x, g: (function(x) f())(2)}.g", "1"),
    "a range has properties": ("[1..5).end included", "false"),
    "a unary test is a range": ("(< 5).end", "5"),
    "instance of a simple type": ("age instance of number", "true"),
    "instance of a list": ("[1, 2] instance of list<number>", "true"),
    "instance of a context": ('{a: "x"} instance of context<a: string, b: number>', "false"),
    "null is an instance of Null only": ("[null instance of Any, null instance of Null]", "[false, true]"),
    "a name may contain for": ("{reason for referral: 1, r: reason for referral + 1}.r", "2"),
    "a declared name may contain a minus": ("{in-range: 7, r: in-range}.r", "7"),
    "a declared name may contain a keyword": ("{time in range: 7, r: time in range * 2}.r", "14"),
    "a variable may be called like a function": ("{count: 3, r: count([count])}", "{count: 3, r: 1}"),
}


@pytest.mark.parametrize(("text", "expected"), ROWS.values(), ids=ROWS.keys())
def test_expression(text, expected):
    assert value_of(text, PATIENT) == expected


def test_names_with_signs_are_known_when_the_caller_names_them():
    evaluation = evaluated("time-in-range + 1", PATIENT, names=frozenset({"time-in-range"}))
    assert str(evaluation.value) == "71"


@pytest.mark.parametrize("name", ["age > 40", "age -", "- age", "(age)", '"Leeds"', "", " "])
def test_what_is_no_name_does_not_change_what_an_expression_says(name):
    text = 'if age > 40 then age - 1 else "Leeds"'
    assert str(evaluated(text, {**PATIENT, name: 100}, names=frozenset({name})).value) == "46"


def test_a_condition_tells_what_it_read():
    evaluation = evaluated('address.city = "Leeds" and age > 40', PATIENT)
    assert [(path, str(value)) for path, value in evaluation.reads] == [("address.city", "Leeds"), ("age", "47")]


def test_what_was_not_needed_was_not_read():
    assert evaluated("false and age > 40", PATIENT).reads == ()


def test_an_expression_knows_the_names_it_may_read():
    text = "for r in results return r.value + offset(age) + count(address.city)"
    assert compile_expression(text).names == {"results", "offset", "age", "address"}


@pytest.mark.parametrize("name", ["for sale", "if ok", "some thing", "every one", "not ok", "date of birth", "and-or"])
def test_a_declared_name_may_start_with_a_keyword(name):
    assert evaluated(f"{name} + 1", {name: 2}, names=frozenset({name})).value == 3
