"""Is sinus disease from a tooth treated by both sides until it is gone, by the API alone?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_ent_imaging_oncology import CANCER
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

READ = "Read the result and acknowledge by name"

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


async def test_what_does_not_come_from_a_tooth_is_told_and_acknowledged(stack: Stack) -> None:
    walk = Walk(stack, "gateway.hazel", "c.birch", {**TOOTH, "infectious_sinusitis": False})
    await walk.refer("odontogenic_sinusitis")
    case = await walk.on()
    assert (case["status"], case["outcome"], case["incidents"]) == ("completed", "end_other", [])
    found = await stack.api.get("c.birch", f"/referrals/{walk.referral_id}")
    assert (found["state"]["state"], found["closed"], walk.who[READ]) == ("acknowledged", True, "dr.wren")
    assert {link["referral_id"] for link in found["chain"]} == {
        walk.referral_id,
        f"{walk.referral_id}-DENTAL-1",
        f"{walk.referral_id}-CT",
    }


async def test_an_emergency_is_told_at_once_and_no_finding_to_who_organises_care(stack: Stack) -> None:
    intake = {**TOOTH["odontogenic_sinusitis.intake"], "orbital_or_neuro_sign": True}
    walk = Walk(stack, "gateway.hazel", "c.birch", {**TOOTH, "odontogenic_sinusitis.intake": intake})
    await walk.refer("odontogenic_sinusitis")
    case = await walk.on()
    assert (case["status"], case["outcome"], walk.done) == ("terminated", "end_emerg", ["Intake"])
    for person in ("dr.wren", "c.birch", "ms.falcon"):
        texts = await stack.api.until(f"{person} is told", lambda person=person: told(walk, person))
        assert ("Emergency" in texts, "rbital" in texts) == (True, False)


async def test_bleeding_moves_to_the_cancer_pathway_which_answers_under_its_own_number(stack: Stack) -> None:
    intake = {**TOOTH["odontogenic_sinusitis.intake"], "bleeding_or_mass": True}
    walk = Walk(stack, "gateway.hazel", "c.birch", {**TOOTH, **CANCER, "odontogenic_sinusitis.intake": intake})
    await walk.refer("odontogenic_sinusitis")
    await walk.on(message="appointment.attended")
    found = await stack.api.get("c.birch", f"/referrals/{walk.referral_id}-CANCER")
    assert (found["pathway"], found["state"]["state"]) == ("ent_imaging_oncology", "booked")
    assert await walk.tell("redflag.raised", walk.referral_id, finding="A hard node", raised_by="dr.owl") == "delivered"
    walk.answers = {**walk.answers, "red_flag.confirm": {"confirmed": True, "action": "urgent_suspected_cancer"}}
    case = await walk.on()
    assert (case["status"], case["outcome"], case["incidents"]) == ("completed", "flag_done, end_redirect", [])
    assert "Tell the diagnosis face to face, key worker present" in walk.done
    chain = (await stack.api.get("c.birch", f"/referrals/{walk.referral_id}"))["chain"]
    assert f"{walk.referral_id}-RF" not in {link["referral_id"] for link in chain}, "no second cancer pathway"


async def test_what_heals_is_handed_to_those_who_treated_and_closed_when_each_has_read_it(stack: Stack) -> None:
    healed = {"symptoms_resolved": True, "endoscopy_clear": True}
    shared = {"imaging_order.ack": {"category": "benign", "share_with": ["dentist", "patient"]}}
    said = {**TOOTH, **shared, "odontogenic_sinusitis.check1": healed}
    walk = Walk(stack, "gateway.hazel", "c.birch", said, skips=("Wait 4 weeks",))
    await walk.refer("odontogenic_sinusitis")
    case = await walk.on()
    assert (case["status"], case["outcome"], case["incidents"]) == ("completed", "end_ok", [])
    referral = f"/referrals/{walk.referral_id}"
    found = await stack.api.get("c.birch", referral)
    assert (found["closed"], found["unacknowledged"]) == (False, ["ent_surgeon", "restorative_dentist"])
    for person in ("ms.falcon", "dr.heron"):
        handed = await stack.api.get(person, "/handoffs")
        [result] = [each for each in handed if each["case_id"].startswith(walk.case_id)]
        await stack.api.post(person, f"/handoffs/{result['id']}/acknowledge")
    assert (await stack.api.get("c.birch", referral))["closed"] is True


async def told(walk: Walk, person: str) -> str | None:
    """What a person was told of the case, None as long as it is nothing; organisations are let in by the sweep."""
    alerts = (await walk.stack.api.get(person, "/inbox/alerts"))["items"]
    return " ".join(text for each in alerts if each["case_id"] == walk.case_id for text in each["texts"]) or None
