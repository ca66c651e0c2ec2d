"""Can people read it? Rules about names."""

import re
from collections.abc import Iterator

from pathways.bpmn.model import FlowNode, Process
from pathways.rules.graph import named
from pathways.rules.subject import Remark, Rule, Subject, remark

_WORK = frozenset({"userTask", "manualTask"})
_NAME = re.compile(r"[^\W\d][\w.-]*")
_DECIDES = frozenset({"exclusiveGateway", "inclusiveGateway", "complexGateway"})


def task_without_name(subject: Subject) -> Iterator[Remark]:
    """What people do has a name: it is what their worklist shows."""
    for node in subject.nodes:
        if node.type in _WORK and not node.name:
            yield remark(node, f"The {node.type} {node.id!r} has no name.", "Name it, verb first.")


def name_missing(subject: Subject) -> Iterator[Remark]:
    """Processes, activities, events in between and decisions have a name that people can read."""
    for process in subject.definition.processes:
        if not process.name:
            yield remark(process, f"The process {process.id!r} has no name.", "Name it.")
    for node in subject.nodes:
        if not node.name and _wants_name(node):
            yield remark(node, f"The {node.type} {node.id!r} has no name.", "Name it.")


def _wants_name(node: FlowNode) -> bool:
    if node.type in _WORK:
        return False
    in_between = node.type in ("intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
    return node.is_activity or in_between or (node.type in _DECIDES and len(node.outgoing) > 1)


def duplicate_task_name(subject: Subject) -> Iterator[Remark]:
    """Two tasks of a process have different names, so that a worklist can tell them apart."""
    tasks = [node for node in subject.nodes if node.is_activity and not node.is_scope]
    for name, nodes in named(tasks).items():
        for node in nodes[1:]:
            what = f"Another activity is also called {name!r}: {nodes[0].id!r}."
            yield remark(node, what, "Say in the name what is different, or make it one activity.")


def unnamed_branches(subject: Subject) -> Iterator[Remark]:
    """The flows out of a decision have names: the answers to its question."""
    for node in subject.nodes:
        flows = subject.graph.flows_out(node)
        if node.type in _DECIDES and len(flows) > 1 and (missing := [flow for flow in flows if not flow.name]):
            which = ", ".join(repr(flow.id) for flow in missing)
            yield remark(node, f"Flows out of {node.title!r} have no name: {which}.", "Name them as answers.")


def odd_id(subject: Subject) -> Iterator[Remark]:
    """The id of a process or element is a name of XML: cases, tasks and addresses are called after it."""
    places: list[FlowNode | Process] = [*subject.definition.processes, *subject.nodes]
    for each in places:
        if not _NAME.fullmatch(each.id):
            what = f"The id {each.id!r} is no name: letters, digits, `_`, `-` and `.`, beginning with a letter or `_`."
            yield remark(each, what, "Give it another id in the modeler.")


RULES = (
    Rule("odd-id", "warning", odd_id, publication="error"),
    Rule("task-without-name", "warning", task_without_name),
    Rule("name-missing", "info", name_missing),
    Rule("duplicate-task-name", "info", duplicate_task_name),
    Rule("unnamed-branches", "info", unnamed_branches),
)
