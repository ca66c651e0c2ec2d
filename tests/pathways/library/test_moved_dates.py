"""Is the coordinator asked once when a date moves again before they have confirmed, in every pathway that asks?"""

from dataclasses import replace
from itertools import takewhile

import pytest

from pathways.catalogue import library_folders
from tests.library import definitions
from workflows.proof.scenario import play_on_engine, read_cases
from workflows.proof.simulation import Simulation

MOVED, CONFIRMS, TASK = "treatment.date_changed", "treatment_date_moved", "confirm_plan"
LATER, LATEST = "2026-03-20", "2026-03-21"
ASKING = [
    key
    for key, definition in definitions().items()
    if any(node.call and node.call.process_id == CONFIRMS for node in definition.nodes.values())
]


def test_six_pathways_ask_whether_the_plan_still_fits() -> None:
    assert len(ASKING) == 6


@pytest.mark.parametrize("key", ASKING)
async def test_a_date_that_moves_again_is_asked_in_one_task_that_shows_all_dates(key: str) -> None:
    folder = next(folder for folder in library_folders() if folder.name.endswith(key))
    cases = read_cases((folder / "cases.yaml").read_text(encoding="utf-8"))
    case = next(each for each in cases if any(step.get("message") == MOVED for step in each.steps))
    move = next(step for step in case.steps if step.get("message") == MOVED)
    again = tuple({**move, "variables": {**move["variables"], "new_date": moved_to}} for moved_to in (LATER, LATEST))
    shown = {"moved_to": LATEST, "moved_before": f"{move['variables']['new_date']}, {LATER}"}
    once = {"expect": {"facts": [{"fact": "offered", "element": TASK, "inputs": shown}]}}
    steps = (*takewhile(lambda step: step is not move, case.steps), move, *again, once)
    case = replace(case, steps=steps)
    player = await play_on_engine(case, Simulation(definitions()), key)
    assert [step.element for step in await player.waiting()].count(TASK) == 1
