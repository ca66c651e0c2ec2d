"""For which values is a FEEL condition true? A syntax tree becomes boxes of values, exact or marked as unknown.

Each thing that a condition tests is one dimension: a variable against constants, two variables against each other, a
variable against null. Whatever else it asks is a dimension of its own whose values nobody can foresee.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Literal, TypeAlias

from pathways.feel import syntax as ast
from pathways.feel.moments import parse_at
from pathways.feel.parser import parse_expression
from pathways.feel.regions import (
    BOOLEANS,
    EVERYTHING,
    Box,
    Ordered,
    Region,
    TooManyBoxes,
    compared,
    complement,
    intersect,
    intersection,
    interval,
    points,
    union,
)
from pathways.feel.scanner import FeelSyntaxError
from pathways.feel.values import NUMBER

Form: TypeAlias = Literal["value", "order", "null", "truth"]
_MOST_ALTERNATIVES = 256
_NEGATED: Mapping[str, ast.Comparator] = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TURNED: Mapping[str, ast.Comparator] = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_MOMENTS = frozenset({"date", "time", "date and time", "duration"})
_ORDERS = {"<": (-1,), "=": (0,), ">": (1,), "<=": (-1, 0), ">=": (0, 1), "!=": (-1, 1)}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that conditions test.

    `form`: its values are those of a variable, how two variables are ordered (-1, 0, 1), whether a variable is null,
    or whether an unforeseeable text is true. `variables`: what it reads; None when it cannot be foreseen.
    """

    form: Form
    variables: tuple[str, ...] | None

    @property
    def domain(self) -> Region:
        """Every value that it can have, as far as its form says."""
        match self.form:
            case "order":
                return points([Decimal(-1), Decimal(0), Decimal(1)])
            case "null" | "truth":
                return BOOLEANS
            case "value":
                return EVERYTHING


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as boxes: it is true in any of them and nowhere else; `dimensions` explains their names."""

    boxes: tuple[Box, ...]
    dimensions: Mapping[str, Dimension]


@lru_cache(maxsize=4096)
def read_condition(text: str) -> Condition:
    """Read a condition.

    Raises:
        FeelSyntaxError: the text is no FEEL.
        Incomparable: it compares a variable with values of different types.
        TooManyBoxes: it has too many alternatives.
    """
    reader = _Reader()
    boxes = reader.boxes(parse_expression(text), holds=True)
    return Condition(tuple(boxes), reader.dimensions)


def fixed_value(text: str) -> Ordered | None:
    """The value of a FEEL text that is a literal; None when it is anything else."""
    try:
        return _constant(parse_expression(text))
    except FeelSyntaxError:
        return None


@dataclass(slots=True)
class _Reader:
    """Reads one tree; `holds` says whether its truth or its falsehood is asked for."""

    dimensions: dict[str, Dimension] = field(default_factory=dict)

    def boxes(self, node: ast.Node, *, holds: bool) -> list[Box]:
        match node:
            case ast.Constant(value=bool() as value):
                return [{}] if value == holds else []
            case ast.Conjunction(operands=operands) | ast.Disjunction(operands=operands):
                return self._joined(operands, holds=holds, every=isinstance(node, ast.Conjunction) == holds)
            case ast.Comparison():
                return self._comparison(_NEGATED[node.operator] if not holds else node.operator, node)
            case ast.Between():
                region = _between(node.low, node.high, low_included=True, high_included=True)
                return self._in_region(node, node.operand, region, holds=holds)
            case ast.In():
                return self._in_region(node, node.operand, _tested(node.tests), holds=holds)
            case ast.Invocation(callee=ast.Name(name="not"), arguments=(operand,)):
                return self.boxes(operand, holds=not holds)
            case ast.Invocation(
                callee=ast.Name(name="list contains"), arguments=(ast.ListLiteral() as values, operand)
            ):
                return self._in_region(node, operand, _tested((values,)), holds=holds)
            case ast.Name() | ast.Path():
                return [{self._value(node): points([holds])}]
            case _:
                return self._truth(node, holds=holds)

    def _joined(self, operands: Sequence[ast.Node], *, holds: bool, every: bool) -> list[Box]:
        each = [self.boxes(operand, holds=holds) for operand in operands]
        joined: list[Box] = [{}] if every else [box for boxes in each for box in boxes]
        for boxes in each if every else ():
            joined = [both for one in joined for other in boxes if (both := intersect(one, other)) is not None]
            if len(joined) > _MOST_ALTERNATIVES:
                raise TooManyBoxes(f"more than {_MOST_ALTERNATIVES} alternatives")
        return joined

    def _comparison(self, operator: ast.Comparator, node: ast.Comparison) -> list[Box]:
        left, right = _constant(node.left), _constant(node.right)
        if _is_null(node.right) or _is_null(node.left):
            return self._null(operator, node, node.left if _is_null(node.right) else node.right)
        if left is not None and right is not None:
            return [{}] if intersection(compared(operator, right), points([left])) else []
        if right is not None:
            return [{self._value(node.left): compared(operator, right)}]
        if left is not None:
            return [{self._value(node.right): compared(_TURNED[operator], left)}]
        return self._order(operator, node)

    def _order(self, operator: ast.Comparator, node: ast.Comparison) -> list[Box]:
        """Two things that vary: only which of them is greater is looked at."""
        left, right = _text(node.left), _text(node.right)
        if right < left:
            left, right, operator = right, left, _TURNED[operator]
        both = (_path(node.left), _path(node.right))
        name = f"{left} ? {right}"
        self.dimensions[name] = Dimension("order", (left, right) if all(both) else None)
        return [{name: points(map(Decimal, _ORDERS[operator]))}]

    def _null(self, operator: ast.Comparator, node: ast.Comparison, operand: ast.Node) -> list[Box]:
        if operator not in ("=", "!="):
            return self._truth(node, holds=True)
        variable = _path(operand)
        name = f"{_text(operand)} = null"
        self.dimensions[name] = Dimension("null", (variable,) if variable else None)
        return [{name: points([operator == "="])}]

    def _in_region(self, node: ast.Node, operand: ast.Node, region: Region | None, *, holds: bool) -> list[Box]:
        if region is None:
            return self._truth(node, holds=holds)
        wanted = region if holds else complement(region)
        return [{self._value(operand): wanted}] if wanted else []

    def _value(self, node: ast.Node) -> str:
        variable = _path(node)
        name = variable or _text(node)
        self.dimensions[name] = Dimension("value", (variable,) if variable else None)
        return name

    def _truth(self, node: ast.Node, *, holds: bool) -> list[Box]:
        name = f"`{_text(node)}`"
        self.dimensions[name] = Dimension("truth", None)
        return [{name: points([holds])}]


def _text(node: ast.Node) -> str:
    return _path(node) or " ".join(node.source.split())


def _path(node: ast.Node) -> str | None:
    """The variable that a node names, members included; None when it is anything else."""
    match node:
        case ast.Name():
            return node.name
        case ast.Path():
            base = _path(node.base)
            return base and f"{base}.{node.member}"
        case _:
            return None


def _is_null(node: ast.Node) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _constant(node: ast.Node) -> Ordered | None:
    """The value of a literal; None when it is no literal of an ordered type."""
    match node:
        case ast.Constant(value=bool() | str() | Decimal() as value):
            return value
        case ast.Negation(operand=ast.Constant(value=Decimal() as value)):
            return NUMBER.minus(value)
        case ast.AtLiteral():
            return _moment(node.text)
        case ast.Invocation(callee=ast.Name(name=name), arguments=(ast.Constant(value=str() as text),)):
            return _moment(text) if name in _MOMENTS else None
        case _:
            return None


def _moment(text: str) -> Ordered | None:
    try:
        moment = parse_at(text)
    except ValueError:
        return None
    return moment if isinstance(moment, Ordered) else None


def _between(low: ast.Node, high: ast.Node, *, low_included: bool, high_included: bool) -> Region | None:
    ends = _constant(low), _constant(high)
    if ends[0] is None or ends[1] is None:
        return None
    return interval(*ends, low_included=low_included, high_included=high_included)


def _tested(tests: Sequence[ast.Node]) -> Region | None:
    """The values that pass any of these tests; None when one of them cannot be foreseen."""
    regions = list(_regions(tests))
    known = [region for region in regions if region is not None]
    return union(*known) if len(known) == len(regions) else None


def _regions(tests: Sequence[ast.Node]) -> Iterator[Region | None]:
    for test in tests:
        value = _constant(test)
        match test:
            case ast.ListLiteral():
                yield from _regions(test.items)
            case ast.UnaryTest():
                limit = _constant(test.operand)
                yield None if limit is None else compared(test.operator, limit)
            case ast.RangeLiteral():
                included = {"low_included": test.start_included, "high_included": test.end_included}
                yield _between(test.start, test.end, **included)
            case ast.UnaryTests():
                inner = _tested(test.tests) if test.tests else EVERYTHING
                yield complement(inner) if inner is not None and test.negated else inner
            case _:
                yield None if value is None else points([value])
