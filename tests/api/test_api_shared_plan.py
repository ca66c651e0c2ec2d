"""Is a hard stop of the shared plan overridden only by two people, and is what the patient allows put on record?"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client

from tests.api.caring import CareCase, publish_care
from tests.api.conftest import Office, Person, open_office
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal
CALLED = (
    "02_case_conference",
    "red_flag",
    "consent_withdrawn",
    "patient_died",
    "informed_refusal",
    "refusal_review",
    "no_show",
    "treatment_date_moved",
    "result_overdue",
    "safety_incident",
    "abort_request",
    "information_missing",
    "procedure_outcomes",
)
SHARES = {
    "share_dental_with_medical": True,
    "share_medical_with_dental": True,
    "limits": ["no_mental_health"],
    "carer_may_see": False,
}
PLANNED = {
    "procedure": "CDT D7140",
    "extraction": True,
    "procedure_risk": "low",
    "planned_date": "2031-01-20",
    "urgency": "elective",
    "infection_now": True,
    "prescribing_planned": ["clarithromycin"],
    "adrenaline_local": True,
    "question_to_physician": "Which antibiotic?",
}


@pytest_asyncio.fixture
async def house(url: str, dev_server: Client, key_ring: KeyRing) -> AsyncIterator[Office]:
    """An office of its own: another pathway that begins with a referral would change the others' cases."""
    async with open_office(url, dev_server, key_ring) as office:
        await publish_care(office, "i_complex_shared_plan", *CALLED)
        yield office


async def open_task(person: Person, care: CareCase, step: str) -> str:
    """The address of a task of this case, as soon as this person sees it."""
    async with asyncio.timeout(60):
        while True:
            found = (await person.read("/tasks", size=100))["items"]
            for each in found:
                if (each["step"], each["case_id"]) == (step, care.case_id):
                    return f"/tasks/{each['id']}"
            await asyncio.sleep(0.1)


async def finish(person: Person, care: CareCase, step: str, values: dict[str, Any]) -> None:
    await person.do(f"{await open_task(person, care, step)}/complete", {"values": values})


async def test_a_hard_stop_is_overridden_only_with_the_signature_of_another_person(house: Office) -> None:
    known = {"medications": [{"text": "Tacrolimus 2 mg"}], "conditions": [{"text": "Kidney transplant"}]}
    begun = await house.refer("complex_shared_plan", **known)
    care = CareCase(house, begun["case_id"], "", begun["patient_id"], "")
    dentist = house.person("dr.wren", "gdp", "oral_surgeon")
    await finish(care.patient, care, "ask", SHARES)
    await finish(dentist, care, "form", PLANNED)
    said = await house.coordinator.read(f"/patients/{care.patient_id}/consents")
    assert {each["scope"]: each["status"] for each in said["consents"]} == {
        "sharing": "given",
        "role:gdp": "given",
        "role:medical_physician": "given",
        "role:carer": "refused",
    }

    stop = await open_task(dentist, care, "stop")
    shown = await dentist.read(stop)
    assert "tacrolimus + clarithromycin" in str(shown), "who decides reads what conflicts"
    silent = await dentist.post(f"{stop}/complete", {"values": {"action": "override"}})
    assert silent.status_code == 422, "no override without a reason"
    await finish(dentist, care, "stop", {"action": "override", "override_reason": "No alternative"})

    second = f"{await open_task(dentist, care, 'countersign')}/complete"
    signed = {"values": {"agree": True, "countersign_reason": "Levels are taken daily"}}
    same = await dentist.post(second, signed)
    assert (same.status_code, same.json()["type"].rpartition("/")[2]) == (403, "second-signer")
    task = second.removesuffix("/complete")
    await house.coordinator.do(f"{task}/delegate", {"to": "h.wagtail"})
    handed = await house.person("h.wagtail", "dental_hygienist").post(second, signed)
    assert (handed.status_code, handed.json()["type"].rpartition("/")[2]) == (403, "second-signer"), "no authority"
    await house.coordinator.do(f"{task}/delegate", {"to": "dr.finch"})
    await house.person("dr.finch", "oral_surgeon").do(second, signed)

    physician = house.person("dr.heron", "medical_physician")
    assert "tacrolimus + clarithromycin" in str(await physician.read(await open_task(physician, care, "ask_med")))


async def test_whoever_referred_asks_to_stop_a_plan_and_those_who_carry_it_out_decide(house: Office) -> None:
    begun = await house.refer("complex_shared_plan")
    care = CareCase(house, begun["case_id"], begun["referral_id"], begun["patient_id"], "")
    physician, referrer = house.person("dr.heron", "medical_physician"), house.coordinator
    place = f"/referrals/{care.referral_id}"
    why, refusal = {"reason": "Seen elsewhere"}, {"abort": "refuse", "reason": "The tooth is out"}
    await finish(care.patient, care, "ask", SHARES)
    for answer in ("refuse", "accept"):
        asked = await referrer.do(f"{place}/cancel", why)
        assert asked["outcome"] == "abort-requested"
        assert (await referrer.post(f"{place}/cancel", why)).status_code == 409, "it is asked once"
        task = await open_task(physician, care, "abort_answer")
        assert (await physician.read(task))["values"]["cancel_reason"] == "Seen elsewhere"
        for stranger in (referrer, house.person("dr.wren", "gdp"), house.person("x.pine", "radiologist")):
            assert (await stranger.post(f"{place}/abort/answer", refusal)).status_code == 403
        told = await physician.do(f"{place}/abort/answer", {**refusal, "abort": answer})
        assert told["outcome"] == {"refuse": "abort-refused", "accept": "abort-accepted"}[answer]
        await answered(referrer, place)
    await closed(house.admin, care)
    assert (await referrer.post(f"{place}/cancel", why)).status_code == 409
    read = [
        each for each in await house.person("b.yew", "booking_office").read("/inbox") if each["case_id"] == care.case_id
    ]
    assert [each["text"].partition(". ")[2] for each in read] == ["The booking office cancels what was booked for it."]


async def closed(admin: Person, care: CareCase) -> None:
    """Wait until the case, which hears of what it called a moment later, is over."""
    async with asyncio.timeout(60):
        while (await admin.read(care.link))["status"] != "completed":
            await asyncio.sleep(0.1)


async def answered(person: Person, place: str) -> None:
    """Wait until nobody is asked any more, and what follows from the answer is done."""
    async with asyncio.timeout(60):
        while True:
            found = await person.read(place)
            if not found["abort_asked"] and found["owner"]["waiting_for"] != "Ask those who do it":
                return
            await asyncio.sleep(0.1)
