"""Does a case go on safely without the single steps that its patient declines, by the API alone?"""

import pytest

from api.surroundings import system_clock
from demo.storyline import at
from tests.e2e.conftest import Stack
from tests.e2e.test_walk_ended_early import TALK, stands
from tests.e2e.test_walk_ent_imaging_oncology import CANCER
from tests.e2e.test_walk_exceptions import ADVISED
from tests.e2e.test_walk_missed_and_lost import CONTACT, told
from tests.e2e.test_walk_odontogenic_sinusitis import TOOTH
from tests.e2e.test_walk_tmj import JAW, SELF
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

TREATMENT, DECISION, REVIEW = "Dental treatment", "Record decision and plan", "Review after the refusal"
PROCEDURE = "Procedure done"
HEALED = {"symptoms_resolved": True, "endoscopy_clear": True}


async def no_to(walk: Walk, what: str, **said: object) -> None:
    """Let the patient decline something, and the key worker say that it falls, and nothing else."""
    walk.answers = {**walk.answers, "informed_refusal.refusal": {"falls": [what], **said}}
    assert await walk.tell("patient.declined", walk.referral_id, what="A step") == "delivered"
    await walk.stack.api.until(TALK, lambda: opens(walk, TALK))  # without doing meanwhile what is declined
    await walk.one(TALK)


async def test_a_declined_scan_and_a_declined_treatment_fall_alone_and_the_case_goes_on(stack: Stack) -> None:
    said = {**TOOTH, "odontogenic_sinusitis.check1": HEALED}
    walk = Walk(stack, "gateway.hazel", "c.birch", said, skips=("Wait 4 weeks",))
    await walk.refer("odontogenic_sinusitis")
    await walk.on(to="Book slot (urgent: same or next day)")
    await no_to(walk, f"{walk.referral_id}-CT", review_on={"days": 20})
    await stack.api.until("the CT to be cancelled", lambda: ended(walk, "imaging_order"))
    await walk.on(to=TREATMENT)
    assert (await stack.api.get("c.birch", f"/referrals/{walk.referral_id}-DENTAL-1"))["status"] == "completed"
    await no_to(walk, f"{walk.referral_id}:dent_tx")
    await stack.api.until("the treatment to be withdrawn", lambda: opens(walk, TREATMENT, no=True))
    await walk.on(to=DECISION)
    assert TREATMENT not in walk.done
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
    assert case["outcome"] == "refusal_done, refusal_done, end_ok"
    assert (walk.done.count(DECISION), walk.done.count(TALK)) == (2, 2)
    await walk.late("On the agreed day", REVIEW)
    await walk.one(REVIEW)
    await stands(stack, walk.referral_id, "acknowledged")


async def test_who_declines_self_management_is_reviewed_all_the_same(stack: Stack) -> None:
    walk = Walk(stack, "gateway.sorrel", "c.sorrel", JAW, skips=("6-week review",))
    await walk.refer("tmj_assessment")
    await walk.on(to=SELF)
    await no_to(walk, f"{walk.referral_id}:conserv")
    await stack.api.until("self-management to be withdrawn", lambda: opens(walk, SELF, no=True))
    await walk.on(to="Review")
    assert (SELF in walk.done, (await walk.case())["incidents"]) == (False, [])
    await told(walk, "c.sorrel", "A patient has said no to a step")


async def test_a_declined_procedure_is_reported_as_not_wanted_and_nobody_asks_whether_it_bleeds(stack: Stack) -> None:
    walk = Walk(stack, "gateway.maple", "c.maple", {**ADVISED, "lab.result": {"INR": 2.4}})
    await walk.refer("complex_shared_plan")
    await walk.on(to=PROCEDURE)
    await no_to(walk, f"{walk.referral_id}:proc")
    await stack.api.until("the procedure to be withdrawn", lambda: opens(walk, PROCEDURE, no=True))
    case = await walk.on()
    assert (case["status"], case["incidents"], PROCEDURE in walk.done) == ("completed", [], False)
    assert (walk.done[-1], "Patient symptom check (portal/SMS/phone)" in walk.done) == ("Physician acknowledges", False)


async def test_a_missed_procedure_gets_the_day_of_its_new_slot_and_values_of_the_other_day_are_asked_again(
    stack: Stack,
) -> None:
    slot = {"reached_patient": True, "noshow_reason": "PATIENT_ILL", "new_slot": {"hours": 24 * 60}}
    walk = Walk(stack, "gateway.maple", "c.maple", {**ADVISED, "lab.result": {"INR": 2.4}, "no_show.contact": slot})
    await walk.refer("complex_shared_plan")
    await walk.on(to="Planned procedure")
    warfarin = {"medication": "warfarin", "change": "started"}
    assert await walk.tell("medication.changed", walk.patient_id, **warfarin) == "delivered"
    walk.skips = ("Gather changes",)
    await walk.on(to=PROCEDURE)
    assert await walk.tell("appointment.noshow", walk.referral_id) == "delivered"
    await stack.api.until("a call to the patient", lambda: opens(walk, CONTACT))
    await walk.one(CONTACT)
    await stack.api.until("the procedure to be withdrawn", lambda: opens(walk, PROCEDURE, no=True))
    await stack.api.until("the physician to be asked", lambda: opens(walk, "Medical advice"))
    dates = (await stack.api.get("patient.fern", f"/my/cases/{walk.case_id}"))["dates"]
    assert [each["what"] for each in dates if each["at"][:10] == at(slot["new_slot"], system_clock())[:10]] == [
        "Planned date"
    ]


async def test_a_referral_that_its_patient_declines_ends_at_the_service_and_what_is_booked_is_cancelled(
    stack: Stack,
) -> None:
    walk = Walk(stack, "gateway.hazel", "c.birch", CANCER)
    await walk.refer("ent_imaging_oncology")
    await walk.on(message="appointment.attended")
    assert await walk.tell("patient.declined", walk.referral_id, what="The visit") == "delivered"
    await stack.api.until(TALK, lambda: opens(walk, TALK))
    assert (await stack.api.get("c.birch", f"/referrals/{walk.referral_id}"))["state"]["state"] == "booked"
    walk.answers = {**walk.answers, "informed_refusal.refusal": {"review_on": {"days": 20}, "capacity_concern": False}}
    await walk.one(TALK)
    await stands(stack, walk.referral_id, "cancelled")
    for person in ("dr.wren", "c.birch", "b.willow"):
        texts = [
            each["text"] for each in await stack.api.get(person, "/inbox") if each["case_id"].startswith(walk.case_id)
        ]
        assert sum("cancel what is booked" in text for text in texts) == 1, person
    brought = await stack.api.get("dr.owl", "/services/head_and_neck_clinic/inbox")
    ours = [each["referral"] for each in brought if each["case_id"].startswith(walk.case_id)]
    assert "referral.cancelled" in {each["message"] for each in ours}
    reviews = [each for each in (await walk.case())["called"] if each["pathway"] == "refusal_review"]
    assert [each["status"] for each in reviews] == ["running"]
    await walk.ended()
    seen = await stack.api.get("patient.fern", f"/my/cases/{walk.case_id}")
    assert [each["text"] for each in seen["plan"] if each["state"] == "now"] == [
        "You said no to something we offered. On the day you agreed, your key worker asks you again."
    ]


async def opens(walk: Walk, title: str, *, no: bool = False) -> bool | None:
    return (title in {task["title"] for task in (await walk.case())["tasks"]}) is not no or None


async def ended(walk: Walk, pathway: str) -> bool | None:
    called = (await walk.case())["called"]
    return [each["status"] for each in called if each["pathway"] == pathway] == ["completed"] or None
