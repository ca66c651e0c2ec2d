"""Where does a diagram differ from its specification, node by node and field by field?"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pathways.bpmn.model import FlowNode, TerminateTrigger
from tests.pathways.library.drawn import Drawn, called, message_of, timer_of
from tests.pathways.library.specified import Field, Specification, Step, durations, exceptions_in, names_in

TYPES: Mapping[str, frozenset[str]] = {
    "start_message": frozenset({"startEvent"}),
    "start_timer": frozenset({"startEvent"}),
    "start_signal": frozenset({"startEvent"}),
    "user": frozenset({"userTask"}),
    "service": frozenset({"serviceTask", "sendTask", "scriptTask"}),
    "send": frozenset({"sendTask", "intermediateThrowEvent"}),
    "receive": frozenset({"receiveTask", "intermediateCatchEvent"}),
    "xor": frozenset({"exclusiveGateway"}),
    "and_split": frozenset({"parallelGateway"}),
    "and_join": frozenset({"parallelGateway"}),
    "or_split": frozenset({"inclusiveGateway"}),
    "or_join": frozenset({"inclusiveGateway"}),
    "event_gateway": frozenset({"eventBasedGateway"}),
    "timer": frozenset({"intermediateCatchEvent"}),
    "call": frozenset({"callActivity", "serviceTask"}),
    "business_rule": frozenset({"businessRuleTask"}),
    "end": frozenset({"endEvent"}),
    "end_error": frozenset({"endEvent"}),
    "end_terminate": frozenset({"endEvent"}),
}
PRIORITIES: Mapping[str, range] = {
    "routine": range(50),
    "urgent": range(50, 60),
    "asap": range(60, 100),
    "stat": range(100, 101),
}
COMPONENTS: Mapping[str, frozenset[str]] = {
    "enum": frozenset({"radio", "select"}),
    "multi": frozenset({"checklist", "taglist"}),
    "bool": frozenset({"radio", "checkbox", "select"}),
    "int": frozenset({"number"}),
    "decimal": frozenset({"number"}),
    "quantity": frozenset({"number"}),
    "date": frozenset({"datetime"}),
    "datetime": frozenset({"datetime"}),
    "file": frozenset({"filepicker"}),
}
WRITTEN = frozenset({"textfield", "textarea", "select", "checklist", "taglist", "dynamiclist"})
"""How text, codes, references, teeth and lists without given options are written down."""

PROCESSES: Mapping[str, str] = {
    "EXC-NOSHOW": "no_show",
    "EXC-DECLINED": "informed_refusal",
    "EXC-RESULT-LOST": "result_overdue",
    "EXC-REDFLAG": "red_flag",
    "EXC-CONSENT": "consent_withdrawn",
    "EXC-DATE-MOVED": "treatment_date_moved",
    "EXC-DIED": "patient_died",
}
"""The common exceptions that are a process of their own."""


def step_differences(wanted: Specification, got: Drawn) -> Iterator[str]:
    """Everything about the nodes that the specification asks for and the diagram does not have, and back."""
    for step in wanted.steps.values():
        node = got.nodes.get(step.id)
        if node is None:
            yield f"{step.type} {step.id} ({step.name}): missing"
            continue
        yield from _node(step, node, wanted, got)
        yield from _ways(step, wanted, got)
    yield from _added_tasks(wanted, got)


def _node(step: Step, node: FlowNode, wanted: Specification, got: Drawn) -> Iterator[str]:
    if node.type not in TYPES[step.type]:
        yield f"{step.type} {step.id}: is drawn as {node.type}"
    lane = got.lane(node.id)
    if lane != step.given["lane"] and node.type not in ("exclusiveGateway", "parallelGateway"):
        yield f"{step.type} {step.id}: lane is {lane}, not {step.given['lane']}"
    if not _alike(step.name, node.name):
        yield f"{step.type} {step.id}: name is {node.name!r}, not {step.name!r}"
    match step.type:
        case "user":
            yield from _user(step, node, got)
        case "start_message" if wanted.given.get("kind") != "reusable_call_activity":
            yield from _message(step, node)
        case "send" | "receive":
            yield from _message(step, node)
        case "timer":
            yield from _timer(step, node, got)
        case "call":
            yield from _call(step, node, got)
        case "business_rule":
            yield from _decision(step, node)
        case "end_terminate" if not isinstance(node.trigger, TerminateTrigger):
            yield f"end_terminate {step.id}: does not terminate"


def _alike(wanted: str, got: str) -> bool:
    """Names may be shortened: half of the words of the shorter one are in the other."""
    ours, theirs = (set(re.findall(r"\w+", text.lower())) for text in (wanted, got))
    return not ours or wanted == "merge" or len(ours & theirs) * 2 >= min(len(ours), len(theirs) or len(ours))


def _user(step: Step, node: FlowNode, got: Drawn) -> Iterator[str]:
    user, at = node.user, f"user task {step.id}"
    if user is None:
        return
    if step.text("role") not in re.findall(r"\w+", got.resolved(user.candidate_groups)):
        yield f"{at}: role is {user.candidate_groups}, not {step.given['role']}"
    if step.text("calendar") != node.calendar:
        yield f"{at}: calendar is {node.calendar}, not {step.given['calendar']}"
    ladders = [ladder.name for ladder in (node.ladder, *node.ladders) if ladder]
    if step.text("ladder") not in (ladders or [""]):
        yield f"{at}: ladder is {', '.join(ladders) or None}, not {step.given['ladder']}"
    if not _has_priority(step.text("priority"), user.priority or "50"):
        yield f"{at}: priority is {user.priority}, not {step.given['priority']}"
    yield from _due(step, got.resolved(user.due_date or node.expected_duration), at)
    yield from field_differences(step.fields, got.fields(node), at)


def _has_priority(wanted: str, expression: str) -> bool:
    return not expression.isdigit() or int(expression) in PRIORITIES[wanted]


def _due(step: Step, expression: str, at: str) -> Iterator[str]:
    wanted = step.text("due")
    missing = durations(wanted) - durations(expression)
    missing |= {name for name in names_in(wanted) if name not in expression} if wanted.startswith("expr:") else set()
    if missing:
        yield f"{at}: due is {expression}, without {', '.join(sorted(missing))} of {wanted!r}"


def field_differences(
    wanted: tuple[Field, ...], got: Mapping[str, Mapping[str, Any]], at: str, *, back: bool = True
) -> Iterator[str]:
    """Where a form differs from its fields; `back`: also fields that nobody asked for."""
    for each in wanted:
        component = got.get(each.key)
        if component is None:
            yield f"{at}: field {each.key} missing"
        else:
            yield from (f"{at}: field {each.key}: {what}" for what in _field(each, component))
    known = {each.key for each in wanted}
    if back:
        yield from (f"{at}: field {key} is not in the specification" for key in got if key not in known)


def _field(wanted: Field, got: Mapping[str, Any]) -> Iterator[str]:
    rules = got.get("validate", {})
    fitting = WRITTEN if wanted.type == "multi" and not wanted.options else COMPONENTS.get(wanted.type, WRITTEN)
    if got["type"] not in fitting:
        yield f"is a {got['type']}, not {wanted.type}"
    if got["type"] == "datetime" and got.get("subtype", "date") != wanted.type:
        yield f"asks for a {got.get('subtype', 'date')}, not a {wanted.type}"
    if wanted.required != (rules.get("required") is True) and not (not wanted.required and rules.get("required")):
        yield "must be required" if wanted.required else "must not be required"
    elif not wanted.required and rules.get("required") is True:
        yield "must not be required"
    options = {str(value["value"]) for value in got.get("values", [])}
    if wanted.options and options != wanted.options:
        yield f"options are {sorted(options)}, not {sorted(wanted.options)}"
    limits = (rules.get("min"), rules.get("max"))
    if limits != (wanted.least, wanted.most) and (wanted.least is not None or wanted.most is not None):
        yield f"limits are {limits}, not {(wanted.least, wanted.most)}"


def _message(step: Step, node: FlowNode) -> Iterator[str]:
    said = message_of(node) or (node.work.headers.get("message", "") if node.work else "")
    if said != step.text("msg"):
        yield f"{step.type} {step.id}: message is {said!r}, not {step.given.get('msg')!r}"


def _timer(step: Step, node: FlowNode, got: Drawn) -> Iterator[str]:
    expression = got.resolved(timer_of(node))
    missing = durations(step.text("at")) - durations(expression)
    if missing:
        yield f"timer {step.id}: {expression!r} lacks {', '.join(sorted(missing))} of {step.text('at')!r}"


def _call(step: Step, node: FlowNode, got: Drawn) -> Iterator[str]:
    """What may be one of several pathways is drawn as several steps, `<id>` and `<id>_…`."""
    wanted = {PROCESSES.get(name, name) for name in step.text("call").split("|")}
    begun = called([node, *(n for n in got.nodes.values() if len(wanted) > 1 and n.id.startswith(f"{step.id}_"))])
    for name in sorted(wanted - begun):
        yield f"call {step.id}: does not call {name}; it calls {', '.join(sorted(begun)) or 'nothing'}"
    is_detached = node.type == "serviceTask" or (node.call is not None and node.call.detached)
    if bool(step.given.get("detached")) != is_detached:
        yield f"call {step.id}: is {'' if is_detached else 'not '}detached"


def _decision(step: Step, node: FlowNode) -> Iterator[str]:
    said = node.decision.decision_id.strip('"') if node.decision else ""
    if said != step.text("decision"):
        yield f"business rule {step.id}: decision is {said or 'none'}, not {step.given['decision']}"


def _ways(step: Step, wanted: Specification, got: Drawn) -> Iterator[str]:
    for target in dict.fromkeys(step.next):
        if target in got.nodes and not got.leads(step.id, target, wanted.steps):
            yield f"flow {step.id} → {target}: missing"
    following = [got.nodes[name] for name in got.after(step.id)]
    for event in step.events:
        kind, _, what = event.partition(":")
        if kind == "msg" and what not in {message_of(node) for node in following}:
            yield f"event gateway {step.id}: does not wait for the message {what}"
        if kind == "timer" and not any(_runs(node, what, got) for node in following):
            yield f"event gateway {step.id}: has no timer {what}"


def _runs(node: FlowNode, wanted: str, got: Drawn) -> bool:
    """A timer; where the specification names the whole duration, with that one, at once or set on the way here."""
    expression = timer_of(node)
    if expression is None:
        return False
    plain = durations(wanted) if wanted.startswith("P") else set[str]()
    return plain <= durations(got.resolved(expression)) or not plain


def _added_tasks(wanted: Specification, got: Drawn) -> Iterator[str]:
    """What people do and what is waited for beyond the specification."""
    waited = {what for step in wanted.steps.values() for event in step.events for what in [event.partition(":")[2]]}
    behind = {name for step in wanted.steps.values() if step.type == "event_gateway" for name in got.after(step.id)}
    for node in got.nodes.values():
        if node.id in wanted.steps:
            continue
        if node.type == "userTask":
            yield f"user task {node.id} ({node.name}): not in the specification"
        waits = node.type in ("intermediateCatchEvent", "receiveTask")
        expected = node.id in behind and (timer_of(node) is not None or message_of(node) in waited)
        if (waits and not expected) or (node.type == "intermediateThrowEvent" and node.trigger):
            yield f"event {node.id} ({node.name}): not in the specification"


def exceptions_called(text: str) -> set[str]:
    """The processes of the common exceptions that a text speaks of."""
    return {PROCESSES[name] for name in exceptions_in(text) if name in PROCESSES}
