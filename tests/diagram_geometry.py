"""Is a diagram drawn as a careful person would? (Overlaps, lines through shapes, missing shapes, loose ends.)"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import hypot

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"
FLOW_NODES = ("task", "Task", "Activity", "Gateway", "Event", "subProcess", "transaction", "adHocSubProcess")
NEAR = 1.5
LONG_TOGETHER = 60.0
LONG_STEM = 100.0  # flows with the same source or target may share a short stem
JOG = 16.0
HUGS = 4.0
HEAD, MARK = (0.0, 10.0, 5.0), (4.0, 12.0, 7.0)
"""An arrow's head and the stroke of a default flow as bpmn-js draws them: from, to, and how far to each side."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """Bounds of a shape or label."""

    id: str
    x: float
    y: float
    w: float
    h: float

    def overlaps(self, other: "Box") -> bool:
        """Do the boxes share more than a border?"""
        across = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        down = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        return across > NEAR and down > NEAR

    def contains(self, other: "Box") -> bool:
        """Does the other box lie inside?"""
        return (
            self.x - NEAR <= other.x
            and self.y - NEAR <= other.y
            and other.x + other.w <= self.x + self.w + NEAR
            and other.y + other.h <= self.y + self.h + NEAR
        )

    def crossed_by(self, a: Point, b: Point) -> bool:
        """Does the segment pass through the inside? (Liang-Barsky clipping.)"""
        low, high = 0.0, 1.0
        for start, step, near, far in (
            (a[0], b[0] - a[0], self.x + NEAR, self.x + self.w - NEAR),
            (a[1], b[1] - a[1], self.y + NEAR, self.y + self.h - NEAR),
        ):
            if step == 0:
                if not near < start < far:
                    return False
                continue
            enter, leave = sorted(((near - start) / step, (far - start) / step))
            low, high = max(low, enter), min(high, leave)
        return low < high

    def touches(self, point: Point) -> bool:
        """Does the point lie on the border or inside?"""
        x, y = point
        return self.x - 2 <= x <= self.x + self.w + 2 and self.y - 2 <= y <= self.y + self.h + 2


@dataclass(slots=True)
class Picture:
    """What the file draws, with the few semantic facts that geometry depends on."""

    shapes: dict[str, Box] = field(default_factory=dict)
    labels: dict[str, Box] = field(default_factory=dict)
    edges: dict[str, list[Point]] = field(default_factory=dict)
    nodes: dict[str, etree._Element] = field(default_factory=dict)
    flows: dict[str, tuple[str, str]] = field(default_factory=dict)
    defaults: set[str] = field(default_factory=set)
    lane_of: dict[str, str] = field(default_factory=dict)
    pool_of: dict[str, str] = field(default_factory=dict)


def problems(source: bytes) -> list[str]:
    """Every flaw of the drawing as a sentence; an empty list is a clean diagram."""
    picture = _parse(source)
    checks = (
        _missing,
        _overlapping,
        _outside,
        _loose,
        _crossing,
        _together,
        _jogs,
        _hugging,
        _labels,
        _over_borders,
        _signs,
        _astray,
    )
    return [problem for check in checks for problem in check(picture)]


def crossings(source: bytes) -> int:
    """How many times one flow runs across another; flows that meet or share a stem do not cross."""
    ways = [list(pairwise(points)) for points in _parse(source).edges.values()]
    return sum(_cut(one, other) for first, second in combinations(ways, 2) for one in first for other in second)


def _cut(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Does a vertical segment pass through the inside of a horizontal one?"""
    for (top, bottom), (left, right) in ((sorted(one), sorted(other)), (sorted(other), sorted(one))):
        if top[0] == bottom[0] and left[1] == right[1]:
            return left[0] + 1 < top[0] < right[0] - 1 and top[1] + 1 < left[1] < bottom[1] - 1
    return False


# -- reading -----------------------------------------------------------------------------------------


def _parse(source: bytes) -> Picture:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return read_picture(etree.fromstring(source, parser))


def read_picture(root: etree._Element) -> Picture:
    """Shapes, flows and lanes of a parsed file."""
    picture = Picture()
    for shape in root.iter(f"{BPMNDI}BPMNShape"):
        _read_shape(picture, shape)
    for edge in root.iter(f"{BPMNDI}BPMNEdge"):
        id = edge.get("bpmnElement")
        picture.edges[id] = [(float(p.get("x")), float(p.get("y"))) for p in edge.iter(f"{DI}waypoint")]
        _read_label(picture, edge, id)
    for element in root.iter(f"{BPMN}*"):
        _read_element(picture, element)
    for participant in root.iter(f"{BPMN}participant"):
        for process in root.iter(f"{BPMN}process"):
            if process.get("id") == participant.get("processRef"):
                inside = {e.get("id"): participant.get("id") for e in process.iter() if e.get("id")}
                picture.pool_of.update(inside)
    return picture


def _read_shape(picture: Picture, shape: etree._Element) -> None:
    id = shape.get("bpmnElement")
    bounds = shape.find(f"{DC}Bounds")
    if bounds is not None:
        picture.shapes[id] = _box(id, bounds)
    _read_label(picture, shape, id)


def _read_label(picture: Picture, of: etree._Element, id: str) -> None:
    bounds = of.find(f"{BPMNDI}BPMNLabel/{DC}Bounds")
    if bounds is not None:
        picture.labels[id] = _box(id, bounds)


def _box(id: str, bounds: etree._Element) -> Box:
    x, y, w, h = (float(bounds.get(name)) for name in ("x", "y", "width", "height"))
    return Box(id, x, y, w, h)


def _read_element(picture: Picture, element: etree._Element) -> None:
    tag, id = etree.QName(element).localname, element.get("id")
    picture.defaults |= {element.get("default")} - {None}
    if tag == "flowNodeRef":
        picture.lane_of[element.text.strip()] = element.getparent().get("id")
    elif tag in ("sequenceFlow", "association", "messageFlow"):
        picture.flows[id] = (element.get("sourceRef"), element.get("targetRef"))
    elif id and (tag.endswith(FLOW_NODES) or tag == "textAnnotation"):
        picture.nodes[id] = element


# -- checks ------------------------------------------------------------------------------------------


def _missing(picture: Picture) -> Iterator[str]:
    for id in picture.nodes:
        if id not in picture.shapes:
            yield f"{id} has no shape"
    for id in picture.flows:
        if len(picture.edges.get(id, [])) < 2:
            yield f"flow {id} has no waypoints"


def _overlapping(picture: Picture) -> Iterator[str]:
    boxes = [picture.shapes[id] for id in picture.nodes if id in picture.shapes]
    for a, b in combinations(boxes, 2):
        if a.overlaps(b) and not _belong_together(picture, a.id, b.id):
            yield f"{a.id} overlaps {b.id}"


def _belong_together(picture: Picture, a: str, b: str) -> bool:
    """A boundary event and its host; a sub-process and its content."""
    first, second = picture.nodes[a], picture.nodes[b]
    if first.get("attachedToRef") == b or second.get("attachedToRef") == a:
        return True
    for outer, inner in ((a, second), (b, first)):
        if any(up.get("id") == outer for up in inner.iterancestors()):
            return picture.shapes[outer].contains(picture.shapes[inner.get("id")])
    return False


def _outside(picture: Picture) -> Iterator[str]:
    for homes, kind in ((picture.lane_of, "lane"), (picture.pool_of, "pool")):
        for id, home in homes.items():
            box, outer = picture.shapes.get(id), picture.shapes.get(home)
            if box and outer and not outer.contains(box):
                yield f"{id} lies outside its {kind} {home}"


def _loose(picture: Picture) -> Iterator[str]:
    for id, (source, target) in picture.flows.items():
        points = picture.edges.get(id)
        for end, point in ((source, points and points[0]), (target, points and points[-1])):
            box = picture.shapes.get(end)
            if box and point and not box.touches(point):
                yield f"flow {id} does not touch {end}"


def _crossing(picture: Picture) -> Iterator[str]:
    for id, ends in picture.flows.items():
        for box in (picture.shapes[n] for n in picture.nodes if n in picture.shapes):
            if _around(picture, box.id, ends):
                continue
            if any(box.crossed_by(a, b) for a, b in pairwise(picture.edges.get(id, []))):
                yield f"flow {id} crosses {box.id}"


def _around(picture: Picture, shape: str, ends: tuple[str, str]) -> bool:
    """A flow begins and ends on its own shapes and may run inside the sub-process that holds it."""
    end_nodes = [picture.nodes[end] for end in ends if end in picture.nodes]
    holders = {up.get("id") for node in end_nodes for up in node.iterancestors()}
    return shape in holders or (shape in ends)


def _together(picture: Picture) -> Iterator[str]:
    segments = {id: list(pairwise(points)) for id, points in picture.edges.items()}
    for (first, ones), (second, others) in combinations(segments.items(), 2):
        shared = sum(_shared(one, other) for one in ones for other in others)
        kin = any(a == b for a, b in zip(picture.flows.get(first, "ab"), picture.flows.get(second, "cd"), strict=True))
        if shared > (LONG_STEM if kin else LONG_TOGETHER):
            yield f"flows {first} and {second} run on one line for {shared:.0f} pixels"


def _shared(one: tuple[Point, Point], other: tuple[Point, Point]) -> float:
    for axis, across in ((0, 1), (1, 0)):
        lines = {one[0][across], one[1][across], other[0][across], other[1][across]}
        if max(lines) - min(lines) < 3:
            low = max(min(one[0][axis], one[1][axis]), min(other[0][axis], other[1][axis]))
            high = min(max(one[0][axis], one[1][axis]), max(other[0][axis], other[1][axis]))
            return max(0.0, high - low)
    return 0.0


def _jogs(picture: Picture) -> Iterator[str]:
    """Two bends so close together look as if the hand had slipped."""
    for id, points in picture.edges.items():
        for (ax, ay), (bx, by) in list(pairwise(points))[1:-1]:
            if hypot(bx - ax, by - ay) < JOG:
                yield f"flow {id} jogs aside by {hypot(bx - ax, by - ay):.0f} pixels"


def _hugging(picture: Picture) -> Iterator[str]:
    """A flow along the border of a shape that is none of its own cannot be told from the border."""
    for id, ends in picture.flows.items():
        near = {*ends, *(picture.nodes[end].get("attachedToRef") for end in ends if end in picture.nodes)}
        for box in (picture.shapes[n] for n in picture.nodes.keys() - near if n in picture.shapes):
            if any(_runs_along(box, a, b) for a, b in pairwise(picture.edges.get(id, []))):
                yield f"flow {id} runs along the border of {box.id}"


def _runs_along(box: Box, a: Point, b: Point) -> bool:
    level = a[1] == b[1]
    at, low, high = (a[1], *sorted((a[0], b[0]))) if level else (a[0], *sorted((a[1], b[1])))
    start, length = (box.x, box.w) if level else (box.y, box.h)
    borders = (box.y, box.y + box.h) if level else (box.x, box.x + box.w)
    return any(abs(at - border) < HUGS for border in borders) and min(high, start + length) - max(low, start) > HUGS


def _holds(picture: Picture, shape: Box, id: str) -> bool:
    """Is the shape the sub-process in which the labelled element is drawn?"""
    ends = picture.flows.get(id, (id, id))
    return any(
        up.get("id") == shape.id for end in ends if end in picture.nodes for up in picture.nodes[end].iterancestors()
    )


def _labels(picture: Picture) -> Iterator[str]:
    for label in picture.labels.values():
        for shape in (picture.shapes[n] for n in picture.nodes if n in picture.shapes):
            if label.overlaps(shape) and not _holds(picture, shape, label.id):
                yield f"the label of {label.id} overlaps {shape.id}"
        for id, points in picture.edges.items():
            if any(label.crossed_by(a, b) for a, b in pairwise(points)):
                yield f"flow {id} runs through the label of {label.id}"
    for a, b in combinations(picture.labels.values(), 2):
        if a.overlaps(b):
            yield f"the labels of {a.id} and {b.id} overlap"


def _over_borders(picture: Picture) -> Iterator[str]:
    """A label stands whole in one lane."""
    for lane in (box for id, box in picture.shapes.items() if id not in picture.nodes):
        for label in picture.labels.values():
            across = any(label.x < border < label.x + label.w for border in (lane.x, lane.x + lane.w))
            down = any(label.y < border < label.y + label.h for border in (lane.y, lane.y + lane.h))
            if across or (down and lane.x < label.x < lane.x + lane.w):
                yield f"the label of {label.id} runs over the border of {lane.id}"


def _signs(picture: Picture) -> Iterator[str]:
    """A label stays off the heads of arrows and off the stroke that marks a default flow."""
    for id, points in picture.edges.items():
        if len(points) < 2 or id not in picture.flows:
            continue
        signs = [("head", _at(points[-1], points[-2], HEAD))]
        signs += [("mark", _at(points[0], points[1], MARK))] if id in picture.defaults else []
        for label in picture.labels.values():
            yield from (
                f"the label of {label.id} covers the {what} of {id}" for what, box in signs if label.overlaps(box)
            )


def _at(end: Point, towards: Point, sign: tuple[float, float, float]) -> Box:
    """The place of a sign that stands so far from the end of a flow."""
    near, far, aside = sign
    length = hypot(towards[0] - end[0], towards[1] - end[1]) or 1.0
    dx, dy = (towards[0] - end[0]) / length, (towards[1] - end[1]) / length
    (left, right), (top, bottom) = (sorted((at + near * d, at + far * d)) for at, d in zip(end, (dx, dy), strict=True))
    wide, high = aside * abs(dy), aside * abs(dx)
    return Box("", left - wide, top - high, right - left + 2 * wide, bottom - top + 2 * high)


def _astray(picture: Picture) -> Iterator[str]:
    """A label on a stem that two flows share, or on the other flow's side, names the wrong way."""
    for id in picture.labels.keys() & picture.edges.keys():
        away = {edge: _away(picture.labels[id], points) for edge, points in picture.edges.items() if points}
        for other in sorted(edge for edge in away if edge != id and away[edge] <= away[id]):
            yield f"the label of {id} stands as near to flow {other}"


def _away(label: Box, points: list[Point]) -> float:
    """Shortest distance in pixels between the label and the line, each segment taken as the box around it."""
    return min(
        hypot(_gap(label.x, label.w, ax, bx), _gap(label.y, label.h, ay, by)) for (ax, ay), (bx, by) in pairwise(points)
    )


def _gap(start: float, length: float, one: float, other: float) -> float:
    return max(start - max(one, other), min(one, other) - start - length, 0.0)
