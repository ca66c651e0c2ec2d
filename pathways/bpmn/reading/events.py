"""What does an event wait for, or throw? (BPMN 2.0.2 §10.5)."""

from dataclasses import replace
from typing import Literal

from pathways.bpmn.model import (
    ErrorTrigger,
    EscalationTrigger,
    FlowNode,
    MessageTrigger,
    TerminateTrigger,
    TimerTrigger,
    Trigger,
)
from pathways.bpmn.reading.attributes import check_attributes, flag
from pathways.bpmn.reading.extensions import Extensions, read_extensions, work_spec
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import Element, bpmn_children, children, local_reference, tag_of, text_of
from pathways.calendar import is_time_literal

_THROWS = frozenset({"throw", "end"})
_FORMS: dict[str, Literal["date", "duration", "cycle"]] = {
    "timeDate": "date",
    "timeDuration": "duration",
    "timeCycle": "cycle",
}


def read_start_event(element: Element, base: FlowNode, _extensions: Extensions, source: Source) -> FlowNode | None:
    """A start event; inside an event sub-process it says whether it interrupts."""
    position = "eventSubProcess" if _in_event_sub_process(element) else "start"
    interrupting = flag(element, "isInterrupting", source, default=True)
    return _with_trigger(element, replace(base, interrupting=interrupting), position, source)


def _in_event_sub_process(element: Element) -> bool:
    return str(element.getparent().get("triggeredByEvent", "false")).strip().lower() in ("true", "1")


def read_end_event(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode | None:
    """An end event; a message end event may hand its message to a worker."""
    return _throwing(element, base, "end", extensions, source)


def read_throw_event(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode | None:
    """An intermediate throw event."""
    return _throwing(element, base, "throw", extensions, source)


def _throwing(
    element: Element, base: FlowNode, position: str, extensions: Extensions, source: Source
) -> FlowNode | None:
    work = work_spec(extensions, source)
    if work and not bpmn_children(element, "messageEventDefinition"):
        message = "Only a message event hands work to a worker."
        source.error("unsupported-extension", element, message, "Make it a message event or draw a service task.")
    return _with_trigger(element, replace(base, work=work), position, source)


def read_catch_event(element: Element, base: FlowNode, _extensions: Extensions, source: Source) -> FlowNode | None:
    """An intermediate catch event."""
    return _with_trigger(element, base, "catch", source)


def read_boundary_event(element: Element, base: FlowNode, _extensions: Extensions, source: Source) -> FlowNode | None:
    """A boundary event and the activity that it is attached to."""
    host = local_reference(element.get("attachedToRef", ""))
    interrupting = flag(element, "cancelActivity", source, default=True)
    return _with_trigger(element, replace(base, attached_to=host, interrupting=interrupting), "boundary", source)


def _with_trigger(element: Element, base: FlowNode, position: str, source: Source) -> FlowNode | None:
    """Read the one event definition; refuse the node when its row is not executed at this position."""
    definitions = _definitions(element, source)
    kind = _kind(element, definitions)
    if not source.executes(element, f"{position}.{kind}", what=f"{kind} event at this place ({tag_of(element)})"):
        return None
    if not definitions:
        return base
    check_attributes(definitions[0], source)
    read_extensions(definitions[0], tag_of(definitions[0]), source)
    if kind == "message" and base.work and not definitions[0].get("messageRef"):
        return replace(base, trigger=MessageTrigger(name=base.title))
    return replace(base, trigger=_trigger(definitions[0], kind, source, throws=position in _THROWS))


def _definitions(element: Element, source: Source) -> list[Element]:
    """The event definitions inside the event, and those of the file's root that it refers to."""
    found = [child for child in children(element) if tag_of(child).endswith("EventDefinition")]
    for reference in bpmn_children(element, "eventDefinitionRef"):
        name = local_reference(text_of(reference))
        if name in source.event_definitions:
            found.append(source.event_definitions[name])
        else:
            source.error("missing-reference", reference, f"There is no event definition {name!r}.", "Define it.")
    return found


def _kind(element: Element, definitions: list[Element]) -> str:
    if not definitions:
        return "none"
    if len(definitions) > 1:
        return "parallelMultiple" if element.get("parallelMultiple") == "true" else "multiple"
    kind = tag_of(definitions[0]).removesuffix("EventDefinition")
    return "compensation" if kind == "compensate" else kind


def _trigger(definition: Element, kind: str, source: Source, *, throws: bool) -> Trigger | None:
    match kind:
        case "timer":
            return _timer(definition, source)
        case "message":
            return message_trigger(definition, source)
        case "error":
            return ErrorTrigger(code=_code(definition, "errorRef", source.errors, source, required=throws))
        case "escalation":
            codes = source.escalations
            return EscalationTrigger(code=_code(definition, "escalationRef", codes, source, required=throws))
        case "terminate":
            return TerminateTrigger()
        case _:
            raise AssertionError(f"the coverage table calls {kind} executed, but nothing reads it")


def _timer(definition: Element, source: Source) -> TimerTrigger | None:
    """Exactly one of timeDate, timeDuration and timeCycle with text (§10.5.5)."""
    given = [
        (child, form) for tag, form in _FORMS.items() for child in bpmn_children(definition, tag) if text_of(child)
    ]
    if len(given) != 1:
        message = f"A timer needs exactly one of date, duration and cycle; this one has {len(given)}."
        source.error("timer-form", definition, message, "Set one of them.")
        return None
    element, form = given[0]
    text = text_of(element)
    if not text.startswith("=") and not is_time_literal(text, form=form):
        message = f"{text!r} is no ISO 8601 {form}."
        source.error("timer-literal", element, message, "Write it like PT15M, 2026-03-01T08:00:00Z or R3/PT1H.")
    return TimerTrigger(form=form, expression=source.feel(element, text, what="The timer") or "null")


def message_trigger(element: Element, source: Source) -> MessageTrigger | None:
    """The message that `messageRef` names."""
    reference = local_reference(element.get("messageRef", ""))
    message = source.messages.get(reference)
    if message is None:
        why = f"There is no message {reference!r}." if reference else "No message is named."
        source.error("missing-reference", element, why, "Choose or create the message in the modeler.")
    return message


def _code(definition: Element, attribute: str, codes: dict[str, str], source: Source, *, required: bool) -> str | None:
    reference = local_reference(definition.get(attribute, ""))
    if reference and reference not in codes:
        source.error(
            "missing-reference", definition, f"{attribute} names {reference!r}, which is not in the file.", "Define it."
        )
    elif not reference and required:
        source.error(
            "missing-reference", definition, f"What is thrown here? {attribute} is missing.", "Choose a definition."
        )
    return codes.get(reference)
