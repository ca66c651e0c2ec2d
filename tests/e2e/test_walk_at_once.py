"""What becomes of a case in which two things happen at once: late, out of order, or while the other is still open?"""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.surroundings import system_clock
from tests.e2e.conftest import Stack
from tests.e2e.test_walk_dental_clearance import CLEAR, by_name
from tests.e2e.test_walk_ent_imaging_oncology import CANCER
from tests.e2e.test_walk_missed_and_lost import DUPLICATE, told
from tests.e2e.walker import Walk, opened

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

TRIAGE, SLOT, READ, ATTENDANCE = (
    "Vet / triage referral",
    "Book slot (urgent: same or next day)",
    "Read and acknowledge report",
    "Record attendance",
)
DECIDE = "Decide on available information"
ANOTHER = "Choose another dental provider or supply missing information"
RETURNED: dict[str, Any] = {"triage": ("return_for_info", "accept"), "missing_items": "Photographs"}


async def gone(walk: Walk, title: str) -> None:
    """Wait until no task with this title is open any more."""

    async def look() -> bool | None:
        return title not in {task["title"] for task in (await walk.case())["tasks"]} or None

    await walk.stack.api.until(f"no “{title}”", look)


async def appointment(walk: Walk, status: str, start: str) -> Any:
    """Tell of an appointment as the system of the clinic does."""
    body = {"referral_id": walk.referral_id, "appointment_id": "A-1", "status": status, "start": start}
    return await walk.stack.api.post(walk.sender, "/appointments", body)


async def happened(walk: Walk, words: str) -> None:
    """Wait until the timeline says so."""

    async def look() -> bool | None:
        lines = await walk.stack.api.get(walk.watcher, f"/cases/{walk.case_id}/timeline")
        return any(words in line["text"] for line in lines) or None

    await walk.stack.api.until(f"“{words}” in the timeline", look)


async def state(walk: Walk) -> str:
    return str((await walk.stack.api.get(walk.watcher, f"/referrals/{walk.referral_id}"))["state"]["state"])


async def test_a_critical_report_waits_for_no_slot(stack: Stack) -> None:
    clinic = {**CANCER["ent_imaging_oncology.clinic"], "needs": ["CT_neck_chest"]}
    walk = Walk(stack, "gateway.hazel", "c.birch", {**CANCER, "ent_imaging_oncology.clinic": clinic})
    await walk.refer("ent_imaging_oncology")
    await walk.on(to=SLOT)
    report = {
        "order_id": f"{walk.referral_id}-CT-1",
        "report_id": uuid4().hex,
        "conclusion": "Airway narrowed",
        "category": "critical",
        "variables": {"patient_id": walk.patient_id},
    }
    assert (await stack.api.post(walk.sender, "/results", report))["status"] == "delivered"
    await opened(walk, READ)
    await gone(walk, SLOT)
    assert (await walk.case())["incidents"] == []


async def test_a_moved_appointment_is_told_and_a_late_word_of_it_ends_the_question(stack: Stack) -> None:
    walk = Walk(stack, "gateway.hazel", "c.birch", CANCER, never=("appointment.attended",))
    await walk.refer("ent_imaging_oncology")
    await walk.on(message="appointment.attended")
    later = (system_clock() + timedelta(days=9)).isoformat()
    assert (await appointment(walk, "rescheduled", later))["status"] == "delivered"
    await happened(walk, "Appointment moved")
    assert await state(walk) == "booked"
    await walk.on(message="appointment.attended")
    await walk.late("Attendance unknown", ATTENDANCE)
    assert (await appointment(walk, "attended", later))["status"] == "delivered"
    await gone(walk, ATTENDANCE)
    await opened(walk, "One-stop clinic: examination, endoscopy, ultrasound +/- FNA")
    assert await state(walk) == "seen"


async def test_a_second_referral_while_the_first_waits_for_information(stack: Stack) -> None:
    said = {**CANCER, **RETURNED}
    first = Walk(stack, "gateway.hazel", "c.birch", said)
    await first.refer("ent_imaging_oncology")
    await first.on(message="referral.info_supplied")
    second = Walk(stack, "gateway.hazel", "c.birch", {**CANCER, "decision": "merge"})
    await second.refer("ent_imaging_oncology", identifiers=[{"value": first.referral_id}])
    await second.on(to=DUPLICATE)
    await second.one(DUPLICATE)
    await told(second, "dr.wren", "What is new in it has to be supplied there")
    await second.ended()
    assert await state(first) == "awaiting_info"
    supplied = {"information": "The photographs of the second referral"}
    await stack.api.post("dr.wren", f"/referrals/{first.referral_id}/information", supplied)
    await opened(first, TRIAGE)
    assert await state(first) == "received"


async def test_of_two_services_that_were_asked_only_the_later_one_takes_the_patient_on(stack: Stack) -> None:
    other = {"action": "other_provider", "provider": "oral_surgery", "reason": "Sooner there"}
    walk = Walk(stack, "gateway.beacon", "c.aspen", {**CLEAR, "pre_rt_dental_clearance.declined_rt": other})
    await walk.refer("pre_rt_dental_clearance")
    await walk.on(message="referral.status.accepted")
    first = await delivery(walk, "dr.heron", "restorative_dentistry")
    await stack.api.post("dr.heron", first["links"]["return"], {"reason": "Which teeth?"})
    await opened(walk, ANOTHER)
    await walk.one(ANOTHER)
    second = await delivery(walk, "mr.kestrel", "oral_surgery")
    refused = await stack.ask("dr.heron", "POST", first["links"]["accept"], {"named_contact": "dr.heron"})
    assert (refused.status_code, "gone to another service" in refused.json()["detail"]) == (409, True)
    await stack.api.post("mr.kestrel", second["links"]["accept"], {"named_contact": "mr.kestrel"})
    await opened(walk, "Book dental assessment")
    assert (await walk.case())["incidents"] == []


async def delivery(walk: Walk, person: str, service: str) -> Any:
    """Wait for the referral of the walk in the inbox of a service."""

    async def look() -> Any:
        found = await walk.stack.api.get(person, f"/services/{service}/inbox")
        return next((each for each in found if each["case_id"].startswith(walk.case_id)), None)

    return await walk.stack.api.until(f"the referral at {service}", look)


async def test_a_treatment_that_starts_before_its_clearance_is_asked_about_and_stops_nothing(stack: Stack) -> None:
    walk = Walk(stack, "gateway.beacon", "c.aspen", CLEAR)
    await walk.refer("pre_rt_dental_clearance")
    await opened(walk, "Complete clearance request")
    start = {"treatment": "radiotherapy", "start_date": system_clock().date().isoformat()}
    assert await walk.tell("treatment.started", walk.referral_id, **start) == "delivered"
    for asked in ("how does it go on?", "what happens to the teeth?"):
        await opened(walk, f"Radiotherapy started before clearance: {asked}")
    await told(walk, "dr.heron", "Radiotherapy started before dental clearance")
    case = await walk.case()
    assert (case["status"], case["incidents"]) == ("running", [])
    assert "Complete clearance request" in {task["title"] for task in case["tasks"]}


async def test_radiotherapy_that_moves_three_times_after_the_extraction_asks_one_question(stack: Stack) -> None:
    walk = Walk(stack, "gateway.beacon", "c.aspen", CLEAR)
    await walk.refer("pre_rt_dental_clearance")
    await by_name(walk, "Send dental history and radiographs", "dr.finch")
    await walk.on(to="Extractions")
    await walk.one("Extractions")
    asked = ("Agree shortened healing", "Build the pack and list", "Agree shortened healing")
    for days, title, before in zip((9, 4, 10), asked, ("", *asked), strict=False):
        date = (system_clock() + timedelta(days=days)).date().isoformat()
        assert await walk.tell("treatment.date_changed", walk.referral_id, new_date=date) == "delivered"
        await opened(walk, title)
        if before:
            await gone(walk, before)
    titles = [task["title"] for task in (await walk.case())["tasks"]]
    assert titles.count("Agree shortened healing") == 1
    assert titles.count("Coordinator confirms the new plan is still achievable") == 1
    assert await walk.tell("treatment.cancelled", walk.referral_id, treatment="radiotherapy") == "delivered"
    case = await walk.ended()
    assert (case["tasks"], case["incidents"]) == ([], [])
    assert await state(walk) == "cancelled"


async def test_information_that_comes_after_it_was_decided_without_it_is_told(stack: Stack) -> None:
    said = {**CANCER, **RETURNED, "proceed": "accept_anyway"}
    walk = Walk(stack, "gateway.hazel", "c.birch", said, never=("referral.info_supplied",), skips=("Nothing supplied",))
    await walk.refer("ent_imaging_oncology")
    await walk.on(to="Supply the missing information")
    await walk.late("Still nothing", DECIDE)
    await walk.one(DECIDE)
    await opened(walk, "Offer and book appointment")
    assert await walk.tell("referral.info_supplied", walk.referral_id, supplied_information="Photographs") == "buffered"
    await told(walk, "c.birch", "came when nobody waited for it any more")
    assert await state(walk) == "accepted"
