"""How does a case come by its definition? How many does a worker keep decoded, and what if one is gone?"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import RetryPolicy, SearchAttributeKey

from tests.host.conftest import World
from tests.host.diagrams import ONE_TASK, line, user_task
from workflows.contract.handover import Carried
from workflows.contract.requests import CompleteTask
from workflows.engine.events import Started
from workflows.engine.step import step
from workflows.host import definitions

README = Path(__file__).parents[2] / "README.md"
LOST = line("lost", user_task("examine", "lost"))
PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")


def stuck_by_the_readme() -> str:
    """Give the query of the deep link "stuck"."""
    (row,) = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| stuck |")]
    query, link = row.removeprefix("| stuck | [`").removesuffix(") |").split("`](")
    assert link.endswith(f"?query={quote(query)}")
    return query


async def listed(client: Client, query: str) -> set[str]:
    return {found.id async for found in client.list_workflows(query)}


def test_the_oldest_definition_makes_room() -> None:
    names = [f"of-a-test-{number}" for number in range(definitions.MOST + 1)]
    assert all(definitions.keep(name, ONE_TASK) is ONE_TASK for name in names)
    assert definitions.decoded(names[0]) is None
    assert definitions.decoded(names[-1]) is ONE_TASK


@pytest.mark.temporal
async def test_a_running_case_whose_definition_is_gone_waits_for_it_and_does_not_fail(world: World) -> None:
    began = world.case(LOST)
    state = step(LOST, None, Started(datetime(2026, 1, 5, 9, tzinfo=UTC), began.case_id)).state
    carried = [replace(began, state=state), Carried()]
    del world.published[LOST.sha256]
    handle = await world.client.start_workflow(
        LOST.name,
        args=carried,
        id=began.case_id,
        task_queue=world.task_queue,
        task_timeout=timedelta(seconds=1),
    )
    await world.until(lambda: world.runs >= 2)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    world.published[LOST.sha256] = LOST
    await world.gateway.send(began.case_id, CompleteTask("examine#1", "p1"), "done")
    assert (await handle.result())["outcome"] == "completed"


@pytest.mark.temporal
async def test_what_cannot_read_its_definition_writes_no_history_says_so_and_goes_on_when_the_database_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly = RetryPolicy(initial_interval=timedelta(seconds=0.1), maximum_attempts=2)
    monkeypatch.setattr(definitions, "_A_FEW_TRIES", quickly)
    new, fresh = world.case(ONE_TASK), world.case(ONE_TASK)
    state = step(ONE_TASK, None, Started(datetime(2026, 1, 5, 9, tzinfo=UTC), fresh.case_id)).state
    world.library_is_away = True
    for arguments in ([new], [replace(fresh, state=state), Carried()]):
        await world.client.start_workflow(
            ONE_TASK.name,
            args=arguments,
            id=arguments[0].case_id,
            task_queue=world.task_queue,
            task_timeout=timedelta(seconds=1),
        )
    handles = [world.client.get_workflow_handle(case.case_id) for case in (new, fresh)]
    async with asyncio.timeout(60):
        while not all([(await handle.describe()).typed_search_attributes.get(PROBLEMS) for handle in handles]):
            await asyncio.sleep(0.2)
    while {case.case_id for case in (new, fresh)} - await listed(world.client, stuck_by_the_readme()):
        await asyncio.sleep(0.2)
    length, tries = [(await handle.describe()).history_length for handle in handles], world.runs
    await world.until(lambda: world.runs >= tries + 4)
    assert [(await handle.describe()).history_length for handle in handles] == length
    world.library_is_away = False
    for case, handle in zip((new, fresh), handles, strict=True):
        await world.gateway.send(case.case_id, CompleteTask("examine#1", "p1"), "done")
        assert (await handle.result())["outcome"] == "completed"
