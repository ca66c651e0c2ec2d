"""Does a round see each patient once, the most urgent first, and only who is theirs?"""

from typing import Any

import pytest

from tests.api.caring import counted
from tests.api.conftest import Office, Person, number

pytestmark = pytest.mark.temporal


async def round_of(who: Person, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await who.read("/rounds", size=200, **filters))["items"]
    return found


async def referred(office: Office, mrn: str, **changed: Any) -> str:
    patient = {"identifiers": [{"value": mrn}], "name": "Testina Round", "birth_date": "1960-02-03"}
    case: str = (await office.refer("two_tasks", patient=patient, **changed))["case_id"]
    return case


async def test_a_patient_with_two_cases_is_one_entry_and_the_most_urgent_comes_first(office: Office) -> None:
    twice, once = f"MRN-R{number()}", f"MRN-R{number()}"
    calm = await referred(office, once, priority="routine")
    both = [await referred(office, twice, priority=priority) for priority in ("routine", "urgent")]
    seen = await round_of(office.dentist, pathway="two_tasks")
    places = {frozenset(entry["cases"]): place for place, entry in enumerate(seen)}
    entry = seen[places[frozenset(both)]]
    assert (entry["urgency"], entry["name"], len(entry["tasks"])) == ("urgent", "Testina Round", 2)
    assert places[frozenset(both)] < places[frozenset((calm,))]


async def test_a_round_of_many_patients_asks_the_database_no_more_than_one_of_a_few(any_office: Office) -> None:
    reader = any_office.person("k.oak", "dentist", "booking_office", "key_worker")
    for _ in range(4):
        mrn = f"MRN-R{number()}"
        for _ in range(2):
            case = await referred(any_office, mrn, priority="stat")
            await any_office.admin.do(f"/cases/{case}/variables", {"variables": {"slot": "2031-03-02T09:00:00Z"}})
    await round_of(reader)
    asked = []
    for size in (1, 50):
        with counted(any_office) as questions:
            page = await reader.read("/rounds", size=size, pathway="two_tasks")
        asked.append(len(questions))
        assert min(size, 4) <= len(page["items"]) <= size
        assert page["items"][0]["dates"]
    assert asked[0] == asked[1]


async def test_who_sees_no_demographics_reads_no_name_and_strangers_and_patients_nothing(office: Office) -> None:
    case = await referred(office, f"MRN-R{number()}")
    pathologist = office.person("p.reed", "dentist")
    [entry] = [each for each in await round_of(pathologist, pathway="two_tasks") if case in each["cases"]]
    assert entry["name"] == ""
    stranger = office.person("n.yew", "dentist", organisation="northern")
    assert [each for each in await round_of(stranger) if case in each["cases"]] == []
    assert (await office.person("p.one", "patient").get("/rounds")).status_code == 403
    assert (await stranger.get("/rounds", role="key_worker")).status_code == 403
