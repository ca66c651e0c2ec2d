"""What can a variable be? Values that forms and decisions allow, where nothing else in the diagram writes it."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from pathways.bpmn.model import FlowNode, MultiInstance
from pathways.feel.regions import BOOLEANS, EVERYTHING, Box, Incomparable, Ordered, Region, interval, points, union
from pathways.forms.fields import Field, Group, Node, Repeated, fields
from pathways.rules.subject import Subject
from pathways.rules.waits import fixed_text

Written = tuple[str, Region | None]


def known_values(subject: Subject) -> Box:
    """The region of each variable that only forms, decisions and fixed texts write, as far as the diagram shows."""
    written: dict[str, list[Region | None]] = {}
    for node in subject.nodes:
        for name, region in _written_by(node, subject):
            written.setdefault(name, []).append(region)
    found = {name: _together(regions) for name, regions in written.items()}
    return {name: region for name, region in found.items() if region is not None and region != EVERYTHING}


def _together(regions: list[Region | None]) -> Region | None:
    known = [region for region in regions if region is not None]
    try:
        return union(*known) if len(known) == len(regions) else None
    except Incomparable:
        return None


def _written_by(node: FlowNode, subject: Subject) -> Iterator[Written]:
    """What a node writes, through its output mappings when it has any; an input mapping makes a local of any value."""
    result = dict(_result(node, subject))
    for mapping in node.inputs:
        yield mapping.target, None
    if not node.outputs:
        yield from result.items()
    for mapping in node.outputs:
        text = fixed_text(mapping.source)
        yield mapping.target, points([text]) if text is not None else result.get(mapping.source)
    if isinstance(node.loop, MultiInstance):
        yield from ((name, None) for name in (node.loop.output_collection, node.loop.input_element) if name)


def _result(node: FlowNode, subject: Subject) -> Iterator[Written]:
    """The variables that a node's own work gives."""
    if node.user and node.user.form_id:
        schema = subject.forms.get(fixed_text(node.user.form_id) or node.user.form_id, {})
        yield from _answers(fields(schema), "")
    if node.script:
        text = fixed_text(node.script.expression)
        yield node.script.result_variable, None if text is None else points([text])
    if node.decision:
        given = subject.decided.get(fixed_text(node.decision.decision_id) or "", {})
        yield node.decision.result_variable, given.get("")
        yield from ((f"{node.decision.result_variable}.{name}", region) for name, region in given.items() if name)


def _answers(nodes: Iterable[Node], prefix: str) -> Iterator[Written]:
    """What each field of a form can give; of a list nothing is known."""
    for node in nodes:
        name = prefix + ".".join(node.path)
        match node:
            case Field():
                yield name, _of_field(node)
            case Group():
                yield from _answers(node.children, f"{name}." if node.path else prefix)
            case Repeated():
                yield name, None


def _of_field(field: Field) -> Region | None:
    match field.type:
        case "select" | "radio":
            return _options(field.component)
        case "checkbox":
            return BOOLEANS
        case "number":
            return _between(field.rules)
        case _:
            return None


def _options(component: Mapping[str, Any]) -> Region | None:
    options = component.get("values")
    if not isinstance(options, list) or not options:
        return None
    values = [option.get("value") if isinstance(option, Mapping) else None for option in options]
    texts: list[Ordered] = [value for value in values if isinstance(value, str)]
    return points(texts) if len(texts) == len(values) else None


def _between(rules: Mapping[str, Any]) -> Region | None:
    try:
        low, high = (None if rules.get(end) is None else Decimal(str(rules[end])) for end in ("min", "max"))
    except InvalidOperation:
        return None
    region = interval(low, high, low_included=True, high_included=True)
    return region or None
