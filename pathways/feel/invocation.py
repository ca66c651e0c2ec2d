"""How is a function found, given its arguments and run? (DMN 1.5 §10.3.2.13)."""

from __future__ import annotations

from collections.abc import Sequence

from pathways.feel.builtins import BUILTINS
from pathways.feel.limits import CHARACTERS_PER_STEP, ITEMS_PER_STEP
from pathways.feel.operators import nothing, short
from pathways.feel.run import Code, Run, Scope
from pathways.feel.syntax import FunctionDefinition, Invocation, Name
from pathways.feel.types import TypeTests, fitted
from pathways.feel.values import Function, NoValue, Value, kind_of


def invocation(node: Invocation, callee: Code, arguments: tuple[Code, ...]) -> Code:
    """`callee(arguments)`: null with a warning when the function does not exist or refuses them."""

    def run_invocation(scope: Scope) -> Value:
        values = [argument(scope) for argument in arguments]
        scope.run.spend(1 + sum(map(_size, values)))
        try:
            return _call(scope.run, callee(scope), values, node)
        except (NoValue, ValueError) as reason:
            return nothing(scope.run, reason, node.source)
        except ArithmeticError:
            return nothing(scope.run, "the calculation has no result", node.source)

    return run_invocation


def _size(argument: Value) -> int:
    """How many steps it takes to look at all of an argument."""
    if isinstance(argument, str):
        return len(argument) // CHARACTERS_PER_STEP
    return len(argument) // ITEMS_PER_STEP if isinstance(argument, list | dict) else 0


def _call(run: Run, callee: Value, values: list[Value], node: Invocation) -> Value:
    if isinstance(callee, Function):
        return callee.call(run, _positional(callee, values, node.names) if node.names else values)
    if callee is None and isinstance(node.callee, Name):
        builtin = BUILTINS.get(node.callee.name)
        if builtin is None:
            raise NoValue(f"function '{node.callee.name}' is not defined")
        return builtin.call(run, values, node.names)
    raise NoValue(f"'{short(node.callee.source)}' is {kind_of(callee)}, not a function")


def _positional(function: Function, values: Sequence[Value], names: tuple[str, ...]) -> list[Value]:
    if sorted(names) != sorted(function.parameters):
        raise NoValue(f"the function has the parameters {', '.join(function.parameters) or 'none'}")
    named = dict(zip(names, values, strict=True))
    return [named[parameter] for parameter in function.parameters]


def function_named(name: str) -> Code:
    """The function of that name in the scopes and the context; null means: look for a built-in one."""

    def run_lookup(scope: Scope) -> Value:
        around: Scope | None = scope
        while around is not None:
            found = around.names.get(name)
            if isinstance(found, Function):
                return found
            around = around.parent
        found_outside = scope.run.context.get(name)
        return found_outside if isinstance(found_outside, Function) else None

    return run_lookup


def builtin_value(name: str) -> Function | None:
    """The built-in function as a value, so that it can be an argument."""
    builtin = BUILTINS.get(name)
    if builtin is None:
        return None
    return Function(name, builtin.parameters, lambda run, values: builtin.call(run, values, ()))


def definition(node: FunctionDefinition, body: Code, height: int) -> Code:
    """`function(a) body`: a function that remembers the scope it was made in."""
    names = tuple(parameter.name for parameter in node.parameters)

    def run_definition(scope: Scope) -> Value:
        def call(run: Run, values: list[Value]) -> Value:
            arguments = dict(zip(names, _typed(node, values, scope.run.types), strict=True))
            run.enter(height)
            result = body(Scope(run.elsewhere(scope.run), arguments, scope))
            run.leave(height)
            return result

        return Function(node.source, names, call)

    return run_definition


def _typed(node: FunctionDefinition, values: list[Value], types: TypeTests) -> list[Value]:
    if len(values) != len(node.parameters):
        raise NoValue(f"the function takes {len(node.parameters)} arguments, not {len(values)}")
    pairs = zip(node.parameters, values, strict=True)
    return [value if parameter.type is None else fitted(value, parameter.type, types) for parameter, value in pairs]


def external(node: FunctionDefinition) -> Code:
    """`function(a) external {…}`: never called, because an expression reaches no Java and no Python."""

    def run_external(scope: Scope) -> Value:
        return nothing(scope.run, "external functions are not available", node.source)

    return run_external
