"""What if a case does very much at once, or stores very much? What exceeds Temporal's limits waits or is refused."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
import pytest_asyncio
from temporalio.client import Client

from pathways import codec
from pathways.bpmn.model import CallSpec, Definition, MultiInstance, SequenceFlow
from pathways.migration import plan_of
from tests.conftest import free_port
from tests.host.conftest import World, running
from tests.host.diagrams import CALLED, ONE_TASK, WORK, line, node, user_task, work
from workflows.contract.handover import Errand
from workflows.contract.requests import (
    CancelCase,
    CompleteTask,
    DeliverMessage,
    Migrate,
    SetVariables,
    Work,
    WorkResult,
)
from workflows.engine.errors import EventRejected
from workflows.engine.state import State
from workflows.host import sizes, turns
from workflows.host.connection import ensure_search_attributes
from workflows.host.converter import data_converter
from workflows.host.keys import DataKeys
from workflows.host.server import ServerOptions, embedded_server
from workflows.host.turns import MOST_AT_ONCE

pytestmark = pytest.mark.temporal

ITEMS = 1000
CALLS = 200
BRANCHES = 200


def each(cardinality: int) -> MultiInstance:
    return MultiInstance(sequential=False, cardinality=str(cardinality))


MANY_WORKS = line("many_works", replace(work("fetch", "many_works", "test.fetch"), loop=each(ITEMS)))
MANY_TASKS = line("many_tasks", user_task("read", "many_tasks", name="Read one of many", loop=each(ITEMS)))
TWO_SCANS_AND_WORK = line(
    "scans_and_work",
    user_task("before", "scans_and_work"),
    work("fetch", "scans_and_work", "test.fetch"),
    user_task("after", "scans_and_work"),
)


def calling(key: str, count: int) -> Definition:
    """Draw a call of so many processes at once."""
    call = node("call", "callActivity", key, call=CallSpec("called"), loop=each(count))
    return line(key, call, user_task("after", key), calls={"called": CALLED.sha256})


MANY_CALLS, THREE_CALLS = calling("many_calls", CALLS), calling("three_calls", 3)


def fork(key: str, branches: int) -> Definition:
    """Draw a parallel gateway with that many user tasks behind it, each to an end of its own."""
    start = node("start", "startEvent", key, outgoing=("begin",))
    gate = node("fork", "parallelGateway", key, incoming=("begin",), outgoing=tuple(f"out{i}" for i in range(branches)))
    tasks = [
        user_task(f"examination_of_region_{i}", key, incoming=(f"out{i}",), outgoing=(f"end{i}",))
        for i in range(branches)
    ]
    ends = [node(f"done{i}", "endEvent", key, incoming=(f"end{i}",)) for i in range(branches)]
    flows = [SequenceFlow("begin", "start", "fork", key)]
    flows += [SequenceFlow(f"out{i}", "fork", task.id, key) for i, task in enumerate(tasks)]
    flows += [SequenceFlow(f"end{i}", task.id, f"done{i}", key) for i, task in enumerate(tasks)]
    return replace(
        line(key), nodes={n.id: n for n in (start, gate, *tasks, *ends)}, flows={flow.id: flow for flow in flows}
    )


FORK = fork("forked", BRANCHES)


@pytest_asyncio.fixture(scope="module")
async def plain_server(data_keys: DataKeys) -> AsyncIterator[Client]:
    """The server with its own limits."""
    async with embedded_server(options := ServerOptions(port=free_port(), ui_port=None)):
        client = await Client.connect(options.address, data_converter=data_converter(data_keys))
        await ensure_search_attributes(client)
        yield client


@pytest_asyncio.fixture
async def plain_world(plain_server: Client) -> AsyncIterator[World]:
    async with running(plain_server) as world:
        yield world


async def test_a_thousand_works_run_a_bounded_number_at_once_and_all_are_done(plain_world: World) -> None:
    at_once = most = 0
    seen = asyncio.Event()

    async def slowly(_: Work) -> WorkResult:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await seen.wait()
        at_once -= 1
        return WorkResult()

    plain_world.slow_work = slowly
    case_id = (await plain_world.start(MANY_WORKS)).case_id
    handle = plain_world.client.get_workflow_handle(case_id)
    assert "wait their turn" in (await handle.query("__temporal_workflow_metadata")).current_details
    seen.set()
    ended = await asyncio.wait_for(handle.result(), 120)
    assert ended["outcome"] == "completed"
    assert len({done.activation for done in plain_world.works}) == len(plain_world.works) == ITEMS
    assert most <= MOST_AT_ONCE


async def test_a_thousand_open_tasks_fit_into_details_and_search_attributes(plain_world: World) -> None:
    case_id = (await plain_world.start(MANY_TASKS)).case_id
    handle = plain_world.client.get_workflow_handle(case_id)
    details = (await handle.query("__temporal_workflow_metadata")).current_details
    assert len(details.encode()) <= 20_000
    done = CompleteTask("read#501", "p1")
    assert (await plain_world.gateway.send(case_id, done, "k")).status == "running"
    assert plain_world.happened(case_id).count("offered") == ITEMS
    await plain_world.gateway.send(case_id, CancelCase("enough", "p1"), "cancel")


async def test_two_hundred_branches_fit_into_details_and_search_attributes(plain_world: World) -> None:
    case_id = (await plain_world.start(FORK)).case_id
    handle = plain_world.client.get_workflow_handle(case_id)
    assert len((await handle.query("__temporal_workflow_metadata")).current_details.encode()) <= 20_000
    keys = [f"examination_of_region_{i}#1" for i in range(BRANCHES)]
    sends = [plain_world.gateway.send(case_id, CompleteTask(key, "p1"), key) for key in keys]
    await asyncio.gather(*sends)
    assert (await handle.result())["outcome"] == "completed"


async def test_two_hundred_called_processes_end_and_each_counts_once(
    plain_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    weighed: list[Errand] = []

    def weigh(errand: Errand) -> bytes:
        weighed.append(errand)
        return codec.dump(errand)

    monkeypatch.setattr(turns, "codec", SimpleNamespace(dump=weigh))
    case_id = (await plain_world.start(MANY_CALLS)).case_id
    called = [f"{case_id}/call#{number}" for number in range(2, CALLS + 2)]
    await plain_world.until(lambda: all("offered" in plain_world.happened(each) for each in called), 120)
    await asyncio.gather(*(plain_world.gateway.send(each, CompleteTask("inner#1", "p1"), "k") for each in called))
    await plain_world.until(lambda: "offered" in plain_world.happened(case_id), 60)
    assert plain_world.happened(case_id).count("call_ended") == CALLS
    assert CALLS <= len(weighed) <= 5 * CALLS, "each once; again only where Temporal lets a worker begin anew"


def offered_in(world: World, case_id: str) -> bool:
    return "offered" in world.happened(case_id)


async def test_a_call_that_waits_for_others_begins_when_one_of_them_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(turns, "MOST_CALLED", 1)
    case_id = (await world.start(THREE_CALLS)).case_id
    for called in (f"{case_id}/call#{number}" for number in range(2, 5)):
        await world.until(partial(offered_in, world, called))
        await world.gateway.send(called, CompleteTask("inner#1", "p1"), "k")
    await world.until(lambda: "offered" in world.happened(case_id))


async def test_a_call_that_waits_for_others_begins_in_the_version_to_which_its_caller_has_migrated(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(turns, "MOST_CALLED", 1)
    newer = line("called", user_task("inner", "called", name="Look again"))
    redrawn = replace(THREE_CALLS, calls={"called": newer.sha256}, sha256="sha-three_calls-newer")
    world.published |= {each.sha256: each for each in (newer, redrawn)}
    case_id = (await world.start(THREE_CALLS)).case_id
    first, second = f"{case_id}/call#2", f"{case_id}/call#3"
    await world.until(partial(offered_in, world, first))
    assert await world.gateway.errands(case_id) == ("call#3", "call#4")
    there = Migrate(plan_of(THREE_CALLS, redrawn).for_case(), "guideline", "designer")
    await world.gateway.send(case_id, there, "there")
    await world.gateway.send(first, CompleteTask("inner#1", "p1"), "k")
    await world.until(partial(offered_in, world, second))
    assert (await world.gateway.state(first)).sha256 == CALLED.sha256
    assert (await world.gateway.state(second)).sha256 == newer.sha256
    await world.gateway.send(case_id, CancelCase("enough", "p1"), "cancel")


async def test_fifty_requests_at_once_are_all_answered(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    asked = [world.gateway.send(case_id, SetVariables({f"v{i}": i}, "p1"), f"k{i}") for i in range(50)]
    assert len({receipt.seq for receipt in await asyncio.gather(*asked)}) == 50


def random_text(size: int) -> str:
    """Text that hardly compresses."""
    return os.urandom(size // 2).hex()


async def test_a_request_that_is_too_large_is_refused_with_its_size(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    with pytest.raises(EventRejected, match=r"would have 3\.0 MB, and at most 1\.0 MB"):
        await world.gateway.send(case_id, SetVariables({"scan": random_text(3_000_000)}, "p1"), "k")
    assert (await world.gateway.send(case_id, SetVariables({"scan": "at /scans/1"}, "p1"), "k")).status == "running"


async def test_a_start_that_is_too_large_is_refused(world: World) -> None:
    with pytest.raises(EventRejected, match="What the case begins with"):
        await world.start(ONE_TASK, variables={"scan": random_text(3_000_000)})


async def test_a_result_that_is_too_large_becomes_an_incident_with_its_size(world: World) -> None:
    world.work = lambda _: WorkResult({"scan": random_text(3_000_000)})
    case_id = (await world.start(WORK)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    raised = next(fact for fact in world.facts[case_id] if fact.fact == "incident_raised")
    assert raised.detail["kind"] == "oversize"
    assert "at most 1.0 MB can be stored" in raised.detail["reason"]


async def test_a_state_that_would_become_too_large_refuses_the_request_and_lives_on(world: World) -> None:
    case_id = (await world.start(ONE_TASK, variables={"scan": random_text(900_000)})).case_id
    await world.gateway.send(case_id, SetVariables({"scan0": random_text(900_000)}, "p1"), "more")
    large = DeliverMessage("lab.result", "X", "m1", {"scan1": random_text(900_000)})
    with pytest.raises(EventRejected, match="The state of case"):
        await world.gateway.send(case_id, large, "m1")
    assert (await world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "done")).status == "completed"


async def test_a_result_for_which_the_state_has_no_room_becomes_an_incident(world: World) -> None:
    world.work = lambda _: WorkResult({"scan": random_text(900_000)})
    case_id = (await world.start(TWO_SCANS_AND_WORK, variables={"scan0": random_text(900_000)})).case_id
    await world.gateway.send(case_id, SetVariables({"scan1": random_text(900_000)}, "p1"), "more")
    await world.gateway.send(case_id, CompleteTask("before#1", "p1"), "go")
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    raised = next(fact for fact in world.facts[case_id] if fact.fact == "incident_raised")
    assert raised.detail["kind"] == "oversize"


def test_what_compresses_well_may_be_longer() -> None:
    state = State("case-1", "sha", "p", "running", message_ids=tuple(f"message-{n:06}" for n in range(300_000)))
    sizes.weigh(state)


def test_what_replaces_something_that_compressed_well_is_weighed_anew() -> None:
    state = State("case-1", "sha", "p", "running", message_ids=("message-000001",) * 300_000)
    sizes.weigh(state)
    with pytest.raises(sizes.TooLarge):
        sizes.weigh(replace(state, message_ids=(random_text(4_000_000),)))
