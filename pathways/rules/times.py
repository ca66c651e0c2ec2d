"""Does what is written as a time give one? Durations and dates that are malformed where they are written down."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime

from pathways.bpmn.model import FlowNode, MultiInstance, SequenceFlow, TimerTrigger
from pathways.calendar import is_time_literal
from pathways.feel import compile_expression
from pathways.feel import syntax as ast
from pathways.rules.given import texts_given, tree_of
from pathways.rules.graph import triggers
from pathways.rules.subject import Remark, Rule, Subject, remark

_MAKES_A_TIME = frozenset({"duration", "date", "time", "date and time"})
_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def no_time(subject: Subject) -> Iterator[Remark]:
    """What is written down as a time is one: a timer, a due date, an expected duration."""
    for node, what, feel, form in _times(subject):
        for text in dict.fromkeys(texts_given(feel)):
            if not _is_time(text, form):
                remedy = (
                    "Write it like P3D, PT8H or 2026-03-01T08:00:00Z." if form != "cycle" else "Write it like R3/PT1H."
                )
                yield remark(node, f"The {what} of {node.title!r} is {text!r}, which is no time.", remedy)


def _times(subject: Subject) -> Iterator[tuple[FlowNode, str, str | None, str]]:
    for node, said in triggers(subject.nodes):
        if isinstance(said, TimerTrigger):
            yield node, "timer", said.expression, said.form
    for node in subject.nodes:
        yield node, "expectedDuration", node.expected_duration, "time"
        if node.user:
            yield node, "due date", node.user.due_date, "time"
            yield node, "follow-up date", node.user.follow_up_date, "time"


def _is_time(text: str, form: str) -> bool:
    if form == "cycle":
        return is_time_literal(text, form="cycle")
    return is_time_literal(text, form="date") or is_time_literal(text, form="duration")


def always_null(subject: Subject) -> Iterator[Remark]:
    """No expression makes a time of a text that is none, or reads nothing and gives nothing: it is null for ever."""
    for about, feel in expressions(subject):
        tree = tree_of(feel)
        wrong = [call for call in dict.fromkeys(_written_times(tree)) if _gives_nothing(call)]
        if tree is not None and not wrong and not isinstance(tree, ast.Constant) and _gives_nothing(feel):
            what = f"`{feel}` reads no variable and gives null whenever it is read."
            yield remark(about, what, 'Correct it: a date and a duration make a date, as today() + duration("P90D").')
        for call in wrong:
            what = f"`{call}` in `{feel}` is no time: it gives null whenever it is read."
            yield remark(about, what, 'Write it like duration("P3D"), date("2026-03-01") or time("09:00:00").')


def _gives_nothing(feel: str) -> bool:
    """Whether an expression that reads no variable is null, at any moment."""
    compiled = compile_expression(feel)
    return not compiled.names and compiled.evaluate({}, now=_ANY_MOMENT).value is None


def _written_times(tree: object) -> Iterator[str]:
    """The calls in a tree that make a time of nothing but texts and numbers, and literals such as `@"P3D"`."""
    if isinstance(tree, ast.AtLiteral) or (isinstance(tree, ast.Invocation) and _is_written_time(tree)):
        yield tree.source
    for part in tree if isinstance(tree, tuple) else _parts(tree):
        yield from _written_times(part)


def _parts(tree: object) -> Iterator[object]:
    if is_dataclass(tree):
        yield from (getattr(tree, part.name) for part in fields(tree))


def _is_written_time(call: ast.Invocation) -> bool:
    makes = isinstance(call.callee, ast.Name) and call.callee.name in _MAKES_A_TIME
    return makes and bool(call.arguments) and all(isinstance(each, ast.Constant) for each in call.arguments)


def expressions(subject: Subject) -> Iterator[tuple[FlowNode | SequenceFlow, str]]:
    """Every expression of a diagram, with the element that it stands in."""
    for flow in subject.definition.flows.values():
        if flow.condition:
            yield flow, flow.condition
    for node in subject.nodes:
        yield from ((node, text) for text in _of_node(node) if text)


def _of_node(node: FlowNode) -> Iterator[str | None]:
    yield from (mapping.source for mapping in (*node.inputs, *node.outputs))
    yield from (said.expression for _, said in triggers([node]) if isinstance(said, TimerTrigger))
    yield from (node.expected_duration, node.activation_condition, node.script.expression if node.script else None)
    if node.user:
        yield from (node.user.due_date, node.user.follow_up_date, node.user.priority)
    if isinstance(node.loop, MultiInstance):
        yield from (node.loop.input_collection, node.loop.output_element, node.loop.completion_condition)


RULES = (
    Rule("no-time", "warning", no_time, publication="error"),
    Rule("always-null", "warning", always_null, publication="error"),
)
