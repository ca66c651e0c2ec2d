"""Which case conferences are open, and whose opinion is missing?"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from api.open_parts import DIED, TEXTS
from api.surroundings import system_clock
from records.queries.case import process_variables
from records.queries.own_record import patient_of
from records.tables import Case
from tests.api.caring import begin_care, publish_care
from tests.api.conftest import Office, Person

pytestmark = pytest.mark.temporal
CONFERENCE = ("02_case_conference", "red_flag", "consent_withdrawn")


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office, *CONFERENCE)
    return office


async def test_a_thread_begins_a_conference_whose_coordinator_sees_whose_opinion_is_missing(house: Office) -> None:
    decide_by = (system_clock() + timedelta(days=1)).replace(microsecond=0).isoformat()
    roles = ["clinical_oncologist", "restorative_dentist"]
    care, surgeon = await begin_care(house), house.person("ms.falcon", "dentist", "ent_surgeon")
    given = {"required_roles": roles, "mode": "async_24h", "decide_by": decide_by, "patient_id": "patient-of-others"}
    conference = {"message": "clinician.comment", "begins": True, "variables": given}
    begun = await surgeon.do(f"{care.link}/threads", {"text": "Extract before radiotherapy?", "as": conference})
    [case_id] = begun["cases"]
    async with house.database.reader() as session:
        assert await patient_of(session, await session.get_one(Case, case_id)) == care.patient_id
    coordinator = house.person("m.rowan", "mdt_coordinator")
    pack = {
        "imaging_loaded": True,
        "pathology_available": True,
        "performance_status": "1",
        "patient_wishes": "Soon",
        "question_final": "Extract?",
    }
    asked = await coordinator.read(begun["opened"][0]["link"])
    assert asked["values"]["question"] == "Extract before radiotherapy?"
    await coordinator.do(f"{begun['opened'][0]['link']}/complete", {"values": pack})
    shown = await open_conference(coordinator, case_id)
    assert (shown["mode"], shown["decide_by"]) == ("async_24h", decide_by)
    assert (shown["about_case"], shown["case_id"]) == (care.case_id, case_id)
    assert (shown["opinions_given"], shown["opinions_missing"]) == ([], roles)
    opinion = await asked_for(coordinator, case_id, "clinical_oncologist")
    values = {"opinion": "Before", "recommendation": "agree"}
    await house.oncologist.do(f"{opinion['link']}/complete", {"values": values})
    shown = await open_conference(coordinator, case_id)
    assert (shown["opinions_given"], shown["opinions_missing"]) == (["clinical_oncologist"], ["restorative_dentist"])
    assert "Extract" not in str(shown)
    dentist = house.person("dr.heron", "restorative_dentist")
    died = {"name": DIED, "correlation_key": care.patient_id, "message_id": f"died-{case_id}", "variables": {}}
    await house.sender.do("/messages", died)
    for part in (house.oncologist, dentist):
        words = [each["text"] for each in await part.read("/inbox") if each["case_id"] == case_id]
        assert words.count(TEXTS[DIED]) == 1, "one has given an opinion, the other is asked for one"
    other = await asked_for(coordinator, case_id, "restorative_dentist")
    assert (await dentist.read(other["link"]))["values"]["question_final"] == "Extract?"
    against = {"opinion": "Too near", "recommendation": "disagree", "conditions": "14 days"}
    await dentist.do(f"{other['link']}/complete", {"values": against})
    chair, decide = house.person("prof.cedar", "clinical_lead"), await asked_for(coordinator, case_id, "clinical_lead")
    read = (await chair.read(decide["link"]))["values"]
    assert "restorative_dentist (disagree): Too near Conditions: 14 days" in read["opinions_given"]
    decision = {"decision": "Extract", "intent": "curative", "actions": "-", "owner_per_action": "-"}
    told = {"tell_patient_owner": "Nurse Lark", "tell_patient_by": "2030-01-15T10:00:00Z"}
    await chair.do(f"{decide['link']}/complete", {"values": decision | told})
    async with house.database.reader() as session:
        kept = await process_variables(session, await session.get_one(Case, case_id))
    assert kept["dissent"] == "restorative_dentist: Too near"
    assert (await house.dentist.get("/conferences")).status_code == 403


async def open_conference(coordinator: Person, case_id: str) -> dict[str, Any]:
    page = await coordinator.read("/conferences", size=200)
    [shown] = [each for each in page["items"] if each["case_id"] == case_id]
    return dict(shown)


async def asked_for(coordinator: Person, case_id: str, role: str) -> dict[str, Any]:
    """The opinion task of a role, which opens when the invitation has gone out."""
    async with asyncio.timeout(60):
        while True:
            for task in (await open_conference(coordinator, case_id))["tasks"]:
                if task["roles"] == [role]:
                    return dict(task)
            await asyncio.sleep(0.05)
