"""Which syntax tree does a text stand for? (the grammar of DMN 1.5 §10.3.1.2).

Precedence, from loose to tight: `or`, `and`, comparison with `between` and `in`, `+ -`, `* /`, `**`,
negation, `instance of`, then path, filter and invocation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from pathways.feel import syntax as ast
from pathways.feel.names import CUTTING_WORDS
from pathways.feel.operand_parser import OperandParser
from pathways.feel.type_parser import read_type

_LEVELS = {"or": 1, "and": 2, "between": 3, "in": 3, "=": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3}
_LEVELS |= {"+": 4, "-": 4, "*": 5, "/": 5, "**": 6}
_ARITHMETIC_LEVEL = 4
_COMPARATORS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_SIGNS_IN_NAMES = frozenset("-+*/'.")
_CALLABLE = (ast.Name, ast.Path, ast.Filter, ast.Invocation, ast.FunctionDefinition)
_CONTINUES = frozenset({".", "[", "(", "+", "-", "*", "/", "**"})


def parse_expression(text: str, names: Iterable[str] = ()) -> ast.Node:
    """The tree of one expression; `names` are known names that contain signs or keywords.

    Raises:
        FeelSyntaxError: the text is no FEEL expression.
    """
    parser = _Parser(text, names)
    node = parser.expression()
    parser.finish()
    return node


def parse_unary_tests(text: str, names: Iterable[str] = ()) -> ast.UnaryTests:
    """The tree of a cell of a decision table (rule 17); an empty cell means any input.

    Raises:
        FeelSyntaxError: the text is no list of unary tests.
    """
    return _Parser(text, names).unary_tests()


class _Parser(OperandParser):
    """One pass over the tokens; every method reads what its name says and stands behind it."""

    # --- unary tests --------------------------------------------------------------------------------

    def unary_tests(self) -> ast.UnaryTests:
        if self.at_end() or (self.sees("-") and self.following().kind == "end"):
            return ast.UnaryTests((), negated=False, source=self.text)
        if self.sees("not") and self.following().text == "(":
            self.at += 2
            tests = self.nested(self.tests)
            if self.takes(")") and self.at_end():
                return ast.UnaryTests(tests, negated=True, **self.extent(0, *tests))
            self.at = 0
        tests = self.tests()
        self.finish()
        return ast.UnaryTests(tests, negated=False, **self.extent(0, *tests))

    def tests(self) -> tuple[ast.Node, ...]:
        tests = [self.test()]
        while self.takes(","):
            tests.append(self.test())
        return tuple(tests)

    def test(self) -> ast.Node:
        return self.unary_test() if self.sees(*_COMPARATORS) else self.expression()

    def unary_test(self) -> ast.Node:
        start, operator = self.token.start, cast(ast.Comparator, self.token.text)
        self.at += 1
        operand = self.operation(_ARITHMETIC_LEVEL)
        return ast.UnaryTest(operator, operand, **self.extent(start, operand))

    # --- operators ----------------------------------------------------------------------------------

    def expression(self) -> ast.Node:
        return self.operation(1)

    def operation(self, level: int) -> ast.Node:
        """Everything that binds at least as tightly as the level."""
        start = self.token.start
        left = self.negation()
        while self.token.kind in ("symbol", "name") and _LEVELS.get(self.token.text, 0) >= level:
            left = self.operated(left, start)
        return left

    def operated(self, left: ast.Node, start: int) -> ast.Node:
        operator = self.token.text
        self.at += 1
        match operator:
            case "or" | "and":
                return self.chain(operator, left, start)
            case "between":
                return self.between(left, start)
            case "in":
                tests = self.in_tests()
                return ast.In(left, tests, **self.extent(start, left, *tests))
        right = self.operation(_LEVELS[operator] + 1)
        extent = self.extent(start, left, right)
        if operator in _COMPARATORS:
            return ast.Comparison(cast(ast.Comparator, operator), left, right, **extent)
        return ast.Arithmetic(cast(ast.ArithmeticOperator, operator), left, right, **extent)

    def chain(self, operator: str, first: ast.Node, start: int) -> ast.Node:
        operands = [first, self.operation(_LEVELS[operator] + 1)]
        while self.takes(operator):
            operands.append(self.operation(_LEVELS[operator] + 1))
        node = ast.Disjunction if operator == "or" else ast.Conjunction
        return node(tuple(operands), **self.extent(start, *operands))

    def between(self, operand: ast.Node, start: int) -> ast.Node:
        low = self.operation(_ARITHMETIC_LEVEL)
        self.expect("and", "between the two ends of 'between'")
        high = self.operation(_ARITHMETIC_LEVEL)
        return ast.Between(operand, low, high, **self.extent(start, operand, low, high))

    def in_tests(self) -> tuple[ast.Node, ...]:
        if self.sees(*_COMPARATORS):
            return (self.unary_test(),)
        if not self.sees("("):
            return (self.operation(_ARITHMETIC_LEVEL),)
        before = self.at
        tests = self.nested(self.tests_in_brackets)
        if self.sees(*_CONTINUES):
            self.at = before
            return (self.operation(_ARITHMETIC_LEVEL),)
        return tests

    def tests_in_brackets(self) -> tuple[ast.Node, ...]:
        start = self.token.start
        self.at += 1
        tests = self.tests()
        if len(tests) == 1 and self.sees(".."):
            return (self.range(start, tests[0], start_included=False),)
        self.expect(")", "after the tests of 'in'")
        return tests

    def negation(self) -> ast.Node:
        start = self.token.start
        if not self.takes("-"):
            return self.typed(start, self.postfix())
        if self.token.kind == "number":
            return self.typed(start, self.postfix(negative=True))
        operand = self.nested(self.negation)
        return ast.Negation(operand, **self.extent(start, operand))

    def typed(self, start: int, operand: ast.Node) -> ast.Node:
        if not (self.sees("instance") and self.following().text == "of"):
            return operand
        self.at += 2
        type_ = read_type(self)
        return ast.InstanceOf(operand, type_, **self.extent(start, operand))

    def postfix(self, *, negative: bool = False) -> ast.Node:
        start = self.token.start
        node = self.number(negative=True) if negative else self.primary()
        while True:
            if self.takes("."):
                node = self.path(start, node)
            elif self.sees("[") and not self.closes_range():
                node = self.filter(start, node)
            elif self.sees("(") and isinstance(node, _CALLABLE):
                node = self.invocation(start, node)
            else:
                return node

    def path(self, start: int, base: ast.Node) -> ast.Node:
        """The member of a context that is written out may have signs in its name: `{a+b: 1}.a+b`."""
        keys = [key for key, _ in base.entries] if isinstance(base, ast.ContextLiteral) else []
        for key in keys:
            self.names.declare(key)
        member = self.member()
        for key in keys:
            self.names.forget(key)
        return ast.Path(base, member, **self.extent(start, base))

    def closes_range(self) -> bool:
        """Whether a `[` is the open end of a range such as `[1..10[`, not the start of a filter."""
        after = self.following()
        ends = after.kind == "end" or after.text in CUTTING_WORDS
        return self.in_range_end and (ends or (after.kind == "symbol" and after.text not in "([{@-"))

    def filter(self, start: int, base: ast.Node) -> ast.Node:
        self.at += 1
        self.names.declare("item")
        condition = self.nested(self.test)
        self.names.forget("item")
        self.expect("]", "after the filter")
        return ast.Filter(base, condition, **self.extent(start, base, condition))

    def invocation(self, start: int, callee: ast.Node) -> ast.Node:
        self.at += 1
        names: list[str] = []
        arguments: list[ast.Node] = []
        while not self.sees(")") or arguments:
            if self.names_argument():
                names.append(self.declared_until(":"))
                self.expect(":", "after the name of a parameter")
            arguments.append(self.nested(self.expression))
            if not self.takes(","):
                break
        if names and len(names) != len(arguments):
            raise self.error("expected either all arguments with a name or none")
        self.expect(")", f"after the arguments of '{callee.source}'")
        return ast.Invocation(callee, tuple(arguments), tuple(names), **self.extent(start, callee, *arguments))

    def names_argument(self) -> bool:
        """Whether a name and a colon come next; the name may hold signs, as in `Pre-Bureau Risk: 1`."""
        distance = 0
        while self.following(distance).kind in ("name", "number") or self.following(distance).text in _SIGNS_IN_NAMES:
            distance += 1
        return self.token.kind == "name" and self.following(distance).text == ":"
