"""Who is told when nothing comes? Rules about everything that waits: roles, forms, keys, times."""

from collections.abc import Iterable, Iterator

from pathways.bpmn.model import FlowNode, MessageTrigger, TimerTrigger, parts
from pathways.calendar import Repeat, parse_cycle, parse_span
from pathways.feel import syntax as ast
from pathways.feel.parser import parse_expression
from pathways.feel.scanner import FeelSyntaxError
from pathways.forms.fields import fields
from pathways.rules.graph import Graph, triggers
from pathways.rules.subject import Remark, Rule, Subject, remark

_OUTSIDE = frozenset({"message", "signal", "conditional"})
ASSIGNEE = "assignee"
"""In a rung: whoever holds the task."""

_ASKED = frozenset({"assignee", "candidate_groups", "candidate_users"})


def wait_in_silence(subject: Subject) -> Iterator[Remark]:
    """Whatever waits for the outside has a time after which somebody is told: a timer, a due time or a ladder."""
    for node in subject.nodes:
        if _waits_outside(node, subject.graph) and not _has_time_limit(node, subject.graph):
            what = f"{node.title!r} may wait for ever and nobody is told."
            yield remark(node, what, "Set `expectedDuration` and `escalation`, or put a timer beside it.")


def _waits_outside(node: FlowNode, graph: Graph) -> bool:
    """Catch events, receive tasks and event gateways; what stands behind a gateway is the gateway's wait."""
    if node.instantiate:
        return False
    if node.type == "eventBasedGateway":
        return bool(node.outgoing)
    if node.type not in ("receiveTask", "intermediateCatchEvent") or _gateways_before(node, graph):
        return False
    return node.type == "receiveTask" or any(said.kind in _OUTSIDE for said in parts(node.trigger))


def _gateways_before(node: FlowNode, graph: Graph) -> list[FlowNode]:
    return [before for before in graph.sources(node) if before.type == "eventBasedGateway"]


def _has_time_limit(node: FlowNode, graph: Graph) -> bool:
    """Its own, that of an event beside it, or that of a scope around it."""
    around = [graph.definition.nodes[scope] for scope in graph.scopes_around(node) if scope in graph.definition.nodes]
    if any(holder.rungs or holder.expected_duration for holder in (node, *around)):
        return True
    timers: list[FlowNode] = [node, *graph.border.get(node.id, ())]
    if node.type == "eventBasedGateway":
        timers.extend(graph.targets(node))
    for scope in graph.scopes_around(node):
        timers.extend((*graph.event_starts(scope), *graph.border.get(scope, ())))
    return any(said.kind == "timer" for _, said in triggers(timers))


def task_without_role(subject: Subject) -> Iterator[Remark]:
    """A user task says who does it: a lane, candidate groups, candidate users or an assignee."""
    for node in subject.nodes:
        if node.type == "userTask" and not any(getattr(node.user, name, None) for name in _ASKED):
            what = f"Nobody is asked to do the user task {node.title!r}."
            yield remark(node, what, "Put it into a lane or set its candidate groups.")


def task_without_form(subject: Subject) -> Iterator[Remark]:
    """A user task has a form: without one nobody knows what to fill in, and nothing is checked."""
    for node in subject.nodes:
        if node.type == "userTask" and not (node.user and node.user.form_id):
            yield remark(node, f"The user task {node.title!r} has no form.", "Draw a form and link it (formId).")
        elif node.type == "userTask" and node.user and _asks_nothing(node.user.form_id or "", subject):
            yield remark(node, f"The form of {node.title!r} has no field: it asks nothing.", "Draw its fields.")


def _asks_nothing(form_id: str, subject: Subject) -> bool:
    schema = subject.forms.get(fixed_text(form_id) or form_id)
    return schema is not None and not fields(schema)


def task_without_due_date(subject: Subject) -> Iterator[Remark]:
    """A user task says by when it is done."""
    for node in subject.nodes:
        user = node.user
        if node.type == "userTask" and not (node.expected_duration or node.rungs or (user and user.due_date)):
            what = f"The user task {node.title!r} has no due date: it is never overdue and nobody is reminded."
            yield remark(node, what, "Set a due date or `expectedDuration`, and an `escalation`.")


def message_without_key(subject: Subject) -> Iterator[Remark]:
    """A message that a running case catches has a correlation key; its name alone would match any case."""
    processes = {process.id for process in subject.definition.processes}
    for node, said in triggers(subject.nodes):
        starting = (node, *(gate for gate in _gateways_before(node, subject.graph) if not gate.parallel_events))
        starts_case = any(each.instantiate for each in starting) or (
            node.type == "startEvent" and node.scope in processes
        )
        if isinstance(said, MessageTrigger) and _catches(node) and not starts_case and not _has_key(said):
            what = f"Which case is message {said.name!r} for? It has no correlation key."
            yield remark(node, what, "Set the subscription correlation key of the message.")


def message_key_fixed(subject: Subject) -> Iterator[Remark]:
    """The key of a message depends on the case: one that is plain text is the same for every patient."""
    for node, said in triggers(subject.nodes):
        key = fixed_text(said.correlation_key) if isinstance(said, MessageTrigger) and said.correlation_key else None
        if isinstance(said, MessageTrigger) and key is not None and _catches(node):
            what = (
                f"The key of the message {said.name!r} is the text {key!r}: every case that waits gets the same ones."
            )
            yield remark(
                node, what, f"Write an expression that reads a variable of the case, such as ={_as_name(key)}."
            )


def _as_name(text: str) -> str:
    return text if text.isidentifier() else "referral_id"


def _catches(node: FlowNode) -> bool:
    return node.type not in ("endEvent", "intermediateThrowEvent", "sendTask")


def _has_key(message: MessageTrigger) -> bool:
    return bool(message.correlation_key or message.payload_key or message.conversation)


def timer_not_ahead(subject: Subject) -> Iterator[Remark]:
    """A timer's duration is longer than nothing."""
    for node, said in triggers(subject.nodes):
        text = fixed_text(said.expression) if isinstance(said, TimerTrigger) and said.form == "duration" else None
        if text is not None and _is_not_ahead([text]):
            yield remark(node, f"The timer {node.title!r} is due at once: {text}.", "Write a duration such as PT15M.")
    for node in subject.nodes:
        due = fixed_text(node.expected_duration) if node.expected_duration else None
        if due is not None and _is_not_ahead([due]):
            what = f"expectedDuration of {node.title!r} is {due}: it is overdue at once."
            yield remark(node, what, "Write a duration such as P3D.")


def _is_not_ahead(texts: Iterable[str]) -> bool:
    try:
        return not all(parse_span(text).is_positive for text in texts)
    except ValueError:
        return False


def timer_never_stops(subject: Subject) -> Iterator[Remark]:
    """A timer that repeats has a last time."""
    for node, said in triggers(subject.nodes):
        if isinstance(said, TimerTrigger) and said.form == "cycle" and not node.interrupting:
            text = fixed_text(said.expression)
            if text is not None and _never_stops(text):
                what = f"The timer {node.title!r} repeats for as long as its scope is open ({text})."
                yield remark(node, what, "Say how often, such as R5/P1D.")


def _never_stops(text: str) -> bool:
    try:
        cycle = parse_cycle(text)
    except ValueError:
        return False
    return not isinstance(cycle, Repeat) or (cycle.times is None and cycle.end is None)


def ladder_for_nobody(subject: Subject) -> Iterator[Remark]:
    """A ladder on a step that nobody holds names somebody besides `assignee`."""
    for node in subject.nodes:
        ladders = (node.ladder, *node.ladders) if node.type != "userTask" else ()
        for ladder in ladders:
            if ladder is not None and ladder.rungs and all(rung.tell == (ASSIGNEE,) for rung in ladder.rungs):
                what = f"{node.title!r} is no user task: its ladder tells `{ASSIGNEE}` only, and nobody holds the step."
                yield remark(node, what, "Name a role in its rungs; until then the coordinator is told.")


def fixed_text(feel: str) -> str | None:
    """The text that an expression always gives; None when it depends on something."""
    try:
        tree = parse_expression(feel)
    except FeelSyntaxError:
        return None
    if isinstance(tree, ast.Invocation) and tree.callee == ast.Name("duration") and len(tree.arguments) == 1:
        tree = tree.arguments[0]
    if isinstance(tree, ast.AtLiteral):
        return tree.text
    return tree.value if isinstance(tree, ast.Constant) and isinstance(tree.value, str) else None


RULES = (
    Rule("silent-wait", "warning", wait_in_silence, publication="error"),
    Rule("task-without-role", "warning", task_without_role, publication="error"),
    Rule("task-without-form", "warning", task_without_form),
    Rule("task-without-due-date", "warning", task_without_due_date),
    Rule("message-without-key", "warning", message_without_key, publication="error"),
    Rule("message-key-fixed", "info", message_key_fixed, publication="error"),
    Rule("timer-not-ahead", "warning", timer_not_ahead, publication="error"),
    Rule("timer-never-stops", "info", timer_never_stops),
    Rule("ladder-for-nobody", "warning", ladder_for_nobody),
)
