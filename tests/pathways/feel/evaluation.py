"""How do these tests evaluate? With a fixed clock, and with the value written as FEEL text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from pathways.feel import Evaluation, compile_expression, compile_unary_tests
from pathways.feel.writing import text_of

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


def evaluated(
    text: str, context: Mapping[str, object] | None = None, *, names: frozenset[str] = frozenset()
) -> Evaluation:
    """The evaluation of the expression at the fixed time."""
    return compile_expression(text, names).evaluate(context or {}, now=NOW)


def value_of(text: str, context: Mapping[str, object] | None = None) -> str:
    """The value of the expression as FEEL text."""
    return text_of(evaluated(text, context).value)


def verdict(tests: str, given: object, **others: object) -> object:
    """What the unary tests say about the input."""
    return compile_unary_tests(tests).evaluate({"?": given, **others}, now=NOW).value
