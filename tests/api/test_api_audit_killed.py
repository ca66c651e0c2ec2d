"""Is an act in the audit whose process was killed when the act was done and the audit did not say so yet?"""

import asyncio
import base64
import json
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import col, select
from temporalio.client import Client

from api.app import create_app
from api.unfinished import finish_audit
from records.queries.audit_chain import verify
from records.tables import Audit
from tests.api.conftest import Office, Person, number, settings
from tests.conftest import free_port
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal
ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def dying(office: Office, temporal: Client, ring: KeyRing, *, written: str = "") -> AsyncIterator[Person]:
    """The dentist, at another API of the office: a process of its own, killed by the first act that a case has done.

    `written`: killed by the first transaction instead that has written this.
    """
    port = free_port()
    told = {
        "database": office.database.url.render_as_string(hide_password=False),
        "temporal": temporal.service_client.config.target_host,
        "queue": office.gateway.task_queue,
        "keys": ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in ring.keys.items()),
        "jwks": settings().jwks,
        "port": port,
        "written": written,
    }
    program = (sys.executable, "-m", "tests.api.dying_api")
    process = await asyncio.create_subprocess_exec(*program, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(told).encode())
    process.stdin.close()
    try:
        assert await process.stdout.readline() == b"listening\n"
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            yield replace(office.dentist, http=http)
        assert await process.wait() == -signal.SIGKILL
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def rows_of(office: Office, request_id: str) -> list[Audit]:
    async with office.database.reader() as session:
        rows = await session.exec(select(Audit).order_by(col(Audit.id)))
        return [row for row in rows if row.detail.get("request_id") == request_id and not row.action.endswith("read")]


async def sweep(office: Office, *, minutes: int) -> None:
    later = office.here.clock() + timedelta(minutes=minutes)
    await finish_audit(replace(office.here, clock=lambda: later))


async def test_an_act_whose_process_was_killed_is_in_the_audit_of_its_case(
    any_office: Office, dev_server: Client, key_ring: KeyRing
) -> None:
    found = await any_office.refer("two_tasks")
    link, named = found["opened"][0]["link"], f"r-{number()}"
    async with dying(any_office, dev_server, key_ring) as dentist:
        dentist.headers["X-Request-ID"] = named
        with pytest.raises(httpx.RemoteProtocolError):
            await dentist.post(f"{link}/claim")
    assert (await any_office.dentist.read(link))["assignee"] == "dr.oak", "it was done"
    assert await rows_of(any_office, named) == [], "and the audit did not say so"
    await sweep(any_office, minutes=1)
    assert await rows_of(any_office, named) == [], "somebody may still send it again"
    for _ in range(2):
        await sweep(any_office, minutes=6)
    [row] = await rows_of(any_office, named)
    assert (row.actor, row.action, row.case_id, row.outcome) == ("dr.oak", "access.unfinished", found["case_id"], "8")
    assert (row.context["method"], row.context["route"]) == ("POST", "/tasks/{identifier}/claim")
    assert row.detail["activation"]
    async with any_office.database.reader() as session:
        assert (await verify(session)).findings == ()


async def test_an_act_that_is_sent_again_is_in_the_audit_as_what_it_was(
    any_office: Office, dev_server: Client, key_ring: KeyRing
) -> None:
    found = await any_office.refer("two_tasks")
    claim, key, named = f"{found['opened'][0]['link']}/claim", f"key-{number()}", f"r-{number()}"
    async with dying(any_office, dev_server, key_ring) as dentist:
        with pytest.raises(httpx.RemoteProtocolError):
            await dentist.post(claim, key=key)
    later = any_office.here.clock() + timedelta(minutes=2)
    app = create_app(settings(), any_office.database, any_office.gateway, clock=lambda: later)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example") as http:
        again = Person(http, {**any_office.dentist.headers, "X-Request-ID": named})
        assert (await again.post(claim, key=key)).status_code == 200
    await sweep(any_office, minutes=20)
    assert [row.action for row in await rows_of(any_office, named)] == ["task.claimed"]


async def test_a_message_without_a_key_is_in_the_audit_too(
    any_office: Office, dev_server: Client, key_ring: KeyRing
) -> None:
    found = await any_office.refer("two_tasks")
    body = {"name": "result", "correlation_key": found["referral_id"], "message_id": f"m-{number()}"}
    named = f"r-{number()}"
    async with dying(any_office, dev_server, key_ring) as at_the_other:
        sender = replace(any_office.sender, http=at_the_other.http)
        sender.headers["X-Request-ID"] = named
        with pytest.raises(httpx.RemoteProtocolError):
            await sender.post("/messages", body, key=None)
    await sweep(any_office, minutes=6)
    [row] = await rows_of(any_office, named)
    assert (row.actor, row.action, row.context["route"]) == ("portal", "access.unfinished", "/messages")
