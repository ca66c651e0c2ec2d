"""Does a patient identifier stand where it is stored in clear? (hazard H11).

Temporal keeps names of elements and processes, messages, kinds of work, roles and due times readable for its
administrators (`workflows/host/visibility.py`); correlation keys stand readable in the message log.
"""

from collections.abc import Iterator
from dataclasses import fields

from pathways.bpmn.model import FlowNode, MessageTrigger, SignalTrigger, TimerTrigger
from pathways.feel import syntax as ast
from pathways.feel.parser import parse_expression
from pathways.feel.scanner import FeelSyntaxError
from pathways.rules.graph import triggers
from pathways.rules.identifiers import identifier_value, named_identifier
from pathways.rules.subject import Remark, Rule, Subject, remark

OPAQUE = frozenset({"patient_id"})
"""The patient index's own id: it means nothing to anybody who has only a log, and messages about a patient need it."""


def identifier_in_clear(subject: Subject) -> Iterator[Remark]:
    """No correlation key, role, task type or due time is made from a patient identifier."""
    for node in subject.nodes:
        for what, text in _shown(node):
            found = _identifier_read(text)
            if found:
                message = f"The {what} of {node.title!r} reads a patient identifier ({found}) and is stored in clear."
                yield remark(node, message, "Use an opaque id such as the referral id, or a coded value.")


def _shown(node: FlowNode) -> Iterator[tuple[str, str]]:
    """Every expression of a node whose value administrators can read, with what it is."""
    for _, said in triggers([node]):
        if isinstance(said, MessageTrigger):
            yield from (("correlation key", key) for key in (said.correlation_key, said.payload_key) if key)
        elif isinstance(said, TimerTrigger):
            yield "due time", said.expression
    if node.expected_duration:
        yield "expectedDuration", node.expected_duration
    if node.due_anchor:
        yield "dueAnchor", node.due_anchor
    if node.user:
        user = node.user
        shown = {"due date": user.due_date, "candidate groups": user.candidate_groups}
        yield from ((what, text) for what, text in shown.items() if text)


def _identifier_read(feel: str) -> str | None:
    try:
        tree = parse_expression(feel)
    except FeelSyntaxError:
        return None
    names = (name for name in _names(tree) if name not in OPAQUE)
    return next((found for name in names if (found := named_identifier(name))), None)


def _names(node: object) -> Iterator[str]:
    """Every variable and member that a tree names, a member also behind its variable: `patient name`."""
    match node:
        case ast.Name(name=name):
            yield name
        case ast.Path(base=base, member=member):
            inner = list(_names(base))
            yield from (*inner, member, *(f"{name} {member}" for name in inner[-1:]))
        case tuple():
            for each in node:
                yield from _names(each)
        case _ if hasattr(type(node), "__dataclass_fields__"):
            for part in fields(node):  # type: ignore[arg-type]  # every node is a dataclass
                yield from _names(getattr(node, part.name))


def identifier_in_name(subject: Subject) -> Iterator[Remark]:
    """No name that is stored in clear speaks of a patient identifier, so that nobody writes one there."""
    for element, line, what, text in _names_in_clear(subject):
        found = named_identifier(text)
        if found:
            message = f"The {what} {text!r} speaks of a patient identifier ({found}); it is stored in clear."
            yield Remark(element, line, message, "Say what is done; show the identifier in the task's form only.")


def identifier_value_in_file(subject: Subject) -> Iterator[Remark]:
    """No text of the file is itself a patient identifier."""
    for element, line, what, text in _names_in_clear(subject):
        found = identifier_value(text)
        if found:
            yield Remark(element, line, f"The {what} of {element!r} holds {found}.", "Delete it.")
    for node in subject.nodes:
        found = identifier_value(node.documentation)
        if found:
            yield remark(node, f"The documentation of {node.title!r} holds {found}.", "Delete it.")


def _names_in_clear(subject: Subject) -> Iterator[tuple[str, int, str, str]]:
    for process in subject.definition.processes:
        yield from ((process.id, process.line, what, text) for what, text in _both(process.id, process.name))
        yield from ((process.id, process.line, "listener type", one.work.task_type) for one in process.listeners)
    for node in subject.nodes:
        yield from ((node.id, node.line, what, text) for what, text in _both(node.id, node.name))
        if node.work:
            yield node.id, node.line, "task type", node.work.task_type
        yield from ((node.id, node.line, "listener type", one.work.task_type) for one in node.listeners)
        if node.lane:
            yield node.id, node.line, "lane", node.lane
    for node, said in triggers(subject.nodes):
        if isinstance(said, MessageTrigger | SignalTrigger):
            yield node.id, node.line, f"{said.kind} name", said.name


def _both(element: str, name: str) -> Iterator[tuple[str, str]]:
    """The id and the name of an element; the name alone when they say the same."""
    if name:
        yield "name", name
    if not name or named_identifier(name) is None:
        yield "id", element


RULES = (
    Rule("identifier-in-clear", "warning", identifier_in_clear, publication="error"),
    Rule("identifier-in-name", "warning", identifier_in_name),
    Rule("identifier-value", "warning", identifier_value_in_file, publication="error"),
)
