"""Does a dental clearance get past the named dentist who takes it on, by the API alone?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

CLEAR: dict[str, Any] = {
    "pre_rt_dental_clearance.req": {"rt_start_date": {"days": 60}, "allergies": "none"},
    "imaging_order.ack": {"share_with": ["patient"]},
    "resolution": "safe",
    "pregnant": "no",
}
HISTORY, ASSESSMENT = "Send dental history and radiographs", "Dental oncology assessment"


async def test_a_dentist_takes_the_referral_on_by_name_and_assesses_the_patient(stack: Stack) -> None:
    walk = Walk(stack, "gateway.beacon", "c.aspen", CLEAR)
    await walk.refer("pre_rt_dental_clearance")
    case = await walk.on(to=HISTORY)
    history = next(task["id"] for task in case["tasks"] if task["title"] == HISTORY)
    await stack.api.post("c.aspen", f"/tasks/{history}/delegate", {"to": "dr.finch"})
    case = await walk.on(to=ASSESSMENT)
    assert (case["status"], case["incidents"]) == ("running", [])
    assert "Chase acceptance by phone" not in walk.done
