"""Does what a case calls know whom it is for? A red flag answers to the referrer, a lost result to who waits for it."""

from collections.abc import Mapping
from typing import Any

from pathways.catalogue import library_folders
from tests.library import definitions
from tests.pathways.library.drawn import library
from workflows.engine.commands import PerformWork
from workflows.proof.scenario import play_on_engine, read_cases
from workflows.proof.simulation import Simulation

KNOWN = {"referral_id", "patient_id", "patient", "requester"}


def test_who_asks_about_a_red_flag_hands_on_the_patient_and_who_referred_them() -> None:
    missing = {
        f"{key}: {node.id}": sorted(left)
        for key, drawn in library().items()
        for node in drawn.nodes.values()
        if node.call is not None and node.call.process_id == "red_flag"
        if (left := KNOWN - {each.target for each in node.inputs})
    }
    assert missing == {}


def test_who_waits_for_a_result_hears_that_it_is_lost() -> None:
    """Without a role it would be the coordinator who hears it as the one who asked."""
    deaf = [
        f"{key}: {node.id}"
        for key, drawn in library().items()
        for node in drawn.nodes.values()
        if node.call is not None and node.call.process_id == "result_overdue"
        if "requester_role" not in {each.target for each in node.inputs}
    ]
    assert deaf == []


async def test_a_sleep_study_is_handed_over_under_its_own_number_so_that_an_amended_report_finds_its_readers() -> None:
    (folder,) = [each for each in library_folders() if each.name.startswith("h_")]
    cases = read_cases((folder / "cases.yaml").read_text())
    handed: list[Any] = []

    def note(command: PerformWork) -> Mapping[str, Any]:
        if command.task_type == "result.handoff":
            handed.append(command.variables["result"])
        return {}

    lost = next(each for each in cases if each.id == "lost-study-is-made-again")
    await play_on_engine(lost, Simulation(definitions(), work=note), "paediatric_mouth_breathing")
    (result,) = handed
    assert (result["order_id"], result["report"]) == (
        "REF-8001-SLEEP-R1",
        {"conclusion": "Sleep apnoea: severe, AHI 30"},
    )
