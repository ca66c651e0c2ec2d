"""Which case conferences are open, and whose opinion is missing?"""

from datetime import timedelta

import pytest
import pytest_asyncio

from api.surroundings import system_clock
from tests.api.caring import publish_care
from tests.api.conftest import Office, number

pytestmark = pytest.mark.temporal
CONFERENCE = ("02_case_conference", "red_flag", "consent_withdrawn")


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office, *CONFERENCE)
    return office


async def test_the_coordinator_sees_when_a_conference_decides_and_whose_opinion_is_missing(house: Office) -> None:
    decide_by = (system_clock() + timedelta(days=1)).replace(microsecond=0).isoformat()
    referral_id, roles = f"REF-{number()}", ["clinical_oncologist", "restorative_dentist"]
    asked = {
        "referral_id": referral_id,
        "patient_id": f"PAT-{number()}",
        "question": "Extract before radiotherapy?",
        "required_roles": roles,
        "mode": "async_24h",
        "decide_by": decide_by,
    }
    message = {"name": "clinician.comment", "correlation_key": referral_id, "message_id": f"ask-{referral_id}"}
    begun = await house.sender.do("/messages", {**message, "variables": asked})
    [case_id] = begun["cases"]
    coordinator = house.person("m.rowan", "mdt_coordinator")
    pack = {
        "imaging_loaded": True,
        "pathology_available": True,
        "performance_status": "1",
        "patient_wishes": "Soon",
        "question_final": "Extract?",
    }
    await coordinator.do(f"{begun['opened'][0]['link']}/complete", {"values": pack})
    [shown] = [each for each in await coordinator.read("/conferences") if each["case_id"] == case_id]
    assert (shown["mode"], shown["decide_by"]) == ("async_24h", decide_by)
    assert (shown["opinions_given"], sorted(shown["opinions_missing"])) == ([], roles)
    opinion = next(task for task in shown["tasks"] if task["roles"] == ["clinical_oncologist"])
    values = {"opinion": "Before", "recommendation": "agree"}
    await house.oncologist.do(f"{opinion['link']}/complete", {"values": values})
    [shown] = [each for each in await coordinator.read("/conferences") if each["case_id"] == case_id]
    assert (shown["opinions_given"], shown["opinions_missing"]) == (["clinical_oncologist"], ["restorative_dentist"])
    assert "Extract" not in str(shown)
    assert (await house.dentist.get("/conferences")).status_code == 403
