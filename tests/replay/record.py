"""How are the recorded histories made? `python -m tests.replay.record`: real cases on a real server, written as JSON.

Run it once per release of the engine, for new scenarios only: a history that is there already must replay for ever and
is never written again. Payloads are kept in clear, so that a reviewer can read them; all names are synthetic.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from tests.host.conftest import World, running
from tests.host.diagrams import CALLING, CATCHING_SIGNAL, LADDERED, LOOPING, MESSAGE, ONE_TASK, THROWING_SIGNAL, WORK
from workflows.contract.requests import (
    CancelCase,
    CompleteTask,
    DeliverMessage,
    DeliverSignal,
    ResolveIncident,
    Work,
    WorkResult,
)
from workflows.host.connection import ensure_search_attributes
from workflows.host.converter import CasePayloadConverter
from workflows.host.server import ServerOptions, embedded_server

HISTORIES = Path(__file__).parent / "histories"
IN_CLEAR = DataConverter(payload_converter_class=CasePayloadConverter)
PORT = 7299


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


async def carried_over(world: World) -> str:
    case_id = (await world.start(LOOPING)).case_id
    for number in range(30):
        await world.gateway.send(case_id, CompleteTask(f"task{number}#1", "p1"), f"k{number}")
    return case_id


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
    carried_over,
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
    path = HISTORIES / f"{scenario.__name__}.json"
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
