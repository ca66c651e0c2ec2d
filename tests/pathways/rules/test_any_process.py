"""Do our rules hold on processes that nobody drew: none stumbles, none accuses a sound one, order changes nothing?"""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pathways.bpmn.model import Definition
from pathways.rules.registry import findings_of
from pathways.rules.subject import Subject
from tests.properties.processes import structured, unstructured

ABOUT_WAYS = {"unreachable", "never-ends", "join-waits-for-ever", "join-may-wait", "runs-away", "runs-twice"}


def said(definition: Definition) -> set[tuple[str, str | None]]:
    found = findings_of(Subject(definition), file="any.bpmn", strictness="draft")
    return {(finding.rule, finding.element) for finding in found}


@given(structured())
def test_a_structured_process_has_no_wrong_ways(definition):
    assert {rule for rule, _ in said(definition)} & ABOUT_WAYS == set()


@given(unstructured(), st.integers(0, 1000))
def test_the_order_of_the_file_changes_no_finding_about_ways(definition, seed):
    nodes, flows = (list(each.items()) for each in (definition.nodes, definition.flows))
    random.Random(seed).shuffle(nodes)
    random.Random(seed + 1).shuffle(flows)
    mixed = replace(definition, nodes=dict(nodes), flows=dict(flows))
    assert {x for x in said(mixed) if x[0] in ABOUT_WAYS} == {x for x in said(definition) if x[0] in ABOUT_WAYS}
