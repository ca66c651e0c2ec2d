"""How big is each shape and each label? (Text is measured with Arial's widths, as bpmn-js draws it.)"""

import math
from dataclasses import dataclass

from diagram import EVENTS, GATEWAYS, Flow, Node

from pathways.picture.text import text_width, wrap

TASK_HEIGHT = 80.0
LABEL_SIZE = 11
TASK_SIZE = 12


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of the canvas, in pixels."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The bottom edge."""
        return self.y + self.h

    @property
    def cx(self) -> float:
        """The horizontal middle."""
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        """The vertical middle."""
        return self.y + self.h / 2

    def grown(self, margin: float) -> "Rect":
        """The rectangle with a margin on every side."""
        return Rect(self.x - margin, self.y - margin, self.w + 2 * margin, self.h + 2 * margin)

    def moved(self, dx: float, dy: float) -> "Rect":
        """The rectangle elsewhere."""
        return Rect(self.x + dx, self.y + dy, self.w, self.h)

    def overlap(self, other: "Rect") -> float:
        """Area in common."""
        width = min(self.right, other.right) - max(self.x, other.x)
        if width <= 0:
            return 0.0
        height = min(self.bottom, other.bottom) - max(self.y, other.y)
        return width * height if height > 0 else 0.0


def node_size(node: Node, default_width: float, inner: tuple[float, float] | None) -> tuple[float, float]:
    """Width and height of a shape; an expanded sub-process takes the size of its content."""
    if inner:
        return max(inner[0], text_width(node.name, TASK_SIZE) + 40), inner[1]
    if node.tag in EVENTS:
        return 36.0, 36.0
    if node.tag in GATEWAYS:
        return 50.0, 50.0
    if node.tag == "textAnnotation":
        return _note_size(node)
    return _task_width(node, default_width), TASK_HEIGHT


def _task_width(node: Node, default_width: float) -> float:
    """The default, or as much more as keeps the name in whole words and off the markers above and below."""
    width = node.width or default_width
    while not node.width and width < 220 and not _name_fits(node, width):
        width += 20
    return width


def _name_fits(node: Node, width: float) -> bool:
    """Whether it does in bpmn-js and in `pathways.picture`, which break lines at other margins."""
    most = 2 if node.tag == "callActivity" or "multi" in node.semantics else 3
    broken = [wrap(node.name, width - margin, TASK_SIZE) for margin in (16, 12)]
    beside_marker = all(len(lines) < 3 or text_width(lines[0], TASK_SIZE) < width - 56 for lines in broken)
    return len(broken[0]) <= most and beside_marker and _longest_word(node) <= width - 16


def _longest_word(node: Node) -> float:
    return max((text_width(word, TASK_SIZE) for word in node.name.split()), default=0)


def _note_size(node: Node) -> tuple[float, float]:
    width = node.width or 140.0
    return width, max(30.0, 14.4 * len(wrap(node.name, width - 14, TASK_SIZE)) + 12)


def label_size(text: str, width: float) -> tuple[float, float]:
    """Size of an external label wrapped at `width`: as narrow as its longest line."""
    lines = wrap(text, width, LABEL_SIZE)
    longest = max(text_width(line, LABEL_SIZE) for line in lines)
    return float(math.ceil(longest) + 5), 14.0 * len(lines)


def node_label(node: Node) -> tuple[float, float] | None:
    """Size of the label outside an event or gateway; None when the shape carries its own name."""
    if not node.name or node.tag not in (*EVENTS, *GATEWAYS):
        return None
    return label_size(node.name, 92)


def flow_text(flow: Flow) -> str | None:
    """What a flow shows: its name."""
    return flow.name


def flow_label(flow: Flow) -> tuple[float, float] | None:
    """Size of a flow's label; None without text."""
    text = flow_text(flow)
    return label_size(text, 84) if text else None
