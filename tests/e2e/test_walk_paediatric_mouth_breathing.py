"""Does a guardian do their part of a child's pathway by proxy, and only as long as they may?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

GUARDIAN, TRIAL = "carer.moss", "Guardian reports response (portal form)"
CHILD: dict[str, Any] = {
    "weight": 21,
    "consent_share": True,
    "witnessed_apnoea": False,
    "cyanosis_or_fainting": False,
    "growth_faltering": False,
    "comorbidity": ["none"],
    "steroid_trial_weeks": 0,
    "dental_arch_concern": False,
    "paediatric_mouth_breathing.intake": {"dob": "2020-03-01"},
    "paediatric_mouth_breathing.trial": {"better": "yes"},
}


async def test_a_guardian_reports_by_proxy_and_sees_nothing_once_it_is_withdrawn(stack: Stack) -> None:
    walk = Walk(stack, "gateway.hazel", "c.birch", CHILD, skips=("6-8 week trial",))
    await walk.refer("paediatric_mouth_breathing", name="Testino Walker", birth_date="2020-03-01")
    assert (await stack.ask(GUARDIAN, "GET", f"/my/cases/{walk.case_id}")).status_code == 404
    given = {"person": GUARDIAN, "classes": ["plan", "messages", "appointments"]}
    proxy = await stack.api.post("c.birch", f"/patients/{walk.patient_id}/proxies", given)
    case = await walk.on(to=TRIAL)
    assert (await stack.api.get(GUARDIAN, f"/my/cases/{walk.case_id}"))["plan"]
    case = await walk.on()
    assert (case["status"], walk.who[TRIAL]) == ("completed", GUARDIAN)
    await stack.api.post(GUARDIAN, f"/patients/{walk.patient_id}/proxies/{proxy['id']}/withdraw")
    assert (await stack.ask(GUARDIAN, "GET", f"/my/cases/{walk.case_id}")).status_code == 404
