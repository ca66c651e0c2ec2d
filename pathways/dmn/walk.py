"""Which expressions are inside an expression? The expression itself and all below it, from the outside in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from pathways.dmn import model


def expressions(expression: model.Expression) -> Iterator[model.Expression]:
    """Walk an expression and everything inside it."""
    yield expression
    for inner in _parts(expression):
        yield from expressions(inner)


def _parts(expression: model.Expression) -> tuple[model.Expression, ...]:
    match expression:
        case model.LiteralExpression():
            return ()
        case model.DecisionTable():
            return tuple(clause.expression for clause in expression.inputs)
        case model.Context():
            return tuple(entry.value for entry in expression.entries)
        case model.BoxedList():
            return expression.items
        case model.Relation():
            return tuple(cell for row in expression.rows for cell in row)
        case model.Invocation():
            return (expression.callee, *(binding.value for binding in expression.bindings))
        case model.FunctionDefinition():
            return () if expression.body is None else (expression.body,)
        case model.Conditional():
            return expression.condition, expression.consequence, expression.alternative
        case model.Filter():
            return expression.source, expression.match
        case model.Iterator():
            return expression.source, expression.body
        case _:
            assert_never(expression)
