"""Is anybody asked or told twice of one red flag, withdrawal or death, by a case and by what it calls?"""

from collections.abc import Iterator

from pathways.bpmn.model import Definition, FlowNode, MessageTrigger
from tests.pathways.library.drawn import library, message_of

ONCE = {"consent.withdrawn", "patient.died"}
"""About the patient: they reach every case of the patient that waits for them, also what a case has called."""

PART = "part_of_case"
"""What a caller says to have something left to it."""


def test_what_a_case_asks_about_itself_it_does_not_leave_to_what_it_calls() -> None:
    twice = [
        f"{key}: {call.id} and {call.call.process_id} both ask about {name}"
        for key, drawn in library().items()
        for call in drawn.nodes.values()
        if call.call is not None and call.call.process_id in library()
        for name in left(library()[call.call.process_id].definition) & set(heard(drawn.definition))
        if not any((each.target, each.source) == (PART, "true") for each in call.inputs)
    ]
    assert twice == []


def test_who_hears_of_a_withdrawal_or_a_death_is_the_case_and_nothing_that_it_calls() -> None:
    twice = [
        f"{key}: {call.id} and {call.call.process_id} both hear {name}"
        for key, drawn in library().items()
        for call in drawn.nodes.values()
        if call.call is not None and not call.call.detached and call.call.process_id in library()
        for name in ONCE & set(heard(drawn.definition)) & set(heard(library()[call.call.process_id].definition))
        if name not in left(library()[call.call.process_id].definition)
    ]
    assert twice == []


def test_what_is_left_to_the_caller_the_caller_hears() -> None:
    lost = [
        f"{key}: {call.id} leaves {name} to a caller that does not hear it"
        for key, drawn in library().items()
        for call in drawn.nodes.values()
        if call.call is not None and call.call.process_id in library()
        if any((each.target, each.source) == (PART, "true") for each in call.inputs)
        for name in left(library()[call.call.process_id].definition) - set(heard(drawn.definition))
    ]
    assert lost == []


def left(definition: Definition) -> set[str]:
    """The messages whose handler asks whether the caller handles them, or is then not waited for."""
    asking = {
        definition.nodes[flow.source].scope for flow in definition.flows.values() if PART in (flow.condition or "")
    }
    return {message_of(start) for start in starts(definition) if start.scope in asking or PART in key_of(start)}


def key_of(start: FlowNode) -> str:
    return (start.trigger.correlation_key or "") if isinstance(start.trigger, MessageTrigger) else ""


def heard(definition: Definition) -> Iterator[str]:
    yield from map(message_of, starts(definition))


def starts(definition: Definition) -> Iterator[FlowNode]:
    """The start events of the event sub-processes of a process."""
    for node in definition.nodes.values():
        if (
            node.type == "startEvent"
            and node.scope in definition.nodes
            and definition.nodes[node.scope].triggered_by_event
        ):
            yield node
