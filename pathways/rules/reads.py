"""Which variables of its case does a diagram read, and where? Every expression that somebody else must have set before.

What a step makes of its own result, or of a message, is not among it: what they bring is not foreseen.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pathways.bpmn.model import (
    ConditionalTrigger,
    FlowNode,
    MessageTrigger,
    MultiInstance,
    SequenceFlow,
    TimerTrigger,
)
from pathways.feel import FeelSyntaxError, compile_expression
from pathways.forms.expressions import is_expression, source_of
from pathways.forms.fields import Field, fields
from pathways.rules.graph import triggers
from pathways.rules.subject import Subject
from pathways.rules.waits import fixed_text

_MAY_BE_MISSING = re.compile(
    r"\b([A-Za-z_]\w*)(?:\.\w+)*\s*!?=\s*null\b|\b(?:is defined|get or else)\(\s*([A-Za-z_]\w*)"
)
_SHOWN = re.compile(r"\{\{\s*([A-Za-z_]\w*)(?:\.\w+)*\s*\}\}")
_IN_A_LOOP = "{{#"
_OFFERED = frozenset({"open_steps", "begun_cases"})
"""What a choice of a form offers without a variable of that name."""
_IN_FORMS = frozenset({"this", "parent", "i", "_this_", "_parent_", "_i_"}) | _OFFERED


class Read(NamedTuple):
    """An expression, what it is for people, and the variables that it reads."""

    about: FlowNode | SequenceFlow
    what: str
    text: str
    names: frozenset[str]


def reads(subject: Subject) -> Iterator[Read]:
    """Everything that reads the variables of the case: conditions, inputs, decisions, keys, times, loops, forms."""
    for flow in subject.definition.flows.values():
        yield from _read(flow, "the condition", flow.condition)
    for node in subject.nodes:
        for what, text in _of_node(node):
            yield from _read(node, what, text)
        yield from _of_decision(node, subject)
        yield from _of_form(node, subject)


def _read(about: FlowNode | SequenceFlow, what: str, text: str | None) -> Iterator[Read]:
    names = names_in(text) if text else frozenset()
    if text and names:
        yield Read(about, what, text, names)


def names_in(text: str) -> frozenset[str]:
    """The variables that an expression reads; what is no FEEL is a finding of its own."""
    try:
        return frozenset(name.partition(".")[0] for name in compile_expression(text).names)
    except FeelSyntaxError:
        return frozenset()


def may_be_missing(text: str) -> frozenset[str]:
    """The variables of which an expression asks whether they are there: it says itself what is done without them."""
    return frozenset(name for found in _MAY_BE_MISSING.findall(text) for name in found if name)


def _of_node(node: FlowNode) -> Iterator[tuple[str, str | None]]:
    yield from ((f"the input {mapping.target!r}", mapping.source) for mapping in node.inputs)
    yield from _of_events(node)
    yield "the script", node.script.expression if node.script else None
    yield "the called process", node.call.process_expression if node.call else None
    yield "the decision", node.decision.decision_id if node.decision else None
    yield "the task type", node.work.task_type if node.work else None
    yield "expectedDuration", node.expected_duration
    yield "dueAnchor", node.due_anchor
    yield "escalation", node.ladder_choice
    yield from _of_person(node)
    if isinstance(node.loop, MultiInstance):
        yield "the collection of the multi-instance", node.loop.input_collection
        yield "the number of instances", node.loop.cardinality
    if isinstance(node.loop, MultiInstance) and not brings(node):
        yield "the output element of the multi-instance", node.loop.output_element
    if not brings(node):
        yield from ((f"the output {mapping.target!r}", mapping.source) for mapping in node.outputs)


def _of_events(node: FlowNode) -> Iterator[tuple[str, str | None]]:
    for _, said in triggers([node]):
        match said:
            case TimerTrigger():
                yield "the timer", said.expression
            case ConditionalTrigger():
                yield "the condition", said.condition
            case MessageTrigger():
                yield f"the key of the message {said.name!r}", said.correlation_key


def _of_person(node: FlowNode) -> Iterator[tuple[str, str | None]]:
    user = node.user
    if user:
        yield "the due date", user.due_date
        yield "the follow-up date", user.follow_up_date
        yield "the priority", user.priority
        yield "the assignee", user.assignee
        yield "the candidate groups", user.candidate_groups
        yield "the candidate users", user.candidate_users


def brings(node: FlowNode) -> bool:
    """Whether a step has a result, or a message, of which the diagram does not say what is in it."""
    if node.is_scope or node.call or node.work or node.type == "receiveTask":
        return True
    form = node.user.form_id if node.user else None
    return (node.user is not None and not form) or any(
        said.kind in ("message", "signal", "error", "escalation") for _, said in triggers([node])
    )


def _of_decision(node: FlowNode, subject: Subject) -> Iterator[Read]:
    """What the decisions ask for that a node calls, but for what other decisions there give."""
    decision = fixed_text(node.decision.decision_id) if node.decision else None
    for pinned in subject.definition.decisions if decision else ():
        if decision in pinned.names:
            from pathways.dmn.inputs import asked_in  # here: most diagrams are checked without DMN

            for text, given in asked_in(pinned):
                if names := names_in(text) - given:
                    yield Read(node, f"the decision {decision!r} in {pinned.file}", text, names)


def _of_form(node: FlowNode, subject: Subject) -> Iterator[Read]:
    """What the form of a task reads beside its own answers: expressions, lists to choose from, texts with `{{…}}`."""
    form = node.user.form_id if node.user else None
    schema = subject.forms.get(fixed_text(form) or form) if form else None
    if form and schema:
        what = f"the form {fixed_text(form) or form!r}"
        shown = {each.path[0] for each in fields(schema) if isinstance(each, Field) and _is_only_shown(each)}
        own = {each.path[0] for each in fields(schema) if each.path} - shown | _IN_FORMS
        for text, names in (*_in_component(schema), *((name, frozenset({name})) for name in sorted(shown))):
            if names - own:
                yield Read(node, what, text, names - own)


def _is_only_shown(field: Field) -> bool:
    """Whether a field shows what a variable holds: nobody can fill it in, and it has no value of its own."""
    locked = field.component.get("readonly") is True or field.disabled
    return locked and not field.computed and "defaultValue" not in field.component


def _in_component(component: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    for name, value in component.items():
        if name == "valuesKey" and isinstance(value, str):
            yield value, frozenset({value.partition(".")[0]})
        elif isinstance(value, str) and is_expression(value):
            yield value, names_in(source_of(value))
        elif isinstance(value, str) and _IN_A_LOOP not in value:
            yield from ((found[0], frozenset({found[1]})) for found in _SHOWN.finditer(value))
        elif isinstance(value, Mapping) and name != "properties":
            yield from _in_component(value)
        elif name == "components" and isinstance(value, list | tuple):
            for inner in value:
                yield from _in_component(inner) if isinstance(inner, Mapping) else ()
