"""What does an element look like after a template was applied to it? A modeler's part, for tests alone."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".camunda/element-templates"
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

Template = Mapping[str, Any]


def templates() -> dict[str, Template]:
    """Every element template by the name of its file."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def written(template: Template, values: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """The properties that end up in the file, each with its value: a designer's by label, else the default."""
    chosen: dict[str, Any] = {}
    for each in template["properties"]:
        value = values.get(each["label"], each.get("value", ""))
        condition = each.get("condition")
        if condition and chosen.get(condition["property"]) != condition["equals"]:
            continue
        chosen[each.get("id", "")] = value
        if value != "" or not each.get("optional"):
            yield each, value


def diagram(template: Template, values: Mapping[str, Any] | None = None) -> bytes:
    """A process of one step (and its host, when it is a boundary event) that the template was applied to."""
    root = etree.Element(f"{{{BPMN}}}definitions", nsmap={"bpmn": BPMN, "zeebe": ZEEBE, "xsi": XSI})
    root.set("targetNamespace", "https://referral-pathways.example/templates")
    process = _add(root, "process", id="applied", isExecutable="true")
    kind = template["elementType"]["value"].removeprefix("bpmn:")
    step = _add(process, kind[0].lower() + kind[1:], id="step", name=template["name"])
    step.set(f"{{{ZEEBE}}}modelerTemplate", template["id"])
    step.set(f"{{{ZEEBE}}}modelerTemplateVersion", str(template["version"]))
    _apply(step, template, values or {})
    if kind == "BoundaryEvent":
        step.set("attachedToRef", "host")
        _add(process, "manualTask", id="host", name="Host")
        _sequence(process, "start", "host", "end")
        _add(process, "endEvent", id="told", name="Told")
        _add(process, "sequenceFlow", id="step_to_told", sourceRef="step", targetRef="told")
    else:
        _sequence(process, "start", "step", "end")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _sequence(process: Any, start: str, middle: str, end: str) -> None:
    _add(process, "startEvent", id=start, name="Asked")
    _add(process, "endEvent", id=end, name="Done")
    for source, target in ((start, middle), (middle, end)):
        _add(process, "sequenceFlow", id=f"{source}_to_{target}", sourceRef=source, targetRef=target)


def _add(parent: Any, tag: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{BPMN}}}{tag}", attributes)


def _apply(step: Any, template: Template, values: Mapping[str, Any]) -> None:
    holder = _add(step, "extensionElements")
    for each, value in written(template, values):
        _bind(step, holder, each["binding"], _text(value))
    if len(holder) == 0:
        step.remove(holder)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bind(step: Any, holder: Any, binding: Mapping[str, str], value: str) -> None:
    """Write one property as Camunda's template engine does; an unknown binding is an error of the template."""
    match binding["type"]:
        case "zeebe:input":
            _zeebe(_one(holder, "ioMapping"), "input", source=value, target=binding["name"])
        case "zeebe:output":
            _zeebe(_one(holder, "ioMapping"), "output", source=binding["source"], target=value)
        case "zeebe:taskHeader":
            _zeebe(_one(holder, "taskHeaders"), "header", key=binding["key"], value=value)
        case "zeebe:property":
            _zeebe(_one(holder, "properties"), "property", name=binding["name"], value=value)
        case "zeebe:calledElement":
            called = _one(holder, "calledElement")
            called.set(binding["property"], value)
            called.set("propagateAllChildVariables", "false")
            called.set("propagateAllParentVariables", "false")
        case "zeebe:userTask":
            _one(holder, "userTask")
        case (
            "zeebe:taskDefinition" | "zeebe:assignmentDefinition" | "zeebe:formDefinition" | "zeebe:priorityDefinition"
        ):
            _one(holder, binding["type"].removeprefix("zeebe:")).set(binding["property"], value)
        case "bpmn:TimerEventDefinition#property":
            timer = _add(step, "timerEventDefinition", id="step_timer")
            clock = _add(timer, binding["name"])
            clock.set(f"{{{XSI}}}type", "bpmn:tFormalExpression")
            clock.text = value
        case "property":
            step.set(binding["name"], value)
        case unknown:
            raise AssertionError(f"a template binds to {unknown}, which nothing here writes")


def _zeebe(parent: Any, tag: str, **attributes: str) -> None:
    etree.SubElement(parent, f"{{{ZEEBE}}}{tag}", attributes)


def _one(holder: Any, tag: str) -> Any:
    found = holder.find(f"{{{ZEEBE}}}{tag}")
    return etree.SubElement(holder, f"{{{ZEEBE}}}{tag}") if found is None else found
