"""What is in the file beside its processes? Rules about the drawing and about definitions that nobody uses."""

from collections.abc import Iterator

from pathways.bpmn.reading.xml import BPMN, Element, local_reference
from pathways.rules.subject import Remark, Rule, Subject

_DEFINITIONS = frozenset({"message", "error", "escalation", "signal"})


def diagram_missing(subject: Subject) -> Iterator[Remark]:
    """Every flow node is drawn: without shapes a modeler shows an empty page."""
    drawn = {local_reference(element.get("bpmnElement", "")) for element in _everything(subject.root)}
    missing = [node.id for node in subject.nodes if node.id not in drawn]
    if subject.root is not None and missing:
        some = ", ".join(missing[:5]) + (" and others" if len(missing) > 5 else "")
        what = f"{len(missing)} of {len(list(subject.nodes))} flow nodes are not drawn: {some}."
        yield Remark(None, 0, what, "Open the file in a modeler and lay it out; it runs all the same.")


def unused_definition(subject: Subject) -> Iterator[Remark]:
    """Every message, error, escalation and signal definition is used by an element of the file."""
    if subject.root is None:
        return
    used = {
        local_reference(value)
        for element in _everything(subject.root)
        for name, value in element.attrib.items()
        if name.endswith("Ref")
    }
    for element in subject.root:
        kind = element.tag.removeprefix(f"{{{BPMN}}}")
        if kind in _DEFINITIONS and element.get("id") and element.get("id") not in used:
            name = element.get("name") or element.get("id")
            what = f"Nothing uses the {kind} {name!r}."
            yield Remark(element.get("id"), element.sourceline or 0, what, "Delete it, or refer to it.")


def _everything(root: Element | None) -> Iterator[Element]:
    waiting = [] if root is None else [root]
    while waiting:
        element = waiting.pop()
        if isinstance(element.tag, str):
            yield element
            waiting.extend(element)


RULES = (
    Rule("diagram-missing", "info", diagram_missing),
    Rule("unused-definition", "info", unused_definition),
)
