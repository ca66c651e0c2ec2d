"""Draw a .bpmn again: ids, names and semantics stay, only its diagram interchange is written anew.

`.venv/bin/python tools/draw/redraw.py FILE.bpmn` prints where everything stands now, as YAML;
`.venv/bin/python tools/draw/redraw.py FILE.bpmn CELLS.yaml` draws it as the (edited, shortened) YAML says.
"""

import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from diagram import Diagram, Flow, Lane, Node
from layout import Drawing, lay_out
from sizes import Rect

from tests.diagram_geometry import BPMN, FLOW_NODES, Picture, crossings, problems, read_picture

NEAR = 60.0
"""Middles that are no farther apart than so many pixels stand in one column or row."""
DRAWN = re.compile(
    r'(<bpmndi:BPMN(Shape|Edge)\b[^>]*?bpmnElement="([^"]+)"[^>]*>)(.*?)(\s*</bpmndi:BPMN\2>)', re.DOTALL
)


def main() -> None:
    """Print the cells of a file, or draw it again and say what a careful person would not draw."""
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    file = Path(sys.argv[1])
    text = file.read_text()
    if len(sys.argv) == 2:
        print(yaml.safe_dump(cells(text), sort_keys=False, default_flow_style=None, width=120), end="")
        return
    text = redraw(text, yaml.safe_load(Path(sys.argv[2]).read_text()))
    file.write_text(text)
    print(*problems(text.encode()), f"{crossings(text.encode())} crossings", sep="\n", file=sys.stderr)


def cells(text: str) -> dict[str, Any]:
    """Where everything stands: lanes from above, [column, row] of every element, the rows of event sub-processes."""
    root = etree.fromstring(text.encode())
    picture = _read(root)
    process = next(root.iter(f"{BPMN}process"))
    lanes = sorted((lane.get("id") for lane in root.iter(f"{BPMN}lane")), key=lambda id: picture.shapes[id].y)
    outer = _cells_of(picture, process)
    inner = {scope.get("id"): _cells_of(picture, scope) for scope in process.iter(f"{BPMN}subProcess")}
    return {"lanes": lanes, "cells": outer, "inside": inner, "bands": _bands_now(picture, process)}


def redraw(text: str, plan: dict[str, Any]) -> str:
    """The file's text with the drawing that the plan asks for (`cells` says what a plan holds)."""
    root = etree.fromstring(text.encode())
    drawing = lay_out(_read_diagram(root, _merged(cells(text), plan)))
    pool = root.find(f".//{BPMN}participant").get("id")
    rects = drawing.shapes | drawing.lanes | {pool: drawing.pool or Rect(0, 0, 0, 0)}

    def drawn(match: re.Match[str]) -> str:
        head, _, id, _, tail = match.groups()
        lines = _edge_lines(drawing, id) if id in drawing.ways else _shape_lines(drawing, rects[id], id)
        return head + "".join(f"\n        {line}" for line in lines) + tail

    return DRAWN.sub(drawn, text)


def _merged(now: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """What the plan leaves out stays where it is."""
    both = {key: now[key] | (plan.get(key) or {}) for key in ("cells", "inside")}
    both["inside"] = {id: now["inside"][id] | cells for id, cells in both["inside"].items()}
    return now | plan | both


# -- what the file says ------------------------------------------------------------------------------


def _read(root: etree._Element) -> Picture:
    """The drawing; an annotation is in the lane behind it."""
    picture = read_picture(root)
    for note in root.iter(f"{BPMN}textAnnotation"):
        box = picture.shapes[note.get("id")]
        for lane in {lane for lane in picture.lane_of.values() if picture.shapes[lane].contains(box)}:
            picture.lane_of[box.id] = lane
    return picture


def _members(scope: etree._Element) -> Iterator[etree._Element]:
    for element in scope:
        tag = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if tag.endswith(FLOW_NODES) or tag == "textAnnotation":
            yield element


def _is_banded(element: etree._Element) -> bool:
    return bool(element.get("triggeredByEvent") == "true")


def _cells_of(picture: Picture, scope: etree._Element) -> dict[str, list[int]]:
    boxes = [
        picture.shapes[element.get("id")]
        for element in _members(scope)
        if not _is_banded(element) and not element.get("attachedToRef")
    ]
    columns = _lines([box.x + box.w / 2 for box in boxes])
    rows: dict[str | None, list[float]] = {}
    for box in boxes:
        rows.setdefault(picture.lane_of.get(box.id), []).append(box.y + box.h / 2)
    lines = {lane: _lines(middles) for lane, middles in rows.items()}
    return {
        box.id: [columns[box.x + box.w / 2], lines[picture.lane_of.get(box.id)][box.y + box.h / 2]]
        for box in sorted(boxes, key=lambda box: box.x)
    }


def _lines(middles: list[float]) -> dict[float, int]:
    """Number of the column or row of each middle: those close together share one."""
    numbers: dict[float, int] = {}
    first = 0.0
    for middle in sorted(set(middles)):
        if not numbers or middle - first > NEAR:
            first = middle
            numbers[middle] = max(numbers.values(), default=-1) + 1
        else:
            numbers[middle] = max(numbers.values())
    return numbers


def _bands_now(picture: Picture, process: etree._Element) -> list[list[str]]:
    rows: dict[float, list[str]] = {}
    for element in _members(process):
        if _is_banded(element):
            rows.setdefault(picture.shapes[element.get("id")].y, []).append(element.get("id"))
    return [sorted(row, key=lambda id: picture.shapes[id].x) for _, row in sorted(rows.items())]


def _read_diagram(root: etree._Element, plan: dict[str, Any]) -> Diagram:
    process = next(root.iter(f"{BPMN}process"))
    picture = _read(root)
    diagram = Diagram(process.get("id"), process.get("name"), task_width=plan.get("task_width", 100))
    diagram.gap, diagram.margin = plan.get("gap", diagram.gap), plan.get("margin", diagram.margin)
    names = {lane.get("id"): lane.get("name") for lane in root.iter(f"{BPMN}lane")}
    diagram.lanes = [Lane(id, names[id]) for id in plan["lanes"]]
    _fill(diagram, process, plan, plan["cells"], picture.lane_of)
    for number, row in enumerate(plan.get("bands", [])):
        diagram.bands += [(picture.lane_of[id], number, id) for id in row]
    return diagram


def _fill(
    diagram: Diagram, scope: etree._Element, plan: dict[str, Any], places: dict[str, list[int]], lanes: dict[str, str]
) -> None:
    for element in _members(scope):
        node = _node(element, plan, places, lanes)
        diagram.nodes[node.id] = node
        if node.tag in ("subProcess", "transaction", "adHocSubProcess"):
            node.inner = Diagram(node.id, node.name, task_width=diagram.task_width)
            node.inner.gap = diagram.gap
            _fill(node.inner, element, plan, plan["inside"][node.id], {})
    for element in scope:
        if element.tag in (f"{BPMN}sequenceFlow", f"{BPMN}association"):
            diagram.flows.append(_flow(element, plan))
            diagram.flows[-1].default = bool(scope.xpath("*[@default=$id]", id=element.get("id")))


def _node(element: etree._Element, plan: dict[str, Any], places: dict[str, list[int]], lanes: dict[str, str]) -> Node:
    id, host = element.get("id"), element.get("attachedToRef")
    tag = etree.QName(element).localname
    column, row = places[host or id][:2] if not _is_banded(element) else (0, 0)
    name = element.findtext(f"{BPMN}text") if tag == "textAnnotation" else element.get("name")
    shape = plan.get("shapes", {}).get(id, {})
    semantics = {"multi": True} if element.find(f"{BPMN}multiInstanceLoopCharacteristics") is not None else {}
    node = Node(id, tag, name or "", lanes.get(host or id), column, row, semantics, host=host)
    node.width, node.span = shape.get("width"), shape.get("span", 1)
    node.label, node.side = shape.get("label"), shape.get("side")
    return node


def _flow(element: etree._Element, plan: dict[str, Any]) -> Flow:
    pins = plan.get("flows", {}).get(element.get("id"), {})
    ends = (element.get("sourceRef"), element.get("targetRef"))
    return Flow(
        element.get("id"),
        *ends,
        element.get("name"),
        exit=pins.get("exit"),
        enter=pins.get("enter"),
        over=pins.get("over"),
        under=pins.get("under"),
        association=element.tag == f"{BPMN}association",
    )


# -- what is written ---------------------------------------------------------------------------------


def _shape_lines(drawing: Drawing, rect: Rect, id: str) -> list[str]:
    return [_bounds(rect), *_label_lines(drawing, id)]


def _edge_lines(drawing: Drawing, id: str) -> list[str]:
    points = [f'<di:waypoint x="{round(x)}" y="{round(y)}" />' for x, y in drawing.ways[id]]
    return [*points, *_label_lines(drawing, id)]


def _label_lines(drawing: Drawing, id: str) -> list[str]:
    rect = drawing.labels.get(id)
    return ["<bpmndi:BPMNLabel>", f"  {_bounds(rect)}", "</bpmndi:BPMNLabel>"] if rect else []


def _bounds(rect: Rect) -> str:
    x, y = round(rect.x), round(rect.y)
    width, height = math.ceil(rect.right - x), math.ceil(rect.bottom - y)
    return f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}" />'


if __name__ == "__main__":
    main()
