"""Is a mouth looked after for years, by the patient's own dentist in the end, whatever happens, by the API alone?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_exceptions import EXCEPTIONS, ended_by_death, raised
from tests.e2e.walker import Stuck, Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

PATIENT, DENTIST = "patient.fern", "dr.finch"
REVIEW, ACCEPTS, VISIT = "On-treatment oral review", "GDP accepts shared care", "Recall visit"
SAME_DAY, HEALED = "Same-day oncology review of a symptom", "Extraction or alternative done + healing checks"
BONE, PLAN = (
    "ORN assessment (ClinRad stage)",
    ("Post-treatment plan: recall, prevention, who does what (hospital vs own dentist)"),
)
CLOCKS = ("Next on-treatment visit (weekly for RT/CRT; before each chemo cycle)", "Next recall (table recall_interval)")
MOUTH: dict[str, Any] = {
    "oral_care_during_after.weekly": {"who_mucositis": (4, 3), "pain_nrs": 2, "intake": "soft", "weight": 70},
    "oral_care_during_after.post_plan": {"gdp_id": DENTIST, "recall_months": "3"},
    "oral_care_during_after.gdp_ack": {"accepts": (False, True), "concern": "No room before March"},
    "oral_care_during_after.visit": {"attended": True},
    "recommendation": "agree",
    "attendees": ["oral_surgeon", "clinical_oncologist", "restorative_dentist"],
    "case_conference.decide": {"decision": "extraction"},
    "no_show.review": {"decision": "rebook"},
}
WELL = {"exposed_bone": False, "pain_or_fistula": False, "mucosal_lesion": False, "extraction_needed": False}


async def begun(stack: Stack, answers: dict[str, Any], *, recall: bool = True) -> Walk:
    """A patient of the cancer network, whose radiotherapy has begun, and whose carer may see the plan."""
    walk = Walk(stack, "gateway.beacon", "c.aspen", answers, skips=CLOCKS if recall else CLOCKS[:1])
    await walk.refer("oral_care_during_after")
    return walk


async def treated(walk: Walk, end: str, dose: int) -> None:
    told = {"end_date": end, "dose_to_jaw_gy": dose}
    assert await walk.tell("treatment.completed", walk.referral_id, **told) == "delivered"


async def test_the_own_dentist_takes_over_for_good_and_everybody_hears_it(stack: Stack) -> None:
    visit = {**WELL, "attended": (False, False, True)}
    walk = await begun(stack, {**MOUTH, "oral_care_during_after.visit": visit})
    await walk.on(to=REVIEW)
    written = await stack.api.post(PATIENT, f"/my/cases/{walk.case_id}/journal", {"symptom": "pain", "severity": 8})
    assert written["message"] == "delivered"
    await walk.on(to=SAME_DAY)
    await walk.one(SAME_DAY)
    await walk.on(to="Dietitian / SLT / dental action")
    await treated(walk, "2019-06-01", 62)
    await walk.on(to=VISIT)
    assert (walk.done.count(PLAN), walk.done.count(ACCEPTS), walk.who[ACCEPTS]) == (2, 2, DENTIST)
    (plan,) = [each for each in await stack.api.get(PATIENT, "/handoffs") if each["case_id"] == walk.case_id][-1:]
    assert plan["result"]["extractions"] == "only after advice of the tumour board"
    case = await walk.on()
    assert (case["status"], case["incidents"], case["tasks"]) == ("completed", [], [])
    assert case["outcome"].endswith("end_life")
    assert [walk.done.count(title) for title in (VISIT, "Hygienist phone review")] == [3, 2]
    for person in (PATIENT, "dr.eagle", "dr.heron"):
        told = [each["text"] for each in await stack.api.get(person, "/inbox") if each["case_id"] == walk.case_id]
        assert any("takes over" in text or "has ended" in text for text in told), person


async def test_a_tooth_and_bare_bone_in_the_irradiated_jaw_are_decided_by_the_board(stack: Stack) -> None:
    visit = {**WELL, "mucosal_lesion": True, "extraction_needed": True, "teeth": "46"}
    healing = {"what": "extraction", "exposed_bone": True, "date": {"days": -1}}
    said = {"oral_care_during_after.visit": {"attended": True, **visit}, "oral_care_during_after.exodone": healing}
    walk = await begun(stack, {**MOUTH, "accepts": True, **said})
    await treated(walk, "2026-06-01", 62)
    await walk.on(to="Build the pack and list")
    asked = {"asked_by": "mr.kestrel"}
    assert await walk.tell("extraction.override", walk.referral_id, "gateway", **asked) == "delivered"
    await walk.on(to=HEALED)
    shown = await walk.task(HEALED, "mr.kestrel")
    assert shown["values"]["decided"] == "Tooth 46: without advice, agreed with Walked: Walked"
    await walk.on(to=BONE)
    chain = (await stack.api.get("c.aspen", f"/referrals/{walk.referral_id}"))["chain"]
    assert "dental_red_flag_lesion" in {link["pathway"] for link in chain}
    await walk.on(to="Hold meeting and record attendance")
    await raised(walk, EXCEPTIONS[:3])
    walk.skips = ()
    with pytest.raises(Stuck, match="Next recall"):
        await walk.on(to="anything more before the next recall")
    assert walk.brought[f"imaging.report {walk.referral_id}-ORN-1"] == 1, "ordered for the assessment"


async def test_every_exception_reaches_somebody_until_the_patient_dies(stack: Stack) -> None:
    walk = await begun(stack, MOUTH)
    await walk.on(to=REVIEW)
    await raised(walk, EXCEPTIONS)
    medicine = {"drug_class": "antiresorptive", "change": "started"}
    assert await walk.tell("medication.changed", walk.patient_id, **medicine) == "delivered"
    stopped = await stack.api.post("c.aspen", f"/referrals/{walk.referral_id}/cancel", {"reason": "Treated elsewhere"})
    assert stopped["outcome"] == "abort-requested"
    await walk.on(to="Accept or refuse the abort")
    walk.answers = {**MOUTH, "abort": "refuse"}
    await walk.one("Accept or refuse the abort")
    chain = (await stack.api.get("c.aspen", f"/referrals/{walk.referral_id}"))["chain"]
    assert "complex_shared_plan" in {link["pathway"] for link in chain}
    await ended_by_death(walk)


async def test_a_treatment_that_begins_by_a_message_is_stopped_when_those_who_do_it_agree(stack: Stack) -> None:
    walk = await begun(stack, {**MOUTH, "abort": "accept"})
    await walk.on(to=REVIEW)
    await stack.api.post("c.aspen", f"/referrals/{walk.referral_id}/cancel", {"reason": "Treated elsewhere"})
    await walk.on(to="Accept or refuse the abort")
    await walk.one("Accept or refuse the abort")
    case = await walk.ended()
    assert (case["outcome"], case["tasks"], case["waits"]) == ("aborted, end_stopped", [], [])
