"""Did the designer fill in what our element templates ask for? Each finding names the template and its field."""

from collections.abc import Iterator

from pathways.bpmn.model import FlowNode
from pathways.bpmn.reading.xml import Element
from pathways.rules.subject import Remark, Rule, Subject, remark
from pathways.rules.template_fields import MARK, Field, known_templates, written


def template_field(subject: Subject) -> Iterator[Remark]:
    """The fields of our element templates are filled in as the template asks."""
    if subject.root is not None:
        yield from field_remarks(subject.root)


def field_remarks(root: Element) -> Iterator[Remark]:
    """What is wrong in the fields of a diagram, whether or not it can be executed."""
    for element in root.iter():
        template = known_templates().get(element.get(MARK, ""))
        for field in template.fields if template else ():
            slip = field.slip(written(element, field.binding))
            if template and slip:
                what = f"{_title(element)}: the field {field.label!r} of the template {template.name!r} {slip}."
                yield Remark(element.get("id"), element.sourceline, what, _remedy(field, slip))


def _title(element: Element) -> str:
    return repr(element.get("name") or element.get("id") or element.local)


def _remedy(field: Field, slip: str) -> str:
    if field.fixed is not None:
        return "Apply the template again, or draw the step without it."
    if slip == "is empty" or not field.advice:
        return f"Select it in the modeler and fill {field.label!r} in: {field.description}"
    return field.advice


def task_without_type(subject: Subject) -> Iterator[Remark]:
    """A task has a template or a type: without one nobody does it, and the case goes on at once."""
    for node in subject.nodes:
        if node.type == "task":
            yield remark(
                node, f"Nobody does {node.title!r}: the case goes on at once.", "Apply a template, or choose a type."
            )


def shared_key(subject: Subject) -> Iterator[Remark]:
    """Two calls have keys of their own, so that a message to one never reaches the other."""
    first: dict[str, FlowNode] = {}
    for node in subject.nodes:
        for target, source in _own_keys(node):
            before = first.setdefault(source, node)
            if before is not node:
                what = f"{node.title!r} has as its {target} the key of {before.title!r}: ={source}."
                yield remark(node, what, "Give one of them another suffix (field 'Referral id' or 'Order id').")


def _own_keys(node: FlowNode) -> Iterator[tuple[str, str]]:
    """What a call makes of the case's own key: an id with something behind it."""
    for mapping in node.inputs if node.call else ():
        if mapping.target in ("referral_id", "order_id") and "+" in mapping.source:
            yield mapping.target, mapping.source


RULES = (
    Rule("task-without-type", "info", task_without_type, publication="warning"),
    Rule("template-field", "warning", template_field, publication="error"),
    Rule("shared-key", "warning", shared_key, publication="error"),
)
