"""Has every date of a conference as much room as the directory says, and is a full one refused?"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.surroundings import system_clock
from tests.api.conftest import Office
from tests.api.test_api_pools import with_directory

pytestmark = pytest.mark.temporal
TODAY = system_clock().date()
FIRST = TODAY - timedelta(weeks=10, days=TODAY.weekday() - 1)
"""A Tuesday that is over."""

MEETINGS = """
conferences:
  mdt: {{name: Conference, first: {first}, at: "13:00", capacity: 3, urgent: 1, closes_hours: 24, roles: [ent_surgeon]}}
"""


@pytest.fixture
def dates(office: Office, tmp_path: Path) -> Iterator[None]:
    """A weekly conference since a Tuesday long ago."""
    before = office.here
    office.app.state.surroundings = with_directory(office, tmp_path, MEETINGS.format(first=FIRST))
    yield
    office.app.state.surroundings = before


async def slots(office: Office) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await office.coordinator.read("/conferences/slots")
    return found


async def listed(office: Office, slot: dict[str, Any], case_id: str) -> Any:
    return await office.coordinator.post(f"/conferences/mdt/{slot['held_on']}/cases", {"case_id": case_id})


@pytest.mark.usefixtures("dates")
async def test_a_full_date_is_refused_with_the_next_that_has_room_and_urgent_cases_keep_a_seat(office: Office) -> None:
    soon, after, *_ = [slot for slot in await slots(office) if _is_open(slot)]
    assert (soon["capacity"], soon["free"], soon["free_for_urgent"], soon["roles"]) == (3, 2, 3, ["ent_surgeon"])
    routine = [(await office.refer(priority="routine"))["case_id"] for _ in range(3)]
    answers = await asyncio.gather(*(listed(office, soon, case) for case in routine))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409]
    [full] = [answer.json() for answer in answers if answer.status_code == 409]
    assert full["detail"] == f"The list of {soon['held_on']} is full for it. The next with room is {after['held_on']}."
    urgent = (await office.refer(priority="urgent"))["case_id"]
    first = await listed(office, soon, urgent)
    again = await listed(office, soon, urgent)
    assert (first.status_code, first.json()) == (201, again.json())
    [shown] = [slot for slot in await slots(office) if slot["held_on"] == soon["held_on"]]
    assert (shown["listed"], shown["free_for_urgent"], urgent in shown["cases"]) == (3, 0, True)
    off = f"/conferences/mdt/{soon['held_on']}/cases/withdraw"
    await office.coordinator.do(off, {"case_id": urgent})
    assert (await office.coordinator.post(off, {"case_id": urgent})).status_code == 404


@pytest.mark.usefixtures("dates")
async def test_a_date_is_for_those_who_oversee_and_a_case_for_its_own_organisation(office: Office) -> None:
    slot = (await slots(office))[-1]
    case = (await office.refer())["case_id"]
    address = f"/conferences/mdt/{slot['held_on']}/cases"
    assert (await office.dentist.get("/conferences/slots")).status_code == 403
    assert (await office.dentist.post(address, {"case_id": case})).status_code == 403
    stranger = office.person("n.yew", "coordinator", organisation="northern")
    assert (await stranger.post(address, {"case_id": case})).status_code == 404
    assert (
        await office.coordinator.post(f"/conferences/mdt/{FIRST + timedelta(days=1)}/cases", {"case_id": case})
    ).status_code == 404
    past = await office.coordinator.post(f"/conferences/mdt/{FIRST}/cases", {"case_id": case})
    assert (past.status_code, "is closed" in past.json()["detail"]) == (409, True)
    await office.coordinator.do(address, {"case_id": case})
    seen = await stranger.read("/conferences/slots")
    assert (any(each["listed"] for each in seen), [each["cases"] for each in seen if each["cases"]]) == (True, [])


def _is_open(slot: dict[str, Any]) -> bool:
    """Whether there is time enough to list cases before it closes."""
    return datetime.fromisoformat(slot["closes_at"]) > system_clock() + timedelta(minutes=10)
