"""How are the recorded histories made? `python -m tests.replay.record`: real cases on a real server, written as JSON.

Run it once per release: histories go to `histories/<version>/`. One that is there already is not written again, and
once its release runs somewhere it must replay for ever. Payloads are kept in clear, so that a reviewer can read them;
all names are synthetic.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from pathways.bpmn.model import CallSpec, MultiInstance
from pathways.migration import plan_of
from tests.host import diagrams
from tests.host.conftest import World, running
from tests.host.diagrams import (
    CALLED,
    CALLED_OFF,
    CALLING,
    CATCHING_SIGNAL,
    CLOSING,
    LADDERED,
    LOOPING,
    MESSAGE,
    ONE_TASK,
    THROWING_SIGNAL,
    TWO_TASKS,
    WORK,
)
from tests.host.test_due_first import GIVEN_UP, TWELVE_AT_ONCE
from workflows.contract.requests import (
    CancelCase,
    CompleteTask,
    DeliverMessage,
    DeliverSignal,
    Migrate,
    Modify,
    Receipt,
    ResolveIncident,
    ResumeClock,
    SetVariables,
    StopClock,
    Work,
    WorkResult,
)
from workflows.engine.changes import MoveToken
from workflows.engine.errors import EventRejected
from workflows.host.connection import ensure_search_attributes
from workflows.host.converter import CasePayloadConverter
from workflows.host.server import ServerOptions, embedded_server

HISTORIES = Path(__file__).parent / "histories"
IN_CLEAR = DataConverter(payload_converter_class=CasePayloadConverter)
RELEASE = version("referral-pathways")
PORT = 7299

QUEUEING = diagrams.line(
    "queueing",
    replace(diagrams.work("fetch", "queueing", "test.fetch"), loop=MultiInstance(sequential=False, cardinality="130")),
)
NEWER = replace(
    diagrams.line("two_tasks", diagrams.user_task("first", "two_tasks", name="First, renamed")), sha256="sha-newer"
)

BEFORE_CALL = diagrams.line(
    "before_call",
    diagrams.user_task("before", "before_call"),
    diagrams.node("call", "callActivity", "before_call", call=CallSpec("called")),
    calls={"called": CALLED.sha256},
)
CALLED_NEWER = diagrams.line("called", diagrams.user_task("inner", "called", name="Look again"))
BEFORE_CALL_NEWER = replace(BEFORE_CALL, calls={"called": CALLED_NEWER.sha256}, sha256="sha-before_call-newer")


async def user_task(world: World) -> str:
    case_id = (await world.start(ONE_TASK)).case_id
    await world.gateway.send(case_id, CompleteTask("examine#1", "p1", {"answer": 42}), "k1")
    return case_id


async def incident(world: World) -> str:
    world.work = _fails
    case_id = (await world.start(WORK)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    world.work = lambda _: WorkResult({"found": True})
    await world.gateway.send(case_id, ResolveIncident("incident#1", "admin"), "k1")
    await world.until(lambda: "offered" in world.happened(case_id))
    await world.gateway.send(case_id, CompleteTask("read#1", "p1"), "k2")
    return case_id


async def message(world: World) -> str:
    case = world.case(MESSAGE)
    await world.gateway.start(case, pathway=MESSAGE.name)
    arrived = DeliverMessage("imaging.report", case.variables["referral_id"], "m1", {"finding": "clear"})
    await world.gateway.send(case.case_id, arrived, "m1")
    return case.case_id


async def signal_thrown(world: World) -> str:
    case_id = (await world.start(THROWING_SIGNAL)).case_id
    await world.gateway.send(case_id, CompleteTask("close#1", "p1"), "k1")
    await world.until(lambda: bool(world.signals))
    await world.gateway.send(case_id, CompleteTask("reopen#1", "p1"), "k2")
    return case_id


async def signal_caught(world: World) -> str:
    case_id = (await world.start(CATCHING_SIGNAL)).case_id
    told = DeliverSignal("theatre.closed", "signal-1", {"until": "noon"}, "theatres")
    await world.gateway.send(case_id, told, "k1")
    await world.gateway.send(case_id, told, "k2")
    await world.gateway.send(case_id, CompleteTask("rebook#1", "p1"), "k3")
    return case_id


async def called_process(world: World) -> str:
    case_id = (await world.start(CALLING)).case_id
    await world.until(lambda: "offered" in world.happened(f"{case_id}/call#1"))
    await world.gateway.send(f"{case_id}/call#1", CompleteTask("inner#1", "p1"), "k1")
    await world.until(lambda: "offered" in world.happened(case_id))
    return case_id


async def cancelled_call(world: World) -> str:
    case_id = (await world.start(CALLING)).case_id
    await world.until(lambda: "offered" in world.happened(f"{case_id}/call#1"))
    await world.gateway.send(case_id, CancelCase("entered in error", "p1"), "k1")
    return case_id


async def called_off(world: World) -> str:
    """A call that is called off in the step that calls: it never begins (host 5)."""
    return (await world.start(CALLED_OFF)).case_id


async def carried_over(world: World) -> str:
    case_id = (await world.start(LOOPING)).case_id
    for number in range(30):
        await world.gateway.send(case_id, CompleteTask(f"task{number}#1", "p1"), f"k{number}")
    return case_id


async def modified(world: World) -> str:
    case_id = (await world.start(TWO_TASKS)).case_id
    forward = Modify((MoveToken("first#1", "second"),), "done on paper", "admin")
    await world.gateway.send(case_id, forward, "k1")
    await world.gateway.send(case_id, CompleteTask("second#1", "p1"), "k2")
    return case_id


async def migrated(world: World) -> str:
    case_id = (await world.start(TWO_TASKS)).case_id
    world.published[NEWER.sha256] = NEWER
    await world.gateway.send(case_id, Migrate(plan_of(TWO_TASKS, NEWER), "corrected", "admin"), "k1")
    await world.gateway.send(case_id, CompleteTask("first#1", "p1"), "k2")
    return case_id


async def called_where_its_caller_went(world: World) -> str:
    """A call whose definition could not be read until its caller had migrated begins in what that pins (host 8)."""
    case_id = (await world.start(BEFORE_CALL)).case_id
    world.published |= {each.sha256: each for each in (CALLED_NEWER, BEFORE_CALL_NEWER)}
    there = Migrate(plan_of(BEFORE_CALL, BEFORE_CALL_NEWER), "corrected", "admin")
    world.library_is_away = True
    async with asyncio.TaskGroup() as asking:
        asking.create_task(world.gateway.send(case_id, CompleteTask("before#1", "p1"), "k1"))
        await asyncio.sleep(2)
        asking.create_task(world.gateway.send(case_id, there, "k2"))
        await asyncio.sleep(6.5)  # the workflow task is prolonged after eight; the next try of the call is at fifteen
        world.library_is_away = False
    await world.until(lambda: "offered" in world.happened(f"{case_id}/call#1"))
    assert (await world.gateway.state(f"{case_id}/call#1")).sha256 == CALLED_NEWER.sha256
    await world.gateway.send(f"{case_id}/call#1", CompleteTask("inner#1", "p1"), "k3")
    await world.client.get_workflow_handle(case_id).result()
    return case_id


async def stopped_clock(world: World) -> str:
    case_id = (await world.start(LADDERED)).case_id
    await world.gateway.send(case_id, StopClock("examine#1", "the patient is abroad", "p1"), "k1")
    await world.gateway.send(case_id, ResumeClock("examine#1", "the patient is back", "p1"), "k2")
    await world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "k3")
    return case_id


async def queued_errands(world: World) -> str:
    """More errands than run at once, over several histories: the last of them."""
    case_id = (await world.start(QUEUEING)).case_id
    await world.client.get_workflow_handle(case_id).result()
    return case_id


async def called_across_histories(world: World) -> str:
    """A caller that left the history in which it called: the history in which it hears the report."""
    case_id = await _calling_in_another_history(world)
    await world.gateway.send(f"{case_id}/call#1", CompleteTask("inner#1", "p1"), "k")
    await world.until(lambda: "offered" in world.happened(case_id))
    return case_id


async def reporting_to_caller(world: World) -> str:
    """The called case of a caller that left its history."""
    case_id = await _calling_in_another_history(world)
    await world.gateway.send(f"{case_id}/call#1", CompleteTask("inner#1", "p1"), "k")
    await world.client.get_workflow_handle(f"{case_id}/call#1").result()
    return f"{case_id}/call#1"


async def _calling_in_another_history(world: World) -> str:
    case_id = (await world.start(CALLING)).case_id
    await world.until(lambda: "offered" in world.happened(f"{case_id}/call#1"))
    handle = world.client.get_workflow_handle(case_id)
    first, number = (await handle.describe()).run_id, 0
    while (await handle.describe()).run_id == first:
        number += 1
        await world.gateway.send(case_id, SetVariables({"number": number}, "p1"), f"v{number}")
    return case_id


async def made_urgent(world: World) -> str:
    """A case whose variable `priority` rises: the search attribute `Urgency` follows (host 3)."""
    case_id = (await world.start(ONE_TASK)).case_id
    await world.gateway.send(case_id, SetVariables({"priority": "stat"}, "p1"), "v")
    await world.gateway.send(case_id, CancelCase("entered in error", "p1"), "k")
    return case_id


async def over_before_its_history(world: World) -> str:
    """A case that left its history though it was over, for it could not tell what it threw last (host 6)."""
    case_id = (await world.start(CLOSING)).case_id
    handle = world.client.get_workflow_handle(case_id)
    first, world.no_way_out = (await handle.describe()).run_id, True
    await world.gateway.send(case_id, CompleteTask("close#1", "p1"), "k1")
    while (await handle.describe()).run_id == first:
        await asyncio.sleep(1)
    world.no_way_out = False
    await handle.result()
    return case_id


async def due_first(world: World) -> str:
    """A task was to be taken back, and was completed, while a workflow task was open: it was taken back (host 7)."""
    case_id = (await world.start(GIVEN_UP)).case_id
    world.database_is_up.clear()
    async with asyncio.TaskGroup() as asking:
        asking.create_task(world.gateway.send(case_id, SetVariables({"looked": True}, "p1"), "v"))
        await asyncio.sleep(1.5)
        asking.create_task(_refused(world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "k")))
        await asyncio.sleep(0.5)
        world.database_is_up.set()
    return case_id


async def due_at_once(world: World) -> str:
    """Timers of one moment fire as they were armed: the second sends before the tenth broadcasts (host 9)."""
    case_id = (await world.start(TWELVE_AT_ONCE)).case_id
    await world.until(lambda: world.happened(case_id).count("timer_fired") == 12 and bool(world.sent and world.signals))
    return case_id


async def _refused(asking: Awaitable[Receipt]) -> None:
    with contextlib.suppress(EventRejected):
        await asking


async def ladder(world: World) -> str:
    case_id = (await world.start(LADDERED)).case_id
    await world.until(lambda: world.happened(case_id).count("escalated") == 2)
    return case_id


Scenario = Callable[[World], Awaitable[str]]
ON_THE_REAL_SERVER: tuple[Scenario, ...] = (
    user_task,
    incident,
    message,
    signal_thrown,
    signal_caught,
    called_process,
    cancelled_call,
    called_off,
    carried_over,
    modified,
    migrated,
    stopped_clock,
    queued_errands,
    called_across_histories,
    reporting_to_caller,
    made_urgent,
    over_before_its_history,
    due_first,
    called_where_its_caller_went,
    due_at_once,
)


async def record() -> None:
    """Record every scenario that has no history yet."""
    options = ServerOptions(port=PORT, ui_port=None, dynamic_config={"limit.historyCount.suggestContinueAsNew": "60"})
    async with embedded_server(options):
        client = await Client.connect(options.address, data_converter=IN_CLEAR)
        await ensure_search_attributes(client)
        for scenario in ON_THE_REAL_SERVER:
            await _record(client, scenario)
    test_server = str(Path(sys.prefix) / "bin" / "temporal-test-server")
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=test_server, data_converter=IN_CLEAR
    ) as environment:
        await ensure_search_attributes(environment.client)
        async with asyncio.TaskGroup() as group:
            recording = group.create_task(_record(environment.client, ladder))
            while not recording.done():
                await environment.sleep(3600 * 12)


async def _record(client: Client, scenario: Scenario) -> None:
    path = HISTORIES / RELEASE / f"{scenario.__name__}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    async with running(client) as world:
        case_id = await scenario(world)
        history = await client.get_workflow_handle(case_id).fetch_history()
    path.write_text(json.dumps(history.to_json_dict(), indent=1) + "\n", encoding="utf-8")


def _fails(_: Work) -> WorkResult:
    raise ApplicationError("the registry did not answer", type="RegistryDown")


if __name__ == "__main__":
    asyncio.run(record())
    time.sleep(0.3)
