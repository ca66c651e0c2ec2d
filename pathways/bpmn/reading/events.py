"""What does an event wait for, or throw? (BPMN 2.0.2 §10.5)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from pathways.bpmn.model import (
    CancelTrigger,
    CompensationTrigger,
    ConditionalTrigger,
    ErrorTrigger,
    EscalationTrigger,
    FlowNode,
    LinkTrigger,
    MessageTrigger,
    MultipleTrigger,
    SignalTrigger,
    SingleTrigger,
    TerminateTrigger,
    TimerTrigger,
    Trigger,
)
from pathways.bpmn.reading.attributes import flag
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
    """Read the event definitions; refuse the node when its row is not executed at this position."""
    definitions = _definitions(element, source)
    kinds = [_kind_of(definition) for definition in definitions]
    parallel = flag(element, "parallelMultiple", source, default=False) and len(kinds) > 1
    row = "parallelMultiple" if parallel else "multiple" if len(kinds) > 1 else "".join(kinds) or "none"
    rows = {f"{position}.{row}", *(f"{position}.{kind}" for kind in kinds)}
    what = f"{row} event at this place ({tag_of(element)})"
    executed = {source.executes(element, name, what=what) for name in sorted(rows)}
    if False in executed or not _go_together(element, kinds, position, source, parallel=parallel):
        return None
    read = [_read_definition(definition, base, position, source) for definition in definitions]
    triggers = tuple(trigger for trigger in read if trigger is not None)
    return replace(base, trigger=_together(triggers, parallel=parallel))


def _go_together(element: Element, kinds: list[str], position: str, source: Source, *, parallel: bool) -> bool:
    """A link is never one of several (§10.5.5); what interrupts by itself cannot wait for the others of a parallel."""
    alone = {"link"} if position in _THROWS else {"link", "compensation"}
    lonely = sorted({*alone, *(("error", "cancel") if parallel else ())}.intersection(kinds)) if len(kinds) > 1 else []
    for kind in lonely:
        source.incomplete = True
        why = f"A {kind} event definition cannot be one of several here."
        source.error("multiple-parts", element, why, "Draw an event of its own.")
    return not lonely


def _together(triggers: tuple[SingleTrigger, ...], *, parallel: bool) -> Trigger | None:
    if len(triggers) < 2:
        return triggers[0] if triggers else None
    return MultipleTrigger(triggers, parallel=parallel)


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


def _kind_of(definition: Element) -> str:
    kind = tag_of(definition).removesuffix("EventDefinition")
    return "compensation" if kind == "compensate" else kind


def _read_definition(definition: Element, base: FlowNode, position: str, source: Source) -> SingleTrigger | None:
    read_extensions(definition, tag_of(definition), source)
    throws = position in _THROWS
    match _kind_of(definition):
        case "timer":
            return _timer(definition, source)
        case "message":
            return _message(definition, base, source)
        case "error":
            return ErrorTrigger(code=_code(definition, "errorRef", source.errors, source, throws=throws))
        case "escalation":
            return EscalationTrigger(code=_code(definition, "escalationRef", source.escalations, source, throws=throws))
        case "signal":
            return SignalTrigger(name=_code(definition, "signalRef", source.signals, source, throws=True) or "")
        case "conditional":
            return _conditional(definition, source)
        case "link":
            return _link(definition, base, source)
        case "compensation":
            return _compensation(definition, source)
        case "cancel":
            return CancelTrigger()
        case "terminate":
            return TerminateTrigger()
        case kind:
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


def _message(definition: Element, base: FlowNode, source: Source) -> MessageTrigger | None:
    if base.work and not definition.get("messageRef"):
        return MessageTrigger(name=base.title)
    return message_trigger(definition, base.id, source)


def message_trigger(element: Element, node: str, source: Source) -> MessageTrigger | None:
    """The message that `messageRef` names, else the one of the message flow at this node.

    A message event with neither is anonymous: it matches other anonymous ones only, with a warning.
    """
    reference = local_reference(element.get("messageRef", ""))
    if reference:
        if reference not in source.messages:
            why = f"There is no message {reference!r}."
            source.error("missing-reference", element, why, "Choose or create the message in the modeler.")
        return source.messages.get(reference)
    if node in source.message_flows:
        return source.message_flows[node]
    why = "No message is named: only an anonymous message matches."
    source.note("warning", "anonymous-event", element, why, "Choose or create the message in the modeler.")
    return MessageTrigger(name="")


def _code(definition: Element, attribute: str, codes: Mapping[str, str], source: Source, *, throws: bool) -> str | None:
    """The code or name of the definition that is referred to; None on a catch event catches every code."""
    reference = local_reference(definition.get(attribute, ""))
    if reference and reference not in codes:
        why = f"{attribute} names {reference!r}, which is not in the file."
        source.error("missing-reference", definition, why, "Define it.")
    elif not reference and throws:
        why = f"{attribute} is missing: this event has no code or name."
        source.note("warning", "anonymous-event", definition, why, "Choose a definition.")
    return codes.get(reference)


def _conditional(definition: Element, source: Source) -> ConditionalTrigger | None:
    conditions = [condition for condition in bpmn_children(definition, "condition") if text_of(condition)]
    if len(conditions) != 1:
        source.error("condition-missing", definition, "When does this event occur? It has no condition.", "Write one.")
        return None
    return ConditionalTrigger(source.condition(conditions[0], what="The condition"))


def _link(definition: Element, base: FlowNode, source: Source) -> LinkTrigger:
    """Links pair by the name of their definition (§10.5.5), else by that of the event or of the link referred to."""
    name = " ".join(definition.get("name", "").split())
    refers = [found for tag in ("source", "target") for found in bpmn_children(definition, tag)]
    partners = [_partner(found, name, source) for found in refers]
    name = name or min(filter(None, (base.name, *partners)), default="")
    if not name:
        source.error("link-name", definition, "A link needs a name to find its other end.", "Name the link.")
    return LinkTrigger(name)


def _partner(reference: Element, name: str, source: Source) -> str:
    """The name of the link that a link refers to: links are one by name, so it has to be the same (§10.5.5)."""
    partner = local_reference(text_of(reference))
    if partner not in source.links:
        why = f"The {tag_of(reference)} of this link is {partner!r}, which is no link of the file."
        source.error("missing-reference", reference, why, "Correct it, or remove it: links are paired by name.")
        return ""
    other = source.links[partner]
    if name and other and other != name:
        why = f"The link {name!r} refers to {partner!r}, whose link is called {other!r}: links are paired by name."
        source.error("link-partner", reference, why, "Give both links one name, or correct the reference.")
    return other


def _compensation(definition: Element, source: Source) -> CompensationTrigger:
    activity = local_reference(definition.get("activityRef", ""))
    return CompensationTrigger(
        activity=activity or None, waits=flag(definition, "waitForCompletion", source, default=True)
    )
