"""Missed, lost, withdrawn, referred twice: does everybody who has to act read what they need, by the API alone?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_ent_imaging_oncology import CANCER
from tests.e2e.test_walk_oral_care import MOUTH, REVIEW
from tests.e2e.test_walk_paediatric_mouth_breathing import SAFEGUARDED, SNORES, referred
from tests.e2e.walker import Walk, opened

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

CONTACT, LEAD = "Contact patient and record reason", "Clinical review of repeated non-attendance"
LOOK, REPORT = "Clinician reviews how care continues without sharing", "Acknowledge report and act"
DUPLICATE, LOST, BIOPSY = (
    "Decide on possible duplicate",
    "Trace missing result",
    "Biopsy / FNA / panendoscopy",
)
MISSED: dict[str, Any] = {
    "no_show.contact": {"noshow_reason": "TRANSPORT", "reached_patient": True, "barriers": "No bus"},
    "no_show.review": {"decision": "discharge_with_safety_net", "rationale": "Comes back if it grows"},
}


async def missed(walk: Walk, key: str) -> None:
    """Let the patient miss the appointment of a referral, and have them called."""

    async def awaited() -> bool | None:
        case = await walk.case()
        waits = {(each["name"], each["correlation_key"]) for each in case["messages"]}
        if ("appointment.noshow", key) in waits:
            return True
        await walk._one(case)
        return None

    await walk.stack.api.until(f"an appointment of {key}", awaited)
    assert await walk.tell("appointment.noshow", key) == "delivered"
    await opened(walk, CONTACT)
    await walk.one(CONTACT)


async def told(walk: Walk, person: str, words: str) -> None:
    """Wait until somebody reads these words about the case in their inbox."""

    async def look() -> bool | None:
        found = await walk.stack.api.get(person, "/inbox")
        ours = [each["text"] for each in found if each["case_id"].startswith(walk.case_id)]
        return any(words in text for text in ours) or None

    await walk.stack.api.until(f"“{words}” in the inbox of {person}", look)


async def test_a_child_who_is_not_brought_twice_inside_a_referral_is_looked_at_at_once(stack: Stack) -> None:
    said = {**SNORES, **MISSED, "no_show.review": {"decision": "rebook", "rationale": "A car is found"}}
    walk = await referred(stack, said, never=("appointment.attended",))
    for _ in (1, 2):
        await missed(walk, f"{walk.referral_id}-ENT")
    await opened(walk, SAFEGUARDED)
    assert (await walk.task(SAFEGUARDED, "dr.dove"))["values"]["missed_visits"] == "Missed: ENT, ENT"
    await opened(walk, LEAD)
    seen = (await walk.task(LEAD, "prof.cedar"))["values"]["missed_shown"]
    assert seen.startswith("Missed appointments: 2 (was not brought). Why this time: transport. Reached: yes.")
    assert seen.endswith("In the way: No bus")


async def test_a_referrer_reads_that_the_patient_did_not_come_and_what_a_clinician_decided(stack: Stack) -> None:
    walk = Walk(stack, "gateway.hazel", "c.birch", {**CANCER, **MISSED}, never=("appointment.attended",))
    await walk.refer("ent_imaging_oncology")
    for _ in (1, 2):
        await walk.on(message="appointment.attended")
        await missed(walk, walk.referral_id)
    await opened(walk, LEAD)
    await walk.one(LEAD)
    await opened(walk, REPORT)
    letter = (await walk.task(REPORT, "dr.wren"))["values"]["report_shown"]
    assert letter.startswith("did not attend (2 appointments)")
    assert letter.endswith("discharge with safety net. Comes back if it grows")


async def test_a_missed_visit_that_a_pathway_does_not_wait_for_is_told_to_the_coordinator(stack: Stack) -> None:
    walk = Walk(stack, "gateway.beacon", "c.aspen", MOUTH, skips=("Next on-treatment visit",))
    await walk.refer("oral_care_during_after")
    assert await walk.tell("appointment.noshow", walk.referral_id) == "buffered"
    await told(walk, "c.aspen", "missed an appointment that nothing in this case waits for")
    assert REVIEW not in walk.done


async def test_after_a_withdrawal_the_key_worker_reads_of_what_and_the_coordinator_how_care_goes_on(
    stack: Stack,
) -> None:
    letters = {"continue_mode": "patient_carries_letter", "explained_to_patient": False}
    walk = Walk(stack, "gateway.hazel", "c.birch", {**CANCER, "consent_withdrawn.continue_care": letters})
    await walk.refer("ent_imaging_oncology")
    await walk.on(to=BIOPSY)
    assert await walk.tell("consent.withdrawn", walk.patient_id, scope="service:dietetics") == "delivered"
    await opened(walk, LOOK)
    task = await walk.task(LOOK, "ms.lark")
    assert task["values"]["withdrawn"] == "Sharing with: service dietetics"
    await stack.api.post("ms.lark", task["links"]["claim"])
    nothing = {"values": {"continue_mode": "legal_basis_other", "explained_to_patient": True}}
    refused = await stack.ask("ms.lark", "POST", task["links"]["complete"], nothing)
    assert (refused.status_code, [each["field"] for each in refused.json()["errors"]]) == (422, ["legal_basis"])
    await stack.api.post("ms.lark", task["links"]["complete"], {"values": letters})
    await told(
        walk, "c.birch", "the patient carries the letters. Give each one to them by hand. The patient does not know"
    )
    assert (await walk.case())["incidents"] == []


@pytest.mark.parametrize("decision", ["use_existing", "merge"])
async def test_who_refers_twice_reads_that_the_first_is_used(stack: Stack, decision: str) -> None:
    first, second = (Walk(stack, "gateway.hazel", "c.birch", {**CANCER, "decision": decision}) for _ in (1, 2))
    await first.refer("ent_imaging_oncology")
    await first.on(to="Vet / triage referral")
    await second.refer("ent_imaging_oncology", identifiers=[{"value": first.referral_id}])
    await second.on(to=DUPLICATE)
    shown = (await second.task(DUPLICATE, "c.birch"))["values"]["existing"]
    assert shown.startswith(f"Order {first.referral_id}, active, asked for on ")
    await second.one(DUPLICATE)
    await told(second, "dr.wren", f"one for the same is under way ({first.referral_id}).")
    case = await second.ended()
    assert (case["incidents"], (await first.case())["status"]) == ([], "running")


@pytest.mark.parametrize("found", ["specimen_lost", "repeat_needed"])
async def test_a_lost_result_is_made_again_more_urgently_and_its_incident_recorded(stack: Stack, found: str) -> None:
    clinic = {**CANCER["ent_imaging_oncology.clinic"], "needs": ["MRI_neck"]}
    said = {**CANCER, "ent_imaging_oncology.clinic": clinic, "found": found}
    walk = Walk(stack, "gateway.hazel", "c.birch", said, never=("imaging.report",), skips=("Turnaround time is over",))
    await walk.refer("ent_imaging_oncology")
    await walk.on(to=LOST)
    order = f"{walk.referral_id}-MRI-1"
    assert (await walk.task(LOST, "c.birch"))["values"]["order_shown"] == order
    await walk.one(LOST)
    await opened(walk, "Resolve safety query")
    assert (await walk.task("Resolve safety query", "mr.martin"))["urgency"] == "stat"
    chain = (await stack.api.get("c.birch", f"/referrals/{walk.referral_id}"))["chain"]
    assert f"{order}-2" in {link["referral_id"] for link in chain}
    await opened(walk, "Record the safety incident")
    record = await walk.task("Record the safety incident", "s.juniper")
    assert record["values"]["task_title"] == f"Trace missing result: {found.replace('_', ' ')}"
    assert record["values"]["about_referral"] == order
