"""How does a case live for years? It leaves its history for a fresh one, again and again, and loses nothing."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from pathways.bpmn.model import CallSpec, Definition, SequenceFlow, TimerTrigger
from pathways.migration import plan_of
from tests.conftest import free_port
from tests.engine.interventions import drawn
from tests.host.conftest import World, running
from tests.host.diagrams import CLOSING, ONE_TASK, TWO_TASKS, line, node, user_task, work
from workflows.contract.handover import CalledReport
from workflows.contract.requests import (
    CancelCase,
    CaseEnded,
    CompleteTask,
    DeliverMessage,
    Migrate,
    ResolveIncident,
    SetVariables,
    UndoMigration,
    Work,
    WorkResult,
)
from workflows.engine.errors import EventRejected
from workflows.host import errands, leaving
from workflows.host.connection import ensure_search_attributes
from workflows.host.converter import data_converter
from workflows.host.gateway import CaseGateway, HostUnavailable
from workflows.host.keys import DataKeys
from workflows.host.server import ServerOptions, embedded_server

pytestmark = pytest.mark.temporal

SWITCHES = int(os.environ.get("SWITCHES", "30"))
CASES = 6
TICKS = 10


def ticking(key: str, *, fires: int = TICKS, every: str = "PT1S") -> Definition:
    """Draw one user task with a timer that fires many times while it is open."""
    drawn = line(key, user_task("examine", key))
    tick = node(
        "tick",
        "boundaryEvent",
        key,
        attached_to="examine",
        interrupting=False,
        trigger=TimerTrigger("cycle", f'"R{fires}/{every}"'),
        outgoing=("ticks",),
    )
    ticked = node("ticked", "endEvent", key, incoming=("ticks",))
    return replace(
        drawn,
        nodes={**drawn.nodes, "tick": tick, "ticked": ticked},
        flows={**drawn.flows, "ticks": SequenceFlow("ticks", "tick", "ticked", key)},
    )


TICKING = ticking("ticking")
PATIENT_WORK = line(
    "patient_work", work("fetch", "patient_work", "test.fetch", retries="1000"), user_task("read", "patient_work")
)


TWO_AT_ONCE = drawn(
    [
        node("start", "startEvent", "p"),
        node("fork", "parallelGateway", "p"),
        work("slow", "p", "test.fetch", retries="1000"),
        user_task("ask", "p"),
        work("quick", "p", "test.fetch"),
        node("end", "endEvent", "p"),
    ],
    ["start>fork", "fork>slow", "fork>ask", "ask>quick", "slow>end", "quick>end"],
    sha256="sha-two-at-once",
)


def no_answer(_: Work) -> WorkResult:
    raise ApplicationError("the registry did not answer", type="RegistryDown")


@asynccontextmanager
async def eager(keys: DataKeys, **tuned: str) -> AsyncIterator[Client]:
    """A server that suggests a fresh history after ten events: at about every other request."""
    tuned["limit.historyCount.suggestContinueAsNew"] = "10"
    async with embedded_server(options := ServerOptions(port=free_port(), ui_port=None, dynamic_config=tuned)):
        client = await Client.connect(options.address, data_converter=data_converter(keys))
        await ensure_search_attributes(client)
        yield client


@pytest_asyncio.fixture(scope="module")
async def eager_server(data_keys: DataKeys) -> AsyncIterator[Client]:
    async with eager(data_keys) as client:
        yield client


@pytest_asyncio.fixture
async def eager_world(eager_server: Client) -> AsyncIterator[World]:
    async with running(eager_server) as world:
        yield world


@pytest_asyncio.fixture
async def slow_world(data_keys: DataKeys) -> AsyncIterator[World]:
    """Where timers fire as late as on a server that nobody tuned, so that much arrives while a case settles."""
    late = {"history.timerProcessorMaxTimeShift": '"1s"'}
    async with eager(data_keys, **late) as client, running(client) as world:
        yield world


async def storm(world: World, case_id: str, rounds: Iterator[int], sent: Counter[str]) -> None:
    """Ask several things of a case at once, each twice, until there have been enough switches."""
    gateway = CaseGateway(world.client, world.task_queue, patience=timedelta(minutes=3))
    for number in rounds:
        if world.runs >= SWITCHES + CASES:
            return
        change = SetVariables({f"v{number % 5}": number}, f"person-{number}")
        message = DeliverMessage("lab.result", "X", f"{case_id}-m{number}", {"n": number}, ttl="P1D")
        await asyncio.gather(
            gateway.send(case_id, change, f"s{number}"),
            gateway.send(case_id, message, f"m{number}"),
            gateway.send(case_id, message, f"again{number}"),
        )
        await gateway.send(case_id, change, f"s{number}")
        sent[case_id] = number + 1


async def test_a_thousand_switches_lose_no_request_no_message_and_no_timer_and_do_nothing_twice(
    slow_world: World,
) -> None:
    world = slow_world
    cases = [(await world.start(TICKING)).case_id for _ in range(CASES)]
    sent: Counter[str] = Counter()
    await asyncio.gather(*(storm(world, case_id, iter(range(1000)), sent) for case_id in cases))
    for case_id in cases:
        await world.until(lambda case_id=case_id: world.happened(case_id).count("timer_fired") >= TICKS)
        await world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "done")
    switches = world.runs - CASES
    print(switches, "switches", sum(sent.values()), "rounds", world.taken_back, "taken back")
    assert switches >= SWITCHES
    for case_id in cases:
        facts = world.facts[case_id]
        changes = [fact.detail for fact in facts if fact.fact == "variable_set"]
        actors = [detail["actor"] for detail in changes if detail["name"].startswith("v")]
        assert actors == [f"person-{number}" for number in range(sent[case_id])]
        assert Counter(world.happened(case_id))["message_buffered"] == sent[case_id]
        assert [fact.seq for fact in facts] == list(range(1, len(facts) + 1))
        assert world.happened(case_id).count("timer_fired") == TICKS


async def test_a_request_sent_again_after_the_switch_gets_the_first_answer(eager_world: World) -> None:
    world = eager_world
    case_id = (await world.start(TICKING)).case_id
    first = await world.gateway.send(case_id, SetVariables({"a": 1}, "p1"), "the-key")
    runs = world.runs
    while world.runs == runs:
        await world.gateway.send(case_id, SetVariables({"b": world.runs}, "p1"), os.urandom(4).hex())
    assert await world.gateway.send(case_id, SetVariables({"a": 1}, "p1"), "the-key") == first


async def test_a_refused_request_is_judged_anew_under_the_same_key(eager_world: World) -> None:
    world = eager_world
    case_id = (await world.start(TICKING)).case_id
    for _ in range(3):
        with pytest.raises(EventRejected):
            await world.gateway.send(case_id, CompleteTask("nothing#1", "p1"), "k")


CALLED = line("long_called", *[user_task(f"inner{i}", "long_called") for i in range(6)])
CALLING = line(
    "long_calling",
    node("call", "callActivity", "long_calling", call=CallSpec("long_called")),
    user_task("outer", "long_calling"),
    calls={"long_called": CALLED.sha256},
)


async def another_history(world: World, case_id: str) -> None:
    """Change a variable until the case has left its history."""
    handle = world.client.get_workflow_handle(case_id)
    before = (await handle.describe()).run_id
    number = 0
    while (await handle.describe()).run_id == before:
        number += 1
        await world.gateway.send(case_id, SetVariables({"number": number}, "p1"), os.urandom(4).hex())
        await asyncio.sleep(0.05)


async def calling(world: World) -> tuple[str, str]:
    """Start a case that calls another; give both ids when the called one waits for a person."""
    world.published[CALLED.sha256] = CALLED
    case_id = (await world.start(CALLING)).case_id
    await world.until(lambda: "offered" in world.happened(f"{case_id}/call#1"))
    return case_id, f"{case_id}/call#1"


async def test_a_caller_in_a_later_history_hears_once_how_the_called_process_ended(eager_world: World) -> None:
    case_id, called = await calling(eager_world)
    await another_history(eager_world, case_id)
    await another_history(eager_world, case_id)
    for number in range(6):
        await eager_world.gateway.send(
            called, CompleteTask(f"inner{number}#1", "p1", {"finding": number}), f"k{number}"
        )
    await eager_world.until(lambda: "offered" in eager_world.happened(case_id))
    assert eager_world.happened(case_id).count("call_ended") == 1
    state = await eager_world.gateway.state(case_id)
    assert state.variables["finding"] == 5


async def test_a_called_process_in_a_later_history_is_cancelled_with_its_caller(eager_world: World) -> None:
    case_id, called = await calling(eager_world)
    await another_history(eager_world, case_id)
    await another_history(eager_world, called)
    await eager_world.gateway.send(case_id, CancelCase("entered in error", "p1"), "cancel")
    assert (await eager_world.client.get_workflow_handle(called).result())["outcome"] == "cancelled"
    assert (await eager_world.client.get_workflow_handle(case_id).result())["outcome"] == "cancelled"


async def test_a_called_process_that_is_cancelled_reaches_its_caller_in_a_later_history(eager_world: World) -> None:
    case_id, called = await calling(eager_world)
    await another_history(eager_world, case_id)
    await eager_world.gateway.send(called, CancelCase("wrong patient", "p1"), "cancel")
    await eager_world.until(lambda: "incident_raised" in eager_world.happened(case_id))


async def test_a_call_that_is_done_again_is_not_ended_by_the_report_of_the_first(eager_world: World) -> None:
    case_id, called = await calling(eager_world)
    await another_history(eager_world, case_id)
    await eager_world.gateway.send(called, CancelCase("wrong patient", "p1"), "cancel")
    await eager_world.until(lambda: "incident_raised" in eager_world.happened(case_id))
    first = CalledReport("call#1", "the run of the first", CaseEnded("completed"))
    await eager_world.gateway.send(case_id, ResolveIncident("incident#1", "p1"), "again")
    await eager_world.until(lambda: eager_world.happened(called)[-1] == "offered")
    await eager_world.client.get_workflow_handle(case_id).signal("called_process_ended", first)
    await another_history(eager_world, case_id)
    assert "call_ended" not in eager_world.happened(case_id)[-3:]
    assert "offered" not in eager_world.happened(case_id)


NEWER = replace(
    line("two_tasks", user_task("first", "two_tasks", name="Look again"), user_task("second", "two_tasks")),
    sha256="sha-two_tasks-newer",
)


async def test_a_case_goes_back_from_its_migration_though_its_history_began_anew(eager_world: World) -> None:
    eager_world.published[NEWER.sha256] = NEWER
    case_id = (await eager_world.start(TWO_TASKS)).case_id
    handle = eager_world.client.get_workflow_handle(case_id)
    there = Migrate(plan_of(TWO_TASKS, NEWER).for_case(), "guideline", "designer")
    await eager_world.gateway.send(case_id, there, "there")
    before = (await handle.describe()).run_id
    while (await handle.describe()).run_id == before:
        await handle.signal("called_process_ended", CalledReport("no call of it", "", None))
        await asyncio.sleep(0.05)
    await eager_world.gateway.send(case_id, UndoMigration("too early", "designer"), "back")
    assert (await eager_world.gateway.state(case_id)).sha256 == TWO_TASKS.sha256
    await another_history(eager_world, case_id)
    with pytest.raises(EventRejected, match="migrate it back"):
        await eager_world.gateway.send(case_id, UndoMigration("too late", "designer"), "again")


async def test_work_that_fails_for_long_is_taken_along_and_done_under_the_same_key(
    eager_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "PATIENCE", timedelta(seconds=1))
    eager_world.work = no_answer
    case_id = (await eager_world.start(PATIENT_WORK)).case_id
    await eager_world.until(lambda: bool(eager_world.works))
    await another_history(eager_world, case_id)
    eager_world.work = lambda _: WorkResult({"found": True})
    await eager_world.until(lambda: "offered" in eager_world.happened(case_id))
    assert {work.idempotency_key for work in eager_world.works} == {f"{case_id}:fetch#1"}
    completed = [fact.activation for fact in eager_world.facts[case_id] if fact.fact == "completed"]
    assert completed.count("fetch#1") == 1


async def test_what_waits_while_a_case_wants_to_leave_waits_no_longer_than_its_patience(
    eager_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "PATIENCE", timedelta(seconds=3))
    eager_world.work = lambda work: no_answer(work) if work.element == "slow" else WorkResult({"found": True})
    case_id = (await eager_world.start(TWO_AT_ONCE)).case_id
    for number in range(4):
        await eager_world.gateway.send(case_id, SetVariables({"number": number}, "p1"), f"v{number}")
    await eager_world.gateway.send(case_id, CompleteTask("ask#1", "p1"), "k")
    await eager_world.until(lambda: "quick" in {work.element for work in eager_world.works})
    await eager_world.gateway.send(case_id, CancelCase("done", "p1"), "cancel")
    await eager_world.client.get_workflow_handle(case_id).result()


async def test_while_the_database_is_down_a_case_leaves_its_history_and_projects_everything_later(
    eager_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "PATIENCE", timedelta(seconds=1))
    case_id = (await eager_world.start(TICKING)).case_id
    impatient = CaseGateway(eager_world.client, eager_world.task_queue, patience=timedelta(seconds=5))
    runs = eager_world.runs
    eager_world.database_is_broken = True
    unanswered = 0
    while eager_world.runs == runs:
        try:
            await impatient.send(case_id, SetVariables({"n": unanswered}, "p1"), f"k{unanswered}")
        except HostUnavailable:
            unanswered += 1
    eager_world.database_is_broken = False
    await eager_world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "done")
    seqs = {fact.seq for fact in eager_world.facts[case_id]}
    assert unanswered
    assert seqs == set(range(1, len(seqs) + 1))


async def histories(world: World, case_id: str, count: int) -> None:
    """Wait until a case to which nothing happens has left that many histories."""
    handle, seen = world.client.get_workflow_handle(case_id), set[str]()
    async with asyncio.timeout(120):
        while len(seen) <= count:
            seen.add(str((await handle.describe()).run_id))
            await asyncio.sleep(0.1)


async def test_a_case_that_is_over_leaves_its_history_as_long_as_the_database_is_down(
    eager_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "PATIENCE", timedelta(seconds=1))
    case_id = (await eager_world.start(ONE_TASK)).case_id
    eager_world.database_is_broken = True
    with pytest.raises(HostUnavailable):
        await eager_world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "done")
    await histories(eager_world, case_id, 2)
    assert "case_ended" not in eager_world.happened(case_id)
    eager_world.database_is_broken = False
    assert (await eager_world.client.get_workflow_handle(case_id).result())["outcome"] == "completed"
    assert [fact.seq for fact in eager_world.facts[case_id]] == list(range(1, len(eager_world.facts[case_id]) + 1))
    assert eager_world.happened(case_id)[-1] == "case_ended"


async def test_a_case_that_is_over_leaves_its_history_as_long_as_it_cannot_tell_what_it_threw_last(
    eager_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "PATIENCE", timedelta(seconds=1))
    monkeypatch.setattr(errands, "FIRST_PAUSE", errands.FIRST_PAUSE / 20)
    eager_world.no_way_out = True
    case_id = (await eager_world.start(CLOSING)).case_id
    await eager_world.gateway.send(case_id, CompleteTask("close#1", "p1"), "done")
    await histories(eager_world, case_id, 2)
    with pytest.raises(EventRejected) as refused:
        await eager_world.gateway.send(case_id, CancelCase("too late", "p1"), "late")
    assert refused.value.code == "not-running"
    eager_world.no_way_out = False
    assert (await eager_world.client.get_workflow_handle(case_id).result())["outcome"] == "completed"
    assert [message.name for message in eager_world.sent] == ["lab.asked"]
