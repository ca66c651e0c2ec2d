"""How do boxed `for`, `some`, `every` and filters visit their items? FEEL does it (DMN 1.5 §10.2.1.9, §10.2.1.10)."""

from __future__ import annotations

from pathways.dmn.frame import Code, Frame
from pathways.feel import iteration as feel
from pathways.feel import syntax as ast
from pathways.feel.run import Code as FeelCode
from pathways.feel.run import Scope
from pathways.feel.values import Value


def for_loop(variable: str, source: Code, body: Code) -> Code:
    """The list of results; `partial` is the list so far."""
    node = ast.Name(variable, source=f"for {variable} (partial)")

    def run_for(frame: Frame) -> Value:
        return _run(frame, feel.for_loop(node, (_domain(frame, variable, source),), _inside(frame, body)))

    return run_for


def quantified(variable: str, source: Code, body: Code, *, decisive: bool) -> Code:
    """`some` (true decides) and `every` (false decides); null where it stays unknown."""
    node = ast.Name(variable, source=f"{'some' if decisive else 'every'} {variable}")

    def run_quantified(frame: Frame) -> Value:
        domains = (_domain(frame, variable, source),)
        return _run(frame, feel.quantified(node, domains, _inside(frame, body), decisive=decisive))

    return run_quantified


def filtered(source: Code, match: Code) -> Code:
    """The items that match; with a number instead of a condition the item at that place."""
    node = ast.Name("item", source="filter")

    def run_filter(frame: Frame) -> Value:
        return _run(frame, feel.filtered(node, lambda _scope: source(frame), _inside(frame, match)))

    return run_filter


def _run(frame: Frame, code: FeelCode) -> Value:
    return code(Scope(frame.run(), {}, None))


def _domain(frame: Frame, variable: str, source: Code) -> feel.CompiledDomain:
    return feel.CompiledDomain(variable, lambda _scope: source(frame), None)


def _inside(frame: Frame, body: Code) -> FeelCode:
    """A boxed body that sees what FEEL binds while it visits the items."""

    def run_body(scope: Scope) -> Value:
        bound: dict[str, Value] = {}
        around: Scope | None = scope
        while around is not None:
            bound = {**around.names, **bound}
            around = around.parent
        return body(frame.child(bound))

    return run_body
