"""A service outside is away: when does somebody hear it, and who is asked or told all the same?"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from pathways.catalogue import library_folders
from pathways.feel import compile_expression
from tests.library import definitions
from tests.pathways.library.drawn import NOW, Drawn, library
from workflows.engine.commands import PerformWork
from workflows.proof.scenario import play_on_engine, read_cases
from workflows.proof.simulation import Simulation

SENDING = ("consent.apply", "referral.send")


def told_after(drawn: Drawn, expression: str | None, priority: str) -> object:
    times = {step: json.loads(time) for step, time in drawn.parameters.items()}
    return compile_expression(expression or "").evaluate({"priority": priority, "times": times}, now=NOW).value


@pytest.mark.parametrize(
    ("priority", "within"),
    [("routine", "PT4H"), ("urgent", "PT30M"), ("urgent_suspected_cancer", "PT30M"), ("stat", "PT30M")],
)
@pytest.mark.parametrize("key", ["closed_loop_referral", "imaging_order"])
def test_a_coordinator_hears_of_what_is_urgent_after_half_an_hour(key: str, priority: str, within: str) -> None:
    drawn = library()[key]
    sending = [node for node in drawn.nodes.values() if node.ladder and node.ladder.name == "LAD-UNSENT"]
    assert {told_after(drawn, node.expected_duration, priority) for node in sending} == {within}


def while_all_are_away(key: str, **variables: Any) -> tuple[set[str], set[str]]:
    """Which steps a process waits at, and which service tasks it has done, while nothing that is sent arrives."""

    def away(command: PerformWork) -> Mapping[str, Any] | None:
        return None if command.task_type in SENDING else {}

    simulation = Simulation(definitions(), work=away)
    case_id = simulation.start(key, {"referral_id": "REF-1", "patient_id": "P-1", **variables})
    waiting = {each.element for each in simulation.cases[case_id].state.activations.values()}
    done = {command.element for _, command in simulation.performed if command.task_type not in SENDING}
    return waiting, done


def test_nobody_waits_for_a_recipient_to_be_told_before_they_decide_how_care_goes_on() -> None:
    waiting, _ = while_all_are_away("consent_withdrawn", scope="all")
    assert {"apply", "continue_care"} <= waiting


def test_the_team_hears_of_a_death_also_when_appointments_cannot_be_cancelled() -> None:
    waiting, done = while_all_are_away("patient_died")
    assert ({"cancel", "results"} <= waiting, "tell" in done) == (True, True)


async def test_a_value_that_comes_another_way_ends_its_new_order_while_the_laboratory_is_away() -> None:
    folder = next(folder for folder in library_folders() if folder.name == "i_complex_shared_plan")
    lost = next(
        case for case in read_cases((folder / "cases.yaml").read_text()) if case.id == "lost-lab-is-ordered-anew"
    )
    traced = next(number for number, step in enumerate(lost.steps) if step.get("complete") == "find_result") + 1
    value = {"message": "lab.result", "correlationKey": "REF-9001", "variables": {"INR": 2.1}}
    chased = {"expect": {"waiting": ["lab_order", "lab_wait"]}}
    ended = {"expect": {"waiting": ["pre"], "not_waiting": ["lab_order", "lab_wait"]}}

    def away(command: PerformWork) -> Mapping[str, Any] | None:
        return None if command.element == "lab_order" else {}

    simulation = Simulation(definitions(), work=away)
    case = replace(lost, steps=(*lost.steps[:traced], chased, value, ended))
    await play_on_engine(case, simulation, "complex_shared_plan")
