"""Does the command line do over HTTP what the API allows, and say what to do when it does not?"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cli import remote
from tests.api.administered import KEY, publish_administered
from tests.api.conftest import Office
from tests.api.typed import answered, run

pytestmark = pytest.mark.temporal
WHY = ("--reason", "seen elsewhere")


@pytest_asyncio.fixture(scope="module", autouse=True, loop_scope="session")
async def _published(office: Office) -> None:
    await publish_administered(office)


async def referred(office: Office) -> str:
    case: str = (await office.refer(KEY))["case_id"]
    return case


async def incident_of(office: Office, served: str) -> tuple[str, dict[str, Any]]:
    case = await referred(office)
    return case, (await until_stopped(served, case))[0]


async def until_stopped(served: str, case: str) -> list[dict[str, Any]]:
    """Wait until a case has incidents."""
    async with asyncio.timeout(60):
        while not (found := await answered(served, "incidents", "list", "--case", case)):
            await asyncio.sleep(0.1)
    return list(found)


async def test_a_list_of_several_pages_is_read_to_its_end(
    office: Office, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "AT_ONCE", 2)
    begun = {await referred(office) for _ in range(5)}
    listed = [each["case_id"] for each in await answered(served, "cases", "list", "--pathway", KEY)]
    assert begun <= set(listed)
    assert len(listed) == len(set(listed))


async def test_a_case_is_shown_with_its_clocks_and_changed_by_hand(office: Office, served: str, tmp_path: Path) -> None:
    case = await referred(office)
    assert "Examine" in (await run(served, "cases", "show", case)).stdout
    assert case in {each["case_id"] for each in await answered(served, "cases", "list", "--pathway", KEY)}
    clocks = await answered(served, "cases", "timers", case)
    foreseen = await run(served, "cases", "stop-clock", case, "examine#1", *WHY, "--dry-run")
    assert "nothing was changed" in foreseen.stdout
    assert await answered(served, "cases", "timers", case) == clocks
    await run(served, "cases", "move-timer", case, clocks[0]["target"], "2040-01-01T00:00:00+00:00", *WHY)
    await run(served, "cases", "stop-clock", case, "examine#1", *WHY)
    assert "stopped since" in (await run(served, "cases", "timers", case)).stdout
    await run(served, "cases", "resume-clock", case, "examine#1", *WHY)
    changes = tmp_path / "changes.json"
    changes.write_text(json.dumps([{"kind": "MoveToken", "activation": "book", "to": "refer"}]))
    dry = await run(served, "cases", "modify", case, str(changes), *WHY, "--dry-run")
    assert "nothing was changed" in dry.stdout
    assert "Refer elsewhere" in dry.stdout
    await run(served, "cases", "modify", case, str(changes), *WHY)
    await run(served, "cases", "complete", case, "refer", *WHY)
    foreseen = await run(served, "cases", "set", case, "fit=true", *WHY, "--dry-run")
    assert "it would set: fit" in foreseen.stdout
    await run(served, "cases", "set", case, "fit=true", *WHY)
    told = (await run(served, "cases", "timeline", case)).stdout
    assert "fit was set by a.fir: seen elsewhere" in told
    assert "The clock of Examine was stopped by a.fir: seen elsewhere" in told
    await run(served, "cases", "restart", case, "split", "--reason", "asked [again]")
    assert "asked [again]" in (await run(served, "cases", "timeline", case)).stdout
    await run(served, "cases", "skip", case, "examine", *WHY)
    await run(served, "cases", "cancel", case, *WHY)
    assert (await answered(served, "cases", "show", case))["status"] == "cancelled"


async def test_what_the_case_refuses_is_said_with_where_and_what_to_do(office: Office, served: str) -> None:
    case = await referred(office)
    refused = await run(served, "cases", "move", case, "book", "nowhere", *WHY, code=1)
    for words in ("'nowhere' is no element of this pathway", "where: POST", "what to do:", "request id:"):
        assert words in refused.stderr
    forbidden = await run(served, "cases", "cancel", case, *WHY, role="coordinator", code=1)
    assert "Not for your role" in forbidden.stderr
    away = await run("http://127.0.0.1:1", "cases", "list", code=3)
    assert "does not answer" in away.stderr


async def test_an_incident_is_shown_with_its_remedies_and_skipped(office: Office, served: str) -> None:
    case, incident = await incident_of(office, served)
    shown = (await run(served, "incidents", "show", incident["id"])).stdout
    assert "let it count as done" in shown
    assert "nothing was changed" in (await run(served, "incidents", "skip", incident["id"], *WHY, "--dry-run")).stdout
    await run(served, "incidents", "retry", incident["id"], "--reason", "the service is back")
    assert "Book is tried again by a.fir: the service is back" in (await run(served, "cases", "timeline", case)).stdout
    incident = (await until_stopped(served, case))[0]
    await run(served, "incidents", "throw-error", incident["id"], "--code", "no-slot", *WHY)
    assert (await answered(served, "incidents", "list", "--case", case)) == []


async def test_many_incidents_are_foreseen_asked_about_and_resolved(office: Office, served: str) -> None:
    found = [await incident_of(office, served) for _ in range(2)]
    where = [option for case, _ in found for option in ("--where", f"case={case}")][-2:]
    dry = await answered(served, "incidents", "skip", *where, *WHY, "--dry-run")
    assert (dry["selected"], dry["counts"]) == (1, {"done": 1})
    vain = await run(served, "incidents", "throw-error", *where, "--code", "nobodys", *WHY, "--dry-run", code=1)
    assert "nobody catches the error" in vain.stdout
    await run(served, "incidents", "skip", *where, *WHY, said="n\n", code=1)
    done = await run(served, "incidents", "skip", *where, *WHY, said="y\n")
    assert "1 done" in done.stdout
    batch = (await answered(served, "batches", "list", "--kind", "incident.skip"))[0]
    assert batch["status"] == "completed"
    ids = json.dumps([case for case, _ in found])
    start = ("batches", "start", "case.cancel", "--where", f"cases={ids}", *WHY, "--yes", "--canary", "1")
    paused = await answered(served, *start)
    assert (paused["status"], paused["counts"]) == ("paused", {"done": 1, "pending": 1})
    await run(served, "batches", "resume", paused["id"])
    shown = await run(served, "batches", "show", paused["id"], "--items", "all")
    assert shown.stdout.count("case-") >= 2
    assert "clock.stop" in (await run(served, "batches", "kinds")).stdout
