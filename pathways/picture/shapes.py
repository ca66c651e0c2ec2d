"""How does a node look? (One function per family of BPMN shapes; each gives SVG without its text outside.)"""

from html import escape

from pathways.picture.read import Bounds, Shape
from pathways.picture.symbols import gateway_sign, marker_sign, task_sign, trigger_sign
from pathways.picture.text import LINE_HEIGHT, wrap

NAME_SIZE = 12.0
LABEL_SIZE = 11.0
HEADER = 30.0
SUB_PROCESSES = ("subProcess", "adHocSubProcess", "transaction")


def draw_shape(shape: Shape) -> str:
    """SVG of a shape with the text inside it."""
    match shape.tag:
        case "participant" | "lane":
            return _swimlane(shape)
        case tag if tag in SUB_PROCESSES and shape.expanded:
            return _expanded(shape)
        case tag if tag.endswith("Event"):
            return _event(shape)
        case tag if tag.endswith("Gateway"):
            return _gateway(shape)
        case "textAnnotation":
            return _annotation(shape)
        case "dataObjectReference" | "dataInput" | "dataOutput":
            return _data_object(shape.bounds)
        case "dataStoreReference":
            return _data_store(shape.bounds)
        case "group":
            return _box(shape.bounds, "group", radius=10)
        case _:
            return _activity(shape)


def has_outside_label(shape: Shape) -> bool:
    """Whether the name stands outside the shape."""
    return shape.tag.endswith(("Event", "Gateway")) or shape.tag in (
        "dataObjectReference",
        "dataStoreReference",
        "dataInput",
        "dataOutput",
        "group",
    )


def number(value: float) -> str:
    """A coordinate as short text."""
    return f"{value:.1f}".removesuffix(".0")


def text_block(text: str, box: Bounds, *, size: float, anchor: str = "middle", at_top: bool = False) -> str:
    """Wrapped text, centred in a box (or at its left edge or top)."""
    lines = wrap(text, box.width, size)
    step = size * LINE_HEIGHT
    x = box.middle[0] if anchor == "middle" else box.x
    top = box.y if at_top else box.middle[1] - len(lines) * step / 2
    spans = "".join(
        f'<tspan x="{number(x)}" y="{number(top + step * n + size * 0.93)}">{escape(line)}</tspan>'
        for n, line in enumerate(lines)
    )
    look = "name" if size == NAME_SIZE else "label"
    return f'<text class="{look}" text-anchor="{anchor}">{spans}</text>' if lines else ""


def _box(b: Bounds, look: str, *, radius: float = 0) -> str:
    place = f'x="{number(b.x)}" y="{number(b.y)}" width="{number(b.width)}" height="{number(b.height)}"'
    return f'<rect class="{look}" {place} rx="{number(radius)}"/>'


def _at(x: float, y: float, sign: str, *, scale: float = 1) -> str:
    size = f" scale({scale})" if scale != 1 else ""
    return f'<g transform="translate({number(x)} {number(y)}){size}">{sign}</g>'


def _swimlane(shape: Shape) -> str:
    b = shape.bounds
    outline = _box(b, "swimlane")
    if not shape.horizontal:
        head = Bounds(b.x, b.y, b.width, HEADER)
        line = f'<path class="swimlane" d="M{number(b.x)} {number(b.y + HEADER)}h{number(b.width)}"/>'
        return outline + line + text_block(shape.name, head, size=NAME_SIZE)
    head = Bounds(-b.height / 2, -HEADER / 2, b.height, HEADER)
    line = f'<path class="swimlane" d="M{number(b.x + HEADER)} {number(b.y)}v{number(b.height)}"/>'
    turned = f'<g transform="translate({number(b.x + HEADER / 2)} {number(b.middle[1])}) rotate(-90)">'
    return f"{outline}{line}{turned}{text_block(shape.name, head, size=NAME_SIZE)}</g>"


def _expanded(shape: Shape) -> str:
    b = shape.bounds
    title = Bounds(b.x + 10, b.y + 6, b.width - 20, 20)
    inner = _box(_shrunk(b, 3), "ring", radius=8) if shape.tag == "transaction" else ""
    outline = _box(b, "outline scope dotted" if shape.by_event else "outline scope", radius=10)
    return outline + inner + text_block(shape.name, title, size=NAME_SIZE, at_top=True) + _foot(shape)


def _activity(shape: Shape) -> str:
    b = shape.bounds
    outline = _box(b, "outline thick" if shape.tag == "callActivity" else "outline", radius=10)
    inner = _box(_shrunk(b, 3), "ring", radius=8) if shape.tag == "transaction" else ""
    sign = task_sign(shape.tag)
    corner = _at(b.x + 15, b.y + 15, sign, scale=1.1) if sign else ""
    return outline + inner + corner + text_block(shape.name, _shrunk(b, 6), size=NAME_SIZE) + _foot(shape)


def _foot(shape: Shape) -> str:
    """The markers at the foot of an activity, side by side."""
    closed = shape.tag == "callActivity" or (shape.tag in SUB_PROCESSES and not shape.expanded)
    markers = [*shape.markers, *(["plus"] if closed else []), *(["tilde"] if shape.tag == "adHocSubProcess" else [])]
    x, y = shape.bounds.middle[0], shape.bounds.y + shape.bounds.height - 10
    return "".join(_at(x + 20 * (n - (len(markers) - 1) / 2), y, marker_sign(m)) for n, m in enumerate(markers))


def _event(shape: Shape) -> str:
    (x, y), radius = shape.bounds.middle, shape.bounds.width / 2
    dashed = "" if shape.interrupting else " dashed"
    end = " thick" if shape.tag == "endEvent" else ""
    rings = f'<circle class="outline{end}{dashed}" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>'
    if shape.tag in ("intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"):
        rings += f'<circle class="ring{dashed}" cx="{number(x)}" cy="{number(y)}" r="{number(radius - 3)}"/>'
    throwing = shape.tag in ("endEvent", "intermediateThrowEvent")
    signs = (trigger_sign(trigger, throwing=throwing) for trigger in shape.triggers)
    return rings + "".join(_at(x, y, sign, scale=round(radius / 18, 2)) for sign in signs)


def _gateway(shape: Shape) -> str:
    (x, y), b = shape.bounds.middle, shape.bounds
    corners = ((x, b.y), (b.x + b.width, y), (x, b.y + b.height), (b.x, y))
    points = " ".join(f"{number(px)},{number(py)}" for px, py in corners)
    return f'<polygon class="outline" points="{points}"/>' + _at(
        x, y, gateway_sign(shape.tag), scale=round(b.width / 48, 2)
    )


def _annotation(shape: Shape) -> str:
    b = shape.bounds
    bracket = f"M{number(b.x + 10)} {number(b.y)}h-10v{number(b.height)}h10"
    text = Bounds(b.x + 7, b.y, b.width - 10, b.height)
    return f'<path class="ring" d="{bracket}"/>' + text_block(shape.name, text, size=NAME_SIZE, anchor="start")


def _data_object(b: Bounds) -> str:
    fold = 10.0
    sheet = f"M{number(b.x)} {number(b.y)}h{number(b.width - fold)}l{fold:.0f} {fold:.0f}"
    rest = f"v{number(b.height - fold)}h{number(-b.width)}z"
    corner = f"M{number(b.x + b.width - fold)} {number(b.y)}v{fold:.0f}h{fold:.0f}"
    return f'<path class="outline" d="{sheet}{rest}"/><path class="ring" d="{corner}"/>'


def _data_store(b: Bounds) -> str:
    rx, w, h = b.width / 2, number(b.width), number(b.height - 14)
    start = f"M{number(b.x)} {number(b.y + 7)}"
    lid = f"a{number(rx)} 7 0 0 0 {w} 0a{number(rx)} 7 0 0 0-{w} 0"
    drum = f"{start}v{h}a{number(rx)} 7 0 0 0 {w} 0v-{h}"
    return f'<path class="outline" d="{drum}"/><path class="outline" d="{start}{lid}"/>'


def _shrunk(b: Bounds, by: float) -> Bounds:
    return Bounds(b.x + by, b.y + by, b.width - 2 * by, b.height - 2 * by)
