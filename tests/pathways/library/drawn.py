"""What does a pathway's folder hold? Its diagram, forms, decisions and parameters, as the comparison looks at them."""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from pathways.bpmn.model import Definition, FlowNode, MessageTrigger, TimerTrigger
from pathways.bundle import is_bundle, read_bundle
from pathways.dmn.pinned import decisions_in
from pathways.ladders import library_calendars, library_ladders

LIBRARY = Path(__file__).resolve().parents[3] / "pathways" / "library"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One folder of the library. `lanes`: the lane's id by node; `parameters`: what a site's tables set, by name."""

    folder: Path
    definition: Definition
    forms: Mapping[str, Mapping[str, Any]]
    lanes: Mapping[str, str]
    lane_ids: frozenset[str]
    parameters: Mapping[str, str]
    tables: frozenset[str]
    text: str
    cases: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def nodes(self) -> Mapping[str, FlowNode]:
        """Every node by id."""
        return self.definition.nodes

    def resolved(self, expression: str | None) -> str:
        """An expression with the values of the site's parameters; a mere name, with all that is written to it."""
        text = expression or ""
        if text.isidentifier():
            written = [m.source for n in self.nodes.values() for m in n.outputs if m.target == text]
            text = " ".join([text, *written])
        return re.sub(r"\b\w+\.(\w+)\b", self._value, text)

    def _value(self, found: re.Match[str]) -> str:
        return self.parameters.get(found[1], found[0])

    def fields(self, node: FlowNode) -> dict[str, Mapping[str, Any]]:
        """The components of a user task's form by key."""
        form_id = (node.user.form_id or "") if node.user else ""
        components = _components(self.forms.get(form_id.strip('"'), {}))
        return {name: c for c in components if (name := c.get("path" if c["type"] == "dynamiclist" else "key"))}

    def within(self, scope: str) -> list[FlowNode]:
        """The nodes of a sub-process, at any depth."""
        inner = [node for node in self.nodes.values() if node.scope == scope]
        return inner + [deep for node in inner if node.is_scope for deep in self.within(node.id)]

    def after(self, node: str) -> list[str]:
        """What follows a node directly: also by its boundary events, into a sub-process, and out of one at its end."""
        inside = [n.id for n in self.nodes.values() if n.scope == node and n.type == "startEvent"]
        around = self.nodes[node].scope if self.nodes[node].type == "endEvent" else ""
        out = self.after(around) if around in self.nodes and not self.nodes[around].triggered_by_event else []
        sources = {node, *(n.id for n in self.nodes.values() if n.attached_to == node)}
        out += [flow.target for flow in self.definition.flows.values() if flow.source in sources]
        return [*inside, *(n for n in out if self.nodes[n].scope != node)]

    def lane(self, node: str) -> str | None:
        """The lane of a node, or of the sub-process that it stands in."""
        return self.lanes.get(node) or (self.lane(self.nodes[node].scope) if node in self.nodes else None)

    def scopes(self, node: str) -> list[str]:
        """A node and every sub-process around it."""
        return [node, *self.scopes(self.nodes[node].scope)] if node in self.nodes else []

    def leads(self, source: str, target: str, known: Mapping[str, Any]) -> bool:
        """Whether one node leads to another past nothing that the specification knows."""
        to_see, seen = deque(self.after(source)), set[str]()
        while to_see:
            here = to_see.popleft()
            if here == target:
                return True
            if here not in seen and here not in known:
                seen.add(here)
                to_see.extend(self.after(here))
        return False


@cache
def library() -> Mapping[str, Drawn]:
    """Every folder that can be read, by its process."""
    found = [drawn(folder) for folder in sorted(LIBRARY.iterdir()) if is_bundle(folder)]
    return {each.definition.key: each for each in found if each}


@cache
def drawn(folder: Path) -> Drawn | None:
    """Read one folder; None while it holds no diagram that can be read."""
    if not is_bundle(folder):
        return None
    bundle = read_bundle(folder, ladders=library_ladders(), calendars=library_calendars())
    if bundle.definition is None:
        return None
    lanes, ids = _lanes(bundle.bpmn_source)
    parameters, tables = _parameters(bundle.definition)
    source = "\n".join([bundle.bpmn_source.decode(), *(p.read_text() for p in folder.glob("*.dmn"))])
    cases = yaml.safe_load((folder / "cases.yaml").read_text()) if (folder / "cases.yaml").exists() else []
    return Drawn(folder, bundle.definition, bundle.forms, lanes, ids, parameters, tables, source, cases)


def message_of(node: FlowNode) -> str:
    """The message that an event or task waits for or throws; empty when there is none."""
    return node.trigger.name if isinstance(node.trigger, MessageTrigger) else ""


def timer_of(node: FlowNode) -> str | None:
    """The expression of a timer."""
    return node.trigger.expression if isinstance(node.trigger, TimerTrigger) else None


def called(nodes: Mapping[str, FlowNode] | list[FlowNode]) -> set[str]:
    """The processes that these nodes call, or begin as cases of their own."""
    every = nodes.values() if isinstance(nodes, Mapping) else nodes
    begun = {node.work.headers.get("pathway", "") for node in every if node.work} - {""}
    return begun.union(*(_calls(node) for node in every))


def called_in_the_end(key: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """A pathway, the processes that it calls and waits for, and those that they call."""
    if key in seen or key not in library():
        return {key}
    inner = {name for node in library()[key].nodes.values() for name in _calls(node)}
    return {key}.union(*(called_in_the_end(each, seen | {key}) for each in inner))


def _calls(node: FlowNode) -> list[str]:
    if node.call is None:
        return []
    return [node.call.process_id] if node.call.process_id else re.findall(r'"(\w+)"', _process(node))


def _process(node: FlowNode) -> str:
    return (node.call.process_expression or "") if node.call else ""


def _components(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for component in schema.get("components", []):
        yield component
        if component["type"] != "dynamiclist":
            yield from _components(component)


def _lanes(source: bytes) -> tuple[dict[str, str], frozenset[str]]:
    lanes = list(etree.fromstring(source).iter(f"{BPMN}lane"))
    nodes = {ref.text or "": lane.get("id") or "" for lane in lanes for ref in lane.iter(f"{BPMN}flowNodeRef")}
    return nodes, frozenset(lane.get("id") or "" for lane in lanes)


def _parameters(definition: Definition) -> tuple[dict[str, str], frozenset[str]]:
    """Tables that give rows of a name and a value, whatever they are asked: a site's times and limits."""
    found: dict[str, str] = {}
    tables: set[str] = set()
    for pinned in definition.decisions:
        decisions = decisions_in(pinned)
        for decision in decisions.decisions:
            rows = decisions.evaluate(decision.id or decision.name, {}, now=NOW).value
            pairs = [[*row.values()] for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            if pairs and all(len(pair) >= 2 and isinstance(pair[0], str) for pair in pairs):
                found |= {str(pair[0]): json.dumps(str(pair[1])) for pair in pairs}
                tables.add(decision.id or decision.name)
    return found, frozenset(tables)
