"""The expression language FEEL (DMN 1.5 chapter 10): compile once, evaluate often, never raise while evaluating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from pathways.feel.compiler import compile_tree
from pathways.feel.limits import LimitExceeded
from pathways.feel.parser import parse_expression, parse_unary_tests
from pathways.feel.run import Ledger, Run, Scope
from pathways.feel.scanner import FeelSyntaxError
from pathways.feel.syntax import Node
from pathways.feel.values import Json, Value, to_json

__all__ = [
    "Evaluation",
    "Expression",
    "FeelSyntaxError",
    "Json",
    "Value",
    "compile_expression",
    "compile_unary_tests",
    "to_json",
]

_NOTHING: Mapping[str, Value] = {}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation gave: the value, why parts of it are null, and the variables it read (with paths)."""

    value: Value
    warnings: tuple[str, ...]
    reads: tuple[tuple[str, Value], ...]


class Expression:
    """A compiled expression; `names` are the variables it may read, without the input `?` of a test."""

    __slots__ = ("_code", "names", "text")

    def __init__(self, text: str, tree: Node) -> None:
        self.text = text
        self._code, self.names = compile_tree(tree)

    def __repr__(self) -> str:
        """The text, recognisable in a log."""
        return f"Expression({self.text!r})"

    def evaluate(self, context: Mapping[str, object], *, now: datetime) -> Evaluation:
        """Evaluate against JSON or FEEL values; `now` is the only clock of `now()` and `today()`.

        What has no value is null and leaves a warning; nothing is raised.
        """
        ledger = Ledger()
        run = Run(context, now, ledger)
        try:
            value = self._code(Scope(run, _NOTHING, None))
            run.weigh(value)
        except LimitExceeded as reason:
            value = None
            run.warn(str(reason))
        except RecursionError:
            value = None
            run.warn("the evaluation was stopped because values are nested too deeply")
        return Evaluation(value, tuple(ledger.warnings), tuple(run.reads.items()))


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
