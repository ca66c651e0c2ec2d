"""How do boxed `for`, `some`, `every` and filters visit their items? As in FEEL (DMN 1.5 §10.2.1.9, §10.2.1.10)."""

from __future__ import annotations

from decimal import Decimal

from pathways.dmn.frame import Code, Frame
from pathways.feel.values import Value


def _items(frame: Frame, value: Value) -> list[Value] | None:
    """The items of a list; a single value counts as a list of one, null as none at all."""
    if value is None:
        frame.missing("the list to visit is null")
        return None
    return value if isinstance(value, list) else [value]


def for_loop(variable: str, source: Code, body: Code) -> Code:
    """The list of results; `partial` is the list so far."""

    def run_for(frame: Frame) -> Value:
        results: list[Value] = []
        items = _items(frame, source(frame))
        if items is None:
            return None
        for item in items:
            frame.desk.root.spend(1 + len(results) // 8)
            results.append(body(frame.child({variable: item, "partial": list(results)})))
        return results

    return run_for


def quantified(variable: str, source: Code, body: Code, *, decisive: bool) -> Code:
    """`some` (true decides) and `every` (false decides); null where it stays unknown."""

    def run_quantified(frame: Frame) -> Value:
        items = _items(frame, source(frame))
        if items is None:
            return None
        known = True
        for item in items:
            frame.desk.root.spend()
            verdict = body(frame.child({variable: item}))
            if verdict is decisive:
                return decisive
            known = known and verdict is (not decisive)
        return not decisive if known else frame.missing("a condition is neither true nor false")

    return run_quantified


def filtered(source: Code, match: Code) -> Code:
    """The items that match; with a number instead of a condition the item at that place."""

    def run_filter(frame: Frame) -> Value:
        value = source(frame)
        items: list[Value] = value if isinstance(value, list) else [] if value is None else [value]
        chosen: list[Value] = []
        for item in items or [None]:
            frame.desk.root.spend()
            verdict = match(frame.child({"item": item, **item} if isinstance(item, dict) else {"item": item}))
            if isinstance(verdict, Decimal):
                return _item_at(frame, items, verdict)
            if verdict is True and items:
                chosen.append(item)
        return chosen

    return run_filter


def _item_at(frame: Frame, items: list[Value], place: Decimal) -> Value:
    index = int(place) if abs(place) <= len(items) else 0
    if index != place or index == 0:
        return frame.missing(f"the list of {len(items)} items has no item {place}")
    return items[index - 1 if index > 0 else index]
