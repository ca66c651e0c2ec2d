"""Do the marks of the closed loop's diagram follow the table of what may become of a referral, in every case?"""

from collections.abc import Iterator, Sequence
from functools import cache

import pytest

from pathways.bpmn.model import Definition
from pathways.catalogue import library_folders, publish
from policy.referral_loop import Happened, Loop, Refused, advance, reading
from policy.referral_states import IN_PROGRESS
from records.queries.referral_loop import OF, marks_about, marks_of
from tests.pathways.library.drawn import library as whole_library
from workflows.engine.facts import Fact
from workflows.proof.scenario import Case, play_on_engine, read_cases
from workflows.proof.simulation import Simulation

KEY = "closed_loop_referral"
FOLDER = next(folder for folder in library_folders() if folder.name.endswith(KEY))
CASES = {case.id: case for case in read_cases((FOLDER / "cases.yaml").read_text())}
CALLED = (
    "abort_request",
    "no_show",
    "red_flag",
    "consent_withdrawn",
    "patient_died",
    "informed_refusal",
    "refusal_review",
)
CLOSED = ("report-never-acknowledged", "main-line", "not-attended-twice")


@cache
def library() -> dict[str, Definition]:
    called = [folder for folder in library_folders() if folder.name in CALLED]
    return {each.key: each.definition for each in publish([FOLDER, *called])}


async def facts_of(case: Case) -> Sequence[Fact]:
    """The facts of the referral itself, without what it called."""
    simulation = Simulation(library())
    player = await play_on_engine(case, simulation, KEY)
    return [each.fact for each in simulation.trace if each.case_id == player.case_id]


def stands(facts: Sequence[Fact]) -> Iterator[tuple[Fact, Loop | Refused]]:
    """Every marked fact with what became of the referral by it."""
    marks, loop = marks_of(library()[KEY]), Loop()
    for fact in facts:
        text = marks.get((fact.fact, fact.element))
        if text is not None:
            to, by = reading(text)
            found = advance(loop, Happened(to, fact.at, by))
            yield fact, found
            loop = loop if isinstance(found, Refused) else found


def test_every_mark_of_the_library_names_states_and_calls_that_make_a_referral() -> None:
    for key, each in whole_library().items():
        nodes = each.definition.nodes
        said = [*marks_of(each.definition).values()]
        calls = {id for id, node in nodes.items() if node.call and node.call.process_id == KEY}
        about = [about for call in calls for about in marks_about(each.definition, call).values()]
        for text in [*said, *about]:
            assert [reading(part) for part in text.split(",")], key
        named = {
            call.strip()
            for node in nodes.values()
            for call in node.properties.get(OF, "").partition(" of ")[2].split(",")
        }
        assert named - {""} <= calls, key


def test_every_mark_names_a_state_and_all_states_are_marked() -> None:
    named = {reading(text)[0] for text in marks_of(library()[KEY]).values()}
    assert named == {
        *("sent", "received", "awaiting_info", "accepted", "rejected", "booked", "no_show", "seen", "interim"),
        *("reported", "acknowledged", "cancelled"),
    }


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_what_the_diagram_does_the_table_allows(case: Case) -> None:
    passed = list(stands(await facts_of(case)))
    assert [(fact.element, found.words) for fact, found in passed if isinstance(found, Refused)] == []


@pytest.mark.parametrize("id", CLOSED)
async def test_a_loop_is_closed_only_by_the_acknowledgement(id: str) -> None:
    facts = await facts_of(CASES[id])
    acknowledged = next(fact.seq for fact in facts if (fact.fact, fact.element) == ("completed", "ack"))
    closed = [fact.seq for fact, loop in stands(facts) if isinstance(loop, Loop) and loop.is_closed]
    assert closed
    assert min(closed) > acknowledged


@pytest.mark.parametrize(
    ("id", "asks"), [("abort-accepted", True), ("abort-refused-by-message", True), ("cancelled-by-the-referrer", False)]
)
async def test_the_diagram_asks_for_an_abort_where_the_table_does(id: str, asks: bool) -> None:
    facts = await facts_of(CASES[id])
    at = next(fact.seq for fact in facts if (fact.fact, fact.element) == ("activated", "in_progress"))
    *_, before = (loop for fact, loop in stands(facts) if fact.seq < at and isinstance(loop, Loop))
    assert (before.state in IN_PROGRESS) == asks
