"""How does a draft look in lanes? bpmn-io's drawing, moved into one lane per role, with ways and labels to match."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from lxml import etree

from cli.draft_lanes import Lanes, Rect, in_lanes, segments
from cli.draft_routes import Way, route
from pathways.picture.text import text_width, wrap

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_DC = "{http://www.omg.org/spec/DD/20100524/DC}"
_DI = "{http://www.omg.org/spec/DD/20100524/DI}"
_FONT, _LINE, _WIDEST = 11.0, 14.0, 90.0
_PAST_MARK = 15.0
"""How far from a gateway the name of a flow begins: behind the slash of a default flow."""


def with_lanes(drawn: str, who: Mapping[str, str]) -> str:
    """Give the diagram a pool with a lane for each entry of `who` (roles by the id of their task)."""
    root = etree.fromstring(drawn.encode(), etree.XMLParser(remove_blank_text=True))
    flows = {
        each.get("id"): (each.get("sourceRef"), each.get("targetRef")) for each in root.iter(f"{_BPMN}sequenceFlow")
    }
    shapes = {each.get("bpmnElement"): _bounds(each) for each in root.iter(f"{_BPMNDI}BPMNShape")}
    lanes = in_lanes(shapes, flows.values(), who)
    process = root.find(f"{_BPMN}process")
    _say_lanes(process, lanes)
    ways = route(lanes.shapes, list(flows.values()))
    _draw(root, process.get("id"), lanes, {flow: ways[ends] for flow, ends in flows.items()})
    text: str = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True).decode()
    return text


def _bounds(shape: Any) -> Rect:
    bounds = shape.find(f"{_DC}Bounds")
    return Rect(*(float(bounds.get(name)) for name in ("x", "y", "width", "height")))


def _lane_id(number: int) -> str:
    return f"lane_{number}"


def _lane_name(roles: str) -> str:
    return roles.replace("_", " ").capitalize()


def _say_lanes(process: Any, lanes: Lanes) -> None:
    """Write pool and lanes beside what runs: they execute nothing."""
    key = process.get("id")
    pool = etree.Element(f"{_BPMN}collaboration", id=f"{key}_collaboration")
    etree.SubElement(pool, f"{_BPMN}participant", id=f"{key}_pool", name=process.get("name"), processRef=key)
    process.addprevious(pool)
    held = etree.Element(f"{_BPMN}laneSet", id=f"{key}_lanes")
    process.insert(1 if process[0].tag == f"{_BPMN}extensionElements" else 0, held)
    for number, roles in enumerate(lanes.lanes, start=1):
        lane = etree.SubElement(held, f"{_BPMN}lane", id=_lane_id(number), name=_lane_name(roles))
        for node, home in lanes.home.items():
            if home == roles:
                etree.SubElement(lane, f"{_BPMN}flowNodeRef").text = node


def _draw(root: Any, key: str, lanes: Lanes, ways: Mapping[str, Way]) -> None:
    plane = next(root.iter(f"{_BPMNDI}BPMNPlane"))
    markers = {each.get("bpmnElement"): each.get("isMarkerVisible") for each in plane}
    plane[:] = []
    plane.set("bpmnElement", f"{key}_collaboration")
    labels = _labels(root, lanes, ways)
    _shape(plane, f"{key}_pool", lanes.pool, isHorizontal="true")
    for number, rect in enumerate(lanes.lanes.values(), start=1):
        _shape(plane, _lane_id(number), rect, isHorizontal="true")
    for node, rect in lanes.shapes.items():
        marker = {"isMarkerVisible": markers[node]} if markers[node] else {}
        _labelled(_shape(plane, node, rect, **marker), labels.get(node))
    for flow, way in ways.items():
        edge = etree.SubElement(plane, f"{_BPMNDI}BPMNEdge", id=f"{flow}_di", bpmnElement=flow)
        for x, y in way:
            etree.SubElement(edge, f"{_DI}waypoint", x=f"{x:g}", y=f"{y:g}")
        _labelled(edge, labels.get(flow))


def _shape(plane: Any, element: str, rect: Rect, **attributes: str) -> Any:
    shape = etree.SubElement(plane, f"{_BPMNDI}BPMNShape", id=f"{element}_di", bpmnElement=element, **attributes)
    _bound(shape, rect)
    return shape


def _bound(holder: Any, rect: Rect) -> None:
    names = ("x", "y", "width", "height")
    etree.SubElement(holder, f"{_DC}Bounds", {name: f"{value:g}" for name, value in zip(names, rect, strict=True)})


def _labelled(holder: Any, label: Rect | None) -> None:
    if label:
        _bound(etree.SubElement(holder, f"{_BPMNDI}BPMNLabel"), label)


def _labels(root: Any, lanes: Lanes, ways: Mapping[str, Way]) -> dict[str, Rect]:
    """Where the names of events, gateways and flows stand: where they touch the least."""
    lines = [part for way in ways.values() for part in segments(way)]
    taken = list(lanes.shapes.values())
    labels: dict[str, Rect] = {}
    for element in root.iter():
        name, key = element.get("name"), element.get("id")
        if not name or element.tag == f"{_BPMN}userTask" or key not in {*lanes.shapes, *ways}:
            continue
        places = _beside_flow(ways[key], _size(name)) if key in ways else _around(lanes.shapes[key], _size(name))
        labels[key] = min(places, key=lambda place: sum(place.meets(each.grown(2)) for each in (*taken, *lines)))
        taken.append(labels[key])
    return labels


def _size(name: str) -> tuple[float, float]:
    lines = wrap(name, _WIDEST, _FONT)
    return max(text_width(line, _FONT) for line in lines) + 2, _LINE * len(lines)


def _around(shape: Rect, size: tuple[float, float]) -> Iterator[Rect]:
    """Below an event, above a gateway; else beside a corner."""
    x, (width, height) = shape.middle[0], size
    above, below = shape.y - height - 4, shape.y + shape.height + 4
    for top in (above, below) if shape.width >= 50 else (below, above):
        yield Rect(x - width / 2, top, width, height)
    tops = (shape.y - height, shape.y + shape.height, shape.y - height - _LINE, shape.y + shape.height + _LINE)
    for top, left in product(tops, (x - width - 8, x + 8)):
        yield Rect(left, top, width, height)


def _beside_flow(way: Way, size: tuple[float, float]) -> Iterator[Rect]:
    """Along its first two parts: above or below a level one, left or right of an upright one."""
    width, height = size
    for (x, y), (to_x, to_y) in (way[:2], way[1:3]) if len(way) > 2 else (way[:2],):
        if y == to_y:
            start = x + _PAST_MARK if to_x > x else x - width - _PAST_MARK
            yield from (Rect(start, y - height - 4, width, height), Rect(start, y + 4, width, height))
        else:
            start = y + _PAST_MARK if to_y > y else y - height - _PAST_MARK
            yield from (Rect(x + 5, start, width, height), Rect(x - width - 5, start, width, height))
