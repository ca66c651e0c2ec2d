"""Does a round see each patient once, the most urgent first, and only who is theirs?"""

from typing import Any

import pytest

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


async def test_who_sees_no_demographics_reads_no_name_and_strangers_and_patients_nothing(office: Office) -> None:
    case = await referred(office, f"MRN-R{number()}")
    pathologist = office.person("p.reed", "dentist")
    [entry] = [each for each in await round_of(pathologist, pathway="two_tasks") if case in each["cases"]]
    assert entry["name"] == ""
    stranger = office.person("n.yew", "dentist", organisation="northern")
    assert [each for each in await round_of(stranger) if case in each["cases"]] == []
    assert (await office.person("p.one", "patient").get("/rounds")).status_code == 403
    assert (await stranger.get("/rounds", role="key_worker")).status_code == 403
