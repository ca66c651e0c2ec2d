"""Does a value pass a test? `in` and the cells of decision tables (DMN 1.5 §10.3.2.6, §7.3.3 rules 12 to 17)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias

from pathways.feel.comparison import contains, equal, ordered, unary_range
from pathways.feel.operators import missing, nothing
from pathways.feel.run import Code, Scope
from pathways.feel.syntax import Constant, ListLiteral, Node, RangeLiteral, UnaryTest
from pathways.feel.values import NoValue, Range, Value, kind_of

Test: TypeAlias = Callable[[Scope, Value], bool | None]
"""A compiled test: takes the input and says whether it passes, null where that is unknown."""

INPUT = "?"
"""The name of the input inside a test."""


def comparison_test(node: UnaryTest, operand: Code) -> Test:
    """`< 10`, `= "a"`."""

    def passes(scope: Scope, value: Value) -> bool | None:
        limit = operand(scope)
        if node.operator in ("=", "!="):
            scope.run.weigh(value, limit)
            same = equal(value, limit)
            return same if same is None else same is (node.operator == "=")
        if value is None or limit is None:
            return _unknown(scope, node, limit)
        try:
            return ordered(node.operator, value, limit)
        except NoValue as reason:
            return nothing(scope.run, reason, node.source)

    return passes


def _unknown(scope: Scope, node: UnaryTest, limit: Value) -> bool | None:
    if limit is None:
        return missing(scope.run, node, (node.operand, limit))
    return nothing(scope.run, "the tested value is null", node.source)


def expression_test(node: Node, expression: Code, *, tells: bool) -> Test:
    """Any expression: with `?` in it it has to be true, otherwise its value is what the input is compared with.

    tells: a boolean result is a verdict when the input itself is no boolean (decision tables, §10.3.2.6).
    """
    about_input = INPUT in node.source

    def passes(scope: Scope, value: Value) -> bool | None:
        result = expression(scope.child({INPUT: value}) if about_input else scope)
        if isinstance(result, bool) and (about_input or (tells and not isinstance(value, bool))):
            return result
        if about_input and result is None:
            return None
        scope.run.weigh(value, result)
        try:
            verdict = matches(value, result)
        except NoValue as reason:
            return nothing(scope.run, reason, node.source)
        if verdict is None:
            nothing(scope.run, f"cannot compare {kind_of(value)} with {kind_of(result)}", node.source)
        return verdict

    return passes


def matches(value: Value, expected: Value) -> bool | None:
    """Whether the value is the expected one, inside the expected range, or one of the expected list.

    Raises:
        NoValue: the value has no order with the ends of the range.
    """
    match expected:
        case Range() if not isinstance(value, Range):
            return None if value is None else contains(expected, value)
        case list():
            return any(_is_one(value, item) for item in expected) or bool(equal(value, expected))
        case _:
            return equal(value, expected)


def _is_one(value: Value, item: Value) -> bool:
    if not isinstance(item, Range) or isinstance(value, Range):
        return equal(value, item) is True
    try:
        return value is not None and contains(item, value) is True
    except NoValue:
        return False


def listed(nodes: Sequence[Node]) -> frozenset[Decimal | str] | None:
    """The values of `1, 2, 3`, `[1, 2, 3]` or `"open", "new"` when all are numbers or all texts, else nothing."""
    if len(nodes) == 1 and isinstance(nodes[0], ListLiteral):
        nodes = nodes[0].items
    values = [node.value for node in nodes if isinstance(node, Constant) and isinstance(node.value, Decimal | str)]
    return frozenset(values) if len(values) == len(nodes) and len(set(map(type, values))) == 1 else None


def one_of(values: frozenset[Decimal | str], general: Test) -> Test:
    """Values that are written in the text are looked up; an input of another type takes the general way."""
    kind = type(next(iter(values)))

    def passes(scope: Scope, value: Value) -> bool | None:
        return value in values if type(value) is kind else general(scope, value)

    return passes


def any_of(tests: tuple[Test, ...], *, negated: bool) -> Test:
    """Whether one test passes (or, negated, none does); no tests at all let everything pass."""

    def passes(scope: Scope, value: Value) -> bool | None:
        unknown = False
        for test in tests:
            verdict = test(scope, value)
            if verdict is True:
                return not negated
            unknown = unknown or verdict is None
        return None if unknown else negated or not tests

    return passes


def membership(operand: Code, tests: tuple[Test, ...]) -> Code:
    """`operand in tests`."""
    passes = tests[0] if len(tests) == 1 else any_of(tests, negated=False)

    def run_membership(scope: Scope) -> Value:
        return passes(scope, operand(scope))

    return run_membership


def range_value(node: UnaryTest, operand: Code) -> Code:
    """A unary test used as a value: the range it stands for."""

    def run_range(scope: Scope) -> Value:
        return unary_range(node.operator, operand(scope))

    return run_range


def range_literal(node: RangeLiteral, start: Code, end: Code) -> Code:
    """`[start..end]`; both ends have the same, ordered type or are missing."""
    low, high = (end.value if isinstance(end, Constant) else None for end in (node.start, node.end))
    if isinstance(low, Decimal) and isinstance(high, Decimal) and low <= high:
        written = Range(low, high, node.start_included, node.end_included)
        return lambda _scope: written

    def run_range(scope: Scope) -> Value:
        try:
            return _range(node, start(scope), end(scope))
        except NoValue as reason:
            return nothing(scope.run, reason, node.source)

    return run_range


def _range(node: RangeLiteral, low: Value, high: Value) -> Range:
    if low is not None and high is not None:
        if kind_of(low) != kind_of(high):
            raise NoValue(f"no range goes from {kind_of(low)} to {kind_of(high)}")
        if ordered(">", low, high):
            raise NoValue("the range ends before it starts")
    return Range(low, high, node.start_included, node.end_included)
