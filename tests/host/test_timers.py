"""When do a case's timers fire? By the state's due times, through one Temporal timer."""

from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from tests.host.conftest import World
from tests.host.diagrams import LADDERED, WAIT
from workflows.contract.requests import CompleteTask

pytestmark = pytest.mark.temporal


async def test_a_case_wakes_when_its_timer_is_due(skipping_world: World, time_skipping: WorkflowEnvironment) -> None:
    case_id = (await skipping_world.start(WAIT)).case_id
    await time_skipping.sleep(timedelta(days=30, minutes=1))
    await skipping_world.until(lambda: "offered" in skipping_world.happened(case_id))
    fired = next(fact for fact in skipping_world.facts[case_id] if fact.fact == "timer_fired")
    assert fired.detail.get("late_seconds", 0) < 60


async def test_a_case_does_not_wake_early(skipping_world: World, time_skipping: WorkflowEnvironment) -> None:
    case_id = (await skipping_world.start(WAIT)).case_id
    await time_skipping.sleep(timedelta(days=29))
    assert "timer_fired" not in skipping_world.happened(case_id)


async def test_every_rung_of_a_ladder_fires_once(skipping_world: World, time_skipping: WorkflowEnvironment) -> None:
    case_id = (await skipping_world.start(LADDERED)).case_id
    await time_skipping.sleep(timedelta(days=10))
    await skipping_world.until(lambda: skipping_world.happened(case_id).count("escalated") == 2)
    await time_skipping.sleep(timedelta(days=10))
    assert skipping_world.happened(case_id).count("escalated") == 2


async def test_a_completed_step_climbs_no_further(skipping_world: World, time_skipping: WorkflowEnvironment) -> None:
    case_id = (await skipping_world.start(LADDERED)).case_id
    await time_skipping.sleep(timedelta(hours=25))
    await skipping_world.until(lambda: skipping_world.happened(case_id).count("escalated") == 1)
    await skipping_world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "k1")
    assert (await skipping_world.client.get_workflow_handle(case_id).result())["outcome"] == "completed"
    assert skipping_world.happened(case_id).count("escalated") == 1


async def test_a_ladder_of_two_rungs_arms_one_temporal_timer_at_a_time(skipping_world: World) -> None:
    case_id = (await skipping_world.start(LADDERED)).case_id
    history = await skipping_world.client.get_workflow_handle(case_id).fetch_history()
    timers = [e for e in history.events if e.event_type == EventType.EVENT_TYPE_TIMER_STARTED]
    assert len(timers) == 1
    assert timers[0].user_metadata.summary.data == b'"Examine: reminder to assignee"'
