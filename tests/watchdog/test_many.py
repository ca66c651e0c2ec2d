"""Does the watchdog see to every case when many are in doubt, and to none that only seems to wait for nothing?"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.surroundings import system_clock
from api.watchdog.keeping import Keeper
from tests.host.diagrams import CALLING, ONE_TASK, TWO_TASKS
from tests.watchdog.test_rounds import Mute
from tests.watchdog.ward import AWAY, FAILING, HASTE, Ward
from workflows.contract import names
from workflows.contract.requests import SetVariables

pytestmark = [pytest.mark.temporal, pytest.mark.parametrize("ward", ["sqlite"], indirect=True)]


async def test_every_case_whose_work_fails_is_found_however_few_a_round_looks_at(ward: Ward) -> None:
    ward.failing = True
    ward.watchdog._pace = replace(HASTE, looks=2, anyhow=0)
    cases = [await ward.start(FAILING) for _ in range(6)]
    await ward.until_listed(*cases)
    found: set[str] = set()
    async with asyncio.timeout(60):
        while found != set(cases):
            report = await ward.round()
            found = {each.case_id for each in report.findings if each.kind == "activity-failing"} & set(cases)
            await asyncio.sleep(0.1)
    changed = await ward.start(TWO_TASKS)
    await ward.until_listed(changed)
    async with asyncio.timeout(60):
        while changed not in ward.watchdog._seen:
            await ward.round()
    ward.watchdog._pace, ward.failing = HASTE, False


async def test_when_no_case_can_say_how_it_stands_all_are_stuck_three_rounds_later(ward: Ward) -> None:
    cases = [await ward.start(ONE_TASK) for _ in range(40)]
    await ward.until_listed(*cases)
    async with asyncio.timeout(60):
        while (await ward.round()).unasked:
            pass
    await ward.workers.aclose()
    ward.watchdog._pace = replace(HASTE, looks=5, anyhow=2)
    async with Worker(
        ward.client, task_queue=ward.queue, workflows=[Mute], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        for _ in range(3):
            report = await ward.round()
    assert {each.case_id for each in report.findings if each.kind == "silent"} >= set(cases)
    assert (await ward.case(cases[-1])).stuck
    ward.watchdog._pace = HASTE
    await ward.staff()
    async with asyncio.timeout(60):
        while (await ward.case(cases[-1])).stuck:
            await ward.round()


async def test_the_round_after_one_that_found_a_silent_case_does_not_wait_its_turn(ward: Ward) -> None:
    case_id = await ward.start(ONE_TASK)
    await ward.until_listed(case_id)
    await ward.workers.aclose()
    stopped, keeper = (
        asyncio.Event(),
        Keeper(ward.database, ward.watchdog, every=timedelta(hours=1), clock=system_clock),
    )
    async with Worker(
        ward.client, task_queue=ward.queue, workflows=[Mute], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        await keeper.turn(at_once=True)
        rounds = asyncio.create_task(keeper.until(stopped))
        async with asyncio.timeout(60):
            while not (await ward.case(case_id)).stuck:
                await asyncio.sleep(0.1)
    stopped.set()
    await rounds
    await ward.staff()


async def test_a_caller_that_has_left_the_history_in_which_it_called_is_no_orphan(ward: Ward) -> None:
    case_id = await ward.start(CALLING)
    first = (await ward.client.get_workflow_handle(case_id).describe()).run_id
    async with asyncio.timeout(60):
        while (await ward.client.get_workflow_handle(case_id).describe()).run_id == first:
            await ward.gateway.send(case_id, SetVariables({"looked": True}, "p1"), uuid4().hex)
    await ward.until_listed(case_id, f"{case_id}/call#1")
    report = await ward.round()
    assert case_id in ward.watchdog._seen
    assert report.orphans == 0


async def test_work_that_rests_until_its_service_answers_is_no_orphan(ward: Ward) -> None:
    ward.failing, ward.failure = True, names.SERVICE_AWAY
    case_id = await ward.start(AWAY)
    await ward.until_listed(case_id)
    async with asyncio.timeout(60):
        while ward.tries < 3 or await under_way(ward, case_id):
            await asyncio.sleep(0.05)
    report = await ward.round()
    assert report.orphans == 0
    assert await ward.gateway.errands(case_id) == ("fetch#1",)
    ward.failing, ward.failure = False, "ArchiveDown"


async def under_way(ward: Ward, case_id: str) -> bool:
    described = await ward.client.get_workflow_handle(case_id).describe()
    return bool(described.raw_description.pending_activities)
