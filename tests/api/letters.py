"""Which pathways do the tests of messages run? A task, then a wait for a result by the order's number, then a task."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from api.post import Post
from api.surroundings import system_clock
from pathways.bpmn.model import CallSpec, Definition, MessageTrigger
from records.database import Database
from records.writes.publications import publish
from tests.api.conftest import Office, number
from tests.host.diagrams import line, node, user_task

BY_KEY = MessageTrigger("letter.result", "order")
BY_PAYLOAD = MessageTrigger("carried.result", "order", payload_key="report.order")


def waiting(key: str, trigger: MessageTrigger) -> Definition:
    wait = node("wait", "intermediateCatchEvent", key, trigger=trigger)
    return line(key, user_task("ask", key), wait, user_task("read", key))


LETTERS = waiting("letters", BY_KEY)
CARRIED = waiting("carried", BY_PAYLOAD)
CALLING_LETTERS = line(
    "calling_letters",
    node("call", "callActivity", "calling_letters", call=CallSpec("letters")),
    calls={"letters": LETTERS.sha256},
)


async def publish_letters(database: Database) -> None:
    async with database.session() as session:
        for definition in (LETTERS, CARRIED, CALLING_LETTERS):
            await publish(session, definition, bpmn="<none/>", forms={}, actor="test", now=system_clock())


async def begin(office: Office, pathway: str = "letters", **variables: Any) -> tuple[str, str]:
    """Start a case; give its id and the number of its order, which only the case itself knows."""
    order = f"ORDER-{number()}"
    body = {"business_key": f"LETTER-{number()}", "variables": {"order": order, **variables}}
    begun = await office.admin.do(f"/pathways/{pathway}/cases", body)
    return begun["case_id"], order


async def titles(office: Office, case_id: str) -> list[str]:
    page = await office.dentist.read("/tasks", case=case_id)
    return [item["title"] for item in page["items"]]


async def go_on(office: Office, case_id: str) -> None:
    """Complete the open task of a case."""
    task = (await office.dentist.read("/tasks", case=case_id))["items"][0]
    await office.dentist.do(f"{task['links']['self']}/complete", {"values": {}})


def result(order: str, name: str = "letter.result", **about: Any) -> dict[str, Any]:
    return {"name": name, "correlation_key": order, "message_id": f"m-{number()}", **about}


async def open_task(office: Office, case_id: str) -> None:
    """Wait until a case offers its first task: one that was called is started a moment later."""
    async with asyncio.timeout(60):
        while not await titles(office, case_id):
            await asyncio.sleep(0.02)


def post_at(office: Office, later: timedelta = timedelta(0)) -> Post:
    """What sweeps need, on a clock that is ahead."""

    def clock() -> datetime:
        return system_clock() + later

    return Post(office.database, office.gateway, clock, "http://x/{case_id}")
