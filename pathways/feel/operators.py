"""How do the operators compute? Arithmetic, comparison, three-valued logic (DMN 1.5 §10.3.2.8, §10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from pathways.feel.arithmetic import calculate, negate
from pathways.feel.comparison import equal, ordered
from pathways.feel.limits import CHARACTERS_PER_STEP
from pathways.feel.run import Code, Run, Scope
from pathways.feel.syntax import Constant, Node
from pathways.feel.values import NUMBER, NoValue, Value, kind_of

_DECIMAL: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBER.add,
    "-": NUMBER.subtract,
    "*": NUMBER.multiply,
    "/": NUMBER.divide,
}
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_SCALARS = frozenset({Decimal, str, bool})
_LONGEST_SOURCE = 60


def short(source: str) -> str:
    """The text of a node as a message quotes it."""
    text = " ".join(source.split())
    return text if len(text) <= _LONGEST_SOURCE else text[: _LONGEST_SOURCE - 1] + "…"


def nothing(run: Run, reason: object, source: str) -> bool | None:
    """Null (typed so that tests can return it too), with the reason and the place recorded."""
    run.warn(f"{reason}, in `{short(source)}`")
    return None


def missing(run: Run, node: Node, *operands: tuple[Node, Value]) -> bool | None:
    """Null, because an operand is null: the warning says which one."""
    for operand, value in operands:
        if value is None:
            nothing(run, f"'{short(operand.source)}' is null", node.source)
    return None


def arithmetic(node: Node, operator: str, operands: tuple[Node, Node], codes: tuple[Code, Code]) -> Code:
    """`left + right` and its kin; two numbers take the short way."""
    (left_node, right_node), (left, right) = operands, codes
    decimal = _DECIMAL.get(operator)

    def run_arithmetic(scope: Scope) -> Value:
        a, b = left(scope), right(scope)
        try:
            if decimal is not None and type(a) is Decimal and type(b) is Decimal:
                return decimal(a, b)
            if a is None or b is None:
                return missing(scope.run, node, (left_node, a), (right_node, b))
            if type(a) is str:
                scope.run.spend(len(a) // CHARACTERS_PER_STEP)
            return calculate(operator, a, b)
        except (NoValue, ValueError) as reason:
            return nothing(scope.run, reason, node.source)
        except ArithmeticError:
            return nothing(scope.run, "the calculation has no result", node.source)

    return run_arithmetic


def negation(node: Node, operand_node: Node, operand: Code) -> Code:
    """`-operand`."""

    def run_negation(scope: Scope) -> Value:
        value = operand(scope)
        if value is None:
            return missing(scope.run, node, (operand_node, value))
        try:
            return negate(value)
        except NoValue as reason:
            return nothing(scope.run, reason, node.source)

    return run_negation


def order(node: Node, operator: str, operands: tuple[Node, Node], codes: tuple[Code, Code]) -> Code:
    """`left < right` and its kin; two numbers take the short way, and a number in the text is not looked up."""
    (left_node, right_node), (left, right) = operands, codes
    compare = _ORDERS[operator]

    def compared(run: Run, a: Value, b: Value) -> Value:
        if a is None or b is None:
            return missing(run, node, (left_node, a), (right_node, b))
        try:
            return ordered(operator, a, b)
        except NoValue as reason:
            return nothing(run, reason, node.source)

    def run_order(scope: Scope) -> Value:
        a, b = left(scope), right(scope)
        return compare(a, b) if type(a) is Decimal and type(b) is Decimal else compared(scope.run, a, b)

    if not (isinstance(right_node, Constant) and isinstance(right_node.value, Decimal)):
        return run_order
    limit = right_node.value

    def run_order_with_number(scope: Scope) -> Value:
        a = left(scope)
        return compare(a, limit) if type(a) is Decimal else compared(scope.run, a, limit)

    return run_order_with_number


def equality(node: Node, right_node: Node, codes: tuple[Code, Code], *, negated: bool) -> Code:
    """`left = right` and `left != right`; null when the types differ; a text in the expression is not looked up."""
    left, right = codes

    def compared(run: Run, a: Value, b: Value) -> Value:
        run.weigh(a, b)
        same = equal(a, b)
        if same is None:
            return nothing(run, f"cannot compare {kind_of(a)} with {kind_of(b)}", node.source)
        return same is not negated

    def run_equality(scope: Scope) -> Value:
        a, b = left(scope), right(scope)
        if type(a) is type(b) and type(a) in _SCALARS:
            return (a == b) is not negated
        return compared(scope.run, a, b)

    if not (isinstance(right_node, Constant) and isinstance(right_node.value, str)):
        return run_equality
    text = right_node.value

    def run_equality_with_text(scope: Scope) -> Value:
        a = left(scope)
        return (a == text) is not negated if type(a) is str else compared(scope.run, a, text)

    return run_equality_with_text


def between(node: Node, operands: tuple[Node, Node, Node], codes: tuple[Code, Code, Code]) -> Code:
    """`operand between low and high`, both ends included."""

    operand, start, end = codes

    def run_between(scope: Scope) -> Value:
        value, low, high = operand(scope), start(scope), end(scope)
        if type(value) is Decimal and type(low) is Decimal and type(high) is Decimal:
            return low <= value <= high
        if value is None or low is None or high is None:
            return missing(scope.run, node, *zip(operands, (value, low, high), strict=True))
        try:
            return ordered(">=", value, low) and ordered("<=", value, high)
        except NoValue as reason:
            return nothing(scope.run, reason, node.source)

    return run_between


def logic(node: Node, operands: tuple[Node, ...], codes: tuple[Code, ...], *, decisive: bool) -> Code:
    """`and` (false decides) and `or` (true decides); anything that is no boolean counts as unknown (Table 50)."""
    other = not decisive
    pairs = tuple(zip(operands, codes, strict=True))

    def run_logic(scope: Scope) -> Value:
        unknown: tuple[Node, Value] | None = None
        for operand, code in pairs:
            value = code(scope)
            if value is decisive:
                return decisive
            if value is not other:
                unknown = unknown or (operand, value)
        if unknown is None:
            return other
        operand, value = unknown
        return nothing(scope.run, f"'{short(operand.source)}' is {kind_of(value)}, not boolean", node.source)

    return run_logic


def condition(node: Node, test: Code, consequence: Code, alternative: Code) -> Code:
    """`if`: only true takes the consequence; null takes the alternative without a word of its own."""

    def run_condition(scope: Scope) -> Value:
        value = test(scope)
        if value is True:
            return consequence(scope)
        if value is not False and value is not None:
            nothing(scope.run, f"the condition is {kind_of(value)}, not boolean", node.source)
        return alternative(scope)

    return run_condition
