"""Do cases that began under an earlier engine still run? Every recorded history replays; a broken one does not."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from tests.replay.record import HISTORIES, IN_CLEAR
from workflows.host.case import Case
from workflows.host.worker import sandbox

pytestmark = pytest.mark.temporal

RECORDED = sorted(HISTORIES.glob("*.json"))


def recorded(name: str) -> dict[str, Any]:
    history: dict[str, Any] = json.loads((HISTORIES / f"{name}.json").read_text(encoding="utf-8"))
    return history


async def replay(name: str, history: dict[str, Any]) -> None:
    replayer = Replayer(workflows=[Case], workflow_runner=sandbox(), data_converter=IN_CLEAR)
    await replayer.replay_workflow(WorkflowHistory.from_json(name, history))


def test_there_are_histories_to_replay() -> None:
    assert len(RECORDED) >= 7


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    await replay(path.stem, recorded(path.stem))


async def test_a_history_whose_activity_has_another_name_does_not_replay() -> None:
    broken = copy.deepcopy(recorded("incident"))
    scheduled = next(e for e in broken["events"] if e["eventType"].endswith("ACTIVITY_TASK_SCHEDULED"))
    scheduled["activityTaskScheduledEventAttributes"]["activityType"]["name"] = "another.task.type"
    with pytest.raises(NondeterminismError):
        await replay("broken", broken)


async def test_a_history_in_which_the_timer_is_a_search_attribute_does_not_replay() -> None:
    broken = copy.deepcopy(recorded("ladder"))
    index = next(i for i, e in enumerate(broken["events"]) if e["eventType"].endswith("TIMER_STARTED"))
    upsert = next(e for e in broken["events"] if "SEARCH_ATTRIBUTES" in e["eventType"])
    broken["events"][index] = {**upsert, "eventId": broken["events"][index]["eventId"]}
    with pytest.raises(NondeterminismError):
        await replay("broken", broken)
