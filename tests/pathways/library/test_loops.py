"""Can a pathway ask people round and round without anybody else hearing of it? What may, is listed with the reason."""

from collections.abc import Iterator, Mapping

from pathways.bpmn.model import Definition
from tests.pathways.library.drawn import library

SILENT = frozenset(
    {"userTask", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "businessRuleTask", "scriptTask"}
)
"""A loop of these alone tells nobody, waits for nothing and calls nobody."""

EXPLAINED: Mapping[tuple[str, str], str] = {
    ("closed_loop_referral", "fix"): "Only what is missing is asked; a draft that stays is late by its ladder.",
    (
        "imaging_order",
        "reuse",
    ): "A study is made again only with a reason; the answer without one is the asked person's.",
    ("case_conference", "no_quorum"): "The chair asks for the missing opinions, and hears of each quorum.",
    ("ent_imaging_oncology", "review"): "Nine clocks from day 3 to day 62 tell the leads, whatever is asked again.",
    ("oral_care_during_after", "lifelong"): "Asked until it is answered with yes or no, which its form requires: once.",
    ("complex_shared_plan", "ask_med"): "Two people or more answer in each round; the day before, leads hear of it.",
}
"""Process and a step of the loop: why nobody else has to hear of it."""


def test_an_answer_that_is_asked_again_is_told_or_explained() -> None:
    found = {(key, loop) for key, drawn in library().items() for loop in silent_loops(drawn.definition)}
    unexplained = [
        f"{key}: {', '.join(sorted(loop))}" for key, loop in found if not any((key, step) in EXPLAINED for step in loop)
    ]
    stale = [said for said in EXPLAINED if not any(said[0] == key and said[1] in loop for key, loop in found)]
    assert (unexplained, stale) == ([], [])


def silent_loops(definition: Definition) -> Iterator[frozenset[str]]:
    """The steps that lead back to themselves past nobody who is told."""
    quiet = {node.id for node in definition.nodes.values() if node.type in SILENT}
    after: dict[str, set[str]] = {id: set() for id in quiet}
    for flow in definition.flows.values():
        if flow.source in quiet and flow.target in quiet:
            after[flow.source].add(flow.target)
    reached = {id: _reached(id, after) for id in quiet}
    yield from {frozenset(other for other in reached[id] if id in reached[other]) for id in quiet if id in reached[id]}


def _reached(start: str, after: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    to_see = [*after[start]]
    while to_see:
        here = to_see.pop()
        if here not in seen:
            seen.add(here)
            to_see.extend(after[here])
    return seen
