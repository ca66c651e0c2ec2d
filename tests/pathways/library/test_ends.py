"""Is a referral that says where it stands closed, sent elsewhere or cancelled wherever its pathway ends?"""

from collections.abc import Iterator, Sequence

import pytest

from pathways.bpmn.model import Definition, FlowNode, MessageTrigger
from policy.referral_loop import ENDED, reading
from records.queries.referral_loop import DONE, ENTERED, marks_about
from tests.library import definitions

OVER = {*ENDED, "acknowledged"}
DIED = "patient.died"
ANSWERS_ITSELF = [
    key
    for key, definition in definitions().items()
    if key != "closed_loop_referral" and any(DONE in node.properties for node in definition.nodes.values())
]
"""Pathways that say where their referral stands; the closed loop itself may leave the report to its caller."""

REPORTS = [
    key
    for key, definition in definitions().items()
    if any(marks_about(definition, node.id) for node in definition.nodes.values() if node.call)
]
"""Pathways that write the report of a referral that they have called for, and whoever reads it."""


@pytest.mark.parametrize("key", ANSWERS_ITSELF)
def test_a_referral_that_its_pathway_answers_is_over_at_every_end(key: str) -> None:
    definition = definitions()[key]
    begins = [node for node in definition.nodes.values() if node.type == "startEvent" and node.scope == key]
    assert set(ends(definition, begins)) == set()


@pytest.mark.parametrize("key", ["closed_loop_referral", *ANSWERS_ITSELF])
def test_a_referral_whose_patient_has_died_is_cancelled(key: str) -> None:
    definition = definitions()[key]
    assert set(ends(definition, deaths(definition))) == set()


@pytest.mark.parametrize("key", REPORTS)
def test_what_a_pathway_has_called_for_and_would_report_is_cancelled_with_its_patients_death(key: str) -> None:
    definition = definitions()[key]
    (care,) = (definition.flows[flow].target for death in deaths(definition) for flow in death.outgoing)
    reported = [node.id for node in definition.nodes.values() if node.call and marks_about(definition, node.id)]
    assert {call: marks_about(definition, call).get(care) for call in reported} == dict.fromkeys(
        reported, "cancelled by engine"
    )


def deaths(definition: Definition) -> Sequence[FlowNode]:
    """The start events at which the death of the patient ends everything else."""
    return [
        node
        for node in definition.nodes.values()
        if node.type == "startEvent" and isinstance(node.trigger, MessageTrigger) and node.trigger.name == DIED
    ]


def ends(definition: Definition, begins: Sequence[FlowNode]) -> Iterator[tuple[str, str]]:
    """The ends that a referral reaches in a state in which somebody still has something to do, with that state."""
    to_see = [(node, "draft") for node in begins]
    seen = set()
    while to_see:
        node, before = to_see.pop()
        if (node.id, before) in seen:
            continue
        seen.add((node.id, before))
        state = says(node) or before
        if node.type == "endEvent" and state not in OVER:
            yield node.id, state
        to_see += [(definition.nodes[definition.flows[flow].target], state) for flow in node.outgoing]


def says(node: FlowNode) -> str:
    """The state that an element leads to, the last of several."""
    said = [part for name in (ENTERED, DONE) for part in node.properties.get(name, "").split(",") if part.strip()]
    return reading(said[-1])[0] if said else ""
