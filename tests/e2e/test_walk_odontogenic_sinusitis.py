"""Is sinus disease from a tooth treated by both sides until it is gone, by the API alone?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

TOOTH: dict[str, Any] = {
    "triage": "accept",
    "priority_after": "routine",
    "odontogenic_sinusitis.intake": {
        "orbital_or_neuro_sign": False,
        "bleeding_or_mass": False,
        "immunosuppressed": False,
        "snot22": 10,
    },
    "infectious_sinusitis": True,
    "resolution": "safe",
    "pregnant": "no",
    "teeth_tested": "26",
    "odontogenic_sinusitis.dentex": {"dental_pathology": "treatable", "proposed_treatment": ["root_canal"]},
    "imaging_order.ack": {"share_with": ["patient"]},
    "recommendation": "agree",
}


async def test_what_is_not_healed_goes_from_the_dentist_to_surgery_and_back_to_the_conference(stack: Stack) -> None:
    slow = {
        "odontogenic_sinusitis.check1": {"symptoms_resolved": False, "weeks_since_treatment": (4, 9)},
        "odontogenic_sinusitis.post": {"resolved": (False, True)},
    }
    skips = ("Wait 4 weeks", "Wait to week 8")
    walk = Walk(stack, "gateway.hazel", "c.birch", {**TOOTH, **slow}, skips=skips)
    await walk.refer("odontogenic_sinusitis")
    case = await walk.on()
    assert (case["status"], case["outcome"], case["incidents"]) == ("completed", "end_ok", [])
    assert [title for title in walk.done if title in ("Dental treatment", "Endoscopic sinus surgery")][:2] == [
        "Dental treatment",
        "Endoscopic sinus surgery",
    ]
    assert walk.done.count("Record decision and plan") == 2
    assert walk.who["Dental treatment"] in ("dr.heron", "dr.crane")


async def test_a_scan_that_is_there_is_used_and_surgery_goes_before_the_tooth(stack: Stack) -> None:
    intake = {**TOOTH["odontogenic_sinusitis.intake"], "snot22": 40, "existing_ct": "CT of another hospital"}
    healed = {"symptoms_resolved": True, "endoscopy_clear": True}
    said = {"odontogenic_sinusitis.intake": intake, "odontogenic_sinusitis.check1": healed, "use_existing": True}
    walk = Walk(stack, "gateway.hazel", "c.birch", {**TOOTH, **said}, skips=("Wait 4 weeks",))
    await walk.refer("odontogenic_sinusitis")
    case = await walk.on()
    assert (case["status"], case["outcome"], case["incidents"]) == ("completed", "end_ok", [])
    assert [title for title in walk.done if title in ("Dental treatment", "Endoscopic sinus surgery")] == [
        "Endoscopic sinus surgery",
        "Dental treatment",
    ]
    assert "Second read of the existing study" in walk.done
    assert "Book slot (urgent: same or next day)" not in walk.done
