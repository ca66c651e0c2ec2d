"""What does a file's diagram interchange draw? (Shapes and edges with the few facts that their look depends on.)"""

from collections.abc import Iterator
from dataclasses import dataclass

from pathways.bpmn.reading.xml import BPMN, Element, local_reference, parse, tag_of, text_of

BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"
LOOPS = {"standardLoopCharacteristics": "loop", "multiInstanceLoopCharacteristics": "parallel"}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle of the diagram, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        """The centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Shape:
    """A drawn node: its BPMN tag, text and place.

    `triggers`: its event definitions (`message`, `timer`, …); `interrupting`: false draws dashed rings;
    `markers`: `loop`, `parallel`, `sequential`, `compensation`; `depth`: sub-processes around it.
    """

    id: str
    tag: str
    name: str
    bounds: Bounds
    label: Bounds | None
    triggers: tuple[str, ...]
    interrupting: bool
    expanded: bool
    horizontal: bool
    by_event: bool
    markers: tuple[str, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A drawn connection: its BPMN tag, text and waypoints."""

    id: str
    tag: str
    name: str
    points: tuple[Point, ...]
    label: Bounds | None
    default: bool
    conditional: bool


def read_diagram(source: bytes) -> tuple[tuple[Shape, ...], tuple[Edge, ...]]:
    """Give every drawn shape and edge in the order of the file's diagrams.

    Raises:
        UnsafeXml: the bytes are not XML that we read.
    """
    root = parse(source)
    elements = {e.get("id"): e for e in root.iter(f"{{{BPMN}}}*") if e.get("id")}
    drawn = [(of, elements[_of(of)]) for of in root.iter(f"{BPMNDI}BPMNShape") if _of(of) in elements]
    lines = [(of, elements[_of(of)]) for of in root.iter(f"{BPMNDI}BPMNEdge") if _of(of) in elements]
    shapes = tuple(_shape(of, element, box) for of, element in drawn if (box := of.find(f"{DC}Bounds")) is not None)
    return shapes, tuple(edge for of, element in lines if len((edge := _edge(of, element, elements)).points) > 1)


def _of(interchange: Element) -> str:
    return local_reference(interchange.get("bpmnElement", ""))


def _shape(interchange: Element, element: Element, box: Element) -> Shape:
    return Shape(
        id=element.get("id"),
        tag=tag_of(element),
        name=_name(element),
        bounds=_bounds(box),
        label=_label(interchange),
        triggers=tuple(_triggers(element)),
        interrupting=element.get("cancelActivity", element.get("isInterrupting", "true")) != "false",
        expanded=interchange.get("isExpanded", "true" if tag_of(element) == "transaction" else "false") == "true",
        horizontal=interchange.get("isHorizontal", "true") != "false",
        by_event=element.get("triggeredByEvent") == "true",
        markers=tuple(_markers(element)),
        depth=sum(1 for _ in element.iterancestors()),
    )


def _edge(interchange: Element, element: Element, elements: dict[str, Element]) -> Edge:
    source = elements.get(element.get("sourceRef", ""))
    leaves_gateway = source is not None and tag_of(source).endswith("Gateway")
    return Edge(
        id=element.get("id"),
        tag=tag_of(element),
        name=_name(element),
        points=tuple((float(p.get("x")), float(p.get("y"))) for p in interchange.iter(f"{DI}waypoint")),
        label=_label(interchange),
        default=source is not None and source.get("default") == element.get("id"),
        conditional=not leaves_gateway and element.find(f"{{{BPMN}}}conditionExpression") is not None,
    )


def _name(element: Element) -> str:
    if tag_of(element) == "textAnnotation":
        return text_of(element.find(f"{{{BPMN}}}text"))
    return str(element.get("name", ""))


def _label(interchange: Element) -> Bounds | None:
    bounds = interchange.find(f"{BPMNDI}BPMNLabel/{DC}Bounds")
    return None if bounds is None else _bounds(bounds)


def _bounds(element: Element) -> Bounds:
    x, y, width, height = (float(element.get(name)) for name in ("x", "y", "width", "height"))
    return Bounds(x, y, width, height)


def _triggers(element: Element) -> Iterator[str]:
    """Trigger names; several become `multiple`, or `parallelMultiple` when all are needed."""
    names = [tag_of(e).removesuffix("EventDefinition") for e in element if _defines_event(e)]
    if len(names) > 1:
        names = ["parallelMultiple" if element.get("parallelMultiple") == "true" else "multiple"]
    return iter(names)


def _defines_event(element: Element) -> bool:
    return element.local.endswith("EventDefinition")


def _markers(element: Element) -> Iterator[str]:
    for child in element:
        loop = LOOPS.get(tag_of(child))
        if loop:
            yield "sequential" if child.get("isSequential") == "true" else loop
    if element.get("isForCompensation") == "true":
        yield "compensation"
