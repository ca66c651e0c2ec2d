"""In whose lane does each step of a draft stand, and where? Columns and the order of rows are those of bpmn-io."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

CELL = 150.0, 140.0
"""The width and the height of a cell of bpmn-io's grid."""
_ORIGIN = 220.0, 80.0
_HEADER = 30.0


class Rect(NamedTuple):
    """A rectangle of the drawing."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def grown(self, by: float) -> "Rect":
        """It with a margin."""
        return Rect(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def meets(self, other: "Rect") -> bool:
        """Whether both cover some place."""
        apart_x = other.x >= self.x + self.width or self.x >= other.x + other.width
        return not (apart_x or other.y >= self.y + self.height or self.y >= other.y + other.height)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The pool, its lanes by the roles that work in them, who is in which, and where every shape stands."""

    pool: Rect
    lanes: Mapping[str, Rect]
    home: Mapping[str, str]
    shapes: Mapping[str, Rect]


def in_lanes(drawn: Mapping[str, Rect], flows: Iterable[tuple[str, str]], who: Mapping[str, str]) -> Lanes:
    """Move every shape into the lane of who does it; what nobody does stands beside what comes before or after."""
    home = _homes(drawn, tuple(flows), who)
    rows = _rows(drawn, home, tuple(dict.fromkeys(who.values())))
    width = max(rect.x + rect.width for rect in drawn.values()) + CELL[0] / 4
    shapes = {node: _placed(rect, rows[home[node], _row(rect)]) for node, rect in drawn.items()}
    lanes = dict(_lane_rects(rows, width))
    pool = Rect(_ORIGIN[0] - 2 * _HEADER, _ORIGIN[1], width + 2 * _HEADER, CELL[1] * len(rows))
    return Lanes(pool, lanes, home, shapes)


def _row(rect: Rect) -> int:
    return int(rect.middle[1] // CELL[1])


def _placed(rect: Rect, row: int) -> Rect:
    inside = rect.y - _row(rect) * CELL[1]
    return Rect(_ORIGIN[0] + rect.x, _ORIGIN[1] + row * CELL[1] + inside, rect.width, rect.height)


def _rows(drawn: Mapping[str, Rect], home: Mapping[str, str], order: tuple[str, ...]) -> dict[tuple[str, int], int]:
    """The row of the page for every row that bpmn-io uses in each lane, lane by lane."""
    used = {(home[node], _row(rect)) for node, rect in drawn.items()}
    ordered = sorted(used, key=lambda each: (order.index(each[0]), each[1]))
    return {each: number for number, each in enumerate(ordered)}


def _lane_rects(rows: Mapping[tuple[str, int], int], width: float) -> Iterator[tuple[str, Rect]]:
    lanes = [lane for lane, _ in rows]
    for lane in dict.fromkeys(lanes):
        top = _ORIGIN[1] + CELL[1] * lanes.index(lane)
        yield lane, Rect(_ORIGIN[0] - _HEADER, top, width + _HEADER, CELL[1] * lanes.count(lane))


def _homes(nodes: Iterable[str], flows: tuple[tuple[str, str], ...], who: Mapping[str, str]) -> dict[str, str]:
    usual = next(iter(who.values()))
    return {node: _home(node, flows, who, frozenset()) or usual for node in nodes}


def _home(node: str, flows: tuple[tuple[str, str], ...], who: Mapping[str, str], seen: frozenset[str]) -> str:
    """A start and a join belong to what comes next, a split and an end to what came before."""
    if node in who:
        return who[node]
    before = [source for source, target in flows if target == node]
    after = [target for source, target in flows if source == node]
    nearest = [*before, *after] if len(before) == 1 or not after else [*after, *before]
    found = (_home(each, flows, who, seen | {node}) for each in nearest if each not in seen)
    return next((lane for lane in found if lane), "")


def segments(way: Iterable[tuple[float, float]]) -> Iterator[Rect]:
    """The straight parts of a flow, each as a rectangle without width or without height."""
    for (x, y), (to_x, to_y) in pairwise(way):
        yield Rect(min(x, to_x), min(y, to_y), abs(to_x - x), abs(to_y - y))
