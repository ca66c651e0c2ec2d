"""What may a column of results give, in which order of priority, and what do several columns give together?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathways.dmn import model
from pathways.dmn.frame import Code, Frame
from pathways.feel import Expression, FeelSyntaxError
from pathways.feel.parser import parse_unary_tests
from pathways.feel.syntax import UnaryTests
from pathways.feel.values import Value

if TYPE_CHECKING:
    from pathways.dmn.boxed import Compiler

INPUT = "?"
"""The name of the tested value inside a unary test."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output: the values it may give, one test each in order of priority, and its default."""

    clause: model.OutputClause
    ranks: tuple[Expression, ...]
    values: str
    default: Code | None


def shaped(outputs: Sequence[Output], values: Sequence[Value]) -> Value:
    """One output is a value, several are a context."""
    if len(outputs) == 1:
        return values[0] if values else None
    return {output.clause.name: value for output, value in zip(outputs, values, strict=False)}


def rank(frame: Frame, output: Output, value: Value) -> int:
    """The place of a value among the output values; their number when it is none of them."""
    run = frame.run({INPUT: value})
    return next((place for place, test in enumerate(output.ranks) if test.value_in(run) is True), len(output.ranks))


def compiled_output(
    compiler: Compiler, table: model.DecisionTable, clause: model.OutputClause, names: frozenset[str]
) -> Output:
    """An output with its values compiled; without values of its own those of its type count."""
    values = clause.values or compiler.allowed_values(_type(table, clause))
    default = None if clause.default is None else compiler.compile(clause.default, names)
    if values is None or not values.text or isinstance(compiler.test(values, names), str):
        return Output(clause, (), "", default)
    return Output(clause, _single_tests(values.text, names | compiler.members), values.text, default)


def _type(table: model.DecisionTable, clause: model.OutputClause) -> str:
    """The type of an output; a table with one output may name it for the table as a whole."""
    return clause.type_ref or (table.type_ref if len(table.outputs) == 1 else "")


def _single_tests(text: str, names: frozenset[str]) -> tuple[Expression, ...]:
    """Each of `"HIGH", "LOW"` as a test of its own, in the order they are written."""
    try:
        tree = parse_unary_tests(text, names)
    except FeelSyntaxError:
        return ()
    if tree.negated:
        return (Expression(text, tree),)
    return tuple(Expression(test.source, UnaryTests((test,), negated=False)) for test in tree.tests)
