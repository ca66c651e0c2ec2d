"""What happens on the long pathways when something happens? Each exception reaches whom it is for, by the API alone."""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
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
    missed: tuple[str, dict[str, Any], str] = ("appointment.noshow", {}, "Contact patient and record reason")
    await raised(walk, [*EXCEPTIONS, missed])
    await ended_by_death(walk)
