"""How does a boxed expression become something that runs? (DMN 1.5 §10.2.1), one function per kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from pathways.bpmn.findings import Finding
from pathways.dmn import iteration, model
from pathways.dmn.frame import Code, Frame
from pathways.dmn.item_types import TypeBook
from pathways.dmn.tables import compile_table
from pathways.feel import Expression, FeelSyntaxError, compile_expression, compile_unary_tests
from pathways.feel import syntax as ast
from pathways.feel.parser import parse_expression
from pathways.feel.run import Run
from pathways.feel.values import Function, NoValue, Value, kind_of

CALL_HEIGHT = 3
"""What a call of a boxed function adds to the height of its body (`pathways.feel.limits`)."""

_EXTERNAL = re.compile(r"\)\s*external\s*\{")

_ARGUMENT = "\u0298"
"""Names of the arguments of a boxed invocation start with this letter, which no author uses."""


class Compiler:
    """Compiles the logic of one element of the graph, and collects what is wrong with its FEEL.

    `names` are the names an expression may use, so that those with spaces and signs are recognised; `members` those
    that may stand behind a dot. `free` are the names that the logic reads from outside.
    """

    def __init__(self, *, file: str, owner: str, members: frozenset[str], book: TypeBook) -> None:
        self.book = book
        self.file = file
        self.owner = owner
        self.members = members
        self.problems: list[Finding] = []
        self.free: set[str] = set()
        self.height = 0
        self._depth = 0

    def compile(self, expression: model.Expression, names: frozenset[str]) -> Code:
        """The code of an expression.

        Its `typeRef` is the type an editor inferred (§7.3.1), so it is not enforced; that of a variable is.
        """
        self._depth += 1
        code = self._compile(expression, names)
        self._depth -= 1
        return code

    def _compile(self, expression: model.Expression, names: frozenset[str]) -> Code:
        match expression:
            case model.LiteralExpression():
                return self.literal(expression, names)
            case model.DecisionTable():
                return compile_table(self, expression, names)
            case model.Context():
                return self.context(expression, names)
            case model.BoxedList():
                return _list([self.compile(item, names) for item in expression.items])
            case model.Relation():
                return self.relation(expression, names)
            case model.Invocation():
                return self.invocation(expression, names)
            case model.FunctionDefinition():
                return self.function(expression, names)
            case model.Conditional():
                return self.conditional(expression, names)
            case model.Filter():
                match = self.compile(expression.match, names | {"item"})
                return iteration.filtered(self.compile(expression.source, names), match)
            case model.Iterator():
                return self.iterator(expression, names)
            case _:
                assert_never(expression)

    # --- FEEL ---------------------------------------------------------------------------------------

    def literal(self, expression: model.LiteralExpression, names: frozenset[str]) -> Code:
        """A literal expression; text that is no FEEL gives null."""
        compiled = self.feel(compile_expression, expression.text, names, expression.line)
        if isinstance(compiled, str):
            return _nothing(compiled)
        return lambda frame: compiled.value_in(frame.run())

    def feel(
        self,
        read: Callable[[str, frozenset[str]], Expression],
        text: str,
        names: frozenset[str],
        line: int,
    ) -> Expression | str:
        """Compiled FEEL, or the reason why there is none."""
        if not text:
            return f"'{self.owner}' has an empty expression"
        try:
            compiled = read(text, names | self.members)
        except FeelSyntaxError as error:
            message = f"`{text}` is not FEEL: {error}"
            self.problems.append(Finding("dmn-feel", "error", self.file, line, self.owner, message, "Correct it."))
            return message
        if _EXTERNAL.search(text):
            message = "An external function is not executed: calling it gives null."
            problem = Finding("dmn-function-kind", "error", self.file, line, self.owner, message, "Write it in FEEL.")
            self.problems.append(problem)
        self.free |= compiled.names - names
        self.height = max(self.height, self._depth + compiled.height)
        return compiled

    # --- structures ---------------------------------------------------------------------------------

    def context(self, expression: model.Context, names: frozenset[str]) -> Code:
        """A boxed context: the code of each entry, in order; functions see themselves."""
        entries: list[tuple[model.InformationItem | None, Code]] = []
        for entry in expression.entries:
            itself = {entry.variable.name} if entry.variable else set()
            entries.append((entry.variable, self.compile(entry.value, names | itself)))
            names = names | itself
        return _context(entries)

    def relation(self, expression: model.Relation, names: frozenset[str]) -> Code:
        """A relation: a list of contexts."""
        rows = [[self.compile(cell, names) for cell in row] for row in expression.rows]
        return _relation(expression.columns, rows)

    def conditional(self, expression: model.Conditional, names: frozenset[str]) -> Code:
        """A boxed `if`: false and null take the `else` part, what is no boolean has no value."""
        condition = self.compile(expression.condition, names)
        consequence = self.compile(expression.consequence, names)
        return _conditional(condition, consequence, self.compile(expression.alternative, names))

    def iterator(self, expression: model.Iterator, names: frozenset[str]) -> Code:
        """A boxed `for`, `some` or `every`."""
        source = _typed(self.compile(expression.source, names), expression.variable.type_ref, "the list")
        variable = expression.variable.name
        body = self.compile(expression.body, names | {variable, "partial"})
        match expression.form:
            case "for":
                return iteration.for_loop(variable, source, body)
            case "some" | "every":
                return iteration.quantified(variable, source, body, decisive=expression.form == "some")
            case _:
                assert_never(expression.form)

    # --- functions ----------------------------------------------------------------------------------

    def function(self, expression: model.FunctionDefinition, names: frozenset[str]) -> Code:
        """A function that remembers the names around it."""
        if expression.language != "FEEL":
            return _nothing(f"functions of kind {expression.language} are not executed ('{self.owner}')")
        around, self.height = self.height, 0
        body = self.function_body(expression, names)
        height, self.height = self.height, max(around, self.height)
        return lambda frame: closure(self.owner, expression.parameters, body, frame, height=height)

    def function_body(self, expression: model.FunctionDefinition, names: frozenset[str]) -> Code:
        """The body of a function, which sees its parameters."""
        if expression.language != "FEEL":
            return _nothing(f"functions of kind {expression.language} are not executed ('{self.owner}')")
        if expression.body is None:
            return self.nothing()
        body = self.compile(expression.body, names | {parameter.name for parameter in expression.parameters})
        return _typed(body, expression.type_ref, f"the result of '{self.owner}'")

    def nothing(self) -> Code:
        """Logic that is missing."""
        return _nothing(f"'{self.owner}' has no logic")

    def allowed_values(self, type_ref: str) -> model.Text | None:
        """The allowed values of a type, which give an output its order of priority when it names none itself."""
        return self.book.allowed(type_ref)

    def invocation(self, expression: model.Invocation, names: frozenset[str]) -> Code:
        """A boxed invocation: FEEL calls the function with named arguments, so that one set of rules holds."""
        arguments = [self.compile(binding.value, names) for binding in expression.bindings]
        spelled = tuple(binding.parameter for binding in expression.bindings)
        callee, function = self.callee(expression.callee, names)
        if isinstance(callee, str):
            return _nothing(callee)
        variables = tuple(ast.Name(f"{_ARGUMENT}{at}") for at in range(len(arguments)))
        call = Expression(f"{callee.source}(…)", ast.Invocation(callee, variables, spelled, source=callee.source))
        return _invocation(call, function, arguments)

    def callee(self, expression: model.Expression, names: frozenset[str]) -> tuple[ast.Node | str, Code | None]:
        """What an invocation calls: FEEL, such as the name of a function, or the code of another boxed expression."""
        if not isinstance(expression, model.LiteralExpression):
            return ast.Name(f"{_ARGUMENT}f", source="the function"), self.compile(expression, names)
        compiled = self.feel(compile_expression, expression.text, names, expression.line)
        if isinstance(compiled, str):
            return compiled, None
        return parse_expression(expression.text, names | self.members), None

    def test(self, test: model.Text, names: frozenset[str]) -> Expression | str | None:
        """The cell of a table: nothing when it lets everything pass, the reason when it is no FEEL."""
        if test.text in ("", "-"):
            return None
        return self.feel(compile_unary_tests, test.text, names, test.line)


def closure(
    owner: str, parameters: Sequence[model.InformationItem], body: Code, frame: Frame, *, height: int
) -> Function:
    """A function value: checks its arguments, then runs the body with them in the frame it was made in."""
    names = tuple(parameter.name for parameter in parameters)

    def call(_run: Run, values: list[Value]) -> Value:
        if len(values) != len(names):
            raise NoValue(f"'{owner}' takes {len(names)} arguments, not {len(values)}")
        run = frame.run()
        given = zip(parameters, values, strict=True)
        arguments = {item.name: frame.book.fitted(value, item.type_ref, run) for item, value in given}
        frame.desk.root.enter(CALL_HEIGHT + height)
        result = body(frame.child(arguments))
        frame.desk.root.leave(CALL_HEIGHT + height)
        return result

    return Function(f"function({', '.join(names)}) …", names, call)


def _typed(code: Code, type_ref: str, what: str) -> Code:
    return (lambda frame: frame.fitted(code(frame), type_ref, what)) if type_ref else code


def _nothing(reason: str) -> Code:
    return lambda frame: frame.missing(reason)


def _list(codes: Iterable[Code]) -> Code:
    items = tuple(codes)
    return lambda frame: [code(frame) for code in items]


def _context(entries: Sequence[tuple[model.InformationItem | None, Code]]) -> Code:
    def run_context(frame: Frame) -> Value:
        inner = frame.child({})
        values: dict[str, Value] = {}
        for variable, code in entries:
            if variable is None:
                return code(inner)
            value = frame.fitted(code(inner), variable.type_ref, f"entry '{variable.name}'")
            values[variable.name] = inner.names[variable.name] = value
        return values

    return run_context


def _relation(columns: Sequence[model.InformationItem], rows: Sequence[Sequence[Code]]) -> Code:
    def run_row(frame: Frame, row: Sequence[Code]) -> Value:
        cells = zip(columns, row, strict=False)
        return {item.name: frame.fitted(code(frame), item.type_ref, f"column '{item.name}'") for item, code in cells}

    return lambda frame: [run_row(frame, row) for row in rows]


def _conditional(condition: Code, consequence: Code, alternative: Code) -> Code:
    def run_conditional(frame: Frame) -> Value:
        verdict = condition(frame)
        if verdict is not None and not isinstance(verdict, bool):
            return frame.missing(f"the condition of an 'if' is a {kind_of(verdict)}, not a boolean")
        return consequence(frame) if verdict else alternative(frame)

    return run_conditional


def _invocation(call: Expression, function: Code | None, arguments: Sequence[Code]) -> Code:
    def run_invocation(frame: Frame) -> Value:
        names: dict[str, Value] = {f"{_ARGUMENT}{at}": code(frame) for at, code in enumerate(arguments)}
        if function is not None:
            names[f"{_ARGUMENT}f"] = function(frame)
        return call.value_in(frame.run(names))

    return run_invocation
