"""Does the board tell where every open case stands, of those only that are somebody's to see?"""

from typing import Any

import pytest

from tests.api.conftest import Office, Person
from tests.api.typed import answered, run

pytestmark = pytest.mark.temporal
KEY = "two_tasks"


async def at_first(who: Person) -> dict[str, Any]:
    """The step `first` on somebody's board."""
    [board] = await who.read("/board", pathway=KEY)
    return next(step for step in board["steps"] if step["element"] == "first")


async def test_a_case_counts_where_it_waits_and_its_link_lists_it(any_office: Office) -> None:
    await any_office.refer(KEY)
    before = await at_first(any_office.coordinator)
    case = (await any_office.refer(KEY))["case_id"]
    step = await at_first(any_office.coordinator)
    assert (step["cases"], step["of"], step["kind"]) == (before["cases"] + 1, "dentist", "task")
    lines = await any_office.coordinator.read(f"{step['link']}&size=200")
    assert lines["total"] == step["cases"]
    assert case in {line["case_id"] for line in lines["items"]}
    [task] = (await any_office.dentist.read("/tasks", case=case))["items"]
    await any_office.dentist.do(f"/tasks/{task['id']}/claim")
    await any_office.dentist.do(f"/tasks/{task['id']}/complete", {"values": {}})
    assert (await at_first(any_office.coordinator))["cases"] == before["cases"]


async def test_whoever_takes_no_part_counts_nothing_and_a_patient_is_refused(office: Office) -> None:
    await office.refer(KEY)
    assert (await at_first(office.dentist))["cases"] > 0
    assert await office.person("r.iris", "radiographer").read("/board", pathway=KEY) == []
    assert await office.person("n.yew", "coordinator", organisation="northern").read("/board") == []
    assert (await office.person("p.one", "patient").get("/board")).status_code == 403


async def test_the_command_shows_the_board(office: Office, served: str) -> None:
    await office.refer(KEY)
    [board] = await answered(served, "cases", "board", "--pathway", KEY)
    assert board["cases"] >= board["steps"][0]["cases"] > 0
    told = (await run(served, "cases", "board", "--pathway", KEY)).stdout
    assert f"{KEY}: {board['cases']} open" in told
