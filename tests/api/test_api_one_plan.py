"""Do clinicians, bookers and patients read all problems and dates of one patient together, as far as each may see?"""

from typing import Any

import pytest

from tests.api.conftest import Office, Person, number

pytestmark = pytest.mark.temporal
KEY = "two_tasks"
SLOT, STARTS = "2031-03-02T09:00:00+00:00", "2031-03-10"


async def referred(office: Office, mrn: str, reason: str, **variables: Any) -> tuple[str, str]:
    """A case of the patient with this number, with these variables: its id, and that of the patient."""
    patient = {"identifiers": [{"value": mrn}], "name": "Testina Whole", "birth_date": "1961-04-05"}
    case: str = (await office.refer(KEY, patient=patient, reason=[{"text": reason}]))["case_id"]
    if variables:
        await office.admin.do(f"/cases/{case}/variables", {"variables": variables})
    return case, (await office.dentist.read(f"/cases/{case}"))["variables"]["patient_id"]


def booker(office: Office) -> Person:
    """Who books sees appointments, who coordinates the other dates; this one also has a task in these cases."""
    return office.person("b.elm", "booking_office", "coordinator", "dentist")


async def two_problems(office: Office) -> tuple[str, str, str]:
    mrn = f"MRN-W{number()}"
    teeth, patient = await referred(
        office, mrn, "Loose teeth", slot=SLOT, site="Clinic North", diagnosis="Periodontitis"
    )
    jaw, same = await referred(office, mrn, "Jaw pain", rt_start_date=STARTS, mdt_decision="Radiotherapy")
    assert same == patient
    return teeth, jaw, patient


async def test_all_problems_of_a_patient_are_one_plan_with_what_comes_next(any_office: Office) -> None:
    teeth, jaw, patient = await two_problems(any_office)
    plan = await any_office.dentist.read(f"/patients/{patient}/plan")
    problems = {each["case_id"]: each for each in plan["problems"]}
    assert problems.keys() == {teeth, jaw}
    assert problems[teeth]["problem"]["diagnosis"] == "Periodontitis"
    assert problems[jaw]["plan"] == {"mdt_decision": "Radiotherapy"}
    assert [step["of"] for step in problems[jaw]["next_steps"]] == ["dentist"]
    assert [(each["case_id"], each["at"], each["place"]) for each in plan["itinerary"]] == [
        (teeth, SLOT, "Clinic North"),
        (jaw, STARTS, ""),
    ]
    booked = await booker(any_office).read(f"/patients/{patient}/plan")
    assert [(each["case_id"], each["at"], each["place"]) for each in booked["itinerary"]] == [
        (teeth, SLOT, "Clinic North"),
        (jaw, STARTS, ""),
    ]


async def test_each_value_of_the_plan_is_shown_by_its_class_of_data(office: Office) -> None:
    _, jaw, patient = await two_problems(office)
    plan = await office.coordinator.read(f"/patients/{patient}/plan")
    assert [each["problem"] for each in plan["problems"]] == [{}, {}]
    assert [each["plan"] for each in plan["problems"]] == [{}, {}]
    assert [(each["case_id"], each["at"]) for each in plan["itinerary"]] == [(jaw, STARTS)]


async def test_whoever_sees_no_case_of_the_patient_finds_no_patient(office: Office) -> None:
    _, _, patient = await two_problems(office)
    for stranger in (
        office.person("n.yew", "coordinator", organisation="northern"),
        office.person("r.iris", "radiographer"),
    ):
        assert (await stranger.get(f"/patients/{patient}/plan")).status_code == 404
    assert (await office.person("p.one", "patient").get(f"/patients/{patient}/plan")).status_code == 403


async def test_a_case_that_is_over_stays_a_problem_without_dates(office: Office) -> None:
    teeth, jaw, patient = await two_problems(office)
    await office.admin.do(f"/cases/{teeth}/cancel", {"reason": "taken back"})
    plan = await office.dentist.read(f"/patients/{patient}/plan")
    assert [(each["case_id"], each["status"]) for each in plan["problems"]] == [(jaw, "running"), (teeth, "cancelled")]
    assert [each["case_id"] for each in plan["itinerary"]] == [jaw]


async def test_a_round_shows_what_is_booked_already_in_every_case_of_the_patient(office: Office) -> None:
    teeth, jaw, _ = await two_problems(office)
    rounds = (await booker(office).read("/rounds", size=200, pathway=KEY))["items"]
    [entry] = [each for each in rounds if jaw in each["cases"]]
    assert [(date["what"], date["case_id"]) for date in entry["dates"]] == [
        ("Your appointment", teeth),
        ("Planned start of radiotherapy", jaw),
    ]


async def test_the_patient_reads_all_dates_in_one_list_and_in_their_language(office: Office) -> None:
    teeth, jaw, patient = await two_problems(office)
    me = office.person("p.whole", "patient", patient_id=patient)
    dates = await me.read("/my/itinerary", language="de")
    assert [(date["what"], date["at"], date["place"], date["link"]) for date in dates] == [
        ("Ihr Termin", SLOT, "Clinic North", f"/my/cases/{teeth}"),
        ("Geplanter Beginn der Strahlentherapie", STARTS, "", f"/my/cases/{jaw}"),
    ]
    assert await office.person("p.other", "patient", patient_id="somebody-else").read("/my/itinerary") == []
