"""What happens on the long pathways when something happens? Each exception reaches whom it is for, by the API alone."""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_odontogenic_sinusitis import TOOTH
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

RED_FLAG = {"finding": "airway compromise", "raised_by": "dr.owl"}
EXCEPTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("patient.declined", {"what": "treatment"}, "Informed-refusal conversation"),
    ("redflag.raised", RED_FLAG, "Clinician confirms red flag"),
    ("consent.withdrawn", {"scope": "sharing"}, "Clinician reviews how care continues without sharing"),
    ("treatment.date_changed", {"new_date": "2030-01-15"}, "Coordinator confirms the new plan is still achievable"),
]
"""Message, what it carries, and the task that it has to open."""

SURVEILLANCE: dict[str, Any] = {
    "surveillance_imaging.plan": {"imaging_plan": ["none"], "risk": "standard"},
    "red_flag.confirm": {"confirmed": True, "action": "emergency_transfer"},
    "surveillance_imaging.early": {"action": "reassure"},
}
SHARED: dict[str, Any] = {
    "complex_shared_plan.form": {"prescribing_planned": ["none"], "extraction": True, "procedure_risk": "low"},
    "red_flag.confirm": {"confirmed": True, "action": "emergency_transfer"},
}


ADVISED: dict[str, Any] = {
    "complex_shared_plan.form": {
        "prescribing_planned": ["none"],
        "extraction": True,
        "procedure_risk": "higher",
        "planned_date": {"days": 0},
    },
    "complex_shared_plan.ask_med": {"may_proceed": "yes", "labs_needed": ["INR"], "conference_needed": False},
    "complex_shared_plan.lab_late": {"action": "get_today"},
    "complex_shared_plan.pre": {"ok_to_go": True},
    "complex_shared_plan.fu": {"bleeding": "none", "fever": False},
}
"""An extraction for a patient who takes warfarin: the physician asks for an INR."""

SINUS: dict[str, Any] = {
    **TOOTH,
    "closed_loop_referral.triage": {"triage": ("return_for_info", "reject", "accept"), "priority_after": "routine"},
    "red_flag.confirm": {"confirmed": True, "action": "emergency_transfer"},
}
MISSED: tuple[str, dict[str, Any], str] = ("appointment.noshow", {}, "Contact patient and record reason")
NO_EXAM, LOST = "No dental examination: refer again, or judge from the CT", "Trace missing result"
DUPLICATE, LAB_LATE = "Decide on possible duplicate", "Lab missing the day before"


async def raised(walk: Walk, messages: list[tuple[str, dict[str, Any], str]]) -> None:
    """Bring each message to the waiting case; see that its task is done by somebody, and that the case goes on."""
    for name, variables, title in messages:
        await walk.on(message=name)
        key = walk.patient_id if name in ("consent.withdrawn", "patient.reported_symptom") else walk.referral_id
        assert await walk.tell(name, key, **variables) == "delivered"
        case = await walk.on(to=title)
        assert (case["status"], title in {task["title"] for task in case["tasks"]}) == ("running", True)
        await walk.one(title)


async def ended_by_death(walk: Walk) -> None:
    assert await walk.tell("patient.died", walk.patient_id) == "delivered"
    case = await walk.on()
    assert (case["status"], case["tasks"], walk.done[-1]) == ("completed", [], "Review results that are still open")


async def losing_its_value(stack: Stack) -> Walk:
    """Refer to a shared plan whose laboratory loses the specimen, up to the medicine for which a value is asked."""
    said, skips = {**ADVISED, "found": "specimen_lost"}, ("Gather changes", "Next-day check")
    walk = Walk(stack, "gateway.maple", "c.maple", said, never=("lab.result",), skips=skips)
    await walk.refer("complex_shared_plan")
    await walk.on(to="Planned procedure")
    medicine = {"medication": "warfarin", "change": "started"}
    assert await walk.tell("medication.changed", walk.patient_id, **medicine) == "delivered"
    return walk


async def test_surveillance_meets_every_exception_and_ends_with_a_death(stack: Stack) -> None:
    walk = Walk(stack, "gateway", "c.hazel", SURVEILLANCE)
    await walk.refer("surveillance_imaging")
    symptom = ("patient.reported_symptom", {"symptom": "dry throat", "severity": 2})
    await raised(walk, [*EXCEPTIONS, (*symptom, "Key worker triages patient-reported symptom")])
    await ended_by_death(walk)


async def test_a_shared_plan_meets_every_exception_and_ends_with_a_death(stack: Stack) -> None:
    walk = Walk(stack, "gateway.maple", "c.maple", SHARED)
    await walk.refer("complex_shared_plan")
    await walk.on(to="Planned procedure")
    await raised(walk, [*EXCEPTIONS, MISSED])
    await ended_by_death(walk)


async def test_a_shared_plan_is_returned_declined_made_twice_changed_and_loses_its_lab_and_still_ends(
    stack: Stack,
) -> None:
    walk = await losing_its_value(stack)
    await walk.on(to="Medical advice")
    returned = ("referral.info_requested", {"missing_items": "The heart valve"})
    declined = ("referral.status.declined", {"reject_reason": "capacity", "advice": "Ask haematology"})
    asked, told = "Supply what was asked for", "Dentist acknowledges rejection and states next step"
    await raised(walk, [(*returned, asked), (*declined, told)])
    await made_twice(walk)
    await walk.on(to=LAB_LATE)
    await walk.one(LAB_LATE)
    await walk.on(to=LOST)
    assert await walk.tell("lab.result", walk.referral_id, INR=2.4) == "delivered"
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
    assert {walk.who[LAB_LATE], walk.who["Medical advice"]} == {"c.maple", "dr.plover"}
    assert LOST not in walk.done, "nobody goes on looking for a result that is there"


async def test_a_medicine_that_makes_a_shared_plan_graver_is_looked_at_by_both_sides(stack: Stack) -> None:
    skips = ("Gather changes", "Next-day check")
    walk = Walk(stack, "gateway.maple", "c.maple", {**ADVISED, "lab.result": {"INR": 2.4}}, skips=skips)
    await walk.refer("complex_shared_plan")
    await walk.on(to="Dentist signs")
    medicine = {"medication": "warfarin", "change": "started"}
    assert await walk.tell("medication.changed", walk.patient_id, **medicine) == "delivered"
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
    both = ("Dentist looks at the plan again", "Physician looks at the plan again")
    assert [walk.done.count(title) for title in both] == [1, 1]
    assert "Medical advice" in walk.done, "what is graver is asked about before anything is done"


async def made_twice(walk: Walk) -> None:
    """A second plan for the same patient is held until a coordinator decides to use the first."""
    second = Walk(walk.stack, walk.sender, walk.watcher, {**ADVISED, "decision": "use_existing"})
    await second.refer("complex_shared_plan", identifiers=[{"value": walk.referral_id}])
    case = await second.on()
    assert (second.patient_id, second.done, case["status"]) == (walk.patient_id, [DUPLICATE], "completed")


async def test_sinus_disease_meets_every_exception_and_is_still_treated(stack: Stack) -> None:
    walk = Walk(stack, "gateway.hazel", "c.birch", SINUS, never=("imaging.report",), skips=("Wait 4 weeks",))
    await walk.refer("odontogenic_sinusitis")
    await walk.on(to=NO_EXAM)
    first = await stack.api.get("c.birch", f"/referrals/{walk.referral_id}-DENTAL-1")
    assert (first["state"]["state"], first["clock"]["returned_for_information"]) == ("rejected", 1)
    walk.skips = ("Wait 4 weeks", "Turnaround time is over")
    await walk.on(to=LOST)
    walk.never = ()
    symptom = ("patient.reported_symptom", {"symptom": "double vision", "severity": "severe"})
    await raised(walk, [*EXCEPTIONS[:3], MISSED, (*symptom, "Clinician confirms red flag")])
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
    assert "Endoscopic sinus surgery" in walk.done
