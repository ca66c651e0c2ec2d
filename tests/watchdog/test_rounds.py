"""Does the watchdog find what stands still, and put right what has drifted? On a real server and both databases."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlmodel import col, delete, insert, select, update
from temporalio import workflow
from temporalio.client import Client
from temporalio.common import RawValue, SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.surroundings import system_clock
from api.watchdog import repair
from api.watchdog.keeping import Keeper, last_report
from api.watchdog.looks import Pace
from api.watchdog.report import Finding, Report
from api.watchdog.rounds import Watchdog
from api.watchdog.stand_in import STAND_IN
from records.projection import project
from records.projection.facts import keep_facts
from records.projection.rows import CaseRows
from records.queries.timeline import timeline
from records.queries.watch import standings
from records.tables import (
    Case,
    FactRecord,
    Idempotency,
    Notification,
    OpenActivation,
    ScopeVariables,
    Task,
    Timer,
    ToldTwice,
)
from tests.host.diagrams import CALLING, LADDERED, LOOPING, ONE_TASK, TWO_TASKS
from tests.watchdog.ward import FAILING, HASTE, THROWING, Ward, open_ward
from workflows.contract.requests import CaseFacts, ClaimTask, CompleteTask, SetVariables, StartCase
from workflows.engine.events import CalledProcessEscalated
from workflows.engine.facts import Fact
from workflows.engine.state import Activation, State
from workflows.host.gateway import CannotSay
from workflows.host.keys_wrapping import KeyRing
from workflows.host.recall import Recalled, recall

pytestmark = pytest.mark.temporal
STAND_INS = f"Stuck = true AND WorkflowType = '{STAND_IN}'"
on_sqlite = pytest.mark.parametrize("ward", ["sqlite"], indirect=True)
"""What does not depend on the database is tested on one."""


@workflow.defn(dynamic=True)
class Mute:
    """What a deploy that cannot say how its cases stand looks like."""

    @workflow.run
    async def run(self, _args: Sequence[RawValue]) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.query(name="state")
    def state(self) -> str:
        raise RuntimeError("Testina Sample broke it")


@workflow.defn(dynamic=True)
class Broken:
    """What a deploy that cannot carry on with its cases looks like."""

    @workflow.run
    async def run(self, _args: Sequence[RawValue]) -> None:
        raise RuntimeError("Testina Sample broke it")


@on_sqlite
async def test_a_well_case_is_asked_once_and_again_when_it_has_changed(ward: Ward) -> None:
    case_id = await ward.start(TWO_TASKS)
    calling = await ward.start(CALLING)
    await ward.until_listed(case_id, calling, f"{calling}/call#1")
    first = await ward.round()
    assert first.orphans == 0
    assert first.running >= 3
    assert first.unasked == 0
    assert first.polled
    assert first.asked >= 3
    ward.watchdog._pace = Pace(anyhow=0, grace=HASTE.grace, lag=HASTE.lag, newcomer=HASTE.newcomer)
    try:
        assert (await ward.round()).asked == 0, "what has not changed is not asked, nor what waits for one it called"
        await ward.gateway.send(case_id, ClaimTask("first#1", "p1"), uuid4().hex)
        assert (await ward.round()).asked >= 1
    finally:
        ward.watchdog._pace = HASTE


async def test_garbled_rows_are_built_anew_from_the_facts(ward: Ward) -> None:
    case_id = await ward.start(LADDERED, side="left")
    await ward.until_listed(case_id)
    assert await ward.is_right(case_id)
    await ward.change(
        delete(Task).where(col(Task.case_id) == case_id),
        delete(Timer).where(col(Timer.case_id) == case_id),
        update(ScopeVariables).where(col(ScopeVariables.case_id) == case_id).values(variables={"side": "right"}),
        update(Case).where(col(Case.case_id) == case_id).values(sha256="garbled"),
    )
    assert await ward.until_repaired(case_id) == "rebuilt"
    assert await ward.is_right(case_id)
    assert await ward.audited(case_id) == ["watchdog.rebuilt"]
    async with ward.database.reader() as session:
        standing = (await standings(session, [case_id]))[case_id]
    assert standing.variables == {"side": "left"}
    assert set(standing.tasks) == {"examine#1"}
    assert len(standing.timers) == 2
    assert standing.sha256 == LADDERED.sha256


@on_sqlite
async def test_a_row_whose_value_alone_was_changed_is_found_too(ward: Ward) -> None:
    case_id = await ward.start(ONE_TASK)
    await ward.until_listed(case_id)
    assert await ward.is_right(case_id)
    await ward.change(update(Task).where(col(Task.case_id) == case_id).values(assignee="nobody"))
    assert await ward.until_repaired(case_id) == "rebuilt"


async def test_facts_that_were_lost_are_recovered_from_all_runs_of_the_case(ward: Ward) -> None:
    case_id = await ward.start(LOOPING)
    for number in range(14):  # enough to carry itself over at least once
        await ward.gateway.send(case_id, CompleteTask(f"task{number}#1", "p1"), uuid4().hex)
    await ward.until_listed(case_id)
    async with ward.database.reader() as session:
        before = list(await session.exec(select(FactRecord).where(FactRecord.case_id == case_id).order_by("seq")))
    await ward.change(delete(FactRecord).where(col(FactRecord.case_id) == case_id, col(FactRecord.seq) > 3))
    await ward.change(delete(Case).where(col(Case.case_id) == case_id))
    assert await ward.until_repaired(case_id) == "recovered"
    async with ward.database.reader() as session:
        after = list(await session.exec(select(FactRecord).where(FactRecord.case_id == case_id).order_by("seq")))
    assert [row.model_dump() for row in after] == [row.model_dump() for row in before]
    assert await ward.is_right(case_id)


@on_sqlite
async def test_a_case_goes_on_after_the_database_was_restored_from_an_older_backup(ward: Ward) -> None:
    case_id = await ward.start(TWO_TASKS)
    await ward.until_listed(case_id)
    async with ward.database.reader() as session:
        backup = (await session.get_one(Case, case_id)).last_seq
    await ward.gateway.send(case_id, ClaimTask("first#1", "p1"), uuid4().hex)
    await ward.change(
        delete(FactRecord).where(col(FactRecord.case_id) == case_id, col(FactRecord.seq) > backup),
        update(Case).where(col(Case.case_id) == case_id).values(last_seq=backup),
    )
    asked = asyncio.create_task(ward.gateway.send(case_id, CompleteTask("first#1", "p1"), uuid4().hex))
    await ward.until_repaired(case_id)
    assert {task.activation for task in (await asked).opened} == {"second#1"}, "what waited for the gap is answered"
    async with ward.database.reader() as session:
        assert set((await standings(session, [case_id]))[case_id].tasks) == {"second#1"}


async def test_facts_that_the_case_never_told_are_replaced(ward: Ward) -> None:
    case_id = await ward.start(TWO_TASKS)
    await ward.gateway.send(case_id, ClaimTask("first#1", "p1"), uuid4().hex)
    await ward.until_listed(case_id)
    last = (await ward.case(case_id)).last_seq
    never = {"assignee": "p2", "actor": "p2"}
    await ward.change(
        update(FactRecord).where(col(FactRecord.case_id) == case_id, col(FactRecord.seq) == last).values(detail=never),
        update(Task).where(col(Task.case_id) == case_id).values(assignee="p2"),
    )
    assert await ward.until_repaired(case_id) == "rewritten"
    async with ward.database.reader() as session:
        assert (await standings(session, [case_id]))[case_id].tasks["first#1"][0] == "p1"
    assert "watchdog.rewritten" in await ward.audited(case_id)


async def test_what_a_case_tells_while_its_history_is_read_is_not_taken_for_never_told(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = await ward.start(TWO_TASKS)
    state = await ward.gateway.state(case_id)
    assert state is not None
    last = (await ward.case(case_id)).last_seq
    untold = {"seq": last + 1, "at": system_clock(), "fact": "claimed", "element": "first", "activation": "first#1"}
    await ward.change(
        insert(FactRecord).values(case_id=case_id, root_case_id=case_id, name="", type="userTask", detail={}, **untold),
        update(Case).where(col(Case.case_id) == case_id).values(last_seq=last + 1),
    )

    async def goes_on_meanwhile(client: Client, of_case: str) -> Recalled:
        recalled = await recall(client, of_case)
        await ward.gateway.send(case_id, CompleteTask("first#1", "p1"), uuid4().hex)
        return recalled

    monkeypatch.setattr(repair, "recall", goes_on_meanwhile)
    outcome = await repair.Repairs(ward.database, ward.client, system_clock).mend(case_id, state, ("ahead",))
    assert isinstance(outcome, Finding)
    assert outcome.kind == "lagging"
    async with ward.database.reader() as session:
        assert set((await standings(session, [case_id]))[case_id].tasks) == {"second#1"}


@on_sqlite
async def test_a_case_whose_facts_cannot_be_written_is_stuck_and_well_again_when_they_can(ward: Ward) -> None:
    case_id = await ward.start(TWO_TASKS)
    await ward.until_listed(case_id)
    refuse = f"BEFORE INSERT ON task WHEN NEW.case_id = '{case_id}' BEGIN SELECT RAISE(ABORT, 'no such row'); END"
    await ward.change(text(f"CREATE TRIGGER faulty {refuse}"))
    asked = asyncio.create_task(ward.gateway.send(case_id, CompleteTask("first#1", "p1"), uuid4().hex))
    async with asyncio.timeout(60):
        while not (await ward.case(case_id)).stuck:
            await asyncio.sleep(0.1)
    assert (await ward.case(case_id)).stuck_reason == "what it does cannot be put on record: IntegrityError"
    patient = Watchdog(ward.database, ward.client, ward.queue, clock=system_clock, pace=replace(HASTE, lag=Pace().lag))
    for _ in range(2):
        assert (await patient.round()).count("lagging") == 1
        assert (await ward.case(case_id)).stuck, "nobody can say yet that it is well"
    await ward.until("drift", case_id)
    case = await ward.case(case_id)
    assert case.stuck
    assert case.trouble.startswith("what people read of it is not what it says")
    await ward.change(text("DROP TRIGGER faulty"))
    assert {task.activation for task in (await asked).opened} == {"second#1"}
    async with asyncio.timeout(60):
        while not await ward.is_right(case_id) or (await ward.case(case_id)).stuck:
            await asyncio.sleep(0.3)


async def test_what_was_told_twice_is_compared_with_history_though_the_case_has_ended(ward: Ward) -> None:
    right, wrong = await ward.start(ONE_TASK), await ward.start(ONE_TASK)
    for case_id in (right, wrong):
        await ward.gateway.send(case_id, CompleteTask("examine#1", "kite"), uuid4().hex)
        await ward.change(insert(ToldTwice).values(case_id=case_id, at=system_clock()))
    by_kite = (
        col(FactRecord.case_id) == wrong,
        col(FactRecord.activation) == "examine#1",
        FactRecord.fact == "completed",
    )
    async with ward.database.session() as session:
        told = (await session.exec(select(FactRecord).where(*by_kite))).one()
        told.detail = {**told.detail, "actor": "owl"}
    assert await ward.until_repaired(wrong) == "rewritten"
    async with ward.database.reader() as session:
        assert (await session.exec(select(FactRecord).where(*by_kite))).one().detail["actor"] == "kite"
        assert list(await session.exec(select(ToldTwice))) == []
    assert await ward.audited(wrong) == ["watchdog.rewritten"]
    assert await ward.audited(right) == []


async def test_what_is_not_in_its_history_yet_stays_to_be_compared(ward: Ward) -> None:
    case_id = await ward.start(TWO_TASKS)
    untold = Fact(99, system_clock(), "claimed", "first", "", "userTask", "first#1")
    async with ward.database.session() as session:
        await keep_facts(session, CaseRows(start=StartCase(case_id, "k", "s")), [untold])
    await ward.change(insert(ToldTwice).values(case_id=case_id, at=system_clock()))
    await ward.until_listed(case_id)
    assert await repair.Repairs(ward.database, ward.client, system_clock).compare(case_id) is None
    async with ward.database.reader() as session:
        assert [row.case_id for row in await session.exec(select(ToldTwice))] == [case_id]
    await ward.change(delete(ToldTwice), delete(FactRecord).where(FactRecord.case_id == case_id, FactRecord.seq == 99))


async def test_a_case_that_was_terminated_in_temporal_ends_in_the_read_model(ward: Ward) -> None:
    case_id = await ward.start(TWO_TASKS)
    await ward.until_listed(case_id)
    await ward.client.get_workflow_handle(case_id).terminate(reason="opened twice")
    assert await ward.until_repaired(case_id) == "ended"
    case = await ward.case(case_id)
    assert case.status == "terminated"
    assert case.ended_at is not None
    async with ward.database.reader() as session:
        told = list(
            await session.exec(select(FactRecord).where(FactRecord.case_id == case_id, FactRecord.fact == "case_ended"))
        )
        standing = (await standings(session, [case_id]))[case_id]
    assert [row.detail["reason"] for row in told] == ["terminated in Temporal: opened twice"]
    assert (standing.tasks, standing.timers, standing.activations) == ({}, {}, frozenset())
    assert await ward.audited(case_id) == ["watchdog.ended"]
    assert await ward.is_right(case_id)


@on_sqlite
async def test_a_caller_hears_of_a_called_case_that_was_terminated_though_it_has_left_its_history(ward: Ward) -> None:
    case_id = await ward.start(CALLING)
    called = f"{case_id}/call#1"
    first = (await ward.client.get_workflow_handle(case_id).describe()).run_id
    async with asyncio.timeout(60):
        while (await ward.client.get_workflow_handle(case_id).describe()).run_id == first:
            await ward.gateway.send(case_id, SetVariables({"looked": True}, "p1"), uuid4().hex)
    await ward.until_listed(case_id, called)
    await ward.client.get_workflow_handle(called).terminate(reason="opened twice")
    assert await ward.until_repaired(called) == "ended"
    async with asyncio.timeout(60):
        while not (await ward.case(case_id)).incident:
            await asyncio.sleep(0.1)
    assert "terminated in Temporal" in (await ward.case(case_id)).stuck_reason


@on_sqlite
async def test_a_case_that_waits_for_nothing_is_reported_as_an_orphan(ward: Ward) -> None:
    case_id = f"ward-orphan-{uuid4().hex[:8]}"
    root = Activation("one_task#1", "one_task", "", system_clock())
    alone = State(case_id, ONE_TASK.sha256, "one_task", "running", seq=2, activations={"one_task#1": root})
    case = StartCase(case_id, "one_task", ONE_TASK.sha256, state=alone)
    told = [
        Fact(1, root.created_at, "case_started", "one_task", "Pathway one_task", "process", "one_task#1"),
        Fact(2, root.created_at, "taken", "start", detail={"flow": "f0"}),
    ]
    await ward.client.start_workflow(ONE_TASK.name, case, id=case_id, task_queue=ward.queue)
    async with ward.database.session() as session:
        await project(session, CaseFacts(case, tuple(told)))
    report = await ward.until("orphan", case_id)
    assert report.orphans == 1
    assert str(report).startswith("1 orphans of ")
    stuck = await ward.case(case_id)
    assert stuck.stuck
    assert "waits for nothing" in stuck.stuck_reason
    await ward.client.get_workflow_handle(case_id).terminate(reason="it waits for nothing")
    await ward.until_repaired(case_id)
    assert (await ward.round()).orphans == 0


@on_sqlite
async def test_work_that_fails_again_and_again_makes_its_case_stuck_until_it_succeeds(ward: Ward) -> None:
    ward.failing = True
    case_id = await ward.start(FAILING)
    report = await ward.until("activity-failing", case_id)
    assert "Testina" not in str(report.findings)
    case = await ward.case(case_id)
    assert (case.stuck, case.trouble) == (True, "work fails again and again: test.fetch (ArchiveDown)")
    async with ward.database.reader() as session:
        told = list(await session.exec(select(Notification).where(Notification.case_id == case_id)))
    assert [(row.recipient, row.text) for row in told] == [("admin", case.trouble)]
    await until_shown(ward, case_id, (True, case.trouble))
    ward.failing = False
    async with asyncio.timeout(60):
        while (await ward.case(case_id)).stuck:
            await asyncio.sleep(0.3)
            await ward.round()
    assert (await ward.case(case_id)).trouble == ""
    await until_shown(ward, case_id, (False, None))
    async with ward.database.reader() as session:
        said = [entry.text for entry in await timeline(session, case_id) if entry.fact == "trouble"]
    assert said == [f"The case is stuck: {case.trouble}", "The case goes on again"]


async def until_shown(ward: Ward, case_id: str, wanted: tuple[bool, str | None]) -> None:
    """Wait until the search attributes say whether the case is stuck, and why."""
    keys = SearchAttributeKey.for_bool("Stuck"), SearchAttributeKey.for_keyword("StuckReason")
    async with asyncio.timeout(60):
        while True:
            shown = (await ward.client.get_workflow_handle(case_id).describe()).typed_search_attributes
            if (shown.get(keys[0]), shown.get(keys[1])) == wanted:
                return
            await asyncio.sleep(0.1)


@on_sqlite
async def test_a_case_that_cannot_say_how_it_stands_is_stuck_until_it_can(ward: Ward) -> None:
    case_id = await ward.start(TWO_TASKS)
    await ward.until_listed(case_id)
    await ward.workers.aclose()
    async with Worker(
        ward.client, task_queue=ward.queue, workflows=[Mute], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        with pytest.raises(CannotSay):
            await ward.gateway.state(case_id)
        await ward.until("silent", case_id)
        assert (await ward.case(case_id)).stuck_reason == "it cannot say how it stands: no worker can carry on with it"
    await ward.staff()
    async with asyncio.timeout(60):
        while (await ward.case(case_id)).stuck:
            await asyncio.sleep(0.3)
            await ward.round()


@on_sqlite
async def test_a_case_that_is_over_and_cannot_send_what_it_threw_is_said(ward: Ward) -> None:
    case_id = await ward.start(THROWING)
    report = await ward.until("unsent", case_id)
    assert report.orphans == 0
    assert (await ward.case(case_id)).status == "completed"
    await ward.client.get_workflow_handle(case_id).terminate(reason="told by telephone")


@on_sqlite
async def test_a_request_that_nobody_brings_into_the_audit_is_said_and_makes_nothing_stuck(ward: Ward) -> None:
    case_id = await ward.start(TWO_TASKS)
    begun = {"key": uuid4().hex, "actor": "dr.oak", "request_hash": "h", "intent": {"case_id": case_id}}
    async with ward.database.session() as session:
        session.add(Idempotency(**begun, begun_at=system_clock() - timedelta(minutes=16)))
    await ward.until("unnoted", case_id)
    assert not (await ward.case(case_id)).stuck
    await ward.change(update(Idempotency).values(intent=None))
    assert (await ward.round()).count("unnoted") == 0


@on_sqlite
async def test_what_goes_on_while_a_case_is_in_trouble_keeps_its_mark(ward: Ward) -> None:
    case_id = await ward.start(TWO_TASKS)
    await ward.until_listed(case_id)
    await ward.change(update(Case).where(col(Case.case_id) == case_id).values(trouble="broken", stuck=True))
    await ward.gateway.send(case_id, ClaimTask("first#1", "p1"), uuid4().hex)
    assert (await ward.case(case_id)).stuck_reason == "broken"
    await ward.round()
    assert ((await ward.case(case_id)).stuck, (await ward.case(case_id)).stuck_reason) == (False, "")


@on_sqlite
async def test_a_case_that_temporal_does_not_know_is_said_and_not_ended(ward: Ward) -> None:
    case_id, now = f"ward-gone-{uuid4().hex[:8]}", system_clock()
    told = Fact(1, now, "case_started", "one_task", "Pathway one_task", "process", "one_task#1")
    async with ward.database.session() as session:
        await project(session, CaseFacts(StartCase(case_id, "one_task", ONE_TASK.sha256), (told,)))
    report = await ward.round()
    assert [f.kind for f in report.findings if f.case_id == case_id] == ["gone"]
    case = await ward.case(case_id)
    assert (case.status, case.stuck) == ("running", True)
    await ward.change(
        delete(Case).where(col(Case.case_id) == case_id),
        delete(OpenActivation).where(col(OpenActivation.case_id) == case_id),
    )


@on_sqlite
async def test_facts_that_no_history_has_any_more_are_named(ward: Ward) -> None:
    case_id = f"ward-lost-{uuid4().hex[:8]}"
    root = Activation("one_task#1", "one_task", "", system_clock())
    carried = State(case_id, ONE_TASK.sha256, "one_task", "running", seq=9, activations={"one_task#1": root})
    case = StartCase(case_id, "one_task", ONE_TASK.sha256, state=carried)
    await ward.client.start_workflow(ONE_TASK.name, case, id=case_id, task_queue=ward.queue)
    report = await ward.until("lost-facts", case_id)
    said = [found.reason for found in report.findings if found.kind == "lost-facts"]
    assert [reason.endswith("(its older runs are not kept any more)") for reason in said] == [True]
    await ward.client.get_workflow_handle(case_id).terminate()


@on_sqlite
async def test_one_process_at_a_time_makes_the_rounds_and_the_report_is_on_record(ward: Ward) -> None:
    await ward.until_listed(await ward.start(ONE_TASK))
    keepers = [Keeper(ward.database, ward.watchdog, every=timedelta(minutes=1), clock=system_clock) for _ in range(2)]
    assert await keepers[0].turn(at_once=True) is not None
    assert await keepers[1].turn() is None, "another process has just made one"
    async with ward.database.reader() as session:
        found = await last_report(session)
    assert found is not None
    assert found[0].running >= 1


class Losing(Watchdog):
    """A watchdog that has lost Temporal."""

    async def round(self) -> Report:
        raise RPCError("gone", RPCStatusCode.UNAVAILABLE, b"")


@on_sqlite
async def test_after_a_round_that_failed_the_next_turn_makes_one_at_once(ward: Ward) -> None:
    losing = Losing(ward.database, ward.client, ward.queue, clock=system_clock)
    with pytest.raises(RPCError):
        await Keeper(ward.database, losing, every=timedelta(minutes=1), clock=system_clock).turn(at_once=True)
    well = Keeper(ward.database, ward.watchdog, every=timedelta(minutes=1), clock=system_clock)
    assert await well.turn() is not None


async def test_a_case_that_no_worker_can_carry_on_with_is_stuck_within_a_minute_and_goes_on_after_the_fix(
    meanwhile: asyncio.Task[None],
) -> None:
    await meanwhile


@pytest_asyncio.fixture(scope="module", autouse=True)
async def meanwhile(
    dev_server: Client, key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[asyncio.Task[None]]:
    """What waits long for the server begins with the first test and goes on beside the others, in a ward of its own."""
    url = f"sqlite:///{tmp_path_factory.mktemp('broken') / 'records.sqlite'}"
    task = asyncio.create_task(_broken_and_mended(url, dev_server, key_ring))
    yield task
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _broken_and_mended(url: str, dev_server: Client, key_ring: KeyRing) -> None:
    async with open_ward(url, dev_server, key_ring) as ward:
        case_id = await ward.start(TWO_TASKS)
        await ward.workers.aclose()
        poked = CalledProcessEscalated(system_clock(), "nothing#1", "late")
        await ward.client.get_workflow_handle(case_id).signal("called_process_escalated", poked)
        async with Worker(
            ward.client, task_queue=ward.queue, workflows=[Broken], workflow_runner=UnsandboxedWorkflowRunner()
        ):
            begun = time.monotonic()
            report = await ward.until("task-failing", case_id)
            assert time.monotonic() - begun < 60
        assert "Testina" not in str(report)
        case = await ward.case(case_id)
        assert case.stuck
        why = "WorkflowWorkerUnhandledFailure: RuntimeError"
        assert case.stuck_reason == f"no worker can carry on with it ({why})"
        await until_shown_stuck(ward, case_id, why)
        await ward.staff()
        async with asyncio.timeout(60):
            while (await ward.case(case_id)).stuck:
                await asyncio.sleep(0.3)
                await ward.round()
        await until_no_stand_in(ward)
        receipt = await ward.gateway.send(case_id, CompleteTask("first#1", "p1"), "k1")
        assert [task.activation for task in receipt.opened] == ["second#1"]


async def until_shown_stuck(ward: Ward, case_id: str, why: str) -> None:
    """Temporal finds what cannot set `Stuck` itself by its stand-in, and has one only, however many rounds are made."""
    async with asyncio.timeout(30):
        while not (found := await ward.running(STAND_INS)):
            await ward.round()
    await ward.round()
    (shown,) = await ward.running(STAND_INS)
    assert (shown, found) == (f"stuck/{case_id}", [shown])
    attributes = (await ward.client.get_workflow_handle(shown).describe()).typed_search_attributes
    assert attributes[SearchAttributeKey.for_bool("Stuck")]
    assert attributes[SearchAttributeKey.for_keyword("StuckReason")].endswith(f"({why})")


async def until_no_stand_in(ward: Ward) -> None:
    async with asyncio.timeout(30):
        while await ward.running(STAND_INS):
            await ward.round()
