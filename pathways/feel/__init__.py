"""The expression language FEEL (DMN 1.5 chapter 10): compile once, evaluate often, never raise while evaluating."""

from __future__ import annotations

from functools import lru_cache

from pathways.feel.evaluation import Evaluation
from pathways.feel.expression import Expression
from pathways.feel.parser import parse_expression, parse_unary_tests
from pathways.feel.scanner import FeelSyntaxError
from pathways.feel.trace import Step
from pathways.feel.values import Json, Value
from pathways.feel.writing import to_json

__all__ = [
    "Evaluation",
    "Expression",
    "FeelSyntaxError",
    "Json",
    "Step",
    "Value",
    "compile_expression",
    "compile_unary_tests",
    "to_json",
]


@lru_cache(maxsize=4096)
def compile_expression(text: str, names: frozenset[str] = frozenset()) -> Expression:
    """Compile an expression (without the leading `=`).

    names: variables whose names contain signs or keywords, such as `time-in-range`; all others need no mention.

    Raises:
        FeelSyntaxError: the text is no FEEL; says where, and what was expected.
    """
    return Expression(text, parse_expression(text, names))


@lru_cache(maxsize=4096)
def compile_unary_tests(text: str, names: frozenset[str] = frozenset()) -> Expression:
    """Compile a cell of a decision table, evaluated with the input under the name `?`.

    Raises:
        FeelSyntaxError: the text is no list of unary tests; says where, and what was expected.
    """
    return Expression(text, parse_unary_tests(text, names))
