"""What does a running case do when people change its clocks, tokens and version? On a real server."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pathways.migration import plan_of
from tests.host.conftest import World
from tests.host.diagrams import LADDERED, TWO_TASKS, WORK, line, user_task
from workflows.contract.requests import (
    CompleteTask,
    Migrate,
    Modify,
    MoveTimer,
    ResumeClock,
    Skip,
    StopClock,
    UndoMigration,
    WorkResult,
)
from workflows.engine.changes import MoveToken
from workflows.engine.errors import EventRejected

pytestmark = pytest.mark.temporal
WHY = "the patient is in hospital"
NEWER = replace(
    line("two_tasks", user_task("first", "two_tasks", name="Look again"), user_task("second", "two_tasks")),
    sha256="sha-two_tasks-2",
)


async def test_a_clock_that_a_person_stopped_stands_still_until_it_is_resumed(skipping_world: World) -> None:
    case_id = (await skipping_world.start(LADDERED)).case_id
    due = (await skipping_world.gateway.state(case_id)).timers["timer#1"].due_at
    await skipping_world.gateway.send(case_id, StopClock("examine#1", WHY, "lead"), "k1")
    state = await skipping_world.gateway.state(case_id)
    assert all(timer.paused_at for timer in state.timers.values())
    await skipping_world.gateway.send(case_id, ResumeClock("examine#1", "he is home", "lead"), "k2")
    assert (await skipping_world.gateway.state(case_id)).timers["timer#1"].due_at >= due
    assert skipping_world.happened(case_id).count("timer_resumed") == 2


async def test_a_timer_that_a_person_moved_fires_at_its_new_time(world: World) -> None:
    case_id = (await world.start(LADDERED)).case_id
    soon = (await world.gateway.state(case_id)).activations["examine#1"].created_at + timedelta(seconds=1)
    await world.gateway.send(case_id, MoveTimer("timer#1", soon, WHY, "lead"), "k1")
    await world.until(lambda: "escalated" in world.happened(case_id))


async def test_a_step_whose_work_failed_is_skipped(world: World) -> None:
    world.work = lambda _: WorkResult(error_code="NOT_CAUGHT")
    case_id = (await world.start(WORK)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    receipt = await world.gateway.send(case_id, Skip("fetch#1", "known from the letter", "lead", {"x": 1}), "k1")
    assert [task.element for task in receipt.opened] == ["read"]


async def test_a_token_is_moved_or_the_move_is_refused_in_words(world: World) -> None:
    case_id = (await world.start(TWO_TASKS)).case_id
    with pytest.raises(EventRejected, match="no element of this pathway"):
        await world.gateway.send(case_id, Modify((MoveToken("first#1", "nowhere"),), WHY, "lead"), "k1")
    receipt = await world.gateway.send(case_id, Modify((MoveToken("first#1", "second"),), WHY, "lead"), "k2")
    assert [task.element for task in receipt.opened] == ["second"]


async def test_a_case_migrates_goes_back_and_migrates_again(world: World) -> None:
    world.published[NEWER.sha256] = NEWER
    case_id = (await world.start(TWO_TASKS)).case_id
    there = Migrate(plan_of(TWO_TASKS, NEWER).for_case(), "guideline", "designer")
    await world.gateway.send(case_id, there, "k1")
    assert (await world.gateway.state(case_id)).sha256 == NEWER.sha256
    assert (await world.gateway.describe(case_id)).waits[0].title == "Look again"
    await world.gateway.send(case_id, UndoMigration("too early", "designer"), "k2")
    assert (await world.gateway.state(case_id)).sha256 == TWO_TASKS.sha256
    await world.gateway.send(case_id, there, "k3")
    await world.gateway.send(case_id, CompleteTask("first#1", "p1"), "k4")
    with pytest.raises(EventRejected, match="migrate it back"):
        await world.gateway.send(case_id, UndoMigration("too late", "designer"), "k5")
    receipt = await world.gateway.send(case_id, CompleteTask("second#1", "p1"), "k6")
    assert receipt.status == "completed"


async def test_a_migration_to_what_is_not_published_is_refused(world: World) -> None:
    case_id = (await world.start(TWO_TASKS)).case_id
    plan = replace(plan_of(TWO_TASKS, NEWER), new_sha256="sha-unknown")
    with pytest.raises(EventRejected, match="publish it first"):
        await world.gateway.send(case_id, Migrate(plan, "guideline", "designer"), "k1")
