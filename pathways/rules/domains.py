"""What can a variable be? Values that forms and decisions allow, where nothing else in the diagram writes it."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from pathways.bpmn.model import FlowNode, MultiInstance
from pathways.feel.regions import BOOLEANS, EVERYTHING, Box, Incomparable, Ordered, Region, interval, points, union
from pathways.forms.fields import Field, Group, Node, Repeated, fields
from pathways.rules.given import texts_given
from pathways.rules.subject import Subject
from pathways.rules.waits import fixed_text

CONFERENCE = "case_conference"
"""Called with `options`, it ends with one of them as its `decision`."""

Written = tuple[str, Region | None]
_NUMBERS = interval(Decimal("-Infinity"), None, low_included=True, high_included=False)
_TEXTS = interval("", None, low_included=True, high_included=False)
"""All that a field of a form can hold that asks for a number or a text and for nothing else of it."""


def known_values(subject: Subject) -> Box:
    """The region of each variable of which more is known than whether it is a number or a text."""
    return {name: region for name, region in known_kinds(subject).items() if region not in (_NUMBERS, _TEXTS)}


def known_kinds(subject: Subject) -> Box:
    """The region of each variable that a form or decision writes, and beside them only fixed texts.

    As far as the diagram shows: what a worker, a message or the start of a case writes is not foreseen.
    """
    written: dict[str, list[Region | None]] = {}
    declared: set[str] = set()
    for node in subject.nodes:
        answers = dict(_declared(node, subject))
        for name, source, region in _written_by(node, answers):
            written.setdefault(name, []).append(region)
            declared |= {name} if source in answers else set()
    found = {name: _together(written[name]) for name in declared}
    return {name: region for name, region in found.items() if region is not None and region != EVERYTHING}


def written_names(subject: Subject) -> frozenset[str]:
    """Give the variables that the diagram, its forms and its decisions write."""
    found = {name for node in subject.nodes for name in _all_written(node, subject)}
    return frozenset(name.partition(".")[0] for name in found)


def given_texts(subject: Subject) -> frozenset[str]:
    """Give every text that a form offers or a decision decides."""
    regions = (region for node in subject.nodes for _, region in _declared(node, subject) if region)
    return frozenset(
        piece.low for region in regions for piece in region if piece.is_point and isinstance(piece.low, str)
    )


def _all_written(node: FlowNode, subject: Subject) -> Iterator[str]:
    answers = dict(_declared(node, subject))
    yield from (*answers, *node.data_objects, *(name for name, _, _ in _written_by(node, answers)))
    yield from (mapping.target for mapping in node.data_outputs)


def _together(regions: list[Region | None]) -> Region | None:
    known = [region for region in regions if region is not None]
    try:
        return union(*known) if len(known) == len(regions) else None
    except Incomparable:
        return None


def _written_by(node: FlowNode, answers: Mapping[str, Region | None]) -> Iterator[tuple[str, str, Region | None]]:
    """Variable, where its value comes from, and what it can be; an input mapping makes a local of any value."""
    yield from ((mapping.target, "", None) for mapping in node.inputs)
    if isinstance(node.loop, MultiInstance):
        yield from ((name, "", None) for name in (node.loop.output_collection, node.loop.input_element) if name)
    if node.script and not node.outputs:
        yield node.script.result_variable, "", _fixed(node.script.expression)
    for mapping in node.outputs:
        known = answers[mapping.source] if mapping.source in answers else _fixed(mapping.source)
        yield mapping.target, mapping.source, known
    if not node.outputs:
        yield from ((name, name, region) for name, region in answers.items())


def _fixed(feel: str) -> Region | None:
    text = fixed_text(feel)
    return None if text is None else points([text])


def _declared(node: FlowNode, subject: Subject) -> Iterator[Written]:
    """The variables whose values the form or decision of a node declares, or the options of a conference."""
    if node.user and node.user.form_id:
        schema = subject.forms.get(fixed_text(node.user.form_id) or node.user.form_id, {})
        yield from _answers(fields(schema), "")
    if node.decision:
        given = subject.decided.get(fixed_text(node.decision.decision_id) or "", {})
        yield node.decision.result_variable, given.get("")
        yield from ((f"{node.decision.result_variable}.{name}", region) for name, region in given.items() if name)
    if node.call and node.call.process_id == CONFERENCE and node.outputs:
        options = [text for each in node.inputs if each.target == "options" for text in texts_given(each.source)]
        yield "decision", points(options) if options else None


def _answers(nodes: Iterable[Node], prefix: str) -> Iterator[Written]:
    """What each field of a form can give; of a list nothing is known."""
    for node in nodes:
        name = prefix + ".".join(node.path)
        match node:
            case Field() if node.component.get("readonly") is not True and not node.disabled:
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
        case "textfield" | "textarea":
            return _TEXTS
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
    if low is None and high is None:
        return _NUMBERS
    return interval(low, high, low_included=True, high_included=True) or None
