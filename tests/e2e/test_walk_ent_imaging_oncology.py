"""Is a cancer found, told, staged and treated, refused or taken back, by the API alone, each step by whom it is for?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

BOARD = ["ent_surgeon", "clinical_oncologist", "radiologist", "pathologist", "restorative_dentist", "key_worker"]
CANCER: dict[str, Any] = {
    "age": 58,
    "symptom": ["unexplained_neck_lump"],
    "triage": "accept",
    "priority_after": "urgent_suspected_cancer",
    "consent_given": "yes",
    "resolution": "safe",
    "pregnant": "no",
    "ent_imaging_oncology.clinic": {
        "us_fna_done": False,
        "suspicion": "high",
        "needs": ["MRI_neck", "biopsy"],
        "overlap_dental": False,
    },
    "imaging_order.ack": {"category": "suspicious", "share_with": ["patient"]},
    "histology": "malignant",
    "ent_imaging_oncology.review": {"conclusion": "cancer", "next": "mdt"},
    "attendees": BOARD,
    "ent_imaging_oncology.plan": {"modality": ["surgery"], "patient_choice": "accepted", "dtt_date": {"days": 0}},
}


BREACH, CLINIC = "Breach reason and new date", "One-stop clinic: examination, endoscopy, ultrasound +/- FNA"
ABORT, FLAG = "Accept or refuse the abort", "Clinician confirms red flag"
WHY = {"reason": "Seen elsewhere"}


async def walked(stack: Stack, **changed: Any) -> tuple[Walk, Any]:
    walk = Walk(stack, "gateway.hazel", "c.birch", {**CANCER, **changed})
    await walk.refer("ent_imaging_oncology")
    return walk, await walk.on()


async def test_a_cancer_is_told_staged_and_treated_late_by_those_it_is_for(stack: Stack) -> None:
    walk = Walk(stack, "gateway.hazel", "c.birch", CANCER, never=("treatment.started",), skips=("31 or 62 days",))
    await walk.refer("ent_imaging_oncology")
    await walk.on(to=BREACH)
    await walk.one(BREACH)
    walk.never = walk.skips = ()
    case = await walk.on()
    assert (case["status"], case["incidents"], walk.done.count(BREACH)) == ("completed", [], 1)
    assert walk.who["Tell the diagnosis face to face, key worker present"] in ("ms.falcon", "mr.osprey", "dr.harrier")
    assert walk.who["Treatment plan and shared decision"] in ("dr.eagle", "dr.raven")
    chain = (await stack.api.get("c.birch", f"/referrals/{walk.referral_id}"))["chain"]
    assert {"surveillance_imaging", "oral_care_during_after"} <= {link["pathway"] for link in chain}
    for number in (1, 2):
        assert await stands(stack, f"{walk.referral_id}-SUPPORT-{number}") == "acknowledged"
    assert walk.done.count("Read the result and acknowledge by name") >= 2


async def test_a_patient_who_declines_the_plan_is_talked_to_and_the_referrer_told(stack: Stack) -> None:
    plan = {**CANCER["ent_imaging_oncology.plan"], "patient_choice": "declined"}
    walk, case = await walked(stack, **{"ent_imaging_oncology.plan": plan})
    assert case["status"] == "completed"
    assert "Informed-refusal conversation" in walk.done
    assert "First treatment" not in {wait["step"] for wait in case["waits"]}


async def test_a_referrer_takes_back_what_is_not_booked_and_asks_for_it_once_it_is(stack: Stack) -> None:
    walk = Walk(stack, "gateway.hazel", "c.birch", CANCER)
    await walk.refer("ent_imaging_oncology")
    await walk.on(to="Offer and book appointment")
    assert (await cancelled(stack, walk))["outcome"] == "cancelled"
    assert "end_declined" in (await walk.on())["outcome"]
    walk = Walk(stack, "gateway.hazel", "c.birch", CANCER)
    await walk.refer("ent_imaging_oncology")
    await walk.on(message="appointment.attended")
    assert (await cancelled(stack, walk))["outcome"] == "abort-requested"
    await walk.on(to=ABORT)
    answer, body = f"/referrals/{walk.referral_id}/abort/answer", {"abort": "refuse", "reason": "It may be cancer"}
    assert (await stack.ask("c.birch", "POST", answer, body)).status_code == 403
    assert (await stack.api.post("dr.owl", answer, body))["outcome"] == "abort-refused"
    await walk.on(to=CLINIC)
    for abort, outcome in (("refuse", "abort-refused"), ("accept", "abort-accepted")):
        assert (await cancelled(stack, walk))["outcome"] == "abort-requested"
        await stack.api.until("the abort is asked for", lambda: asked(stack, walk))
        assert {CLINIC, ABORT} <= {task["title"] for task in (await walk.case())["tasks"]}
        assert (await stack.ask("dr.owl", "POST", answer, body)).status_code == 403
        assert (await stack.api.post("ms.falcon", answer, {**body, "abort": abort}))["outcome"] == outcome
        await stack.api.until("the abort is answered", lambda: answered(stack, walk))
    assert (await walk.on())["status"] == "completed"
    assert await stands(stack, walk.referral_id) == "cancelled"


async def test_a_confirmed_red_flag_raises_the_open_referral_at_once(stack: Stack) -> None:
    confirmed = {"red_flag.confirm": {"confirmed": True, "action": "emergency_transfer"}}
    walk = Walk(stack, "gateway.hazel", "c.birch", {**CANCER, **confirmed}, never=("appointment.attended",))
    await walk.refer("ent_imaging_oncology")
    await walk.on(message="appointment.attended")
    assert await walk.tell("redflag.raised", walk.referral_id, finding="Stridor", raised_by="dr.owl") == "delivered"
    await walk.on(to=FLAG)
    await walk.one(FLAG)
    await stack.api.until("the open referral is raised", lambda: raised(stack, walk))
    assert "appointment.attended" in {each["name"] for each in (await walk.case())["messages"]}


async def cancelled(stack: Stack, walk: Walk) -> Any:
    return await stack.api.post("dr.wren", f"/referrals/{walk.referral_id}/cancel", WHY)


async def asked(stack: Stack, walk: Walk) -> bool | None:
    """Whether somebody has the task to answer whether the referral is stopped, None while nobody has."""
    titles = {task["title"] for task in (await walk.case())["tasks"]}
    return (await answered(stack, walk) is None and ABORT in titles) or None


async def answered(stack: Stack, walk: Walk) -> bool | None:
    """Whether nobody is asked any more, None while somebody is."""
    standing = await stack.api.get("c.birch", f"/referrals/{walk.referral_id}")
    return None if standing["abort_asked"] else True


async def raised(stack: Stack, walk: Walk) -> bool | None:
    """Whether the case and the referral that it has called are both as urgent as can be, None while they are not."""
    case = await walk.case()
    called = [await stack.api.get("c.birch", each["link"]) for each in case["called"] if each["status"] == "running"]
    return True if {each["urgency"] for each in (case, *called)} == {"stat"} else None


async def stands(stack: Stack, referral_id: str) -> str:
    return str((await stack.api.get("c.birch", f"/referrals/{referral_id}"))["state"]["state"])
