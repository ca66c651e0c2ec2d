"""Is a shared plan made safe, agreed and closed, also against a hard stop, without consent or a first agreement?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_exceptions import ADVISED
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

STOP, SECOND = (
    "Hard stop: change the plan or override with reason and second signature",
    "Second signature for the override",
)
ASKED, HELD = "Give or refuse sharing consent (portal or in clinic)", "Proceed with patient-held information only"
CHECK, ADVICE = "Pre-visit check: changes since plan? (auto-filled diff)", "Medical advice"
OVERRIDDEN: dict[str, Any] = {
    **ADVISED,
    "complex_shared_plan.form": {**ADVISED["complex_shared_plan.form"], "prescribing_planned": ["metronidazole"]},
    "complex_shared_plan.stop": {"action": ("change_plan", "override"), "override_reason": "Nothing else works"},
    "complex_shared_plan.countersign": {"agree": True},
    "complex_shared_plan.ask_med": {"may_proceed": "yes", "labs_needed": ["none"], "conference_needed": False},
    "complex_shared_plan.sign_p": {"understands": True, "agree": (False, True)},
    "complex_shared_plan.fu": {"bleeding": "heavy", "fever": False},
    "red_flag.confirm": {"confirmed": True, "action": "emergency_transfer"},
    "recommendation": "agree",
}
"""A hard stop is overridden by two, the patient does not agree at first, and bleeds afterwards."""


async def test_a_hard_stop_a_disagreement_and_a_complication_each_reach_those_who_decide(stack: Stack) -> None:
    walk = Walk(stack, "gateway.maple", "c.maple", OVERRIDDEN, skips=("Next-day check", "Gather changes"))
    await walk.refer("complex_shared_plan")
    await walk.on(to="Planned procedure")
    warfarin = {"medication": "warfarin", "change": "started"}
    assert await walk.tell("medication.changed", walk.patient_id, **warfarin) == "delivered"
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
    begun = [title for title in walk.done if title != ASKED]
    assert begun[:5] == ["Planned procedure", STOP, "Planned procedure", STOP, SECOND]
    assert walk.who[STOP] == "dr.linnet" != walk.who[SECOND]
    assert [walk.done.count(title) for title in ("Record decision and plan", "Physician signs")] == [1, 2]
    assert walk.who["Patient or carer agrees (teach-back)"] == "patient.fern"
    assert walk.done[-2:] == ["Clinician confirms red flag", "Physician acknowledges"]
    handed = [each for each in await stack.api.get("dr.plover", "/handoffs") if each["case_id"] == walk.case_id]
    assert handed == [], "the physician has read the outcome in the task: it is acknowledged"


async def test_a_patient_who_shares_nothing_is_treated_with_what_they_tell(stack: Stack) -> None:
    refused = {"share_medical_with_dental": False, "share_dental_with_medical": True, "limits": ["none"]}
    said = {**ADVISED, "complex_shared_plan.ask": refused, "patient_reported_meds": "paracetamol"}
    walk = Walk(stack, "gateway.maple", "c.maple", said, skips=("Next-day check",), asked=True)
    await walk.refer("complex_shared_plan")
    case = await walk.on()
    assert (case["status"], case["incidents"], walk.done[:2]) == ("completed", [], [ASKED, HELD])
    assert (walk.who[ASKED], walk.who[HELD]) == ("patient.fern", "dr.linnet")


async def test_values_that_were_good_for_another_day_are_asked_for_again(stack: Stack) -> None:
    walk = Walk(
        stack,
        "gateway.maple",
        "c.maple",
        {**ADVISED, "lab.result": {"INR": 2.4}},
        skips=("Next-day check", "Gather changes"),
    )
    await walk.refer("complex_shared_plan")
    await walk.on(to="Planned procedure")
    warfarin = {"medication": "warfarin", "change": "started"}
    assert await walk.tell("medication.changed", walk.patient_id, **warfarin) == "delivered"
    await walk.on(to=CHECK)
    assert await walk.tell("treatment.date_changed", walk.referral_id, new_date="2030-01-15") == "delivered"
    case = await walk.on(to=ADVICE)
    titles = {task["title"] for task in case["tasks"]}
    assert (CHECK in titles, ADVICE in titles, case["incidents"]) == (False, True, [])
