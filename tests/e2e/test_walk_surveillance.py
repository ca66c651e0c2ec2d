"""Is a patient followed after cancer to each end of surveillance, by the API alone, each step by whom it is for?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_ent_imaging_oncology import CANCER
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

WELL: dict[str, Any] = {
    "surveillance_imaging.plan": {"schedule": "uk_mdg_2016", "risk": "standard", "imaging_plan": ["none"]},
    "surveillance_imaging.clinic": {
        "attended": True,
        "suspicion": "none",
        "endoscopy": "normal",
        "neck": "normal",
        "smoking": "no",
        "next_interval_weeks": 8,
    },
    "resolution": "safe",
    "pregnant": "no",
    "imaging_order.ack": {"category": "indeterminate", "share_with": ["surgeon"]},
}
PLAN, MOVED = "Choose schedule and risk", "Coordinator confirms the new plan is still achievable"
LOST, RESPONSE, SLOT = "Trace missing result", "PET response", "Book slot (urgent: same or next day)"
CONSENT = "Clinician reviews how care continues without sharing"


async def surveyed(stack: Stack, *, skips: tuple[str, ...] = ("Clinic date",), **changed: Any) -> Walk:
    walk = Walk(stack, "gateway", "c.hazel", {**WELL, **changed}, skips=skips)
    await walk.refer("surveillance_imaging")
    return walk


async def test_who_misses_visits_is_never_discharged_for_it_and_ends_after_five_years(stack: Stack) -> None:
    visits = {**WELL["surveillance_imaging.clinic"], "attended": (False, False, True)}
    discharged = {"decision": "discharge_with_safety_net", "rationale": "Missed twice"}
    said = {"surveillance_imaging.clinic": visits, "no_show.review": discharged, "reached_patient": True}
    walk = await surveyed(stack, **said)
    await walk.on(to=PLAN)
    assert await walk.tell("treatment.date_changed", walk.referral_id, new_date="2021-09-20") == "delivered"
    await walk.on(to=MOVED)
    await walk.one(MOVED)
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
    assert (walk.done.count("Surveillance visit"), walk.done[-1]) == (3, "Discharge with open-access letter")
    seen = await stack.api.get("patient.fern", f"/my/cases/{walk.case_id}")
    assert (seen["status"], seen["dates"]) == ("This part of your care is finished.", [])


async def test_a_lost_pet_is_made_again_under_its_own_number_and_an_unclear_one_twelve_weeks_later(
    stack: Stack,
) -> None:
    planned = {**WELL["surveillance_imaging.plan"], "imaging_plan": ["PET_12w"], "schedule": "custom"}
    read = {"response": ("equivocal", "complete"), "plan": ("repeat_pet_12w", "continue")}
    said = {"surveillance_imaging.plan": planned, "surveillance_imaging.petrep": read, "found": "repeat_needed"}
    board = ["ent_surgeon", "clinical_oncologist", "radiologist"]
    pet = "PET-CT due, if planned"
    too_soon = {"decision": "proceed_clinical_reason"}
    walk = await surveyed(stack, skips=(pet, "Turnaround time is over"), attendees=board, **said, **too_soon)
    walk.never = ("imaging.report",)
    await walk.on(to=LOST)
    await walk.one(LOST)
    walk.skips = (pet,)
    await walk.on(to=SLOT)
    await walk.one(SLOT)
    second = f"{walk.referral_id}-PET-1-2"
    await brought(walk, "imaging.performed", second)
    await brought(walk, "imaging.report", second, report={"conclusion": "Unclear"})
    walk.never = ()
    await walk.on(to=RESPONSE)
    chain = [link["referral_id"] for link in await chain_of(stack, walk)]
    assert [each for each in chain if "-PET-" in each] == [f"{walk.referral_id}-PET-1", second]
    await walk.on(to=SLOT)
    assert "Record decision and plan" in walk.done, "an unclear response goes to the tumour board"
    await walk.on(to=RESPONSE)
    await walk.one(RESPONSE)
    assert f"{walk.referral_id}-PET-2" in [link["referral_id"] for link in await chain_of(stack, walk)]
    assert walk.done.count("Decide on possible duplicate") == 1
    assert "Use the existing study?" not in walk.done, "it was decided once that the study is made again"
    assert (await walk.case())["incidents"] == []


async def test_a_suspicion_re_enters_the_cancer_pathway_whose_treatment_ends_the_series(stack: Stack) -> None:
    suspicious = {**WELL["surveillance_imaging.clinic"], "suspicion": "high", "endoscopy": "abnormal"}
    walk = await surveyed(stack, **{**CANCER, "surveillance_imaging.clinic": suspicious})
    await walk.on(message="appointment.attended")
    again = f"{walk.referral_id}-REC-1"
    found = await stack.api.get("c.hazel", f"/referrals/{again}")
    assert (found["pathway"], found["state"]["state"]) == ("ent_imaging_oncology", "booked")
    case = await walk.on()
    assert (case["status"], case["outcome"], case["incidents"]) == ("completed", "end_rec", [])
    begun = {link["pathway"] for link in await chain_of(stack, walk) if link["status"] == "running"}
    assert begun == {"surveillance_imaging", "oral_care_during_after"}, "a new series begins with that treatment"


async def test_a_withdrawal_is_asked_about_once_while_the_cancer_pathway_runs(stack: Stack) -> None:
    suspicious = {**WELL["surveillance_imaging.clinic"], "suspicion": "high", "endoscopy": "abnormal"}
    walk = await surveyed(stack, **{**CANCER, "surveillance_imaging.clinic": suspicious})
    await walk.on(message="appointment.attended")
    assert await walk.tell("consent.withdrawn", walk.patient_id, scope="sharing") == "delivered"
    case = await walk.on(to=CONSENT)
    assert [task["title"] for task in case["tasks"]].count(CONSENT) == 1


async def chain_of(stack: Stack, walk: Walk) -> list[Any]:
    return list((await stack.api.get("c.hazel", f"/referrals/{walk.referral_id}"))["chain"])


async def brought(walk: Walk, name: str, order_id: str, **variables: Any) -> None:
    """Bring a message of this order, as soon as the case waits for it."""

    async def awaited() -> bool | None:
        waits = {(each["name"], each["correlation_key"]) for each in (await walk.case())["messages"]}
        return True if (name, order_id) in waits else None

    await walk.stack.api.until(f"{name} of {order_id} is waited for", awaited)
    assert await walk.tell(name, order_id, **variables) == "delivered"
