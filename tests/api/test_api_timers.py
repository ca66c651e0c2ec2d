"""Can a person see, move, stop and resume the clocks of a case, and does the reason stay in the timeline?"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.administered import KEY, publish_administered
from tests.api.conftest import Office

pytestmark = pytest.mark.temporal
WHY = {"reason": "the patient is abroad"}


async def clocks(office: Office, case: str) -> dict[str, Any]:
    return {clock["target"]: clock for clock in await office.coordinator.read(f"{case}/timers")}


async def referred(office: Office) -> str:
    await publish_administered(office)
    link: str = (await office.refer(KEY))["links"]["case"]
    return link


async def told(office: Office, case: str) -> list[str]:
    return [entry["text"] for entry in await office.coordinator.read(f"{case}/timeline")]


async def test_the_clocks_of_a_case_are_shown_in_words_with_what_can_be_done(office: Office) -> None:
    found = await clocks(office, await referred(office))
    rungs = {"rung 1 of its ladder", "rung 2 of its ladder"}
    assert {clock["what"] for clock in found.values()} == {*rungs, "the timer 'late'"}
    assert all(clock["step"] == "Examine" and not clock["late"] for clock in found.values())
    assert all(clock["links"].keys() == {"move", "pause"} for clock in found.values())


async def test_a_timer_is_moved_and_the_reason_stays_in_the_timeline(office: Office) -> None:
    case = await referred(office)
    before = next(c for c in (await clocks(office, case)).values() if c["what"] == "the timer 'late'")
    due_at = datetime.fromisoformat(before["due_at"]) + timedelta(days=3)
    await office.coordinator.do(before["links"]["move"], {"due_at": due_at.isoformat(), **WHY})
    after = (await clocks(office, case))[before["target"]]
    assert datetime.fromisoformat(after["due_at"]) == due_at
    sentence = next(text for text in await told(office, case) if "was moved" in text)
    assert sentence.startswith("The timer of Examine was moved by c.elm from ")
    assert sentence.endswith(": the patient is abroad")


async def test_the_clock_of_a_step_is_stopped_and_runs_on(office: Office) -> None:
    case = await referred(office)
    before = await clocks(office, case)
    foreseen = await office.coordinator.do(f"{case}/timers/examine%231/pause", {**WHY, "dry_run": True})
    assert "The clock of Examine was stopped by c.elm: the patient is abroad" in foreseen["happens"]
    assert await clocks(office, case) == before, "a dry run changes nothing"
    await office.coordinator.do(f"{case}/timers/examine%231/pause", WHY)
    stopped = await clocks(office, case)
    assert all(clock["stopped_at"] and clock["links"].keys() == {"resume"} for clock in stopped.values())
    again = await office.coordinator.post(f"{case}/timers/examine%231/pause", WHY)
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (422, "invalid")
    await office.coordinator.do(f"{case}/timers/examine%231/resume", {"reason": "back"})
    assert not any(clock["stopped_at"] for clock in (await clocks(office, case)).values())
    await office.coordinator.do(f"{case}/timers/examine/pause", {"reason": "by the name of its element"})
    assert all(clock["stopped_at"] for clock in (await clocks(office, case)).values())
    await office.coordinator.do(f"{case}/timers/examine/resume", {"reason": "back"})
    texts = await told(office, case)
    assert "The clock of Examine was stopped by c.elm: the patient is abroad" in texts
    assert any(text.startswith("The clock of Examine runs again") and text.endswith(": back") for text in texts)


async def test_clocks_are_moved_by_few_and_for_a_reason(office: Office) -> None:
    case = await referred(office)
    assert (await office.dentist.post(f"{case}/timers/examine%231/pause", WHY)).status_code == 403
    assert (await office.coordinator.post(f"{case}/timers/examine%231/pause", {})).status_code == 422
    unknown = await office.coordinator.post(f"{case}/timers/timer%2399/pause", WHY)
    assert (unknown.status_code, unknown.json()["type"].rpartition("/")[2]) == (409, "not-open")
    naive = {"due_at": "2030-01-01T00:00:00", **WHY}
    assert (await office.coordinator.post(f"{case}/timers/timer%231/move", naive)).status_code == 422
    assert (await office.person("x", "radiologist").get(f"{case}/timers")).status_code == 403


async def test_the_clocks_of_a_step_are_stopped_in_many_cases(office: Office) -> None:
    cases = [await referred(office) for _ in range(2)]
    ids = [case.rpartition("/")[2] for case in cases]
    body = {"kind": "clock.stop", "filter": {"element": "examine", "cases": ids}, **WHY}
    batch = await office.admin.do("/batches", body)
    await office.here.background.rest()
    assert (await office.admin.read(batch["links"]["self"]))["counts"] == {"done": 2}
    for case in cases:
        assert all(clock["stopped_at"] for clock in (await clocks(office, case)).values())
    again = await office.admin.do("/batches", {**body, "dry_run": True})
    said = [(each["outcome"], each["reason"], each["count"]) for each in again["reasons"]]
    assert said == [("refused", "the clock of examine stands still already", 2)], "without ids"
