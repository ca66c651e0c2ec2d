"""How does a syntax tree become something that runs? Every node becomes a closure over its parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from pathways.feel import invocation as calls
from pathways.feel import iteration, membership, operators
from pathways.feel import syntax as ast
from pathways.feel.moments import parse_at
from pathways.feel.operators import nothing
from pathways.feel.properties import member
from pathways.feel.run import Code, Scope
from pathways.feel.types import is_instance
from pathways.feel.values import NoValue, Value
from pathways.feel.variables import lookup, variable, variable_or, variable_path


def compile_tree(tree: ast.Node, *, traced: bool = False) -> tuple[Code, frozenset[str]]:
    """The code of the tree, and the names of the variables it may read from the context.

    traced: the code tells the recorder of the run about every node.
    """
    compiler = _TracingCompiler() if traced else _Compiler()
    code = compiler.compile(tree)
    return code, frozenset(compiler.free - {membership.INPUT})


class _Compiler:
    """Compiles from the root to the leaves and keeps track of the names that are bound on the way."""

    def __init__(self) -> None:
        self.free: set[str] = set()
        self.bound: list[frozenset[str] | None] = []  # None: a filter, whose names are known when it runs

    def compile(self, node: ast.Node) -> Code:
        match node:
            case ast.Constant():
                return _constant(node.value)
            case ast.AtLiteral():
                return _at_literal(node)
            case ast.Name():
                return self.name(node)
            case ast.Path():
                return self.path(node)
            case ast.InstanceOf():
                return _instance_of(node, self.compile(node.operand))
            case ast.If():
                return operators.condition(node, *self.all(node.condition, node.consequence, node.alternative))
            case ast.ListLiteral():
                return _list(self.all(*node.items))
            case ast.ContextLiteral():
                return self.context(node)
            case ast.RangeLiteral():
                return membership.range_literal(node, *self.all(node.start, node.end))
            case ast.Filter() | ast.For() | ast.Quantified():
                return self.loop(node)
            case ast.Invocation() | ast.FunctionDefinition():
                return self.function(node)
            case _:
                return self.operator(node)

    def all(self, *nodes: ast.Node) -> tuple[Code, ...]:
        return tuple(self.compile(node) for node in nodes)

    def inside(self, names: Iterable[str] | None, *nodes: ast.Node) -> tuple[Code, ...]:
        self.bound.append(None if names is None else frozenset(names))
        codes = self.all(*nodes)
        self.bound.pop()
        return codes

    # --- operators and tests ------------------------------------------------------------------------

    def operator(
        self,
        node: ast.Negation
        | ast.Arithmetic
        | ast.Comparison
        | ast.Between
        | ast.In
        | ast.UnaryTest
        | ast.UnaryTests
        | ast.Conjunction
        | ast.Disjunction,
    ) -> Code:
        match node:
            case ast.Negation():
                return operators.negation(node, node.operand, self.compile(node.operand))
            case ast.Arithmetic() | ast.Comparison():
                return self.binary(node)
            case ast.Between():
                operands = (node.operand, node.low, node.high)
                codes = (self.compile(node.operand), self.compile(node.low), self.compile(node.high))
                return operators.between(node, operands, codes)
            case ast.Conjunction():
                return operators.logic(node, node.operands, self.all(*node.operands), decisive=False)
            case ast.Disjunction():
                return operators.logic(node, node.operands, self.all(*node.operands), decisive=True)
            case ast.In():
                return membership.membership(self.compile(node.operand), self.tests(node.tests, tells=False))
            case ast.UnaryTest():
                return membership.range_value(node, self.compile(node.operand))
            case ast.UnaryTests():
                return self.unary_tests(node)
            case _:
                assert_never(node)

    def binary(self, node: ast.Arithmetic | ast.Comparison) -> Code:
        operands = (node.left, node.right)
        codes = (self.compile(node.left), self.compile(node.right))
        match node:
            case ast.Arithmetic():
                return operators.arithmetic(node, node.operator, operands, codes)
            case ast.Comparison(operator="=" | "!="):
                return operators.equality(node, node.right, codes, negated=node.operator == "!=")
            case ast.Comparison():
                return operators.order(node, node.operator, operands, codes)

    def tests(self, nodes: Sequence[ast.Node], *, tells: bool) -> tuple[membership.Test, ...]:
        tests = tuple(self.test(node, tells=tells) for node in nodes)
        values = membership.listed(nodes)
        return tests if values is None else (membership.one_of(values, membership.any_of(tests, negated=False)),)

    def test(self, node: ast.Node, *, tells: bool) -> membership.Test:
        if isinstance(node, ast.UnaryTest):
            return membership.comparison_test(node, self.compile(node.operand))
        (code,) = self.inside({membership.INPUT}, node)
        return membership.expression_test(node, code, tells=tells)

    def unary_tests(self, node: ast.UnaryTests) -> Code:
        passes = membership.any_of(self.tests(node.tests, tells=True), negated=node.negated)
        given = variable(membership.INPUT)
        return lambda scope: passes(scope, given(scope))

    # --- names --------------------------------------------------------------------------------------

    def name(self, node: ast.Name) -> Code:
        if self.is_bound(node.name):
            return lookup(node.name)
        self.free.add(node.name)
        function = calls.builtin_value(node.name)
        if function is not None:
            return variable_or(node.name, function)
        return lookup(node.name) if self.may_be_an_entry() else variable(node.name)

    def is_bound(self, name: str) -> bool:
        return any(names is not None and name in names for names in self.bound)

    def may_be_an_entry(self) -> bool:
        return None in self.bound

    def path(self, node: ast.Path) -> Code:
        names = _dotted(node)
        if names is None or self.is_bound(names[0]) or self.may_be_an_entry():
            return _member(node, self.compile(node.base))
        self.free.add(names[0])
        return variable_path(names)

    def context(self, node: ast.ContextLiteral) -> Code:
        seen: set[str] = set()
        codes: list[tuple[str, Code]] = []
        for key, entry in node.entries:
            itself = {key} if isinstance(entry, ast.FunctionDefinition) else set()
            (code,) = self.inside(seen | itself, entry)
            codes.append((key, code))
            seen.add(key)
        return _context(codes)

    # --- iteration and functions --------------------------------------------------------------------

    def loop(self, node: ast.Filter | ast.For | ast.Quantified) -> Code:
        if isinstance(node, ast.Filter):
            base = self.compile(node.base)
            self.bound.append(frozenset({"item"}))
            (condition,) = self.inside(None, node.condition)
            self.bound.pop()
            return iteration.filtered(node, base, condition)
        depth = len(self.bound)
        domains = tuple(map(self.domain, node.domains))
        if isinstance(node, ast.Quantified):
            body = self.compile(node.body)
            code = iteration.quantified(node, domains, body, decisive=node.quantifier == "some")
        else:
            code = iteration.for_loop(node, domains, *self.inside({"partial"}, node.body))
        del self.bound[depth:]
        return code

    def domain(self, domain: ast.Domain) -> iteration.CompiledDomain:
        start = self.compile(domain.start)
        end = None if domain.end is None else self.compile(domain.end)
        self.bound.append(frozenset({domain.variable}))
        return iteration.CompiledDomain(domain.variable, start, end)

    def function(self, node: ast.Invocation | ast.FunctionDefinition) -> Code:
        if isinstance(node, ast.Invocation):
            return calls.invocation(node, self.callee(node.callee), self.all(*node.arguments))
        if node.body is None:
            return calls.external(node)
        names = {parameter.name for parameter in node.parameters}
        (body,) = self.inside(names, node.body)
        return calls.definition(node, body, node.height)

    def callee(self, node: ast.Node) -> Code:
        if not isinstance(node, ast.Name):
            return self.compile(node)
        if not self.is_bound(node.name) and calls.builtin_value(node.name) is None:
            self.free.add(node.name)
        return calls.function_named(node.name)


class _TracingCompiler(_Compiler):
    """Wraps the code of every node, so that its value is recorded."""

    def compile(self, node: ast.Node) -> Code:
        code = super().compile(node)
        if isinstance(node, ast.Constant):
            return code

        def run_traced(scope: Scope) -> Value:
            recorder = scope.run.recorder
            if recorder is None or not recorder.begin():
                return code(scope)
            value = code(scope)
            recorder.end(node.source, node.offset, value)
            return value

        return run_traced


def _dotted(node: ast.Node) -> tuple[str, ...] | None:
    """The names of `a.b.c`, or nothing when the path starts with something else than a name."""
    members: list[str] = []
    while isinstance(node, ast.Path):
        members.append(node.member)
        node = node.base
    return (node.name, *reversed(members)) if isinstance(node, ast.Name) else None


def _constant(value: Value) -> Code:
    return lambda _scope: value


def _at_literal(node: ast.AtLiteral) -> Code:
    try:
        return _constant(parse_at(node.text))
    except ValueError as error:
        reason = str(error)
        return lambda scope: nothing(scope.run, reason, node.source)


def _member(node: ast.Path, base: Code) -> Code:
    def run_member(scope: Scope) -> Value:
        value = base(scope)
        if value is None:
            return operators.missing(scope.run, node, (node.base, value))
        if isinstance(value, list):
            scope.run.weigh(value)
        try:
            return member(value, node.member)
        except NoValue as reason:
            return nothing(scope.run, reason, node.source)

    return run_member


def _instance_of(node: ast.InstanceOf, operand: Code) -> Code:
    def run_instance_of(scope: Scope) -> Value:
        try:
            value = operand(scope)
            scope.run.weigh(value)
            return is_instance(value, node.type, scope.run.types)
        except NoValue as reason:
            return nothing(scope.run, reason, node.source)

    return run_instance_of


def _list(codes: tuple[Code, ...]) -> Code:
    return lambda scope: [code(scope) for code in codes]


def _context(entries: Sequence[tuple[str, Code]]) -> Code:
    def run_context(scope: Scope) -> Value:
        values: dict[str, Value] = {}
        inner = scope.child(values)
        for key, code in entries:
            values[key] = code(inner)
        return values

    return run_context
