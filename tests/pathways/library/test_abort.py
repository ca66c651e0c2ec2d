"""Can whoever referred always ask that what is in progress be stopped, and do those who do it decide?"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pathways.bpmn.model import Definition, MessageTrigger
from pathways.catalogue import library_folders
from tests.library import definitions
from workflows.proof.scenario import Case, play_on_engine, read_cases
from workflows.proof.simulation import Simulation

FOLDERS = [folder for folder in library_folders() if folder.name[1] == "_"]
"""The pathways a to i: the closed loop has the same step in its own diagram, and cases of its own for it."""

ANSWERED_DIRECTLY = ("a_pre", "d_odontogenic", "e_tmj", "h_paediatric")
"""These say where their referral stands, so that before it is in progress it is cancelled at once."""


SCANNING = [folder for folder in FOLDERS if 'processId="imaging_order"' in (folder / "pathway.bpmn").read_text()]


@pytest.fixture(scope="module")
def published() -> dict[str, Definition]:
    """The library, published as one."""
    return definitions()


def taken_back(folder: Path, *steps: Mapping[str, Any] | str, **variables: Any) -> tuple[str, Case]:
    """The first case of a pathway, asked to stop as soon as it has begun, and what follows."""
    first = read_cases((folder / "cases.yaml").read_text())[0]
    asked = {
        "message": "referral.abort_requested",
        "correlationKey": first.start["referral_id"],
        "variables": {"cancel_reason": "Seen elsewhere", **variables},
    }
    played = tuple(asked if isinstance(step, str) else step for step in steps)
    return folder.name.partition("_")[2], replace(first, steps=played)


def answered(abort: str) -> Mapping[str, Any]:
    return {"complete": "abort_answer", "variables": {"abort": abort, "abort_reason": "As agreed"}}


def ending(how: str, start: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The steps by which a case ends at once."""
    if how == "death":
        return ({"message": "patient.died", "correlationKey": start["patient_id"]},)
    asked = {"message": "referral.abort_requested", "correlationKey": start["referral_id"]}
    return (asked, answered("accept"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
async def test_an_abort_becomes_a_task_that_is_refused_or_accepted(
    folder: Path, published: dict[str, Definition]
) -> None:
    opened, gone = {"expect": {"waiting": ["abort_answer"]}}, {"expect": {"not_waiting": ["abort_answer"]}}
    goes_on, stopped = {"expect": {"status": "running"}}, {"expect": {"status": "completed"}}
    steps = ("ask", opened, answered("refuse"), gone, goes_on, "ask", opened, answered("accept"), stopped)
    key, case = taken_back(folder, *steps)
    await play_on_engine(case, Simulation(published), key)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
async def test_before_it_is_in_progress_it_is_cancelled_at_once_where_a_diagram_knows_it(
    folder: Path, published: dict[str, Definition]
) -> None:
    status = "completed" if folder.name.startswith(ANSWERED_DIRECTLY) else "running"
    key, case = taken_back(folder, "ask", {"expect": {"status": status}}, before_progress=True)
    await play_on_engine(case, Simulation(published), key)


@pytest.mark.parametrize("how", ["abort", "death"])
@pytest.mark.parametrize("folder", SCANNING, ids=lambda folder: folder.name)
async def test_a_scan_under_way_is_ended_from_outside_so_that_imaging_hears_of_it(
    folder: Path, how: str, published: dict[str, Definition]
) -> None:
    """What is ended so is withdrawn at its service (`order_withdrawn`; tests/api/test_api_withdrawn_orders.py)."""
    key = folder.name.partition("_")[2]
    for case in read_cases((folder / "cases.yaml").read_text()):
        for length in range(1, len(case.steps) + 1):
            simulation = Simulation(published)
            await play_on_engine(replace(case, steps=case.steps[:length]), simulation, key)
            if scans := [case_id for case_id, _ in simulation.find("wait_perf")]:
                ended = replace(case, steps=(*case.steps[:length], *ending(how, case.start)))
                simulation = Simulation(published)
                await play_on_engine(ended, simulation, key)
                assert [simulation.cases[each].state.status for each in scans] == ["cancelled"] * len(scans)
                return
    pytest.fail(f"no case of {folder.name} waits for a study")


def test_only_the_loop_and_an_order_hear_a_cancellation_each_under_a_number_that_nobody_else_has(
    published: dict[str, Definition],
) -> None:
    heard = {
        (key, trigger.correlation_key)
        for key, definition in published.items()
        for node in definition.nodes.values()
        if node.type == "startEvent"
        if isinstance(trigger := node.trigger, MessageTrigger) and trigger.name == "referral.cancelled"
    }
    assert heard == {("closed_loop_referral", "referral_id"), ("imaging_order", "order_id")}
    numbers = [
        (key, node.id)
        for key, definition in published.items()
        for node in definition.nodes.values()
        if node.call and node.call.process_id == "imaging_order"
        if not any(
            each.target == "order_id" and each.source.startswith(("referral_id + ", "first_order_id + "))
            for each in node.inputs
        )
    ]
    assert numbers == []
