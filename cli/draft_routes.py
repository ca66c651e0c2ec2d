"""Which way does each flow of a draft take? Around every shape, with few bends, on no other flow's line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from cli.draft_lanes import CELL, Rect, segments

Point = tuple[float, float]
Way = tuple[Point, ...]
_TRACKS = (0.0, -12.0, 12.0)
_IN_ROW = (10.0, 20.0)
_ACROSS, _ON_ONE_LINE, _STEM, _BEND, _CROSSING, _CORNER_TAKEN = 5000.0, 20.0, 2.0, 60.0, 40.0, 90.0
_SHORT = 90.0
"""Flows of one source or target may share a stem that is shorter."""
_MARGIN = 6.0


@dataclass(slots=True)
class _Page:
    """The shapes, and the ways that are drawn so far."""

    shapes: Mapping[str, Rect]
    ways: dict[tuple[str, str], Way] = field(default_factory=dict)


def route(shapes: Mapping[str, Rect], flows: list[tuple[str, str]]) -> dict[tuple[str, str], Way]:
    """The way of every flow: the short ones choose first."""
    page = _Page(shapes)
    for flow in sorted(flows, key=lambda each: _distance(shapes[each[0]], shapes[each[1]])):
        page.ways[flow] = _best(page, flow, set(_candidates(shapes[flow[0]], shapes[flow[1]])))
    return page.ways


def _best(page: _Page, flow: tuple[str, str], candidates: set[Way]) -> Way:
    """The cheapest way; what is longer than a cheap way whole is not looked at any more."""
    best: Way = ()
    least = float("inf")
    for length, way in sorted((_length(way), way) for way in candidates):
        if length >= least:
            break
        cost = length + _trouble(page, flow, way, least - length)
        if cost < least:
            best, least = way, cost
    return best


def _length(way: Way) -> float:
    return sum(part.width + part.height for part in segments(way)) + _BEND * (len(way) - 2)


def _distance(source: Rect, target: Rect) -> float:
    (x, y), (to_x, to_y) = source.middle, target.middle
    return abs(to_x - x) + abs(to_y - y) + (CELL[0] * 10 if to_x < x else 0)


def _candidates(source: Rect, target: Rect) -> Iterator[Way]:
    """Ways of up to five parts: out on one side, along the gaps between columns and rows, in on another."""
    (x, y), (to_x, to_y) = source.middle, target.middle
    right, left = source.x + source.width, target.x
    columns = [edge + track for edge in (x + CELL[0] / 2, to_x - CELL[0] / 2) for track in _TRACKS]
    sides, ends = tuple(_gaps(source)), tuple(_gaps(target))
    if y == to_y and right < left:
        yield (right, y), (left, to_y)
    for column in columns:
        if right < column < left:
            yield (right, y), (column, y), (column, to_y), (left, to_y)
    for out, gap in sides:
        yield (x, out), (x, to_y), (left, to_y)
        yield from _along(x, out, gap, columns, (left, to_x, to_y), ends)
    for into, _ in ends:
        yield (right, y), (to_x, y), (to_x, into)


def _gaps(shape: Rect) -> Iterator[Point]:
    """Where a flow leaves a shape upwards or downwards, and on which lines it may run there: in its own row."""
    for track in _IN_ROW:
        yield shape.y, shape.middle[1] - CELL[1] / 2 + track
        yield shape.y + shape.height, shape.middle[1] + CELL[1] / 2 - track


def _along(
    x: float, out: float, row: float, columns: list[float], goal: tuple[float, float, float], ends: Iterable[Point]
) -> Iterator[Way]:
    """Up or down into the gap beside the source's row, along it, and into the target."""
    left, to_x, to_y = goal
    for into, gap in ends:
        yield (x, out), (x, row), (to_x, row), (to_x, into)
        for column in columns:
            yield (x, out), (x, row), (column, row), (column, gap), (to_x, gap), (to_x, into)
    for column in columns:
        if column < left:
            yield (x, out), (x, row), (column, row), (column, to_y), (left, to_y)


def _trouble(page: _Page, flow: tuple[str, str], way: Way, most: float) -> float:
    """What a way costs beside its length: shapes and flows in its way, corners that are taken. Above `most`: enough."""
    parts = [part.grown(0.1) for part in segments(way)]
    cost = 0.0
    for name, shape in page.shapes.items():
        solid = shape.grown(-1 if name in flow else _MARGIN)
        cost += _ACROSS * sum(solid.meets(part) for part in parts)
        if cost >= most:
            return cost
    for other, drawn in page.ways.items():
        kin = flow[0] == other[0] or flow[1] == other[1]
        cost += sum(_beside(one, two, kin=kin) for one, two in product(segments(way), segments(drawn)))
        cost += _CORNER_TAKEN * (flow[0] == other[0] and way[0] == drawn[0])
        cost += 2 * _CORNER_TAKEN * ((flow[0] == other[1] and way[0] == drawn[-1]) or (way[-1] == drawn[0]))
    return cost


def _beside(one: Rect, two: Rect, *, kin: bool) -> float:
    """What it costs that two parts cross or lie on one line; of one source or target less."""
    across = min(one.x + one.width, two.x + two.width) - max(one.x, two.x)
    down = min(one.y + one.height, two.y + two.height) - max(one.y, two.y)
    if across < -5 or down < -5:
        return 0.0
    if (one.height == 0) == (two.height == 0):
        shared = max(across, down, 0.0)
        return shared * (_STEM if kin and shared < _SHORT else _ON_ONE_LINE)
    return 0.0 if kin else _CROSSING
