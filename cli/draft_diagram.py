"""What does a drafted table look like as a pathway? BPMN in our dialect and one form per task, from its graph."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from cli.draft_steps import Step, ways_apart

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
MODELER = "http://camunda.org/schema/modeler/1.0"
_USUAL_DUE, _USUAL_LADDER = "P7D", "LAD-ROUTINE"
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow of the graph, between nodes as bpmn-python names them."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Graph:
    """What bpmn-python made of the table: the type of each node, and the flows."""

    nodes: Mapping[str, str]
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A pathway that has no layout yet, its forms by the name of their file, and the roles by the id of their task."""

    bpmn: str
    forms: Mapping[str, Mapping[str, Any]]
    who: Mapping[str, str]


def draft(key: str, name: str, steps: Sequence[Step], graph: Graph) -> Draft:
    """Write the pathway `key`: roles become candidate groups, conditions FEEL, every task gets a form."""
    return _Writer(key, name, steps, graph).written()


class _Writer:
    """The writing of one draft; ids are made from the names of the steps."""

    def __init__(self, key: str, name: str, steps: Sequence[Step], graph: Graph) -> None:
        self._key = key
        self._name = name
        self._graph = graph
        self._steps = {step.order: step for step in steps}
        self._ids = dict(_ids(self._steps, graph))
        self._ways = ways_apart(steps)

    def written(self) -> Draft:
        root = etree.Element(f"{{{BPMN}}}definitions", nsmap={"bpmn": BPMN, "zeebe": ZEEBE, "modeler": MODELER})
        root.set("id", f"Definitions_{self._key}")
        root.set("targetNamespace", f"https://referral-pathways.example/{self._key}")
        root.set(f"{{{MODELER}}}executionPlatform", "Camunda Cloud")
        root.set(f"{{{MODELER}}}executionPlatformVersion", "8.8.0")
        process = _bpmn(root, "process", id=self._key, name=self._name, isExecutable="true")
        _zeebe(_bpmn(process, "extensionElements"), "versionTag", value="0.1.0")
        for node, kind in self._graph.nodes.items():
            self._node(process, node, kind)
        for flow in self._graph.flows:
            self._flow(process, flow)
        text = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True).decode()
        forms = {f"{self._ids[step.order]}.form": self._form(step) for step in self._tasks()}
        asked = {step.order for step in self._tasks()}
        return Draft(text, forms, {self._ids[order]: step.who for order, step in self._steps.items() if order in asked})

    def _tasks(self) -> Iterator[Step]:
        drawn = (self._steps[node] for node, kind in self._graph.nodes.items() if kind == "task")
        return (step for step in drawn if not step.goes_to)

    def _node(self, process: Any, node: str, kind: str) -> None:
        step = self._steps.get(node)
        name = step.name if step else self._question(node)
        made = _bpmn(process, "userTask" if kind == "task" else kind, id=self._ids[node], name=name)
        if kind == "task" and step:
            self._task(_bpmn(made, "extensionElements"), step)
        self._default(made, node)
        for tag, end in (("incoming", "target"), ("outgoing", "source")):
            for flow in self._graph.flows:
                if getattr(flow, end) == node:
                    _bpmn(made, tag).text = self._flow_id(flow)

    def _task(self, holder: Any, step: Step) -> None:
        _zeebe(holder, "userTask")
        _zeebe(holder, "formDefinition", formId=f"{self._key}.{self._ids[step.order]}")
        _zeebe(holder, "assignmentDefinition", candidateGroups=re.sub(r"\s", "", step.who))
        properties = _zeebe(holder, "properties")
        _zeebe(properties, "property", name="escalation", value=step.ladder or _USUAL_LADDER)
        _zeebe(properties, "property", name="expectedDuration", value=step.due or _USUAL_DUE)

    def _question(self, gateway: str) -> str:
        asked = self._steps.get(gateway.removesuffix("_split"))
        return f"After {asked.name[0].lower()}{asked.name[1:]}?" if asked and self._says(gateway) else ""

    def _says(self, node: str) -> bool:
        return any(self._condition(flow) for flow in self._graph.flows if flow.source == node)

    def _condition(self, flow: Flow) -> str:
        """The condition of the row that a way begins with; of `goto 1` too, which bpmn-python loses."""
        before, _, role = flow.source.partition("_")
        ways = self._ways.get(before, ()) if role == "split" else ()
        return next((way.condition for way in ways if flow.target in (way.order, way.goes_to)), "")

    def _default(self, made: Any, node: str) -> None:
        for flow in self._graph.flows:
            if flow.source == node and self._condition(flow).lower() in ("no", "else"):
                made.set("default", self._flow_id(flow))

    def _flow(self, process: Any, flow: Flow) -> None:
        ends = {"sourceRef": self._ids[flow.source], "targetRef": self._ids[flow.target]}
        made = _bpmn(process, "sequenceFlow", id=self._flow_id(flow), **ends)
        said = self._condition(flow)
        if said:
            made.set("name", said.removeprefix("=").strip())
        if said.lower() not in ("", "no", "else"):
            _bpmn(made, "conditionExpression").text = self._feel(flow, said)

    def _feel(self, flow: Flow, said: str) -> str:
        asked = self._ids[flow.source.removesuffix("_split")]
        return f'={asked}_answer = "yes"' if said.lower() == "yes" else said

    def _flow_id(self, flow: Flow) -> str:
        return f"{self._ids[flow.source]}_to_{self._ids[flow.target]}"

    def _form(self, step: Step) -> Mapping[str, Any]:
        """A form to go on from: a note, and the question that decides the way where the table says yes and no."""
        fields: list[dict[str, Any]] = []
        if any(
            self._condition(flow).lower() == "yes" for flow in self._graph.flows if flow.source == f"{step.order}_split"
        ):
            values = [{"label": "Yes", "value": "yes"}, {"label": "No", "value": "no"}]
            key, must = f"{self._ids[step.order]}_answer", {"required": True}
            fields.append({"key": key, "label": f"{step.name}?", "type": "radio", "values": values, "validate": must})
        fields.append({"key": f"{self._ids[step.order]}_note", "label": "Note", "type": "textarea"})
        form_id = f"{self._key}.{self._ids[step.order]}"
        return {"id": form_id, "type": "default", "schemaVersion": 18, "components": fields}


def _ids(steps: Mapping[str, Step], graph: Graph) -> Iterator[tuple[str, str]]:
    """An id for each node: the name of its step in small letters, with the order where it stands twice."""
    taken: set[str] = set()
    for node in graph.nodes:
        order, _, role = node.partition("_")
        word = slug(steps[order].name)
        word = f"{role}_{word}" if role else word
        yield node, word if word not in taken else f"{word}_{order}"
        taken.add(word)


def slug(text: str) -> str:
    """The letters and digits of a name, as an id."""
    word = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:_LONGEST].rstrip("_")
    return word if word[:1].isalpha() else f"step_{word}"


def _bpmn(parent: Any, tag: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{BPMN}}}{tag}", {name: value for name, value in attributes.items() if value})


def _zeebe(parent: Any, tag: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{ZEEBE}}}{tag}", attributes)


def form_text(form: Mapping[str, Any]) -> str:
    """A form as the text of its file."""
    return json.dumps(form, indent=2, ensure_ascii=False) + "\n"
