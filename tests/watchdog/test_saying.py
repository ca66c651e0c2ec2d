"""Who hears what the watchdog found? Overseers by the API, operators by the command line."""

import asyncio
import base64
import json
import os
import sys
from datetime import timedelta

import httpx
import pytest
from sqlmodel import col, delete

from api.app import create_app
from api.surroundings import system_clock
from api.watchdog.keeping import Keeper
from records.tables import Task, WatchRound
from tests.api.conftest import Person, settings, token
from tests.host.diagrams import ONE_TASK
from tests.watchdog.ward import Ward
from workflows.host.keys_wrapping import KeyRing

pytestmark = [pytest.mark.temporal, pytest.mark.parametrize("ward", ["sqlite"], indirect=True)]


async def test_overseers_read_the_last_round_and_nobody_else_does(ward: Ward) -> None:
    app = create_app(settings(), ward.database, ward.gateway)
    await ward.change(delete(WatchRound))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example") as http:

        def person(sub: str, *roles: str) -> Person:
            return Person(http, {"Authorization": f"Bearer {token(sub, *roles)}"})

        lead = person("c.elm", "coordinator")
        assert (await http.get("/watchdog")).status_code == 401
        assert (await person("dr.oak", "dentist").get("/watchdog")).status_code == 403
        assert (await lead.get("/watchdog")).status_code == 404, "before the first round"
        await ward.until_listed(await ward.start(ONE_TASK))
        await Keeper(ward.database, ward.watchdog, every=timedelta(seconds=20), clock=system_clock).turn(at_once=True)
        said = await lead.read("/watchdog")
    assert (said["orphans"], said["findings"], said["worker_polls"]) == (0, [], True)
    assert said["running"] >= 1
    assert said["says"].startswith("0 orphans of ")


async def test_the_command_makes_a_round_and_repairs(ward: Ward, key_ring: KeyRing) -> None:
    case_id = await ward.start(ONE_TASK)
    await ward.until_listed(case_id)
    await ward.change(delete(Task).where(col(Task.case_id) == case_id))
    told = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "watchdog", "--once", "--json"),
        stdout=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "PATHWAYS_KEYS": f"{key_ring.active}:{base64.b64encode(key_ring.keys[key_ring.active]).decode()}",
            "PATHWAYS_DATABASE": ward.database.url.render_as_string(hide_password=False),
            "PATHWAYS_TEMPORAL": ward.client.service_client.config.target_host,
            "PATHWAYS_TASK_QUEUE": ward.queue,
        },
    )
    said = json.loads((await told.communicate())[0])
    assert told.returncode == 0
    assert said["orphans"] == 0
    assert [(repair["case_id"], repair["kind"]) for repair in said["repairs"]] == [(case_id, "rebuilt")]
