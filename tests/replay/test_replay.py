"""Do cases that began under an earlier engine still run? Every recorded history replays; a broken one does not."""

import copy
import json
from collections.abc import Iterator
from itertools import pairwise
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

RECORDED = sorted(HISTORIES.glob("*/*.json"))
COMMANDS = (
    "ACTIVITY_TASK_SCHEDULED",
    "TIMER_STARTED",
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
    "START_CHILD_WORKFLOW_EXECUTION_INITIATED",
    "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED",
    "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED",
)
"""Events that a command of the workflow has made."""


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def history_of(path: Path) -> dict[str, Any]:
    history: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return history


def newest(name: str) -> dict[str, Any]:
    return history_of([path for path in RECORDED if path.stem == name][-1])


async def replay(name: str, history: dict[str, Any]) -> None:
    replayer = Replayer(workflows=[Case], workflow_runner=sandbox(), data_converter=IN_CLEAR)
    await replayer.replay_workflow(WorkflowHistory.from_json(name, history))


def test_there_are_histories_to_replay() -> None:
    assert len(RECORDED) >= 15


@pytest.mark.parametrize("path", RECORDED, ids=name_of)
async def test_a_recorded_history_replays(path: Path) -> None:
    await replay(path.stem, history_of(path))


def swaps(history: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Find two commands of different kinds that one workflow task sent, one after the other."""
    for one, other in pairwise(range(len(history["events"]))):
        kinds = [history["events"][index]["eventType"].removeprefix("EVENT_TYPE_") for index in (one, other)]
        if set(kinds) <= set(COMMANDS) and kinds[0] != kinds[1]:
            yield one, other


SWAPPABLE = [path for path in RECORDED if any(swaps(history_of(path)))]


def test_commands_can_be_swapped_in_several_histories() -> None:
    assert len(SWAPPABLE) >= 5


@pytest.mark.parametrize("path", SWAPPABLE, ids=name_of)
async def test_a_history_of_an_engine_that_sent_two_commands_in_another_order_does_not_replay(path: Path) -> None:
    history = history_of(path)
    one, other = next(swaps(history))
    events = history["events"]
    first, second = events[one], events[other]
    events[one] = {**second, "eventId": first["eventId"]}
    events[other] = {**first, "eventId": second["eventId"]}
    with pytest.raises(NondeterminismError):
        await replay("swapped", history)


async def test_a_history_whose_activity_has_another_name_does_not_replay() -> None:
    broken = copy.deepcopy(newest("incident"))
    scheduled = next(e for e in broken["events"] if e["eventType"].endswith("ACTIVITY_TASK_SCHEDULED"))
    scheduled["activityTaskScheduledEventAttributes"]["activityType"]["name"] = "another.task.type"
    with pytest.raises(NondeterminismError):
        await replay("broken", broken)


async def test_a_history_in_which_a_command_is_missing_does_not_replay() -> None:
    broken = copy.deepcopy(newest("ladder"))
    index = next(i for i, e in enumerate(broken["events"]) if e["eventType"].endswith("TIMER_STARTED"))
    upsert = next(e for e in broken["events"] if "SEARCH_ATTRIBUTES" in e["eventType"])
    broken["events"][index] = {**upsert, "eventId": broken["events"][index]["eventId"]}
    with pytest.raises(NondeterminismError):
        await replay("broken", broken)
