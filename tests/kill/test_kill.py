"""`kill -9` of worker, API and Temporal server in the middle of cases: every case continues, nothing happens twice."""

import asyncio
import os
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from cli.processes import Child, this_program
from cli.surroundings import Surroundings
from cli.up import make_children
from records.database import Database
from records.tables import Case, FactRecord, ServiceInbox

pytestmark = [pytest.mark.kill, pytest.mark.slow]
CASES = 8
ROUNDS = 2
SEED = int(os.environ.get("KILL_SEED", "20261122"))
WITHIN = 240.0
HERE = Path(__file__).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def place(tmp_path: Path) -> Surroundings:
    place = Surroundings(tmp_path / "run", free_port(), free_port(), free_port())
    place.prepare()
    return place


@pytest.fixture
async def processes(place: Surroundings) -> AsyncIterator[dict[str, Child]]:
    children = make_children(place)
    try:
        for child in children.values():
            await child.start(within=120)
            if child.name == "temporal":
                await publish(place)
        yield children
    finally:
        for child in reversed(children.values()):
            await child.stop()


async def publish(place: Surroundings) -> None:
    publishing = await asyncio.create_subprocess_exec(
        *this_program("publish", str(HERE / "pathway")), env={**os.environ, **place.environment()}
    )
    assert await publishing.wait() == 0


class Caller:
    """A clinician's program that does not give up: the same request with the same key until it is answered."""

    def __init__(self, place: Surroundings) -> None:
        self.http = httpx.AsyncClient(base_url=place.api, timeout=15)
        self.tokens: dict[str, str] = {}

    async def ask(self, method: str, path: str, person: str, *, key: str = "", **what: Any) -> httpx.Response:
        deadline = asyncio.get_running_loop().time() + WITHIN
        while asyncio.get_running_loop().time() < deadline:
            try:
                headers = {"Authorization": f"Bearer {await self.token(person)}"} | (
                    {"Idempotency-Key": key} if key else {}
                )
                answer = await self.http.request(method, path, headers=headers, **what)
                if answer.status_code < 500 and not answer.json().get("type", "").endswith("/in-progress"):
                    return answer
            except httpx.HTTPError:
                pass  # the process we talk to was killed; we ask again
            await asyncio.sleep(0.3)
        raise AssertionError(f"{method} {path} was not answered within {WITHIN} s")

    async def token(self, person: str) -> str:
        if person not in self.tokens:
            answer = await self.http.get("/demo-issuer/token", params={"person": person})
            answer.raise_for_status()
            self.tokens[person] = answer.json()["access_token"]
        return self.tokens[person]


def referral(number: int) -> dict[str, Any]:
    return {
        "referral_id": f"REF-KILL-{number}",
        "assigner": "example-clinic",
        "reason": [{"text": "Neck lump for six weeks"}],
        "clinical_question": "Suspected head and neck cancer?",
        "priority": "urgent",
        "service_code": {"text": "ent_head_neck"},
        "patient": {"identifiers": [{"value": f"MRN-{number}"}], "name": "Testina Sample"},
        "requester": {"name": "Dr Doe", "reply_to": "answers@practice.example"},
    }


async def run_case(caller: Caller, number: int, people: dict[str, str]) -> str:
    """Refer, triage, acknowledge: every call again and again until it is answered."""
    answer = await caller.ask(
        "POST",
        "/referrals",
        people["referrer"],
        key=f"refer-{number}",
        params={"pathway": "survivor"},
        json=referral(number),
    )
    assert answer.status_code in (201, 409), answer.text
    case_id: str = answer.json()["case_id"]
    for role, step in (("ent_triage", "Triage"), ("referrer", "Acknowledge")):
        task = await open_task(caller, people[role], case_id, step)
        await asyncio.sleep(3.5 if step == "Triage" else 0)
        done = await caller.ask(
            "POST", f"/tasks/{task}/complete", people[role], key=f"{step}-{number}", json={"values": {}}
        )
        assert done.status_code in (200, 409), done.text
    return case_id


async def open_task(caller: Caller, person: str, case_id: str, title: str) -> str:
    deadline = asyncio.get_running_loop().time() + WITHIN
    while asyncio.get_running_loop().time() < deadline:
        answer = await caller.ask("GET", "/tasks", person, params={"size": 100})
        for task in answer.json()["items"]:
            if task["case_id"] == case_id and task["title"] == title:
                found: str = task["id"]
                return found
        await asyncio.sleep(0.3)
    raise AssertionError(f"task {title!r} of {case_id} never opened")


async def kill_and_restart(processes: dict[str, Child], chance: random.Random) -> None:
    for _ in range(ROUNDS):
        for name in chance.sample(sorted(processes), len(processes)):
            await asyncio.sleep(chance.uniform(0.2, 2.0))
            child = processes[name]
            child.kill()
            assert child.process is not None
            await child.process.wait()
            await child.start(within=120)


async def test_every_case_survives_and_nothing_happens_twice(place: Surroundings, processes: dict[str, Child]) -> None:
    chance, caller = random.Random(SEED), Caller(place)
    people = {"referrer": "dr.plover", "ent_triage": "dr.owl"}
    killing = asyncio.create_task(kill_and_restart(processes, chance))
    cases = await asyncio.gather(*(run_case(caller, number, people) for number in range(CASES)))
    await killing
    await all_ended(place, set(cases))
    await nothing_twice(place, cases)
    await caller.http.aclose()


async def all_ended(place: Surroundings, cases: set[str]) -> None:
    database = Database(place.environment()["PATHWAYS_DATABASE"])
    deadline = asyncio.get_running_loop().time() + 60
    try:
        while True:
            async with database.reader() as session:
                rows = (await session.exec(select(Case))).all()
            open_cases = {row.case_id for row in rows if row.case_id in cases and row.status != "completed"}
            if not open_cases and cases <= {row.case_id for row in rows}:
                return
            assert asyncio.get_running_loop().time() < deadline, f"still open: {open_cases}"
            await asyncio.sleep(0.5)
    finally:
        await database.close()


async def nothing_twice(place: Surroundings, cases: list[str]) -> None:
    database = Database(place.environment()["PATHWAYS_DATABASE"])
    try:
        async with database.reader() as session:
            facts = (await session.exec(select(FactRecord))).all()
            sent = (await session.exec(select(ServiceInbox))).all()
    finally:
        await database.close()
    assert len(set(cases)) == CASES
    assert Counter(row.case_id for row in sent) == Counter(cases)
    rungs = Counter((f.case_id, f.activation, f.detail["rung"]) for f in facts if f.fact == "escalated")
    assert set(rungs.values()) == {1}
    triage_rungs = {rung for case, activation, rung in rungs if activation == "triage#1"}
    assert triage_rungs == {1, 2, 3}
    offered = Counter((f.case_id, f.activation) for f in facts if f.fact == "offered")
    assert offered == Counter((case, task) for case in cases for task in ("triage#1", "ack#1"))
