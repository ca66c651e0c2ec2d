"""What does each boxed expression give? (DMN 1.5 §10.2.1)."""

import pytest

from pathways.feel import to_json
from tests.pathways.dmn.small_models import (
    decision,
    decisions,
    evaluate,
    input_data,
    item,
    knowledge,
    literal,
    reading,
)


def given(logic: str, **variables: object) -> object:
    inputs = [input_data(name) for name in variables]
    needs = " ".join(f"input:{name}" for name in variables)
    return to_json(evaluate(decisions(*inputs, decision("d", logic, needs=needs)), "d", **variables).value)


def entry(name: str, value: str, *, type_ref: str = "") -> str:
    typed = f' typeRef="{type_ref}"' if type_ref else ""
    return f'<contextEntry><variable name="{name}"{typed}/>{value}</contextEntry>'


def test_a_context_builds_on_its_earlier_entries() -> None:
    logic = f"<context>{entry('a', literal('1 + 1'))}{entry('b', literal('a * 10'))}</context>"
    assert given(logic) == {"a": 2, "b": 20}


def test_the_entry_without_a_name_is_the_result() -> None:
    result = f"<contextEntry>{literal('a + b-c')}</contextEntry>"
    logic = f"<context>{entry('a', literal('1'))}{entry('b-c', literal('5'))}{result}</context>"
    assert given(logic) == 6


def test_an_entry_of_the_wrong_type_is_null_and_the_others_stay() -> None:
    logic = f"<context>{entry('a', literal('1'), type_ref='string')}{entry('b', literal('2'))}</context>"
    assert given(logic) == {"a": None, "b": 2}


def test_a_function_in_a_context_may_call_itself() -> None:
    body = literal("if n <= 1 then 1 else n * factorial(n - 1)")
    function = f'<functionDefinition><formalParameter name="n" typeRef="number"/>{body}</functionDefinition>'
    result = f"<contextEntry>{literal('factorial(5)')}</contextEntry>"
    assert given(f"<context>{entry('factorial', function)}{result}</context>") == 120


def test_a_list_and_a_relation_hold_expressions() -> None:
    assert given(f"<list>{literal('x')}{literal('x + 1')}</list>", x=1) == [1, 2]
    columns = '<column name="name"/><column name="age" typeRef="number"/>'
    rows = f"<row>{literal(repr('a').replace(chr(39), chr(34)))}{literal('30')}</row>"
    rows += f"<row>{literal('null')}{literal('x')}</row>"
    assert given(f"<relation>{columns}{rows}</relation>", x=41) == [
        {"name": "a", "age": 30},
        {"name": None, "age": 41},
    ]


@pytest.mark.parametrize(
    ("condition", "expected"), [("true", "then"), ("false", "else"), ("null", "else"), ('"yes"', None)]
)
def test_a_conditional_needs_a_boolean(condition: str, expected: str | None) -> None:
    parts = f"<if>{literal(condition)}</if><then>{literal(chr(34) + 'then' + chr(34))}</then>"
    assert given(f"<conditional>{parts}<else>{literal(chr(34) + 'else' + chr(34))}</else></conditional>") == expected


@pytest.mark.parametrize(
    ("form", "inside", "body", "expected"),
    [
        ("for", "return", "x * 2", [2, 4, 6]),
        ("for", "return", "count(partial) + x", [1, 3, 5]),
        ("some", "satisfies", "x > 2", True),
        ("some", "satisfies", "x > 3", False),
        ("every", "satisfies", "x > 0", True),
        ("every", "satisfies", "x > 1", False),
        ("every", "satisfies", "null", None),
    ],
)
def test_iterators_visit_every_item(form: str, inside: str, body: str, expected: object) -> None:
    logic = f'<{form} iteratorVariable="x"><in>{literal("[1, 2, 3]")}</in><{inside}>{literal(body)}</{inside}></{form}>'
    assert given(logic) == expected


@pytest.mark.parametrize(
    ("source", "match", "expected"),
    [
        ("[1, 2, 3]", "item > 1", [2, 3]),
        ("[{a: 1}, {a: 2}]", "a = 2", [{"a": 2}]),
        ("[5, 6]", "-1", 6),
        ("[5, 6]", "3", None),
        ("7", "item = 7", [7]),
        ("[]", "true", []),
    ],
)
def test_a_filter_selects_by_condition_or_place(source: str, match: str, expected: object) -> None:
    assert given(f"<filter><in>{literal(source)}</in><match>{literal(match)}</match></filter>") == expected


def binding(name: str, value: str) -> str:
    return f'<binding><parameter name="{name}"/>{literal(value)}</binding>'


def test_an_invocation_binds_by_name_also_names_with_signs() -> None:
    parameters = {"base": "number", "risk-class 2": "number"}
    rate = knowledge("rate", parameters, literal("base - risk-class 2"))
    bound = binding("risk-class 2", "1") + binding("base", "12")
    call = f"<invocation>{literal('rate')}{bound}</invocation>"
    assert to_json(evaluate(decisions(rate, decision("d", call, needs="knowledge:rate")), "d").value) == 11


def test_an_invocation_with_an_unknown_parameter_has_no_value() -> None:
    rate = knowledge("rate", {"base": "number"}, literal("base"))
    call = f"<invocation>{literal('rate')}{binding('bose', '10')}</invocation>"
    result = evaluate(decisions(rate, decision("d", call, needs="knowledge:rate")), "d")
    assert result.value is None
    assert "base" in result.warnings[0]


def test_an_invocation_calls_built_in_functions_too() -> None:
    assert given(f"<invocation>{literal('sum')}{binding('list', '[1, 2]')}</invocation>") == 3


def test_arguments_of_the_wrong_type_stop_the_call() -> None:
    twice = knowledge("twice", {"x": "number"}, literal("x * 2"))
    logic = literal('[twice(2), twice("two"), twice([3]), twice(null)]')
    found = decisions(twice, decision("d", logic, needs="knowledge:twice"))
    assert to_json(evaluate(found, "d").value) == [4, None, 6, None]


def test_knowledge_models_call_each_other_and_themselves() -> None:
    plus = knowledge("plus", {"x": "number"}, literal("x + 1"))
    up = knowledge("up", {"n": "number"}, literal("if n >= 3 then n else up(plus(n))"), needs="knowledge:plus")
    found = decisions(plus, up, decision("d", literal("up(0)"), needs="knowledge:up"))
    assert evaluate(found, "d").value == 3
    assert evaluate(found, "plus", x=1).value == 2


def test_endless_recursion_ends_with_null_and_a_warning() -> None:
    up = knowledge("up", {"n": "number"}, literal("up(n + 1)"))
    result = evaluate(decisions(up, decision("d", literal("up(0)"), needs="knowledge:up")), "d")
    assert result.value is None
    assert "too deeply" in result.warnings[-1]


def test_functions_in_java_are_refused_and_never_called() -> None:
    function = f'<functionDefinition kind="Java"><formalParameter name="x"/>{literal("1")}</functionDefinition>'
    result = f"<contextEntry>{literal('f(1)')}</contextEntry>"
    read = reading(decision("d", f"<context>{entry('f', function)}{result}</context>"))
    assert [finding.rule for finding in read.findings] == ["dmn-function-kind"]
    assert read.decisions is not None
    assert evaluate(read.decisions, "d").value is None


def test_a_collection_type_makes_a_single_value_a_list_and_back() -> None:
    numbers = item("tNumbers", type_ref="number", collection=True)
    found = decisions(
        numbers,
        decision("one", literal("5"), type_ref="tNumbers"),
        decision("back", literal("[5]"), type_ref="number"),
        decision("neither", literal("[5, 6]"), type_ref="number"),
    )
    assert to_json(evaluate(found, "one").value) == [5]
    assert evaluate(found, "back").value == 5
    assert evaluate(found, "neither").value is None
