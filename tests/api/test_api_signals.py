"""Whom does a signal reach? Every case that waits for it, of any pathway, and every process that begins with it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client

from api.broadcast import broadcast, finish_broadcasts
from api.delivery import Post
from api.surroundings import system_clock
from records.tables import Signal
from tests.api.conftest import Office, number
from workflows.contract.requests import DeliverSignal
from workflows.host.gateway import CaseGateway, HostUnavailable

pytestmark = pytest.mark.temporal


def signal(**variables: Any) -> dict[str, Any]:
    return {"name": "theatre.closed", "signal_id": f"s-{number()}", "variables": variables}


async def tasks_of(office: Office, case_id: str) -> list[str]:
    page = await office.dentist.read("/tasks", case=case_id)
    return [item["title"] for item in page["items"]]


async def until_open(office: Office, case_id: str, title: str) -> None:
    async with asyncio.timeout(60):
        while title not in await tasks_of(office, case_id):
            await asyncio.sleep(0.05)


async def test_a_signal_that_one_case_throws_reaches_a_case_of_another_pathway_and_begins_a_third(
    office: Office,
) -> None:
    waiting = await office.refer("catching_signal")
    throwing = await office.refer("throwing_signal")
    task = (await office.dentist.read("/tasks", case=throwing["case_id"]))["items"][0]
    before = {case["case_id"] for case in await begun(office)}
    await office.dentist.do(f"{task['links']['self']}/complete", {"values": {}})
    await until_open(office, waiting["case_id"], "rebook")
    assert await tasks_of(office, throwing["case_id"]) == ["reopen"]
    async with asyncio.timeout(60):
        while len(started := {case["case_id"] for case in await begun(office)} - before) != 1:
            await asyncio.sleep(0.05)
    await until_open(office, started.pop(), "inform")


async def begun(office: Office) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await office.coordinator.read("/cases", pathway="begun_by_signal", size=200))[
        "items"
    ]
    return found


async def test_a_signal_from_outside_says_whom_it_reached_and_what_it_began(office: Office) -> None:
    waiting = [(await office.refer("catching_signal"))["case_id"] for _ in range(2)]
    sent = signal(until="noon")
    told = await office.sender.do("/signals", sent)
    assert set(waiting) <= set(told["reached"])
    assert len(told["begun"]) == 1
    assert {task["title"] for task in told["opened"]} == {"rebook", "inform"}
    case = await office.dentist.read(f"/cases/{told['begun'][0]}")
    assert (case["variables"]["until"], case["status"]) == ("noon", "running")


async def test_the_same_signal_twice_reaches_and_begins_nobody_again(office: Office) -> None:
    waiting = (await office.refer("catching_signal"))["case_id"]
    sent = signal()
    first = await office.sender.do("/signals", sent)
    later = (await office.refer("catching_signal"))["case_id"]
    again = await office.sender.do("/signals", sent)
    assert (waiting in again["reached"], later in again["reached"]) == (True, False)
    assert (again["begun"], again["opened"]) == (first["begun"], [])
    assert await tasks_of(office, later) == []


async def test_another_signal_under_an_id_that_is_taken_is_refused(office: Office) -> None:
    sent = signal(until="noon")
    await office.sender.do("/signals", sent)
    waiting = (await office.refer("catching_signal"))["case_id"]
    for other in ({**sent, "variables": {"until": "night"}}, {**sent, "name": "theatre.opened"}):
        refused = await office.sender.post("/signals", other)
        assert refused.status_code == 409
        assert refused.json()["title"] == "The id belongs to another signal"
    assert await tasks_of(office, waiting) == []


async def test_a_case_shows_the_signal_that_it_waits_for_and_tells_what_it_took(office: Office) -> None:
    found = await office.refer("catching_signal")
    case = await office.coordinator.read(found["links"]["case"])
    assert (case["signals"], case["messages"]) == (["theatre.closed"], [])
    await office.sender.do("/signals", signal())
    told = await office.coordinator.read(f"{found['links']['case']}/timeline")
    assert "Signal theatre.closed was received" in [line["text"] for line in told]


async def test_a_signal_that_nobody_waits_for_is_lost(office: Office) -> None:
    told = await office.sender.do("/signals", {**signal(), "name": "nobody.waits"})
    assert (told["reached"], told["begun"], told["opened"]) == ([], [], [])


async def test_who_may_not_broadcast_is_refused(office: Office) -> None:
    response = await office.dentist.post("/signals", signal())
    assert (response.status_code, response.json()["title"]) == (403, "Not for your role")


async def test_a_signal_without_a_name_is_refused(office: Office) -> None:
    response = await office.sender.post("/signals", {"signal_id": "s"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


class Deaf(CaseGateway):
    """The gateway of a process that reaches no case."""

    async def send(self, *_: Any) -> Any:
        raise HostUnavailable("The process died.")

    async def start(self, *_: Any, **__: Any) -> Any:
        raise HostUnavailable("The process died.")


async def test_a_broadcast_that_died_is_finished_later_for_those_who_waited_then(
    office: Office, dev_server: Client
) -> None:
    waiting = (await office.refer("catching_signal"))["case_id"]
    sent = DeliverSignal("theatre.closed", f"s-{number()}", {}, "portal")
    deaf = Post(office.database, Deaf(dev_server, "nobody"), system_clock)
    with pytest.raises(HostUnavailable):
        await broadcast(deaf, sent)
    later = (await office.refer("catching_signal"))["case_id"]
    an_hour_on = Post(office.database, office.gateway, lambda: system_clock() + timedelta(hours=1))
    assert await finish_broadcasts(an_hour_on) == 1
    assert (await tasks_of(office, waiting), await tasks_of(office, later)) == (["rebook"], [])
    async with office.database.reader() as session:
        stored = await session.get_one(Signal, sent.signal_id)
    assert (stored.status, waiting in stored.reached) == ("broadcast", True)
