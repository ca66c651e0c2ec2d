"""Is a new version run beside the real cases without any effect, over the API and the command line?"""

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pathways.bpmn.model import CallSpec, Definition, VariableMapping
from pathways.catalogue import library_folders
from tests.api.conftest import Office, number
from tests.api.letters import titles
from tests.api.test_api_migrations import begun, elements, on_version, published
from tests.api.typed import answered, run
from tests.host.diagrams import line, message, node, user_task
from tests.proof.test_shadow import drawn
from workflows.contract.requests import CompleteTask

pytestmark = pytest.mark.temporal
LIBRARY = library_folders()[0].parent


def triage(key: str, condition: str) -> Definition:
    """The drawing of the pure tests, under a key of its own."""
    made = drawn(condition)
    nodes = {name: replace(each, scope=key) for name, each in made.nodes.items()}
    flows = {name: replace(each, scope=key) for name, each in made.flows.items()}
    return replace(made, key=key, processes=(replace(made.processes[0], id=key),), nodes=nodes, flows=flows)


async def test_real_cases_are_told_where_they_would_leave_and_nothing_moves(office: Office) -> None:
    key = f"shadow_{number()}"
    await published(office, triage(key, "size > 3"))
    cases = await begun(office, key, 3)
    for case, size in zip(cases, (9, 4, 1), strict=True):
        await office.gateway.send(case, CompleteTask("assess#1", "dr.oak", {"size": size}), f"assessed-{case}")
    await published(office, triage(key, "size > 5"))
    report = await office.admin.do(f"/pathways/{key}/shadow", {"version": 2})
    assert report["summary"] == "2 of 3 go the same way; 1 differ: 1 first at 'Urgent?'"
    (differs,) = [each for each in report["cases"] if each["outcome"] == "differs"]
    assert (differs["case_id"], differs["version"], differs["element"]) == (cases[1], 1, "urgent")
    assert differs["reason"] == "goes on to 'Book'; it was: goes on to 'Call at once'"
    assert "4" not in differs["reason"], "values are a patient's"
    assert (await elements(office, cases[1]), await on_version(office, key)) == ({"call"}, {1: 3})
    one = await office.admin.do(f"/pathways/{key}/shadow", {"version": 2, "filter": {"cases": [cases[0]]}})
    assert (one["selected"], one["same"]) == (1, 1)
    few = await office.admin.do(f"/pathways/{key}/shadow", {"version": 2, "most": 1})
    assert (few["total"], few["selected"]) == (3, 1)
    await office.gateway.send(cases[0], CompleteTask("call#1", "dr.oak"), f"called-{cases[0]}")
    ended = await office.admin.do(f"/pathways/{key}/shadow", {"version": 2, "filter": {"status": "ended"}})
    assert (ended["summary"], ended["cases"][0]["case_id"]) == ("1 of 1 go the same way", cases[0])
    strangers = office.person("n.fir", "admin", organisation="northern")
    assert (await strangers.do(f"/pathways/{key}/shadow", {"version": 2}))["total"] == 0


def hearing(key: str, called: str) -> Definition:
    """What a message and a called case brought is computed with, and decides: only their own records have it."""
    report = replace(
        message("report", key, "imaging.report"), outputs=(VariableMapping("upper case(finding)", "said"),)
    )
    call = node("call", "callActivity", key, call=CallSpec(called), outputs=(VariableMapping("result + 1", "next"),))
    made = line(
        key, report, call, node("gate", "exclusiveGateway", key), user_task("read", key), calls={called: f"{called}-1"}
    )
    decided = replace(made.flows["f3"], condition='said = "CLEAR" and next = 2')
    return replace(made, flows={**made.flows, "f3": decided})


async def until_open(office: Office, case: str, title: str) -> None:
    """Wait until a task of a case, or of one that it called, is read as open."""
    async with asyncio.timeout(60):
        while title not in await titles(office, case):
            await asyncio.sleep(0.05)


async def test_what_messages_and_called_cases_brought_is_taken_from_where_it_is_kept(office: Office) -> None:
    key, called, order = f"shadow_{number()}", f"shadow_called_{number()}", f"R-{number()}"
    await published(office, line(called, user_task("inner", called)), pin=called)
    await published(office, hearing(key, called))
    start = {"business_key": order, "variables": {"referral_id": order}}
    case = (await office.admin.do(f"/pathways/{key}/cases", start))["case_id"]
    report = {
        "name": "imaging.report",
        "correlation_key": order,
        "message_id": order,
        "variables": {"finding": "clear"},
    }
    await office.sender.do("/messages", report)
    await until_open(office, case, "inner")
    await office.gateway.send(f"{case}/call#1", CompleteTask("inner#1", "dr.oak", {"result": 1}), f"inner-{case}")
    await until_open(office, case, "read")
    await published(office, replace(hearing(key, called), name="Redrawn"))
    told = await office.admin.do(f"/pathways/{key}/shadow", {"version": 2})
    assert (told["summary"], told["beside"]) == ("1 of 1 go the same way", [])


async def test_who_may_not_is_refused_and_so_is_a_candidate_that_is_none(office: Office) -> None:
    key = f"shadow_{number()}"
    await published(office, triage(key, "size > 3"))
    assert (await office.coordinator.post(f"/pathways/{key}/shadow", {"version": 1})).status_code == 403
    assert (await office.admin.post(f"/pathways/{key}/shadow", {"version": 7})).status_code == 404
    for neither in ({}, {"version": 1, "files": {"p/pathway.bpmn": "<none/>"}}):
        assert (await office.admin.post(f"/pathways/{key}/shadow", neither)).status_code == 422
    outside = {"files": {"../../pathway.bpmn": "<none/>"}}
    assert (await office.admin.post(f"/pathways/{key}/shadow", outside)).json()["type"].endswith("malformed")


async def test_a_folder_that_is_not_published_is_run_beside_real_cases(
    office: Office, served: str, tmp_path: Path
) -> None:
    key = f"shadow_{number()}"
    folder = tmp_path / key
    shutil.copytree(LIBRARY / "no_show", folder)
    diagram = folder / "pathway.bpmn"
    diagram.write_text(diagram.read_text().replace('"no_show"', f'"{key}"'))
    await run(served, "deployments", "publish", str(folder))
    await answered(served, "cases", "start", key, f"K-{number()}", "--set", "referral_id=R1")
    diagram.write_text(diagram.read_text().replace("Clinical review of", "Clinical look at"))
    shown = await run(served, "shadow", key, "--dir", str(folder))
    assert "the version of these files, run in the shadow; nothing was changed" in shown.output
    assert "1 of 1 go the same way" in shown.output
    assert [each["version"] for each in await answered(served, "deployments", "show", key)] == [1]
    await run(served, "shadow", key, code=2)
