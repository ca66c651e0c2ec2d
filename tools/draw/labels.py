"""Where does each label stand? (Near its shape or the source of its flow, covering nothing.)"""

from collections.abc import Iterator
from itertools import pairwise
from math import hypot

from diagram import Diagram, Node
from route import Point
from sizes import Rect, flow_label, node_label

Segment = tuple[Point, Point]
ROUNDS = 3
HEAD, MARK = (0.0, 10.0, 6.0), (2.0, 15.0, 10.0)
"""An arrow's head and the stroke of a default flow: from, to, and how far to each side, in pixels from their end."""


def place_labels(
    diagram: Diagram, shapes: dict[str, Rect], ways: dict[str, list[Point]], borders: list[Rect]
) -> dict[str, Rect]:
    """The rectangle of every label; `borders` are thin rectangles (lane lines) that labels stay off."""
    candidates = dict(_all_candidates(diagram, shapes, ways))
    segments = [pair for way in ways.values() for pair in pairwise(way)]
    fixed = [*shapes.values(), *borders, *signs(diagram, ways)]
    chosen: dict[str, Rect] = {}
    for _ in range(ROUNDS):
        for id, places in candidates.items():
            others = [rect for other, rect in chosen.items() if other != id]
            chosen[id] = min(places, key=lambda place: place[1] + _harm(place[0], fixed, others, segments))[0]
    return {id: Rect(round(r.x), round(r.y), r.w, r.h) for id, r in chosen.items()}


def signs(diagram: Diagram, ways: dict[str, list[Point]]) -> Iterator[Rect]:
    """What flows wear at their ends, and labels stay off: heads of arrows, and the strokes of default flows."""
    for flow in diagram.flows:
        way = ways[flow.id]
        yield _sign(way[-1], way[-2], HEAD)
        if flow.default:
            yield _sign(way[0], way[1], MARK)


def _sign(end: Point, towards: Point, sign: tuple[float, float, float]) -> Rect:
    near, far, aside = sign
    (x, y), across = end, end[1] == towards[1]
    forth = 1 if (towards[0] > x if across else towards[1] > y) else -1
    start = min(near * forth, far * forth)
    if across:
        return Rect(x + start, y - aside, far - near, 2 * aside)
    return Rect(x - aside, y + start, 2 * aside, far - near)


def _all_candidates(
    diagram: Diagram, shapes: dict[str, Rect], ways: dict[str, list[Point]]
) -> Iterator[tuple[str, list[tuple[Rect, float]]]]:
    for node in diagram.nodes.values():
        size = node_label(node)
        if size and node.id in shapes:
            yield node.id, list(_around(node, shapes[node.id], size))
    for flow in diagram.flows:
        label = flow_label(flow)
        if label:
            others = [way for id, way in ways.items() if id != flow.id]
            places = _along(ways[flow.id], label)
            yield flow.id, [(rect, price + _astray(rect, ways[flow.id], others)) for rect, price in places]


def _astray(rect: Rect, own: list[Point], others: list[list[Point]]) -> float:
    """Price of standing as near to another flow as to its own: then nobody sees which of them it names."""
    near = _away(rect, own)
    return 300.0 if any(_away(rect, way) <= near for way in others) else 0.0


def _away(rect: Rect, way: list[Point]) -> float:
    return min(
        hypot(
            max(rect.x - max(ax, bx), min(ax, bx) - rect.right, 0),
            max(rect.y - max(ay, by), min(ay, by) - rect.bottom, 0),
        )
        for (ax, ay), (bx, by) in pairwise(way)
    )


def _harm(rect: Rect, shapes: list[Rect], labels: list[Rect], segments: list[Segment]) -> float:
    by_shapes, by_labels, near = rect.grown(1), rect.grown(3), rect.grown(2)
    harm = sum(600 + rect.overlap(shape) for shape in shapes if by_shapes.overlap(shape))
    harm += sum(500 + rect.overlap(label) for label in labels if by_labels.overlap(label))
    return harm + sum(400 for segment in segments if crosses(near, segment))


def crosses(rect: Rect, segment: Segment) -> bool:
    """Does an orthogonal segment pass through the rectangle?"""
    (ax, ay), (bx, by) = segment
    return min(ax, bx) < rect.right and max(ax, bx) > rect.x and min(ay, by) < rect.bottom and max(ay, by) > rect.y


def _around(node: Node, shape: Rect, size: tuple[float, float]) -> Iterator[tuple[Rect, float]]:
    """Places around an event or gateway with their price; gateways prefer above, events below."""
    w, h = size
    gateway = node.tag.endswith("Gateway")
    reach = 12 if gateway else 3
    left, right = shape.x - w + reach, shape.right - reach
    above, below = shape.y - h - 4, shape.bottom + 4
    high, low = (0.0, 20.0) if gateway or node.label == "above" else (20.0, 0.0)
    if node.host:
        yield Rect(shape.right + 3, shape.cy + 3, w, h), 0.0
        yield Rect(shape.x - w - 3, shape.cy + 3, w, h), 5.0
        yield Rect(shape.right + 3, shape.cy + 16, w, h), 15.0
        yield Rect(shape.x - w - 3, shape.cy + 16, w, h), 20.0
        yield Rect(shape.cx - w / 2, below, w, h), 25.0
        return
    yield Rect(shape.cx - w / 2, above, w, h), high
    yield Rect(shape.cx - w / 2, below, w, h), low
    for x, more in ((left, 6.0), (right, 8.0)):
        yield Rect(x, above + reach, w, h), high + more
        yield Rect(x, below - reach, w, h), low + more
    for x, more in ((shape.cx - w - 4, 12.0), (shape.cx + 4, 12.0)):
        yield Rect(x, above, w, h), high + more
        yield Rect(x, below, w, h), low + more
    for x in (shape.x - w - 4, shape.right + 4):
        yield Rect(x, shape.cy - h - 3, w, h), 45.0
        yield Rect(x, shape.cy + 3, w, h), 45.0


def _along(way: list[Point], size: tuple[float, float]) -> Iterator[tuple[Rect, float]]:
    """Places on both sides of a flow, dearer the farther from its source."""
    w, h = size
    gone = 0.0
    for (ax, ay), (bx, by) in pairwise(way):
        length = abs(ax - bx) + abs(ay - by)
        steps = range(0, max(1, int(length)), 8)
        for step in steps:
            at = (gone + step) * 0.25
            if ay == by:
                x = ax + 5 + step if bx > ax else ax - 5 - step - w
                yield Rect(x, ay - h - 3, w, h), at
                yield Rect(x, ay + 4, w, h), at + 6
            else:
                y = ay + 3 + step if by > ay else ay - 3 - step - h
                yield Rect(ax + 5, y, w, h), at
                yield Rect(ax - 5 - w, y, w, h), at + 4
        gone += length
