"""Range functions: `range` and the thirteen relations of intervals (DMN 1.5 §10.3.4.1, §10.3.4.10, Table 78).

A point takes part as the range that starts and ends with it.
"""

from __future__ import annotations

from collections.abc import Callable

from pathways.feel.builtins.registry import Functions
from pathways.feel.comparison import equal, ordered
from pathways.feel.moments import any_date, any_moment, parse_at, parse_time
from pathways.feel.parser import parse_expression
from pathways.feel.scanner import FeelSyntaxError
from pathways.feel.syntax import AtLiteral, Constant, Invocation, Name, Node, RangeLiteral
from pathways.feel.values import NoValue, Range, Value, parse_duration

FUNCTIONS = Functions()
_CONVERSIONS: dict[str, Callable[[str], Value]] = {
    "date": any_date,
    "time": parse_time,
    "date and time": any_moment,
    "duration": parse_duration,
}


@FUNCTIONS.define("range(from: string)")
def range_of_text(text: str) -> Value:
    """The range of `[1..10]`; its ends are literals."""
    tree = _read(text)
    if not isinstance(tree, RangeLiteral):
        raise NoValue("range: this text is no range; write for example [1..10]")
    start, end = _literal(tree.start), _literal(tree.end)
    if type(start) is not type(end) or start is None or ordered(">", start, end):
        raise NoValue("range: this does not go from a value to a later one of its kind")
    return Range(start, end, tree.start_included, tree.end_included)


def _read(text: str) -> Node | None:
    """What the text says as an expression; what is wrong with it is not told, for that would repeat it."""
    try:
        return parse_expression(text)
    except FeelSyntaxError:
        return None


def _literal(node: Node) -> Value:
    match node:
        case Constant():
            return node.value
        case AtLiteral():
            return parse_at(node.text)
        case Invocation(callee=Name(name=name), arguments=(Constant(value=str() as text),)) if name in _CONVERSIONS:
            return _CONVERSIONS[name](text)
        case _:
            raise NoValue("range: an end of it is no literal")


def _interval(value: Value) -> Range:
    if isinstance(value, Range):
        return value
    return Range(value, value, start_included=True, end_included=True)


def _less(first: Value, second: Value) -> bool:
    return ordered("<", first, second)


@FUNCTIONS.define(
    "before(point1: Any, point2: Any)",
    "before(point: Any, range: Any)",
    "before(range: Any, point: Any)",
    "before(range1: Any, range2: Any)",
)
def before(first: Value, second: Value) -> Value:
    """Whether the first ends before the second starts."""
    a, b = _interval(first), _interval(second)
    touching = equal(a.end, b.start) is True and not (a.end_included and b.start_included)
    return touching or _less(a.end, b.start)


@FUNCTIONS.define(
    "after(point1: Any, point2: Any)",
    "after(point: Any, range: Any)",
    "after(range: Any, point: Any)",
    "after(range1: Any, range2: Any)",
)
def after(first: Value, second: Value) -> Value:
    """Whether the first starts after the second ends."""
    return before(second, first)


@FUNCTIONS.define("meets(range1: range, range2: range)")
def meets(a: Range, b: Range) -> Value:
    """Whether the first ends with the very value the second starts with."""
    return not _less(a.end, b.start) and equal(a.end, b.start) is True and a.end_included and b.start_included


@FUNCTIONS.define("met by(range1: range, range2: range)")
def met_by(a: Range, b: Range) -> Value:
    """Whether the second meets the first."""
    return meets(b, a)


@FUNCTIONS.define("overlaps(range1: range, range2: range)")
def overlaps(a: Range, b: Range) -> Value:
    """Whether both share a value."""
    return not before(a, b) and not before(b, a)


@FUNCTIONS.define("overlaps before(range1: range, range2: range)")
def overlaps_before(a: Range, b: Range) -> Value:
    """Whether the first starts earlier, reaches into the second and ends no later."""
    earlier = _less(a.start, b.start) or (equal(a.start, b.start) is True and a.start_included and not b.start_included)
    return earlier and not before(a, b) and _ends_within(a, b)


@FUNCTIONS.define("overlaps after(range1: range, range2: range)")
def overlaps_after(a: Range, b: Range) -> Value:
    """Whether the second overlaps before the first."""
    return overlaps_before(b, a)


@FUNCTIONS.define("finishes(point: Any, range: range)", "finishes(range1: range, range2: range)")
def finishes(first: Value, second: Range) -> Value:
    """Whether both end together and the first starts no earlier."""
    a = _interval(first)
    return equal(a.end, second.end) is True and a.end_included == second.end_included and _starts_within(a, second)


@FUNCTIONS.define("finished by(range: range, point: Any)", "finished by(range1: range, range2: range)")
def finished_by(first: Range, second: Value) -> Value:
    """Whether the second finishes the first."""
    return finishes(second, first)


@FUNCTIONS.define("includes(range: range, point: Any)", "includes(range1: range, range2: range)")
def includes(first: Range, second: Value) -> Value:
    """Whether the second lies inside the first."""
    b = _interval(second)
    return _starts_within(b, first) and _ends_within(b, first)


@FUNCTIONS.define("during(point: Any, range: range)", "during(range1: range, range2: range)")
def during(first: Value, second: Range) -> Value:
    """Whether the second includes the first."""
    return includes(second, first)


@FUNCTIONS.define("starts(point: Any, range: range)", "starts(range1: range, range2: range)")
def starts(first: Value, second: Range) -> Value:
    """Whether both start together and the first ends no later."""
    a = _interval(first)
    together = equal(a.start, second.start) is True and a.start_included == second.start_included
    return together and _ends_within(a, second)


@FUNCTIONS.define("started by(range: range, point: Any)", "started by(range1: range, range2: range)")
def started_by(first: Range, second: Value) -> Value:
    """Whether the second starts the first."""
    return starts(second, first)


@FUNCTIONS.define("coincides(point1: Any, point2: Any)", "coincides(range1: range, range2: range)")
def coincides(first: Value, second: Value) -> Value:
    """Whether both are the same point or the same range."""
    return equal(_interval(first), _interval(second)) is True


def _starts_within(inner: Range, outer: Range) -> bool:
    included = outer.start_included or not inner.start_included
    return _less(outer.start, inner.start) or (equal(inner.start, outer.start) is True and included)


def _ends_within(inner: Range, outer: Range) -> bool:
    included = outer.end_included or not inner.end_included
    return _less(inner.end, outer.end) or (equal(inner.end, outer.end) is True and included)
