"""A pathway changes under running cases: dry run, canary, the rest, and back; called cases and renamed steps too."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from api.routes.migrations import _asked
from api.shapes.migrations import MigrationBody
from api.surroundings import system_clock
from pathways.bpmn.model import CallSpec, Definition, TimerTrigger
from records.queries.versions import RunningVersion
from records.writes.publications import publish
from tests.api.conftest import Office, number
from tests.host.diagrams import LADDER, line, node, user_task
from workflows.contract.requests import CompleteTask

pytestmark = pytest.mark.temporal
CASES = 50
BEHIND = 3
AT_REST = ("paused", "completed", "undone")
WHY = {"reason": "The pathway was redrawn"}


async def published(office: Office, *drawn: Definition, pin: str = "") -> None:
    """Publish definitions as further versions of their pathways; with `pin` their hashes are `pin`-1, `pin`-2, …"""
    async with office.database.session() as session:
        for count, each in enumerate(drawn, start=1):
            definition = replace(each, sha256=f"{pin}-{count}" if pin else f"{each.key}-{number()}")
            await publish(session, definition, bpmn="<none/>", forms={}, actor="test", now=system_clock())


async def begun(office: Office, key: str, count: int) -> list[str]:
    """Start cases; give their ids."""

    async def one() -> str:
        found = await office.admin.do(f"/pathways/{key}/cases", {"business_key": f"K-{number()}"})
        return str(found["case_id"])

    return list(await asyncio.gather(*(one() for _ in range(count))))


async def begun_with_called(office: Office, key: str, called: str) -> str:
    """Start a case; give its id when the case that it calls runs too, which is a moment later."""
    (case,) = await begun(office, key, 1)
    async with asyncio.timeout(60):
        while not await on_version(office, called):
            await asyncio.sleep(0.05)
    return case


async def finish(office: Office, cases: Sequence[str], task: str) -> None:
    """Complete a task of each case."""
    requests = (office.gateway.send(case, CompleteTask(task, "dr.oak"), f"done-{task}-{case}") for case in cases)
    await asyncio.gather(*requests)


async def migrate(office: Office, key: str, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = await office.admin.do(f"/pathways/{key}/migrations", {**WHY, **body})
    return found


async def at_rest(office: Office, batch: str) -> dict[str, Any]:
    """Wait until a batch rests."""
    for _ in range(600):
        found: dict[str, Any] = await office.admin.read(f"/batches/{batch}")
        if found["status"] in AT_REST:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"batch {batch} does not rest: {found}")


async def on_version(office: Office, key: str) -> dict[int, int]:
    """How many cases run on each version, as the read model says."""
    page = await office.admin.read(f"/pathways/{key}/versions")
    return {each["version"]: each["running"] for each in page["items"] if each["running"]}


async def elements(office: Office, case: str) -> set[str]:
    state = await office.gateway.state(case)
    return {at.element for at in state.activations.values() if at.id != state.root}


@pytest_asyncio.fixture
async def key() -> str:
    return f"moving_{number()}"


def redrawn(key: str) -> tuple[Definition, Definition]:
    """Two steps; then only the second, with a ladder and a timer at its boundary."""
    old = line(key, user_task("first", key), user_task("second", key, name="Look"))
    new = line(key, user_task("second", key, name="Look", ladder=LADDER))
    late = node("late", "boundaryEvent", key, attached_to="second", trigger=TimerTrigger("duration", '"P9D"'))
    return old, replace(new, nodes={**new.nodes, "late": replace(late, interrupting=False)})


async def test_fifty_cases_migrate_by_canary_and_go_back_unless_they_moved_on(office: Office, key: str) -> None:
    old, new = redrawn(key)
    await published(office, old)
    cases = await begun(office, key, CASES)
    await finish(office, cases[BEHIND:], "first#1")
    await published(office, new)
    foreseen = await migrate(office, key, to=2, dry_run=True)
    reason = "it waits at 'first', which the new version does not have"
    assert foreseen["summary"] == f"47 migrate, 3 cannot: {reason}"
    assert (foreseen["selected"], foreseen["migrates"], foreseen["cannot"]) == (CASES, CASES - BEHIND, BEHIND)
    assert {trial["outcome"]: set(trial["cases"]) for trial in foreseen["trials"]} == {
        "migrates": set(cases[BEHIND:]),
        "cannot": set(cases[:BEHIND]),
    }
    assert {"fact": "timer_started", "element": "late", "count": CASES - BEHIND} in foreseen["effects"]
    assert ("removed", "first") in {(each["kind"], each["element"]) for each in foreseen["versions"][0]["findings"]}
    assert await on_version(office, key) == {1: CASES}

    batch = await migrate(office, key, to=2, canary=5, expect=CASES)
    paused = await at_rest(office, batch["id"])
    assert (paused["status"], paused["tried"]) == ("paused", 5)
    await office.admin.do(f"/batches/{batch['id']}/resume")
    done = await at_rest(office, batch["id"])
    assert done["counts"] == {"done": CASES - BEHIND, "refused": BEHIND}
    assert await on_version(office, key) == {1: BEHIND, 2: CASES - BEHIND}
    assert {timer.node for timer in (await office.gateway.state(cases[-1])).timers.values()} == {"second", "late"}

    await finish(office, cases[-1:], "second#1")
    coming = await office.admin.do(f"/batches/{batch['id']}/undo", dry_run=True)
    assert coming["counts"] == {"undone": CASES - BEHIND - 1, "kept": 1}
    assert (await at_rest(office, batch["id"]))["status"] == "completed", "a dry run changes nothing"
    await office.admin.do(f"/batches/{batch['id']}/undo")
    undone = await at_rest(office, batch["id"])
    assert undone["counts"] == {"undone": CASES - BEHIND - 1, "refused": BEHIND, "kept": 1}
    assert await on_version(office, key) == {1: CASES - 1}
    assert not (await office.gateway.state(cases[-2])).timers


def calling(key: str, called: str, version: int) -> Definition:
    """A call of a pinned version, and a step of this version's own."""
    call = node("call", "callActivity", key, call=CallSpec(called))
    return line(key, call, user_task(f"outer{version}", key), calls={called: f"{called}-{version}"})


async def test_called_cases_go_with_their_caller_and_back(office: Office, key: str) -> None:
    called = f"{key}_called"
    inner = (
        line(called, user_task("inner", called)),
        line(called, user_task("inner", called), user_task("more", called)),
    )
    await published(office, *inner, pin=called)
    await published(office, calling(key, called, 1))
    await begun_with_called(office, key, called)
    await published(office, calling(key, called, 2))
    foreseen = await migrate(office, key, to=2, dry_run=True)
    assert (foreseen["summary"], foreseen["called"]) == ("1 migrate", 1)
    batch = await migrate(office, key, to=2)
    assert (await at_rest(office, batch["id"]))["counts"] == {"done": 1}
    assert (await on_version(office, key), await on_version(office, called)) == ({2: 1}, {2: 1})
    await office.admin.do(f"/batches/{batch['id']}/undo")
    assert (await at_rest(office, batch["id"]))["counts"] == {"undone": 1}
    assert (await on_version(office, key), await on_version(office, called)) == ({1: 1}, {1: 1})
    alone = await migrate(office, called, to=2, dry_run=True)
    assert alone["selected"] == 0
    assert (await migrate(office, called, to=2, dry_run=True, filter={"called": True}))["selected"] == 1


async def test_a_called_case_that_cannot_follow_keeps_its_caller(office: Office, key: str) -> None:
    called = f"{key}_called"
    inner = (line(called, user_task("inner", called)), line(called, user_task("other", called)))
    await published(office, *inner, pin=called)
    await published(office, calling(key, called, 1))
    case = await begun_with_called(office, key, called)
    await published(office, calling(key, called, 2))
    foreseen = await migrate(office, key, to=2, dry_run=True)
    assert foreseen["summary"].startswith(
        "0 migrate, 1 cannot: a case that it called cannot follow: it waits at 'inner'"
    )
    for misspelt in ({called: {"iner": "other"}}, {"nobody": {"inner": "other"}}):
        response = await office.admin.post(f"/pathways/{key}/migrations", {**WHY, "to": 2, "called_map": misspelt})
        assert (response.status_code, len(response.json()["errors"])) == (422, 1)
    told = await migrate(office, key, to=2, called_map={called: {"inner": "other"}})
    assert (await at_rest(office, told["id"]))["counts"] == {"done": 1}
    assert await elements(office, f"{case}/call#1") == {"other"}


async def test_a_renamed_step_is_proposed_and_mapped(office: Office, key: str) -> None:
    await published(office, line(key, user_task("first", key, name="Look")))
    (case,) = await begun(office, key, 1)
    await published(office, line(key, user_task("look", key, name="Look")))
    foreseen = await migrate(office, key, to=2, dry_run=True)
    assert (foreseen["cannot"], foreseen["versions"][0]["proposed"]) == (1, {"first": "look"})
    batch = await migrate(office, key, to=2, map={"first": "look"})
    assert (await at_rest(office, batch["id"]))["counts"] == {"done": 1}
    assert await elements(office, case) == {"look"}
    assert (await migrate(office, key, to=2, dry_run=True))["selected"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"to": 9}, 404),
        ({"to": 2, "map": {"nothing": "second"}}, 422),
        ({"to": 2, "map": {"first": "start"}}, 422),
        ({"to": 2, "expect": 7}, 409),
        ({"to": 2, "from": [1], "filter": {"nonsense": 1}}, 422),
    ],
)
async def test_what_makes_no_sense_is_refused_before_any_case_is_asked(
    office: Office, key: str, body: dict[str, Any], status: int
) -> None:
    await published(office, *redrawn(key)[:1])
    await begun(office, key, 1)
    await published(office, redrawn(key)[1])
    response = await office.admin.post(f"/pathways/{key}/migrations", {**WHY, **body})
    assert response.status_code == status, response.text
    assert await on_version(office, key) == {1: 1}


async def test_only_administrators_migrate(office: Office) -> None:
    response = await office.coordinator.post("/pathways/two_tasks/migrations", {**WHY, "to": 1, "dry_run": True})
    assert response.status_code == 403


async def test_a_dry_run_counts_no_cases_of_other_organisations(office: Office, key: str) -> None:
    old, new = redrawn(key)
    await published(office, old)
    await begun(office, key, 1)
    await published(office, new)
    asked = (f"/pathways/{key}/migrations", {**WHY, "to": 2, "dry_run": True})
    found = await office.person("a.far", "admin", organisation="far").do(*asked)
    assert (found["selected"], found["versions"]) == (0, [])
    assert [each["cases"] for each in (await office.admin.do(*asked))["versions"]] == [1]


def test_cases_may_come_from_more_than_a_thousand_versions() -> None:
    coming = [RunningVersion(f"{version:064}", version, 1) for version in range(1, 1_502)]
    wanted, _ = _asked("p", MigrationBody(to=2_000, reason="a new form"), coming)
    assert wanted.versions == list(range(1, 1_502))
