"""A diagram with one of everything that looks different: made with plain strings, so that tests can bend it."""

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="d" targetNamespace="t">'
)


def bpmn(process: str, plane: str) -> bytes:
    """A file with one process and its diagram."""
    diagram = f'<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="p">{plane}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    return f'{HEAD}<bpmn:process id="p">{process}</bpmn:process>{diagram}</bpmn:definitions>'.encode()


def shape(id: str, x: int, y: int, w: int, h: int, *, label: tuple[int, int, int, int] | None = None) -> str:
    """A BPMNShape, with a label when its bounds are given."""
    inside = f"<bpmndi:BPMNLabel>{_bounds(*label)}</bpmndi:BPMNLabel>" if label else ""
    expanded = ' isExpanded="true"' if w > 180 else ""
    return f'<bpmndi:BPMNShape bpmnElement="{id}"{expanded}>{_bounds(x, y, w, h)}{inside}</bpmndi:BPMNShape>'


def edge(id: str, *points: tuple[int, int], label: tuple[int, int, int, int] | None = None) -> str:
    """A BPMNEdge through the points."""
    way = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in points)
    inside = f"<bpmndi:BPMNLabel>{_bounds(*label)}</bpmndi:BPMNLabel>" if label else ""
    return f'<bpmndi:BPMNEdge bpmnElement="{id}">{way}{inside}</bpmndi:BPMNEdge>'


def flow(id: str, source: str, target: str, name: str = "") -> str:
    """A sequence flow."""
    return f'<bpmn:sequenceFlow id="{id}" name="{name}" sourceRef="{source}" targetRef="{target}"/>'


def _bounds(x: int, y: int, w: int, h: int) -> str:
    return f'<dc:Bounds x="{x}" y="{y}" width="{w}" height="{h}"/>'
