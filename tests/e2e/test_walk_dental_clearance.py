"""Does a dental clearance get past the named dentist who takes it on, by the API alone?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

CLEAR: dict[str, Any] = {
    "pre_rt_dental_clearance.req": {
        "rt_start_date": {"days": 60},
        "allergies": "none",
        "anticoagulant": False,
        "antiresorptive": False,
        "platelets": 220,
        "neutrophils": 4,
    },
    "imaging_order.ack": {"share_with": ["patient"]},
    "resolution": "safe",
    "pregnant": "no",
    "pre_rt_dental_clearance.assess": {
        "teeth_poor_prognosis": "36",
        "teeth_in_high_dose": "none",
        "suspicious_lesion": False,
        "patient_agrees": True,
        "plan": "extractions",
    },
    "teeth_extracted": "36",
    "pre_rt_dental_clearance.review": {"mucosal_cover": "complete", "infection": False, "ready_for_rt": "yes"},
    "pre_rt_dental_clearance.prevent": {"teach_back_ok": True},
    "pre_rt_dental_clearance.cert": {"clearance": "cleared", "outstanding_risk": "none"},
    "pre_rt_dental_clearance.ack": {"accepted": True, "rt_go": "go"},
}
HISTORY, ASSESSMENT = "Send dental history and radiographs", "Dental oncology assessment"
READ = "Read the result and acknowledge by name"


async def test_a_dentist_takes_the_referral_on_by_name_and_clears_the_patient_for_radiotherapy(stack: Stack) -> None:
    walk = Walk(stack, "gateway.beacon", "c.aspen", CLEAR, skips=("Wait 7 days",))
    await walk.refer("pre_rt_dental_clearance")
    await by_name(walk, HISTORY, "dr.finch")
    case = await walk.on(to=ASSESSMENT)
    assert (case["status"], case["incidents"]) == ("running", [])
    assert "Chase acceptance by phone" not in walk.done
    await by_name(walk, READ, "dr.finch")
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
    treated = ("Extractions", "Healing review", "Prevention package and education", "Issue clearance statement")
    assert [title for title in walk.done if title in treated] == list(treated)
    assert (walk.who[READ], "Oncology acknowledges clearance" in walk.done) == ("dr.finch", True)


async def by_name(walk: Walk, title: str, person: str) -> None:
    """Walk until this task is open, and give it to a dentist outside, whose practice has no part in the case."""
    case = await walk.on(to=title)
    task = next(task["id"] for task in case["tasks"] if task["title"] == title)
    await walk.stack.api.post(walk.watcher, f"/tasks/{task}/delegate", {"to": person})
