"""How is a name looked up? In the scopes around it, then in the context; whatever is read there is recorded."""

from __future__ import annotations

from pathways.feel.run import Code, Scope
from pathways.feel.values import Value


def variable(name: str) -> Code:
    """A name that no scope binds: a variable of the context."""

    def run_variable(scope: Scope) -> Value:
        run = scope.run
        reads = run.reads
        if name in reads:
            return reads[name]
        try:
            given = run.context[name]
        except KeyError:
            run.undefined(name)
            return None
        reads[name] = value = given if isinstance(given, str) else run.accepted(given, name)
        return value

    return run_variable


def variable_path(names: tuple[str, ...]) -> Code:
    """`patient.age` from the context: only what the path ends in is converted."""
    path = ".".join(names)
    first, rest = names[0], names[1:]

    def run_path(scope: Scope) -> Value:
        run = scope.run
        reads = run.reads
        if path in reads:
            return reads[path]
        try:
            given = run.context[first]
            for name in rest:
                if type(given) is not dict:
                    return run.read_path(names, path)
                given = given[name]
        except KeyError:
            return run.read_path(names, path)
        reads[path] = value = given if isinstance(given, str) else run.accepted(given, path)
        return value

    return run_path


def lookup(name: str) -> Code:
    """A name that a scope may bind, else a variable of the context."""
    outside = variable(name)

    def run_lookup(scope: Scope) -> Value:
        around: Scope | None = scope
        while around is not None:
            if name in around.names:
                return around.names[name]
            around = around.parent
        return outside(scope)

    return run_lookup


def variable_or(name: str, function: Value) -> Code:
    """A name that is bound, or a variable, or else the built-in function of that name."""
    bound = lookup(name)

    def run_lookup(scope: Scope) -> Value:
        around: Scope | None = scope
        while around is not None:
            if name in around.names:
                return around.names[name]
            around = around.parent
        return bound(scope) if name in scope.run.context else function

    return run_lookup
