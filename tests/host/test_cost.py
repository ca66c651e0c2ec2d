"""What does a step cost? Counted in events of the history and statements of the read model, never in time."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from records.database import Database
from records.projection import project
from tests.host.conftest import World
from tests.host.diagrams import LADDERED, TWO_TASKS, WORK
from workflows.contract.requests import CaseFacts, CompleteTask, Work, WorkResult

pytestmark = pytest.mark.temporal

UPDATE = Counter(WORKFLOW_TASK=3, EXECUTION_UPDATE=2, MARKER=1, SEARCH_ATTRIBUTES=1)
"""What one update costs by hand when it projects by a local activity and says what it waits for next."""

BEGINNING = Counter(MARKER=1, TIMER=1)
"""Once per case: the definition that it read, and the timer that looks for overdue waits."""

STATEMENTS = 18
"""Statements of one projected step: seven to read what is open, the rest to write what changed, none per fact."""


async def spent(world: World, case_id: str) -> Counter[str]:
    """Count the events of a history by kind, stages of the same thing together."""
    history = await world.client.get_workflow_handle(case_id).fetch_history()
    kinds = [str(found["eventType"]) for found in history.to_json_dict()["events"]]
    return Counter(word for kind in kinds for word in (*UPDATE, "TIMER", "ACTIVITY_TASK") if word in kind)


async def test_completing_a_task_costs_no_event_more_than_by_hand(world: World) -> None:
    case_id = (await world.start(TWO_TASKS)).case_id
    before = await spent(world, case_id)
    await world.gateway.send(case_id, CompleteTask("first#1", "p1"), "k1")
    assert await spent(world, case_id) - before == UPDATE


async def test_beginning_a_case_costs_its_definition_and_the_timer_that_looks_for_what_is_overdue(world: World) -> None:
    case_id = (await world.start(TWO_TASKS)).case_id
    assert await spent(world, case_id) == UPDATE + BEGINNING


async def test_a_ladder_costs_one_timer_more_however_many_rungs_it_has(world: World) -> None:
    case_id = (await world.start(LADDERED)).case_id
    assert (await spent(world, case_id))["TIMER"] <= 2


async def test_work_costs_its_activity_and_one_workflow_task(world: World) -> None:
    begun = asyncio.Event()

    async def once_the_case_has_begun(_: Work) -> WorkResult:
        await begun.wait()
        return WorkResult({"found": True})

    world.slow_work = once_the_case_has_begun
    case_id = (await world.start(WORK)).case_id
    begun.set()
    await world.until(lambda: "offered" in world.happened(case_id))
    work = Counter(ACTIVITY_TASK=3, WORKFLOW_TASK=3, MARKER=1, SEARCH_ATTRIBUTES=1)
    expected = UPDATE + BEGINNING + work
    for _ in range(400):  # the facts are told a moment before the history has the task that told them
        if await spent(world, case_id) == expected:
            break
        await asyncio.sleep(0.05)
    assert await spent(world, case_id) == expected


async def test_a_projected_step_takes_few_statements(world: World, tmp_path: Path) -> None:
    case_id = (await world.start(TWO_TASKS)).case_id
    await world.gateway.send(case_id, CompleteTask("first#1", "p1", {"a": 1, "b": 2, "c": 3}), "k1")
    await world.until(lambda: world.happened(case_id).count("offered") == 2)
    batches = [batch for batch in world.batches if batch.case.case_id == case_id]
    assert await _statements(batches, tmp_path) <= STATEMENTS


async def _statements(batches: list[CaseFacts], folder: Path) -> int:
    """Give how many statements the last batch took."""
    database = Database(f"sqlite:///{folder / 'records.db'}")
    await database.migrate()
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    for batch in batches:
        said.clear()
        async with database.session() as session:
            await project(session, batch)
    await database.close()
    return len(said)
