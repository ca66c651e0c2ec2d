"""What can stand between operators? Literals, names, brackets, functions and `if`, `for`, `some`, `every`."""

from __future__ import annotations

from abc import abstractmethod

from pathways.feel import syntax as ast
from pathways.feel.cursor import Cursor
from pathways.feel.scanner import FeelSyntaxError
from pathways.feel.type_parser import read_type
from pathways.feel.values import NUMBER

_CONSTANTS = {"null": None, "true": True, "false": False}


class OperandParser(Cursor):
    """Reads operands; what is inside them is read by the parser that extends this one."""

    @abstractmethod
    def expression(self) -> ast.Node:
        """Read a whole expression."""

    @abstractmethod
    def test(self) -> ast.Node:
        """Read an expression or a unary test such as `< 10`."""

    def primary(self) -> ast.Node:
        """Read one operand."""
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
        """Read a number; `negative` when a minus stands before it."""
        token = self.token
        self.at += 1
        try:
            value = NUMBER.create_decimal(("-" if negative else "") + token.text)
        except ArithmeticError:
            raise FeelSyntaxError("the number is too large", token.start, self.text) from None
        return ast.Constant(value, **self.extent(token.start))

    def bracketed(self) -> ast.Node:
        """Read what starts with a sign."""
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
                raise self.error("expected a value, a name or a bracket")

    def parenthesised(self) -> ast.Node:
        """Read `(…)`, which may turn out to be a range with an open start."""
        start = self.token.start
        self.at += 1
        node = self.test()
        if self.sees(".."):
            return self.range(start, node, start_included=False)
        self.expect(")", "to close the bracket")
        return node

    def list_or_range(self) -> ast.Node:
        """Read `[…]`."""
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
        """Read `]…`, a range with an open start."""
        start = self.token.start
        self.at += 1
        return self.range(start, self.expression(), start_included=False)

    def range(self, start: int, low: ast.Node, *, start_included: bool) -> ast.Node:
        """Read the rest of a range, its start already read."""
        self.expect("..", "between the two ends of a range")
        self.in_range_end = True
        high = self.expression()
        self.in_range_end = False
        if not self.sees("]", ")", "["):
            raise self.error("expected ']', ')' or '[' to close the range")
        end_included = self.token.text == "]"
        self.at += 1
        extent = self.extent(start, low, high)
        return ast.RangeLiteral(low, high, start_included=start_included, end_included=end_included, **extent)

    def context(self) -> ast.Node:
        """Read `{…}`."""
        start = self.token.start
        self.at += 1
        entries: list[tuple[str, ast.Node]] = []
        while not self.sees("}") or entries:
            first = self.at
            key = self.key()
            if any(key == earlier for earlier, _ in entries):
                self.at = first
                raise self.error(f"expected another name than '{key}', which the context has already")
            entries.append((key, self.expression()))
            self.names.declare(key)
            if not self.takes(","):
                break
        for key, _ in entries:
            self.names.forget(key)
        self.expect("}", "to close the context")
        return ast.ContextLiteral(tuple(entries), **self.extent(start, *(node for _, node in entries)))

    def key(self) -> str:
        """Read the name of an entry and the colon."""
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
        """Read what starts with a word."""
        start, after = self.token.start, self.following()
        declared = self.names.longest(self.tokens, self.at)
        match "" if declared and declared[1] > 1 else self.token.text:
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
                raise self.error("expected '(' after 'not': write not(condition)")
        name = self.name()
        if name in _CONSTANTS:
            return ast.Constant(_CONSTANTS[name], **self.extent(start))
        return ast.Name(name, **self.extent(start))

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
        """Read `for … return …`."""
        start = self.token.start
        domains = self.domains()
        self.names.declare("partial")
        self.expect("return", "after the lists of 'for'")
        body = self.expression()
        self.names.forget("partial")
        return ast.For(domains, body, **self.extent(start, *self.leave(domains), body))

    def quantified(self) -> ast.Node:
        """Read `some … satisfies …` or `every …`."""
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
        """Forget the variables, and give the nodes of their lists."""
        for domain in domains:
            self.names.forget(domain.variable)
        return [node for domain in domains for node in (domain.start, domain.end) if node is not None]

    def function(self) -> ast.Node:
        """Read `function(…) …`."""
        start = self.token.start
        self.at += 2
        parameters: list[ast.Parameter] = []
        while not self.sees(")") or parameters:
            name = self.declared_until(":", ",", ")")
            parameters.append(ast.Parameter(name, read_type(self) if self.takes(":") else None))
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
