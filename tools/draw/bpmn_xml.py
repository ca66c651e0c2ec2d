"""How is a drawn diagram written as BPMN 2.0 XML in the Camunda 8 dialect?"""

import math
import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from diagram import EVENTS, Diagram, Flow, Node
from layout import Drawing
from sizes import Rect

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"\
 xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"\
 xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"\
 xmlns:modeler="http://camunda.org/schema/modeler/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\
 id="Definitions_{id}" targetNamespace="https://referral-pathways.example/{id}"\
 exporter="referral-pathways draw" exporterVersion="1.0.0" modeler:executionPlatform="Camunda Cloud"\
 modeler:executionPlatformVersion="8.8.0">
"""


class Xml:
    """Lines of XML with their indentation."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 1

    def one(self, tag: str, attributes: dict[str, Any] | None = None, text: str | None = None) -> None:
        """An element without children."""
        head = f"{'  ' * self.depth}<{tag}{_attributes(attributes)}"
        self.lines.append(f"{head} />" if text is None else f"{head}>{escape(text)}</{tag}>")

    def open(self, tag: str, attributes: dict[str, Any] | None = None) -> None:
        """Begin an element with children."""
        self.lines.append(f"{'  ' * self.depth}<{tag}{_attributes(attributes)}>")
        self.depth += 1

    def close(self, tag: str) -> None:
        """End an element with children."""
        self.depth -= 1
        self.lines.append(f"{'  ' * self.depth}</{tag}>")


def _attributes(attributes: dict[str, Any] | None) -> str:
    return "".join(
        f" {name}={quoteattr(_text(value))}" for name, value in (attributes or {}).items() if value is not None
    )


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


class Roots:
    """Messages, errors and escalations that the process refers to; each gets one definition."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str, str | None], str] = {}

    def ref(self, kind: str, name: str, key: str | None = None) -> str:
        """Id of the definition with this name (for an error or escalation: code) and correlation key."""
        entry = (kind, name, key)
        if entry not in self.known:
            id = f"{kind.capitalize()}_{re.sub(r'[^A-Za-z0-9]+', '_', name)}"
            taken = list(self.known.values())
            self.known[entry] = id if id not in taken else f"{id}_{len(taken)}"
        return self.known[entry]

    def write(self, xml: Xml) -> None:
        """Write the definitions after the process."""
        for (kind, name, key), id in self.known.items():
            if kind == "message":
                _write_message(xml, id, name, key)
            else:
                xml.one(f"bpmn:{kind}", {"id": id, "name": name, f"{kind}Code": name})


def _write_message(xml: Xml, id: str, name: str, key: str | None) -> None:
    if key is None:
        xml.one("bpmn:message", {"id": id, "name": name})
        return
    xml.open("bpmn:message", {"id": id, "name": name})
    xml.open("bpmn:extensionElements")
    xml.one("zeebe:subscription", {"correlationKey": key})
    xml.close("bpmn:extensionElements")
    xml.close("bpmn:message")


def write_bpmn(diagram: Diagram, drawing: Drawing) -> str:
    """The file's text."""
    xml, roots = Xml(), Roots()
    pool = f"{diagram.id}_pool"
    xml.open("bpmn:collaboration", {"id": f"{diagram.id}_collaboration"})
    xml.one("bpmn:participant", {"id": pool, "name": diagram.name, "processRef": diagram.id})
    xml.close("bpmn:collaboration")
    xml.open("bpmn:process", {"id": diagram.id, "name": diagram.name, "isExecutable": diagram.executable})
    _documentation(xml, diagram.doc)
    version = [("zeebe:versionTag", {"value": diagram.version_tag})] if diagram.version_tag else []
    _extensions(xml, [*version, *_properties(diagram.properties)])
    _lane_set(xml, diagram)
    _scope(xml, roots, diagram)
    xml.close("bpmn:process")
    roots.write(xml)
    _plane(xml, diagram, drawing, pool)
    return HEAD.format(id=diagram.id) + "\n".join(xml.lines) + "\n</bpmn:definitions>\n"


def _documentation(xml: Xml, text: str | None) -> None:
    if text:
        xml.one("bpmn:documentation", None, text)


def _lane_set(xml: Xml, diagram: Diagram) -> None:
    if not diagram.lanes:
        return
    xml.open("bpmn:laneSet", {"id": f"{diagram.id}_lanes"})
    for lane in diagram.lanes:
        xml.open("bpmn:lane", {"id": lane.id, "name": lane.name})
        _documentation(xml, lane.doc)
        for node in diagram.nodes.values():
            if node.lane == lane.id and node.tag != "textAnnotation":
                xml.one("bpmn:flowNodeRef", None, node.id)
        xml.close("bpmn:lane")
    xml.close("bpmn:laneSet")


def _scope(xml: Xml, roots: Roots, diagram: Diagram) -> None:
    for node in diagram.nodes.values():
        if node.tag != "textAnnotation":
            _write_node(xml, roots, diagram, node)
    for flow in diagram.flows:
        if not flow.association:
            _write_flow(xml, flow)
    _artifacts(xml, diagram)


def _artifacts(xml: Xml, diagram: Diagram) -> None:
    for node in diagram.nodes.values():
        if node.tag == "textAnnotation":
            xml.open("bpmn:textAnnotation", {"id": node.id})
            xml.one("bpmn:text", None, node.name)
            xml.close("bpmn:textAnnotation")
    for flow in diagram.flows:
        if flow.association:
            ends = {"sourceRef": flow.source, "targetRef": flow.target}
            xml.one("bpmn:association", {"id": flow.id, "associationDirection": "None", **ends})


# -- flow nodes --------------------------------------------------------------------------------------


def _write_node(xml: Xml, roots: Roots, diagram: Diagram, node: Node) -> None:
    semantics = node.semantics
    defaults = [f.id for f in diagram.flows if f.source == node.id and f.default]
    attributes = {"id": node.id, "name": node.name or None, "default": defaults[0] if defaults else None}
    attributes |= _own_attributes(roots, node)
    xml.open(f"bpmn:{node.tag}", attributes)
    _documentation(xml, semantics.get("doc"))
    _extensions(xml, _extension_list(node))
    for flow in diagram.flows:
        if flow.target == node.id and not flow.association:
            xml.one("bpmn:incoming", None, flow.id)
    for flow in diagram.flows:
        if flow.source == node.id and not flow.association:
            xml.one("bpmn:outgoing", None, flow.id)
    _multi_instance(xml, semantics.get("multi"))
    if node.inner:
        _scope(xml, roots, node.inner)
    if node.tag in EVENTS:
        _event_definition(xml, roots, node)
    xml.close(f"bpmn:{node.tag}")


def _own_attributes(roots: Roots, node: Node) -> dict[str, Any]:
    semantics = node.semantics
    match node.tag:
        case "boundaryEvent":
            more = None if semantics.get("interrupting", True) else False
            return {"attachedToRef": node.host, "cancelActivity": more}
        case "startEvent":
            return {"isInterrupting": False if semantics.get("interrupting") is False else None}
        case "subProcess":
            return {"triggeredByEvent": True if semantics.get("by_event") else None}
        case "sendTask" | "receiveTask" if "message" in semantics:
            return {"messageRef": roots.ref("message", semantics["message"], semantics.get("key"))}
    return {}


Extension = tuple[str, dict[str, Any] | list[tuple[str, dict[str, Any]]]]


def _extensions(xml: Xml, extensions: list[Any]) -> None:
    if not extensions:
        return
    xml.open("bpmn:extensionElements")
    for tag, content in extensions:
        if isinstance(content, dict):
            xml.one(tag, content)
            continue
        xml.open(tag)
        for child, attributes in content:
            xml.one(child, attributes)
        xml.close(tag)
    xml.close("bpmn:extensionElements")


def _extension_list(node: Node) -> list[Extension]:
    s = node.semantics
    found: list[Extension] = []
    if node.tag == "userTask":
        found.append(("zeebe:userTask", {}))
        found += _user_task(s)
    if "type" in s:
        found.append(("zeebe:taskDefinition", {"type": s["type"], "retries": s.get("retries")}))
    if "process" in s:
        binding = {"bindingType": s.get("binding"), "versionTag": s.get("version_tag")}
        copied = {"propagateAllChildVariables": s.get("propagate", False), "propagateAllParentVariables": False}
        called = {"processId": s["process"], **binding, **copied}
        found.append(("zeebe:calledElement", called))
    if "decision" in s:
        decision, result = s["decision"]
        decided = {"decisionId": decision, "resultVariable": result, "bindingType": s.get("binding")}
        found.append(("zeebe:calledDecision", decided))
    if "script" in s:
        found.append(("zeebe:script", {"expression": s["script"][0], "resultVariable": s["script"][1]}))
    if s.get("headers"):
        headers = [("zeebe:header", {"key": k, "value": v}) for k, v in s["headers"].items()]
        found.append(("zeebe:taskHeaders", headers))
    return [*found, *_mappings(s), *_properties(s.get("properties"))]


def _user_task(s: dict[str, Any]) -> list[Extension]:
    found: list[Extension] = []
    if "form" in s:
        found.append(("zeebe:formDefinition", {"formId": s["form"], "bindingType": s.get("form_binding")}))
    who = {"assignee": s.get("assignee"), "candidateGroups": s.get("groups"), "candidateUsers": s.get("users")}
    if any(who.values()):
        found.append(("zeebe:assignmentDefinition", who))
    if "due" in s or "follow_up" in s:
        when = {"dueDate": s.get("due"), "followUpDate": s.get("follow_up")}
        found.append(("zeebe:taskSchedule", when))
    if "priority" in s:
        found.append(("zeebe:priorityDefinition", {"priority": s["priority"]}))
    return found


def _mappings(s: dict[str, Any]) -> list[Extension]:
    mappings = [
        (f"zeebe:{way}", {"source": source, "target": target})
        for way, named in (("input", s.get("inputs")), ("output", s.get("outputs")))
        for target, source in (named or {}).items()
    ]
    return [("zeebe:ioMapping", mappings)] if mappings else []


def _properties(properties: dict[str, str] | None) -> list[Extension]:
    entries = [("zeebe:property", {"name": k, "value": v}) for k, v in (properties or {}).items()]
    return [("zeebe:properties", entries)] if entries else []


def _multi_instance(xml: Xml, multi: dict[str, Any] | None) -> None:
    """`multi`: collection, element, output_collection, output_element, sequential, until."""
    if not multi:
        return
    tag = "bpmn:multiInstanceLoopCharacteristics"
    names = {"inputCollection": "collection", "inputElement": "element"}
    names |= {"outputCollection": "output_collection", "outputElement": "output_element"}
    xml.open(tag, {"isSequential": True if multi.get("sequential") else None})
    _extensions(xml, [("zeebe:loopCharacteristics", {k: multi.get(v) for k, v in names.items()})])
    if "until" in multi:
        xml.one("bpmn:completionCondition", {"xsi:type": "bpmn:tFormalExpression"}, multi["until"])
    xml.close(tag)


def _event_definition(xml: Xml, roots: Roots, node: Node) -> None:
    s = node.semantics
    if "message" in s:
        ref = roots.ref("message", s["message"], s.get("key"))
        xml.one("bpmn:messageEventDefinition", {"id": f"{node.id}_message", "messageRef": ref})
    if "error" in s:
        thrown = roots.ref("error", s["error"]) if s["error"] else None
        xml.one("bpmn:errorEventDefinition", {"id": f"{node.id}_error", "errorRef": thrown})
    if "escalation" in s:
        raised = roots.ref("escalation", s["escalation"]) if s["escalation"] else None
        xml.one("bpmn:escalationEventDefinition", {"id": f"{node.id}_escalation", "escalationRef": raised})
    if "timer" in s:
        tag, text = _timer(s["timer"])
        xml.open("bpmn:timerEventDefinition", {"id": f"{node.id}_timer"})
        xml.one(f"bpmn:{tag}", {"xsi:type": "bpmn:tFormalExpression"}, text)
        xml.close("bpmn:timerEventDefinition")
    if "condition" in s:
        xml.open("bpmn:conditionalEventDefinition", {"id": f"{node.id}_condition"})
        xml.one("bpmn:condition", {"xsi:type": "bpmn:tFormalExpression"}, s["condition"])
        xml.close("bpmn:conditionalEventDefinition")
    if s.get("terminate"):
        xml.one("bpmn:terminateEventDefinition", {"id": f"{node.id}_terminate"})


def _timer(text: str) -> tuple[str, str]:
    """`duration: =x`, `date: =x`, `cycle: =x`; plain ISO 8601 text says itself what it is."""
    kind, colon, rest = text.partition(": ")
    tags = {"duration": "timeDuration", "date": "timeDate", "cycle": "timeCycle"}
    if colon and kind in tags:
        return tags[kind], rest
    if text[:1] == "R":
        return "timeCycle", text
    return ("timeDate" if text[:4].isdigit() else "timeDuration"), text


def _write_flow(xml: Xml, flow: Flow) -> None:
    attributes = {"id": flow.id, "name": flow.name, "sourceRef": flow.source, "targetRef": flow.target}
    if not flow.when:
        xml.one("bpmn:sequenceFlow", attributes)
        return
    xml.open("bpmn:sequenceFlow", attributes)
    xml.one("bpmn:conditionExpression", {"xsi:type": "bpmn:tFormalExpression"}, flow.when)
    xml.close("bpmn:sequenceFlow")


# -- diagram interchange -----------------------------------------------------------------------------


def _plane(xml: Xml, diagram: Diagram, drawing: Drawing, pool: str) -> None:
    xml.open("bpmndi:BPMNDiagram", {"id": f"{diagram.id}_diagram"})
    collaboration = f"{diagram.id}_collaboration"
    xml.open("bpmndi:BPMNPlane", {"id": f"{diagram.id}_plane", "bpmnElement": collaboration})
    _shape(xml, pool, drawing.pool or Rect(0, 0, 0, 0), {"isHorizontal": True})
    for lane, rect in drawing.lanes.items():
        _shape(xml, lane, rect, {"isHorizontal": True})
    _scope_di(xml, diagram, drawing)
    xml.close("bpmndi:BPMNPlane")
    xml.close("bpmndi:BPMNDiagram")


def _scope_di(xml: Xml, diagram: Diagram, drawing: Drawing) -> None:
    for node in diagram.nodes.values():
        more: dict[str, Any] = {"isExpanded": True} if node.tag == "subProcess" else {}
        more |= {"isMarkerVisible": True} if node.tag == "exclusiveGateway" else {}
        _shape(xml, node.id, drawing.shapes[node.id], more, drawing.labels.get(node.id))
        if node.inner:
            _scope_di(xml, node.inner, drawing)
    for flow in diagram.flows:
        xml.open("bpmndi:BPMNEdge", {"id": f"{flow.id}_di", "bpmnElement": flow.id})
        for x, y in drawing.ways[flow.id]:
            xml.one("di:waypoint", {"x": round(x), "y": round(y)})
        _label(xml, drawing.labels.get(flow.id))
        xml.close("bpmndi:BPMNEdge")


def _shape(xml: Xml, id: str, rect: Rect, more: dict[str, Any], label: Rect | None = None) -> None:
    xml.open("bpmndi:BPMNShape", {"id": f"{id}_di", "bpmnElement": id, **more})
    _bounds(xml, rect)
    _label(xml, label)
    xml.close("bpmndi:BPMNShape")


def _label(xml: Xml, rect: Rect | None) -> None:
    if rect:
        xml.open("bpmndi:BPMNLabel")
        _bounds(xml, rect)
        xml.close("bpmndi:BPMNLabel")


def _bounds(xml: Xml, r: Rect) -> None:
    x, y = round(r.x), round(r.y)
    xml.one("dc:Bounds", {"x": x, "y": y, "width": math.ceil(r.right - x), "height": math.ceil(r.bottom - y)})
