"""Which syntax tree does a text stand for? (the grammar of DMN 1.5 §10.3.1.2).

Precedence, from loose to tight: `or`, `and`, comparison with `between` and `in`, `+ -`, `* /`, `**`,
negation, `instance of`, then path, filter and invocation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn, TypedDict, TypeVar, cast

from pathways.feel import syntax as ast
from pathways.feel.limits import MAX_HEIGHT, MAX_NESTING
from pathways.feel.names import CUTTING_WORDS, DeclaredNames, undeclared
from pathways.feel.scanner import FeelSyntaxError, Token, scan
from pathways.feel.values import NUMBER

_LEVELS = {"or": 1, "and": 2, "between": 3, "in": 3, "=": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3}
_LEVELS |= {"+": 4, "-": 4, "*": 5, "/": 5, "**": 6}
_ARITHMETIC_LEVEL = 4
_COMPARATORS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_CONSTANTS = {"null": None, "true": True, "false": False}
_CONTINUES = frozenset({".", "[", "(", "+", "-", "*", "/", "**"})
_T = TypeVar("_T")


class _Extent(TypedDict):
    source: str
    height: int


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


class _Parser:
    """One pass over the tokens; every method reads what its name says and stands behind it."""

    def __init__(self, text: str, names: Iterable[str]) -> None:
        self.text = text
        self.tokens = scan(text)
        self.at = 0
        self.names = DeclaredNames(names)
        self.nesting = 0
        self.in_range_end = False

    # --- tokens -------------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def following(self, distance: int = 1) -> Token:
        return self.tokens[min(self.at + distance, len(self.tokens) - 1)]

    def sees(self, *texts: str) -> bool:
        return self.token.kind in ("name", "symbol") and self.token.text in texts

    def takes(self, text: str) -> bool:
        found = self.sees(text)
        self.at += found
        return found

    def expect(self, text: str, purpose: str) -> None:
        if not self.takes(text):
            self.fail(f"expected '{text}' {purpose}")

    def fail(self, expectation: str) -> NoReturn:
        token = self.token
        found = "the end of the expression" if token.kind == "end" else f"'{self.text[token.start : token.end]}'"
        raise FeelSyntaxError(f"{expectation}, found {found}", token.start, self.text)

    def at_end(self) -> bool:
        return self.token.kind == "end"

    def finish(self) -> None:
        if not self.at_end():
            self.fail("expected an operator or the end of the expression")

    def extent(self, start: int, *children: ast.Node) -> _Extent:
        height = 1 + max((child.height for child in children), default=0)
        if height > MAX_HEIGHT:
            raise FeelSyntaxError(f"the expression is more than {MAX_HEIGHT} levels high", start, self.text)
        return {"source": self.text[start : self.tokens[self.at - 1].end], "height": height}

    def nested(self, read: Callable[[], _T]) -> _T:
        """Read what is inside brackets or behind a keyword, one level deeper."""
        if self.nesting >= MAX_NESTING:
            message = f"more than {MAX_NESTING} brackets or conditions inside one another"
            raise FeelSyntaxError(message, self.token.start, self.text)
        outer, self.in_range_end = self.in_range_end, False
        self.nesting += 1
        result = read()
        self.nesting -= 1
        self.in_range_end = outer
        return result

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
        type_ = self.type()
        return ast.InstanceOf(operand, type_, **self.extent(start, operand))

    def postfix(self, *, negative: bool = False) -> ast.Node:
        start = self.token.start
        node = self.number(negative=True) if negative else self.primary()
        while True:
            if self.takes("."):
                member = self.member()
                node = ast.Path(node, member, **self.extent(start, node))
            elif self.sees("[") and not self.closes_range():
                node = self.filter(start, node)
            elif self.sees("(") and isinstance(node, ast.Name | ast.Path | ast.Invocation | ast.FunctionDefinition):
                node = self.invocation(start, node)
            else:
                return node

    def closes_range(self) -> bool:
        """Whether a `[` is the open end of a range such as `[1..10[`, not the start of a filter."""
        after = self.following()
        ends = after.kind == "end" or after.text in CUTTING_WORDS
        return self.in_range_end and (ends or (after.kind == "symbol" and after.text not in "([{@-"))

    def member(self) -> str:
        if self.token.kind != "name":
            self.fail("expected the name of a member after '.'")
        return self.name()

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
                names.append(self.name())
                self.expect(":", "after the name of a parameter")
            arguments.append(self.nested(self.expression))
            if not self.takes(","):
                break
        if names and len(names) != len(arguments):
            self.fail("expected either all arguments with a name or none")
        self.expect(")", f"after the arguments of '{callee.source}'")
        return ast.Invocation(callee, tuple(arguments), tuple(names), **self.extent(start, callee, *arguments))

    def names_argument(self) -> bool:
        distance = 0
        while self.following(distance).kind == "name":
            distance += 1
        return distance > 0 and self.following(distance).text == ":"

    # --- operands -----------------------------------------------------------------------------------

    def primary(self) -> ast.Node:
        token = self.token
        match token.kind:
            case "number":
                return self.number()
            case "string":
                self.at += 1
                return ast.Constant(token.text, **self.extent(token.start))
            case "name":
                return self.named()
            case "symbol" | "end":
                return self.bracketed()

    def number(self, *, negative: bool = False) -> ast.Node:
        token = self.token
        self.at += 1
        try:
            value = NUMBER.create_decimal(("-" if negative else "") + token.text)
        except ArithmeticError:
            raise FeelSyntaxError("the number is too large", token.start, self.text) from None
        return ast.Constant(value, **self.extent(token.start))

    def bracketed(self) -> ast.Node:
        match self.token.text:
            case "(":
                return self.nested(self.parenthesised)
            case "[":
                return self.nested(self.list_or_range)
            case "]":
                return self.nested(self.open_range)
            case "{":
                return self.nested(self.context)
            case "@" if self.following().kind == "string":
                self.at += 2
                return ast.AtLiteral(self.tokens[self.at - 1].text, **self.extent(self.tokens[self.at - 2].start))
            case _:
                self.fail("expected a value, a name or a bracket")

    def parenthesised(self) -> ast.Node:
        start = self.token.start
        self.at += 1
        node = self.test()
        if self.sees(".."):
            return self.range(start, node, start_included=False)
        self.expect(")", "to close the bracket")
        return node

    def list_or_range(self) -> ast.Node:
        start = self.token.start
        self.at += 1
        items: list[ast.Node] = []
        while not self.sees("]") or items:
            items.append(self.test())
            if len(items) == 1 and self.sees(".."):
                return self.range(start, items[0], start_included=True)
            if not self.takes(","):
                break
        self.expect("]", "to close the list")
        return ast.ListLiteral(tuple(items), **self.extent(start, *items))

    def open_range(self) -> ast.Node:
        start = self.token.start
        self.at += 1
        return self.range(start, self.expression(), start_included=False)

    def range(self, start: int, low: ast.Node, *, start_included: bool) -> ast.Node:
        self.expect("..", "between the two ends of a range")
        self.in_range_end = True
        high = self.expression()
        self.in_range_end = False
        if not self.sees("]", ")", "["):
            self.fail("expected ']', ')' or '[' to close the range")
        end_included = self.token.text == "]"
        self.at += 1
        extent = self.extent(start, low, high)
        return ast.RangeLiteral(low, high, start_included=start_included, end_included=end_included, **extent)

    def context(self) -> ast.Node:
        start = self.token.start
        self.at += 1
        entries: list[tuple[str, ast.Node]] = []
        while not self.sees("}") or entries:
            key = self.key()
            if any(key == earlier for earlier, _ in entries):
                self.fail(f"expected another name than '{key}', which the context has already")
            entries.append((key, self.expression()))
            self.names.declare(key)
            if not self.takes(","):
                break
        for key, _ in entries:
            self.names.forget(key)
        self.expect("}", "to close the context")
        return ast.ContextLiteral(tuple(entries), **self.extent(start, *(node for _, node in entries)))

    def key(self) -> str:
        if self.token.kind == "string":
            self.at += 1
            key = self.tokens[self.at - 1].text
            self.expect(":", "after the name of the entry")
            return key
        key = self.declared_until(":")
        self.expect(":", "after the name of the entry")
        return key

    # --- names and keywords -------------------------------------------------------------------------

    def named(self) -> ast.Node:
        start, word, after = self.token.start, self.token.text, self.following()
        match word:
            case "if":
                return self.nested(self.condition)
            case "for" if after.kind == "name":
                return self.nested(self.iteration)
            case "some" | "every" if after.kind == "name":
                return self.nested(self.quantified)
            case "function" if after.text == "(":
                return self.nested(self.function)
            case "not" if after.text != "(":
                self.at += 1
                self.fail("expected '(' after 'not': write not(condition)")
        name = self.name()
        if name in _CONSTANTS:
            return ast.Constant(_CONSTANTS[name], **self.extent(start))
        return ast.Name(name, **self.extent(start))

    def name(self) -> str:
        """A name in use: the longest that is declared, or else the longest run of words."""
        declared = self.names.longest(self.tokens, self.at)
        if declared is None and self.token.text in CUTTING_WORDS and self.tokens[self.at - 1].text != ".":
            self.fail("expected a value or a name")
        name, count = undeclared(self.tokens, self.at)
        if declared and declared[1] >= count:
            name, count = declared
        self.at += count
        return name

    def declared_until(self, *ends: str) -> str:
        """A name being declared: everything up to one of the ends."""
        first = self.at
        while not self.sees(*ends):
            if self.token.kind not in ("name", "number") and not self.sees(*"-+*/'."):
                self.fail(f"expected a name and then '{ends[0]}'")
            self.at += 1
        if self.at == first or self.tokens[first].kind != "name":
            self.fail("expected a name")
        return " ".join(self.text[self.tokens[first].start : self.tokens[self.at - 1].end].split())

    def condition(self) -> ast.Node:
        """`if … then … else if … then … else …`, read in a loop so that long chains stay flat."""
        branches: list[tuple[int, ast.Node, ast.Node]] = []
        while True:
            start = self.token.start
            self.at += 1
            test = self.expression()
            self.expect("then", "after the condition of 'if'")
            branches.append((start, test, self.expression()))
            self.expect("else", "after the 'then' part of 'if'")
            if not self.sees("if"):
                break
        node = self.expression()
        for start, test, consequence in reversed(branches):
            node = ast.If(test, consequence, node, **self.extent(start, test, consequence, node))
        return node

    def iteration(self) -> ast.Node:
        start = self.token.start
        domains = self.domains()
        self.names.declare("partial")
        self.expect("return", "after the lists of 'for'")
        body = self.expression()
        self.names.forget("partial")
        return ast.For(domains, body, **self.extent(start, *self.leave(domains), body))

    def quantified(self) -> ast.Node:
        start = self.token.start
        quantifier = self.token.text
        domains = self.domains()
        self.expect("satisfies", f"after the lists of '{quantifier}'")
        body = self.expression()
        extent = self.extent(start, *self.leave(domains), body)
        return ast.Quantified("some" if quantifier == "some" else "every", domains, body, **extent)

    def domains(self) -> tuple[ast.Domain, ...]:
        """The variables and their lists; a later list may use the earlier variables."""
        domains: list[ast.Domain] = []
        self.at += 1
        while True:
            variable = self.declared_until("in")
            self.at += 1
            first = self.expression()
            last = self.expression() if self.takes("..") else None
            domains.append(ast.Domain(variable, first, last))
            self.names.declare(variable)
            if not self.takes(","):
                return tuple(domains)

    def leave(self, domains: tuple[ast.Domain, ...]) -> list[ast.Node]:
        for domain in domains:
            self.names.forget(domain.variable)
        return [node for domain in domains for node in (domain.start, domain.end) if node is not None]

    def function(self) -> ast.Node:
        start = self.token.start
        self.at += 2
        parameters: list[ast.Parameter] = []
        while not self.sees(")") or parameters:
            name = self.declared_until(":", ",", ")")
            parameters.append(ast.Parameter(name, self.type() if self.takes(":") else None))
            if not self.takes(","):
                break
        self.expect(")", "after the parameters")
        external = self.takes("external")
        for parameter in parameters:
            self.names.declare(parameter.name)
        body = self.expression()
        for parameter in parameters:
            self.names.forget(parameter.name)
        return ast.FunctionDefinition(tuple(parameters), None if external else body, **self.extent(start, body))

    # --- types --------------------------------------------------------------------------------------

    def type(self) -> ast.Type:
        return self.nested(self.type_behind_keyword)

    def type_behind_keyword(self) -> ast.Type:
        name = self.type_name()
        if not self.sees("<") or name not in ("list", "range", "context", "function"):
            return ast.Type(name)
        self.at += 1
        fields: list[str] = []
        elements: list[ast.Type] = []
        while not self.sees(">"):
            if name == "context":
                fields.append(self.declared_until(":"))
                self.at += 1
            elements.append(self.type())
            if not self.takes(","):
                break
        self.expect(">", f"to close the type '{name}<'")
        if name == "function":
            self.expect("->", "before the type of the result")
            elements.append(self.type())
        return ast.Type(name, tuple(elements), tuple(fields))

    def type_name(self) -> str:
        for name in ("date and time", "days and time duration", "years and months duration"):
            words = name.split()
            if [token.text for token in self.tokens[self.at : self.at + len(words)]] == words:
                self.at += len(words)
                return name
        if self.token.kind != "name":
            self.fail("expected the name of a type")
        name, count = undeclared(self.tokens, self.at)
        self.at += count
        while self.takes("."):
            name = f"{name}.{self.member()}"
        return name
