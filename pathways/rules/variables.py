"""Does a diagram read the variables that it writes? One that is a letter off is null, and its way is never taken."""

from collections.abc import Iterator
from itertools import zip_longest

from pathways.bpmn.model import FlowNode, SequenceFlow
from pathways.feel import FeelSyntaxError, compile_expression
from pathways.rules.domains import given_texts, written_names
from pathways.rules.subject import Remark, Rule, Subject, remark
from pathways.rules.waits import fixed_text

_SHORTEST = 5
"""Of names that are shorter than this, two that differ in one letter are often two names."""


def misspelt_variable(subject: Subject) -> Iterator[Remark]:
    """A condition, input or decision reads no name that is a letter off one that the diagram writes."""
    written = written_names(subject)
    for place, text in _read(subject):
        for name in sorted(_names(text) - written):
            meant = min((each for each in written if _letter_off(name, each)), default="")
            if meant:
                what = f"`{text}` reads {name!r}, which nothing here writes: it is null, unless the case brings it."
                yield remark(place, what, f"Did you mean {meant!r}? Correct the name, or give one of them another.")


def text_without_quotes(subject: Subject) -> Iterator[Remark]:
    """A text that a form or decision gives stands in quotes where it is compared: without them it is a variable."""
    texts = given_texts(subject) - written_names(subject)
    for place, text in _read(subject) if texts else ():
        for name in sorted(_names(text) & texts):
            what = f"`{text}` reads a variable {name!r}, which nothing here writes: null, unless the case brings it."
            yield remark(place, what, f'A text stands in quotes: "{name}".')


def result_elsewhere(subject: Subject) -> Iterator[Remark]:
    """Where the result of a decision is read, it has the name of its result variable."""
    asked = {fixed_text(node.decision.decision_id): node.decision for node in subject.nodes if node.decision}
    unwritten = asked.keys() - written_names(subject)
    for place, text in _read(subject) if unwritten else ():
        for name in sorted(_names(text) & unwritten):
            result = asked[name].result_variable
            what = f"`{text}` reads {name!r}, but the result of the decision {name!r} is in {result!r}."
            yield remark(place, what, f"Read {result!r}, or call the result variable {name!r}.")


def _read(subject: Subject) -> Iterator[tuple[FlowNode | SequenceFlow, str]]:
    """What reads the variables of the case: conditions, and what is given to a step."""
    for flow in subject.definition.flows.values():
        if flow.condition:
            yield flow, flow.condition
    for node in subject.nodes:
        yield from ((node, mapping.source) for mapping in node.inputs)
        yield from ((node, text) for text in _asked(node, subject))


def _asked(node: FlowNode, subject: Subject) -> Iterator[str]:
    """What the tables of the decisions ask for that a node calls, but for what other decisions there give."""
    decision = fixed_text(node.decision.decision_id) if node.decision else None
    for pinned in subject.definition.decisions if decision else ():
        if decision in pinned.names:
            from pathways.dmn.inputs import inputs_of  # here: most diagrams are checked without DMN

            yield from inputs_of(pinned)


def _names(text: str) -> set[str]:
    try:
        return {name.partition(".")[0] for name in compile_expression(text).names}
    except FeelSyntaxError:
        return set()  # a finding of its own


def _letter_off(one: str, other: str) -> bool:
    """One letter was left out, doubled, added or taken for another, or two changed places; a plural is another name."""
    if min(len(one), len(other)) < _SHORTEST or f"{one}s" == other or f"{other}s" == one:
        return False
    start = next(place for place, pair in enumerate(zip_longest(one, other)) if pair[0] != pair[1])
    a, b = one[start:], other[start:]
    changed = a[1:] == b[1:] and a[:1].isalpha() and b[:1].isalpha() and len(a) > 1
    swapped = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return changed or swapped or (a[1:] == b and _is_letter(a[0])) or (b[1:] == a and _is_letter(b[0]))


def _is_letter(sign: str) -> bool:
    """A digit more makes another name, an underscore more does not."""
    return sign.isalpha() or sign == "_"


RULES = (
    Rule("misspelt-variable", "warning", misspelt_variable),
    Rule("text-without-quotes", "warning", text_without_quotes),
    Rule("result-elsewhere", "warning", result_elsewhere),
)
