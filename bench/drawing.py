"""How is a benchmark process written as BPMN? One small writer; each engine's own words stand in `Dialect`.

The three dialects differ in two places only: the text of a condition, and how a multi-instance activity says how many
instances it has.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

_NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """An engine's words: `condition` with `{name}` for a Boolean variable, `loop` with `{items}` for the instances."""

    name: str
    condition: str
    loop: str


OURS = Dialect(
    name="ours",
    condition="= {name}",
    loop='<extensionElements><zeebe:loopCharacteristics inputCollection="= items" inputElement="item" />'
    "</extensionElements>",
)
SPIFF = Dialect(name="spiff", condition="{name}", loop="<loopCardinality>{items}</loopCardinality>")
BPMN_ENGINE = Dialect(
    name="bpmn-engine",
    condition="${{environment.variables.{name}}}",
    loop="<loopCardinality>{items}</loopCardinality>",
)


@dataclass(slots=True)
class Drawing:
    """A process while it is drawn. Every method gives the id of the node it drew."""

    dialect: Dialect
    diagram: bool = False
    lines: list[str] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    nodes: int = 0
    flows: int = 0

    def node(self, tag: str, name: str = "", *, inner: str = "", attributes: str = "") -> str:
        """Draw one flow node."""
        self.nodes += 1
        node = f"{tag}_{self.nodes}"
        label = f" name={quoteattr(name)}" if name else ""
        self.lines.append(f'<{tag} id="{node}"{label}{attributes}>{inner}</{tag}>')
        self._shape(node)
        return node

    def multi_instance(self, items: int) -> str:
        """Draw a user task that runs once per item, all at once."""
        loop = self.dialect.loop.format(items=items)
        inner = f"<multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics>"
        return self.node("userTask", "For every item", inner=inner)

    def open_sub_process(self) -> str:
        """Begin an embedded sub-process; what is drawn until `close_sub_process` lies in it."""
        self.nodes += 1
        node = f"subProcess_{self.nodes}"
        self.lines.append(f'<subProcess id="{node}" name="Level">')
        self._shape(node)
        return node

    def close_sub_process(self) -> None:
        """End the innermost sub-process."""
        self.lines.append("</subProcess>")

    def flow(self, source: str, target: str, *, when: str = "") -> str:
        """Connect two nodes and give the flow's id; `when` is a Boolean variable."""
        self.flows += 1
        flow = f"flow_{self.flows}"
        condition = escape(self.dialect.condition.format(name=when))
        inner = f'<conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression>' if when else ""
        self.lines.append(f'<sequenceFlow id="{flow}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>')
        self._edge(flow)
        return flow

    def chain(self, *nodes: str) -> None:
        """Connect nodes one after the other."""
        for source, target in pairwise(nodes):
            self.flow(source, target)

    def _shape(self, node: str) -> None:
        x, y = self.nodes % 20 * 140, self.nodes // 20 * 120
        bounds = f'<dc:Bounds x="{x}" y="{y}" width="100" height="80" />'
        self.shapes.append(f'<bpmndi:BPMNShape id="{node}_di" bpmnElement="{node}">{bounds}</bpmndi:BPMNShape>')

    def _edge(self, flow: str) -> None:
        points = "".join(f'<di:waypoint x="{x}" y="{self.flows * 6}" />' for x in (100, 140))
        self.shapes.append(f'<bpmndi:BPMNEdge id="{flow}_di" bpmnElement="{flow}">{points}</bpmndi:BPMNEdge>')

    def bpmn(self) -> str:
        """Give the file, with diagram interchange when it was asked for."""
        plane = "\n".join(self.shapes)
        di = (
            '<bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="measured">\n'
            f"{plane}\n</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>\n"
        )
        body = "\n".join(self.lines)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<definitions {_NAMESPACES} id="definitions" targetNamespace="urn:bench">\n'
            f'<process id="measured" name="Measured" isExecutable="true">\n{body}\n</process>\n'
            f"{di if self.diagram else ''}</definitions>\n"
        )
