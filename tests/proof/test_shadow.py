"""Is what really came to a case given to another version as it came, and is said rightly where that one leaves?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pathways.bpmn.model import Definition, Process, SequenceFlow, TimerTrigger
from pathways.catalogue import library_folders
from tests.host.diagrams import LADDER, line, node, user_task, work
from tests.library import definitions
from workflows.engine.changes import MoveToken
from workflows.engine.events import (
    ActivitySkipped,
    ClockStopped,
    Event,
    IncidentResolved,
    MessageArrived,
    Modified,
    UserTaskCompleted,
    VariablesSet,
    WorkCompleted,
    WorkFailed,
)
from workflows.engine.facts import Fact
from workflows.proof.recorded import Brought
from workflows.proof.scenario import play_on_engine, read_cases
from workflows.proof.shadow import Shadowed, shadow
from workflows.proof.simulation import Simulation
from workflows.proof.ways import AS_THEY_ARE, Names

KEY = "triage"
PLAYED = ("01_imaging_order", "concern")
"""Pathways of the library whose cases are played: messages, calls, errors, ladders, loops, event sub-processes."""


def drawn(condition: str = "size > 3", *, sha: str = "old", **assess: Any) -> Definition:
    """Assess; then call at once or book, as the gateway decides."""
    nodes = (
        node("start", "startEvent", KEY),
        user_task("assess", KEY, name="Assess", **assess),
        node("urgent", "exclusiveGateway", KEY, name="Urgent?", default="to_book"),
        user_task("call", KEY, name="Call at once"),
        user_task("book", KEY, name="Book"),
        node("end", "endEvent", KEY),
    )
    flows = {
        "f0": SequenceFlow("f0", "start", "assess", KEY),
        "f1": SequenceFlow("f1", "assess", "urgent", KEY),
        "to_call": SequenceFlow("to_call", "urgent", "call", KEY, condition=condition),
        "to_book": SequenceFlow("to_book", "urgent", "book", KEY),
        "f2": SequenceFlow("f2", "call", "end", KEY),
        "f3": SequenceFlow("f3", "book", "end", KEY),
    }
    linked = {
        each.id: replace(
            each,
            incoming=tuple(flow.id for flow in flows.values() if flow.target == each.id),
            outgoing=tuple(flow.id for flow in flows.values() if flow.source == each.id),
        )
        for each in nodes
    }
    return Definition(KEY, "Triage", "1", f"sha-{sha}", (Process(KEY, "Triage", executable=True),), linked, flows)


def begun(definition: Definition) -> Simulation:
    simulation = Simulation({definition.key: definition}, work=lambda _: None)
    simulation.start(definition.key, {"referral_id": "R1"})
    return simulation


def complete(simulation: Simulation, activation: str, **variables: Any) -> None:
    simulation.advance_to(simulation.now + timedelta(hours=1))
    simulation.send("case", UserTaskCompleted(simulation.now, activation, variables, "p1"))


def assessed(size: int) -> Simulation:
    simulation = begun(drawn())
    complete(simulation, "assess#1", size=size)
    return simulation


def facts_of(simulation: Simulation, case_id: str = "case") -> list[Fact]:
    return [each.fact for each in simulation.trace if each.case_id == case_id]


def told(simulation: Simulation, candidate: Definition, names: Mapping[str, str] | None = None) -> Shadowed:
    own = simulation.cases["case"].definition
    known = Names(names) if names else AS_THEY_ARE
    return shadow(own, candidate, facts_of(simulation), now=simulation.now, names=known)


def test_a_case_that_the_new_condition_decides_alike_goes_the_same_way() -> None:
    assert told(assessed(9), drawn("size > 5", sha="new")).outcome == "same"


def test_a_case_that_the_new_condition_decides_otherwise_leaves_at_the_gateway() -> None:
    found = told(assessed(4), drawn("size > 5", sha="new"))
    assert found.outcome == "differs"
    assert found.parting is not None
    assert (found.parting.element, found.parting.was, found.parting.would_be) == (
        "urgent",
        "goes on to 'Call at once'",
        "goes on to 'Book'",
    )


def test_of_a_case_whose_record_lacks_what_the_candidate_reads_nothing_is_told() -> None:
    found = told(assessed(4), drawn('stage = "III"', sha="new"))
    assert (found.outcome, found.reason) == ("untold", "'Urgent?' needs 'stage', which its record does not have")


def test_what_has_another_name_is_the_same_once_it_is_mapped() -> None:
    old, new = assessed(4), drawn(sha="new")
    renamed = replace(new.nodes["call"], id="phone")
    nodes = {("phone" if name == "call" else name): each for name, each in new.nodes.items()}
    flows = {
        **new.flows,
        "to_call": replace(new.flows["to_call"], target="phone"),
        "f2": replace(new.flows["f2"], source="phone"),
    }
    candidate = replace(new, nodes={**nodes, "phone": renamed}, flows=flows)
    assert told(old, candidate).outcome == "differs"
    assert told(old, candidate, {"call": "phone"}).outcome == "same"


def test_a_clock_that_only_the_candidate_has_rings_when_it_is_due_and_no_other_does() -> None:
    simulation = begun(drawn())
    simulation.advance_to(simulation.now + timedelta(days=3))
    complete(simulation, "assess#1", size=4)
    timer = TimerTrigger("duration", '"P2D"')
    late = node("late", "boundaryEvent", KEY, name="Too late", attached_to="assess", trigger=timer, outgoing=("f9",))
    flow = SequenceFlow("f9", "late", "book", KEY)
    new = drawn(sha="new")
    book = replace(new.nodes["book"], incoming=(*new.nodes["book"].incoming, "f9"))
    candidate = replace(new, nodes={**new.nodes, "late": late, "book": book}, flows={**new.flows, "f9": flow})
    found = told(simulation, candidate)
    assert (found.outcome, found.parting and found.parting.at) == (
        "differs",
        facts_of(simulation)[0].at + timedelta(days=2),
    )
    slower = replace(late, trigger=TimerTrigger("duration", '"P9D"'))
    assert told(simulation, replace(candidate, nodes={**candidate.nodes, "late": slower})).outcome == "same"


def test_what_else_would_be_different_on_the_same_way_is_told_beside() -> None:
    simulation = begun(drawn())
    simulation.advance_to(simulation.now + timedelta(days=3))
    complete(simulation, "assess#1", size=4)
    found = told(simulation, drawn(sha="new", ladder=LADDER))
    assert found.outcome == "same"
    assert found.beside == {("escalates otherwise", "assess")}


def test_a_case_that_a_person_changed_by_hand_is_told_only_until_then() -> None:
    simulation = begun(drawn())
    simulation.send("case", Modified(simulation.now, (MoveToken("assess#1", "book"),), "done on paper", "admin"))
    found = told(simulation, drawn(sha="new"))
    assert (found.outcome, found.reason) == ("untold", "the same way until a person moved its tokens by hand")


def test_a_record_that_begins_later_or_lost_a_part_is_not_taken_for_the_whole() -> None:
    simulation = assessed(4)
    facts, own = facts_of(simulation), drawn()
    assert shadow(own, own, facts[5:], now=simulation.now).outcome == "untold"
    lost = [fact for fact in facts if (fact.fact, fact.element) != ("completed", "assess")]
    assert shadow(own, own, lost, now=simulation.now).reason == (
        "its record does not explain what happened at 'Assess'"
    )


def test_what_workers_and_operators_did_is_read_back() -> None:
    fetch = replace(work("fetch", "line", "test.fetch"), name="Fetch")
    own = line("line", fetch, user_task("first", "line"), user_task("second", "line"), user_task("third", "line"))
    simulation = begun(own)
    now = simulation.now
    for event in (
        WorkFailed(now, "fetch#1", "away"),
        IncidentResolved(now, "incident#1", {"again": True}, "admin"),
        WorkCompleted(now, "fetch#1", {"found": 3}),
        ClockStopped(now, "first#1", "asked", "admin"),
        VariablesSet(now, {"note": "n"}, "admin"),
    ):
        simulation.send("case", event)
    complete(simulation, "first#1")
    skipped = ActivitySkipped(simulation.now, "second#1", "done on paper", {"kept": 1}, "admin")
    simulation.send("case", skipped)
    assert told(simulation, replace(own, sha256="sha-new")).outcome == "same"
    longer = line("line", fetch, user_task("first", "line"), user_task("else", "line"), user_task("third", "line"))
    found = told(simulation, longer)
    assert (found.outcome, found.parting and found.parting.element) == ("differs", "first")


CASES = [
    pytest.param(folder.name, case, id=f"{folder.name}:{case.id}")
    for folder in library_folders()
    if folder.name in PLAYED
    for case in read_cases((folder / "cases.yaml").read_text())
]


class Logged(Simulation):
    """A simulation with a log of messages, as the database has."""

    def send(self, case_id: str, event: Event) -> None:
        if isinstance(event, MessageArrived):
            LOG[event.message_id] = event.variables
        super().send(case_id, event)


LOG: dict[str, Mapping[str, Any]] = {}


@pytest.mark.parametrize(("folder", "case"), CASES)
async def test_every_case_of_the_library_goes_its_own_way_again(folder: str, case: Any) -> None:
    """Also those that it called: each is played by itself, with what came back from what it called in turn."""
    published = definitions()
    LOG.clear()
    simulation = Logged(published)
    await play_on_engine(case, simulation, next(key for key in published if folder.endswith(key)))
    found = {case_id: _again(simulation, case_id) for case_id in simulation.cases}
    assert {case_id: each for case_id, each in found.items() if each.outcome != "same"} == {}
    assert {each.beside for each in found.values()} == {frozenset()}


def _again(simulation: Simulation, case_id: str) -> Shadowed:
    own, facts = simulation.cases[case_id].definition, facts_of(simulation, case_id)
    ends = {
        each.case_id.rpartition("/")[2]: each.fact.detail["variables"]
        for each in simulation.trace
        if each.fact.fact == "case_ended"
        and each.case_id.rpartition("/")[0] == case_id
        and "variables" in each.fact.detail
    }
    return shadow(own, replace(own, sha256="new"), facts, now=simulation.now, brought=Brought(dict(LOG), ends))
