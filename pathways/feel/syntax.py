"""What does an expression consist of? The abstract syntax tree (DMN 1.5 §10.3.1.2).

Every node knows the text it was read from (`source`, at `offset`), for warnings and traces, and its
height, for the limits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias, Union

from pathways.feel.values import Value

Comparator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]
ArithmeticOperator: TypeAlias = Literal["+", "-", "*", "/", "**"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    source: str = field(default="", compare=False)
    offset: int = field(default=0, compare=False)
    height: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Constant(_Node):
    """A number, string, boolean or null."""

    value: Value


@dataclass(frozen=True, slots=True)
class AtLiteral(_Node):
    """`@"2026-12-01"`: a date, time, date and time or duration."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(_Node):
    """A variable, a loop variable, a parameter or a built-in function; may contain spaces."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(_Node):
    """`base.member`."""

    base: Node
    member: str


@dataclass(frozen=True, slots=True)
class Filter(_Node):
    """`base[condition]` or `base[index]`."""

    base: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Invocation(_Node):
    """`callee(arguments)`; `names` holds the parameter names when the arguments are named, else nothing."""

    callee: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Negation(_Node):
    """`-operand`."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(_Node):
    """`left + right` and its kin."""

    operator: ArithmeticOperator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison(_Node):
    """`left < right` and its kin."""

    operator: Comparator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(_Node):
    """`operand between low and high`, both ends included."""

    operand: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(_Node):
    """`operand in tests`: true when one test is passed."""

    operand: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class UnaryTest(_Node):
    """`< 10`, `= "a"`: a test of the input, or a range when used as a value."""

    operator: Comparator
    operand: Node


@dataclass(frozen=True, slots=True)
class UnaryTests(_Node):
    """A cell of a decision table: `-`, `< 10, [20..30]` or `not("a", "b")`; no tests means any input."""

    tests: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Conjunction(_Node):
    """`a and b and c`."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Disjunction(_Node):
    """`a or b or c`."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class If(_Node):
    """`if condition then consequence else alternative`."""

    condition: Node
    consequence: Node
    alternative: Node


@dataclass(frozen=True, slots=True)
class Domain:
    """What one variable of `for`, `some` or `every` runs over: a list, or `start..end` when `end` is given."""

    variable: str
    start: Node
    end: Node | None


@dataclass(frozen=True, slots=True)
class For(_Node):
    """`for x in list, y in 1..3 return body`."""

    domains: tuple[Domain, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(_Node):
    """`some x in list satisfies body`, `every …`."""

    quantifier: Literal["some", "every"]
    domains: tuple[Domain, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class InstanceOf(_Node):
    """`operand instance of type`."""

    operand: Node
    type: Type


@dataclass(frozen=True, slots=True)
class RangeLiteral(_Node):
    """`[start..end]` with open ends written as round or outward brackets."""

    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class ListLiteral(_Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextLiteral(_Node):
    """`{a: 1, "b c": a + 1}`; an entry sees the entries before it."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class FunctionDefinition(_Node):
    """`function(a: number, b) body`; `body` is missing when the function is external."""

    parameters: tuple[Parameter, ...]
    body: Node | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function definition and the type it asks for, if any."""

    name: str
    type: Type | None


@dataclass(frozen=True, slots=True)
class Type:
    """A type after `instance of`: its name, and what is between `<` and `>`.

    `list<T>` and `range<T>` have one element; `context<a: T>` has one element per field, named in `fields`;
    `function<A, B> -> R` has the parameters and then the result.
    """

    name: str
    elements: tuple[Type, ...] = ()
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The type as FEEL text."""
        texts = list(map(str, self.elements))
        if self.name == "function" and texts:
            return f"function<{', '.join(texts[:-1])}> -> {texts[-1]}"
        if self.fields:
            texts = [f"{name}: {text}" for name, text in zip(self.fields, texts, strict=True)]
        return f"{self.name}<{', '.join(texts)}>" if texts else self.name


Node: TypeAlias = Union[  # noqa: UP007 (a recursive alias needs the quoted form)
    Constant,
    AtLiteral,
    Name,
    Path,
    Filter,
    Invocation,
    Negation,
    Arithmetic,
    Comparison,
    Between,
    In,
    UnaryTest,
    UnaryTests,
    Conjunction,
    Disjunction,
    If,
    For,
    Quantified,
    InstanceOf,
    RangeLiteral,
    ListLiteral,
    ContextLiteral,
    FunctionDefinition,
]
