"""How do `for`, `some`, `every` and filters visit their items? (DMN 1.5 §10.3.2.14 and §10.3.2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pathways.feel.far import FarDate, date_of_ordinal, ordinal
from pathways.feel.operators import nothing
from pathways.feel.run import Code, Run, Scope
from pathways.feel.syntax import Node
from pathways.feel.values import NUMBER, NoValue, Range, Value, kind_of


@dataclass(frozen=True, slots=True)
class CompiledDomain:
    """One variable and the code of the list, or of the two ends, it runs over."""

    variable: str
    start: Code
    end: Code | None


def for_loop(node: Node, domains: tuple[CompiledDomain, ...], body: Code) -> Code:
    """`for … return body`: the list of results; `partial` is the list so far."""

    reads_partial = "partial" in node.source

    def run_for(scope: Scope) -> Value:
        results: list[Value] = []
        try:
            for inner in _combinations(scope, domains):
                results.append(body(_with_partial(inner, results) if reads_partial else inner))
        except NoValue as reason:
            return nothing(scope.run, reason, node.source)
        return results

    return run_for


def _with_partial(scope: Scope, results: list[Value]) -> Scope:
    scope.run.spend(len(results) // 8)
    return scope.child({"partial": list(results)})


def quantified(node: Node, domains: tuple[CompiledDomain, ...], body: Code, *, decisive: bool) -> Code:
    """`some` (true decides) and `every` (false decides) over all combinations; null where it stays unknown."""

    def run_quantified(scope: Scope) -> Value:
        unknown: list[Value] = []
        try:
            for inner in _combinations(scope, domains):
                value = body(inner)
                if value is decisive:
                    return decisive
                if not isinstance(value, bool):
                    unknown = unknown or [value]
        except NoValue as reason:
            return nothing(scope.run, reason, node.source)
        if unknown:
            return nothing(scope.run, f"the condition is {kind_of(unknown[0])} for an item, not boolean", node.source)
        return not decisive

    return run_quantified


def _combinations(scope: Scope, domains: tuple[CompiledDomain, ...]) -> Iterator[Scope]:
    variable, rest = domains[0].variable, domains[1:]
    for item in _items(scope, domains[0]):
        scope.run.spend()
        inner = scope.child({variable: item})
        if rest:
            yield from _combinations(inner, rest)
        else:
            yield inner


def _items(scope: Scope, domain: CompiledDomain) -> Iterator[Value]:
    start = domain.start(scope)
    if domain.end is not None:
        return _counted(start, domain.end(scope))
    if start is None:
        raise NoValue(f"'{domain.variable}' runs over null")
    if isinstance(start, Range):
        return _inside(start)
    return iter(start if isinstance(start, list) else [start])


def _inside(interval: Range) -> Iterator[Value]:
    """The whole numbers or days of an interval, upwards, without its open ends."""
    items = _counted(interval.start, interval.end)
    outside = [end for end, included in _ends(interval) if not included]
    return (item for item in items if item not in outside)


def _ends(interval: Range) -> tuple[tuple[Value, bool], ...]:
    return (interval.start, interval.start_included), (interval.end, interval.end_included)


def _counted(start: Value, end: Value) -> Iterator[Value]:
    """Whole numbers or days from start to end, upwards or downwards."""
    match start, end:
        case Decimal(), Decimal() if start == start.to_integral_value() and end == end.to_integral_value():
            return _numbers(start, end)
        case ((date() | FarDate()), (date() | FarDate())) if kind_of(start) == kind_of(end) == "date":
            return _days(ordinal(start), ordinal(end))
        case _:
            raise NoValue(f"cannot count from {kind_of(start)} to {kind_of(end)}")


def _numbers(start: Decimal, end: Decimal) -> Iterator[Value]:
    step = Decimal(1 if start <= end else -1)
    while start != NUMBER.add(end, step):
        yield start
        start = NUMBER.add(start, step)


def _days(start: int, end: int) -> Iterator[Value]:
    step = 1 if start <= end else -1
    return map(date_of_ordinal, range(start, end + step, step))


def filtered(node: Node, base: Code, condition: Code) -> Code:
    """`base[condition]`: the items that pass; with a number instead of a condition the item at that place."""

    def run_filter(scope: Scope) -> Value:
        value = base(scope)
        items: list[Value] = [value] if value is not None else []
        if isinstance(value, list):
            items = value
        return _selected(node, scope, items, condition)

    return run_filter


def _selected(node: Node, scope: Scope, items: list[Value], condition: Code) -> Value:
    chosen: list[Value] = []
    for item in items or [None]:
        scope.run.spend()
        verdict = condition(item_scope(scope, item))
        if isinstance(verdict, Decimal):
            return _item_at(scope.run, node, items, verdict)
        if verdict is True and items:
            chosen.append(item)
    return chosen


def item_scope(scope: Scope, item: Value) -> Scope:
    """What a filter sees: the entries of the item if it is a context, and the item itself as `item`."""
    if isinstance(item, dict):
        return scope.child({"item": item, **item})
    return scope.child({"item": item})


def _item_at(run: Run, node: Node, items: list[Value], place: Decimal) -> Value:
    index = int(place) if abs(place) <= len(items) else 0
    if index != place or index == 0:
        return nothing(run, f"the list of {len(items)} items has no item at this place", node.source)
    return items[index - 1 if index > 0 else index]
