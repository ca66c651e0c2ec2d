"""How does a whole diagram become one SVG? (Layers, flows with rounded corners, labels, highlights.)"""

import re
from collections.abc import Iterable, Mapping
from html import escape
from itertools import pairwise
from math import hypot

from pathways.picture.read import Bounds, Edge, Point, Shape, read_diagram
from pathways.picture.shapes import (
    LABEL_SIZE,
    SUB_PROCESSES,
    draw_shape,
    has_outside_label,
    number,
    text_block,
)

MARGIN = 12.0
CORNER = 6.0

STYLE = """
.bpmn{font-family:Arial,'Liberation Sans',Helvetica,sans-serif;color:#22242a}
.bpmn text{fill:#22242a}.bpmn .name{font-size:12px}.bpmn .label{font-size:11px}
.bpmn .outline{fill:#fff;stroke:currentColor;stroke-width:1.6}.bpmn .outline.thick{stroke-width:3.8}
.bpmn .scope{fill-opacity:.6}.bpmn .dotted{stroke-dasharray:1 4;stroke-linecap:round}
.bpmn .dashed{stroke-dasharray:5 3.5}.bpmn .swimlane{fill:none;stroke:#22242a;stroke-width:1.2}
.bpmn .ring{fill:none;stroke:currentColor;stroke-width:1.4}.bpmn .ring.thick{stroke-width:2.6}
.bpmn .group{fill:none;stroke:#22242a;stroke-width:1.4;stroke-dasharray:10 5 2 5}
.bpmn .solid{fill:currentColor}.bpmn .hollow{fill:#fff;stroke:currentColor;stroke-width:1.1}
.bpmn .strokes{fill:none;stroke:currentColor;stroke-width:1.1}.bpmn .strokes.light{stroke:#fff}
.bpmn .asterisk{fill:none;stroke:currentColor;stroke-width:2.4}
.bpmn .teeth{fill:none;stroke:currentColor;stroke-width:3.2;stroke-dasharray:2.47 2.48}
.bpmn .flow{fill:none;stroke:currentColor;stroke-width:1.5}.bpmn .association{stroke-dasharray:1 4;stroke-linecap:round}
.bpmn .messageFlow{stroke-dasharray:8 5}
.bpmn .active{color:#0b5cad}.bpmn .active .outline{fill:#dcedff}
.bpmn .done{color:#4c7a5a}.bpmn .done .outline{fill:#eaf5ec}
.bpmn .incident{color:#b3261e}.bpmn .incident .outline{fill:#fde7e5}
.bpmn .active .outline,.bpmn .incident .outline{stroke-width:3}
""".strip()
MARKERS = """<defs>
<marker id="bpmn-open-arrow" viewBox="0 0 10 10" refX="9.5" refY="5" markerWidth="10" markerHeight="10"\
 markerUnits="userSpaceOnUse" orient="auto"><path d="M1 1 9.5 5 1 9" fill="#fff" stroke="#22242a"/></marker>
<marker id="bpmn-circle" viewBox="0 0 10 10" refX="5" refY="5" markerWidth="9" markerHeight="9"\
 markerUnits="userSpaceOnUse"><circle cx="5" cy="5" r="4" fill="#fff" stroke="#22242a"/></marker>
</defs>"""


def render_svg(source: bytes, *, highlights: Mapping[str, str] | None = None) -> str:
    """Draw a .bpmn file as its own diagram interchange says; the same bytes always give the same picture.

    Args:
        source: the file.
        highlights: element id → CSS class; `active`, `incident` and `done` are coloured.

    Raises:
        UnsafeXml: the bytes are not XML that we read.
        ValueError: the file draws nothing, or a highlight is not a CSS class name.
    """
    shapes, edges = read_diagram(source)
    if not shapes:
        raise ValueError("The file has no diagram: open it in the modeler, lay it out and save it.")
    classes = _checked(highlights or {})
    layers = sorted(shapes, key=_layer)
    below = [s for s in layers if _layer(s) < FLOWS]
    above = [s for s in layers if _layer(s) >= FLOWS]
    body = [
        *(_group(s.id, draw_shape(s), classes) for s in below),
        *(_group(e.id, _flow(e), classes) for e in edges),
        *(_group(s.id, draw_shape(s), classes) for s in above),
        *(label for label in (_shape_label(s) for s in layers) if label),
        *(label for label in (_edge_label(e) for e in edges) if label),
    ]
    return _page(_extent(shapes, edges), body)


def _checked(highlights: Mapping[str, str]) -> Mapping[str, str]:
    for element, name in highlights.items():
        if not re.fullmatch(r"[A-Za-z][\w-]*", name):
            raise ValueError(
                f"The highlight of {element} is {name!r}: use a CSS class such as active, incident or done."
            )
    return highlights


FLOWS = (2, 0)
"""The layer of flows: above pools, lanes and sub-processes, below nodes."""


def _layer(shape: Shape) -> tuple[int, int]:
    if shape.tag in ("participant", "lane", "group"):
        return 0, shape.depth
    if shape.tag in SUB_PROCESSES and shape.expanded:
        return 1, shape.depth
    return (4, 0) if shape.tag == "boundaryEvent" else (3, 0)


def _group(id: str, content: str, classes: Mapping[str, str]) -> str:
    name = f' class="{classes[id]}"' if id in classes else ""
    return f'<g data-element="{escape(id)}"{name}>{content}</g>'


def _page(extent: Bounds, body: Iterable[str]) -> str:
    width, height = number(extent.width), number(extent.height)
    box = f"{number(extent.x)} {number(extent.y)} {width} {height}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="bpmn" viewBox="{box}" width="{width}" height="{height}">'
    paper = f'<rect x="{number(extent.x)}" y="{number(extent.y)}" width="{width}" height="{height}" fill="#fff"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", MARKERS, paper, *body, "</svg>", ""])


def _extent(shapes: tuple[Shape, ...], edges: tuple[Edge, ...]) -> Bounds:
    labels = [item.label for items in (shapes, edges) for item in items if item.label]
    boxes = [*(shape.bounds for shape in shapes), *labels]
    points = [p for edge in edges for p in edge.points]
    points += [p for b in boxes for p in ((b.x, b.y), (b.x + b.width, b.y + b.height))]
    left, top = min(x for x, _ in points) - MARGIN, min(y for _, y in points) - MARGIN
    right, bottom = max(x for x, _ in points) + MARGIN, max(y for _, y in points) + MARGIN
    return Bounds(left, top, right - left, bottom - top)


# -- flows -------------------------------------------------------------------------------------------


def _flow(edge: Edge) -> str:
    line = _rounded(edge.points)
    match edge.tag:
        case "sequenceFlow":
            return f'<path class="flow" d="{line}"/>{_arrowhead(edge)}{_start_mark(edge)}'
        case "messageFlow":
            ends = 'marker-start="url(#bpmn-circle)" marker-end="url(#bpmn-open-arrow)"'
            return f'<path class="flow messageFlow" {ends} d="{line}"/>'
        case "dataInputAssociation" | "dataOutputAssociation":
            return f'<path class="flow association" marker-end="url(#bpmn-open-arrow)" d="{line}"/>'
        case _:
            return f'<path class="flow association" d="{line}"/>'


def _arrowhead(edge: Edge) -> str:
    """The filled head of a sequence flow, in the colour of its line."""
    (x, y), (dx, dy) = edge.points[-1], _direction(edge.points[-2], edge.points[-1])
    left, right = (x - 10 * dx - 4.5 * dy, y - 10 * dy + 4.5 * dx), (x - 10 * dx + 4.5 * dy, y - 10 * dy - 4.5 * dx)
    return f'<path class="solid" d="M{_xy(left)}L{_xy((x, y))}L{_xy(right)}Z"/>'


def _start_mark(edge: Edge) -> str:
    """The slash of a default flow, the diamond of a conditional flow out of an activity."""
    (x, y), (dx, dy) = edge.points[0], _direction(edge.points[0], edge.points[1])
    if edge.default:
        cx, cy = x + 9 * dx, y + 9 * dy
        sx, sy = 5 * (dx * 0.4 - dy), 5 * (dy * 0.4 + dx)
        return f'<path class="flow" d="M{number(cx - sx)} {number(cy - sy)}L{number(cx + sx)} {number(cy + sy)}"/>'
    if edge.conditional:
        left, right = (x + 7 * dx - 4 * dy, y + 7 * dy + 4 * dx), (x + 7 * dx + 4 * dy, y + 7 * dy - 4 * dx)
        far = (x + 14 * dx, y + 14 * dy)
        return f'<path class="hollow" d="M{_xy((x, y))}L{_xy(left)}L{_xy(far)}L{_xy(right)}Z"/>'
    return ""


def _rounded(points: tuple[Point, ...]) -> str:
    """The path through the points, with the corners rounded."""
    parts = [f"M{_xy(points[0])}"]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(CORNER, _distance(before, at) / 2, _distance(at, after) / 2)
        (ax, ay), (bx, by) = _direction(before, at), _direction(at, after)
        start = (at[0] - ax * radius, at[1] - ay * radius)
        end = (at[0] + bx * radius, at[1] + by * radius)
        parts.append(f"L{_xy(start)}Q{_xy(at)} {_xy(end)}")
    return "".join([*parts, f"L{_xy(points[-1])}"])


def _xy(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _distance(a: Point, b: Point) -> float:
    return hypot(b[0] - a[0], b[1] - a[1])


def _direction(a: Point, b: Point) -> Point:
    length = _distance(a, b) or 1.0
    return (b[0] - a[0]) / length, (b[1] - a[1]) / length


# -- labels ------------------------------------------------------------------------------------------


def _shape_label(shape: Shape) -> str:
    if not shape.name or not has_outside_label(shape):
        return ""
    b = shape.bounds
    below = Bounds(b.middle[0] - 45, b.y + b.height + 4, 90, 14)
    if shape.label is None:
        return text_block(shape.name, below, size=LABEL_SIZE, at_top=True)
    return text_block(shape.name, _roomy(shape.label), size=LABEL_SIZE)


def _edge_label(edge: Edge) -> str:
    if not edge.name:
        return ""
    if edge.label is not None:
        return text_block(edge.name, _roomy(edge.label), size=LABEL_SIZE)
    (ax, ay), (bx, by) = max(pairwise(edge.points), key=lambda pair: _distance(*pair))
    return text_block(edge.name, Bounds((ax + bx) / 2 - 45, (ay + by) / 2 - 16, 90, 14), size=LABEL_SIZE)


def _roomy(label: Bounds) -> Bounds:
    """The label's box, a little wider: another font than ours may have measured it."""
    return Bounds(label.x - 3, label.y, label.width + 6, label.height)
