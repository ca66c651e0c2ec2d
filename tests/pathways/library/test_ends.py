"""Is a referral that says where it stands closed, sent elsewhere or cancelled wherever its pathway ends?"""

from collections.abc import Iterator

import pytest

from pathways.bpmn.model import Definition, FlowNode
from policy.referral_loop import ENDED, reading
from records.queries.referral import DONE, ENTERED
from tests.library import definitions

OVER = {*ENDED, "acknowledged"}
ANSWERS_ITSELF = [
    key
    for key, definition in definitions().items()
    if key != "closed_loop_referral" and any(DONE in node.properties for node in definition.nodes.values())
]
"""Pathways that say where their referral stands; the closed loop itself may leave the report to its caller."""


@pytest.mark.parametrize("key", ANSWERS_ITSELF)
def test_a_referral_that_its_pathway_answers_is_over_at_every_end(key: str) -> None:
    assert set(ends(definitions()[key])) == set()


def ends(definition: Definition) -> Iterator[tuple[str, str]]:
    """The ends that a referral reaches in a state in which somebody still has something to do, with that state."""
    begins = [node for node in definition.nodes.values() if node.type == "startEvent" and node.scope == definition.key]
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
