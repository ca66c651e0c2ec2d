"""What follows when consent is withdrawn on the long pathways: by scope, by how care goes on, to the very end?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_exceptions import ADVISED, SURVEILLANCE
from tests.e2e.test_walk_missed_and_lost import LOOK, told
from tests.e2e.test_walk_oral_care import MOUTH
from tests.e2e.test_walk_paediatric_mouth_breathing import SNORES
from tests.e2e.test_walk_tmj import JAW
from tests.e2e.walker import Walk, opened

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

DECIDES = "Decide with the patient: does care stop?"
BASIS = {"continue_mode": "legal_basis_other", "legal_basis": "Vital interests", "explained_to_patient": True}
STOP = {"continue_mode": "stop_pathway", "explained_to_patient": True}
CARRIES = {"continue_mode": "patient_carries_letter", "explained_to_patient": True}


@dataclass(frozen=True, slots=True)
class Begun:
    """How a pathway begins: by which system, watched by whom, up to which task; `order`: what its number adds."""

    pathway: str
    sender: str
    watcher: str
    first: str
    answers: Mapping[str, Any]
    born: str = "1961-04-02"
    order: str = ""


BEGUN = (
    Begun("tmj_assessment", "gateway.sorrel", "c.sorrel", "Supported self-management", JAW),
    Begun("oral_care_during_after", "gateway.beacon", "c.aspen", "On-treatment oral review", MOUTH),
    Begun("surveillance_imaging", "gateway", "c.hazel", "Choose schedule and risk", SURVEILLANCE),
    Begun("paediatric_mouth_breathing", "gateway.hazel", "c.birch", "Vet / triage referral", SNORES, "2020-03-01"),
    Begun("complex_shared_plan", "gateway.maple", "c.maple", "Planned procedure", ADVISED, order="-PLAN"),
)
OFFICERS = {"gateway": "p.yew", "gateway.hazel": "p.thyme"}
"""Who reads the audit of the cases of an organisation that has such an officer."""

SKIPS = ("Next on-treatment visit (weekly for RT/CRT; before each chemo cycle)",)


async def begun(stack: Stack, how: Begun, **said: Any) -> Walk:
    walk = Walk(stack, how.sender, how.watcher, {**how.answers, **said}, skips=SKIPS)
    await walk.refer(how.pathway, birth_date=how.born)
    await walk.on(to=how.first)
    return walk


async def withdraws(walk: Walk, scope: str, how: Mapping[str, Any]) -> None:
    """Let the patient withdraw in the portal, and the key worker say how care goes on."""
    word = {"scope": scope, "given_by": "patient", "method": "portal"}
    await walk.stack.api.post("patient.fern", f"/patients/{walk.patient_id}/consents/withdrawals", word)
    walk.answers = {**walk.answers, "consent_withdrawn.continue_care": how}
    await done_by(walk, LOOK, "ms.lark")


async def done_by(walk: Walk, title: str, person: str) -> None:
    """Let somebody do a task; where the withdrawal keeps their organisation out, the coordinator names them."""
    await theirs_to_do(walk, title, person)
    await walk.one(title)
    assert walk.who[title] == person


async def theirs_to_do(walk: Walk, title: str, person: str) -> None:
    """Wait until somebody may do a task; where they are kept out of the case, the coordinator names them."""
    await opened(walk, title)
    link = f"/tasks/{next(task['id'] for task in (await walk.case())['tasks'] if task['title'] == title)}"

    async def theirs() -> bool | None:
        answer = await walk.stack.ask(person, "GET", link)
        if answer.status_code == 200 and answer.json()["may_do"]:
            return True
        told = await walk.stack.api.get(walk.watcher, "/inbox")
        ours = [each["text"] for each in told if each["case_id"].startswith(walk.case_id)]
        return False if any("consent or agreements keep out who could" in text for text in ours) else None

    if not await walk.stack.api.until(f"somebody who may do “{title}”, or who names them", theirs):
        await walk.stack.api.post(walk.watcher, f"{link}/delegate", {"to": person})


@pytest.mark.parametrize("how", BEGUN, ids=lambda how: how.pathway)
async def test_who_wishes_to_stop_is_spoken_to_by_the_clinical_lead_and_then_everything_stops(
    stack: Stack, how: Begun
) -> None:
    decided = {"care_stops": True, "stop_reason": "Wants no more of it"}
    walk = await begun(stack, how, **{"consent_withdrawn.decide_stop": decided})
    await withdraws(walk, "sharing", STOP)
    await opened(walk, DECIDES)
    assert how.first in {task["title"] for task in (await walk.case())["tasks"]}, "nothing is cancelled silently"
    await done_by(walk, DECIDES, "prof.cedar")
    await walk.ended()
    case = await walk.at_rest()
    assert (case["outcome"].endswith("end_stopped"), case["incidents"]) == (True, [])
    await told(walk, how.watcher, "The clinical lead has stopped this pathway with them")
    seen = await stack.api.get("patient.fern", f"/my/cases/{walk.case_id}")
    assert (seen["status"], seen["dates"]) == ("This part of your care is finished.", [])
    assert [step for step in seen["plan"] if step["state"] != "done"] == []
    if officer := OFFICERS.get(how.sender):
        audit = await stack.api.get(officer, "/fhir/AuditEvent", patient=walk.patient_id, _count=100)
        assert "stop_pathway" in str(audit), "how care goes on is in the audit"


@pytest.mark.parametrize("how", BEGUN, ids=lambda how: how.pathway)
async def test_who_does_not_want_to_be_written_to_is_spoken_to_and_shares_as_before(stack: Stack, how: Begun) -> None:
    walk = await begun(stack, how)
    word = {"scope": "contact", "given_by": "patient", "method": "portal"}
    await stack.api.post("patient.fern", f"/patients/{walk.patient_id}/consents/withdrawals", word)
    await told(walk, how.watcher, "does not want to be written to")
    case = await walk.case()
    assert (LOOK in {task["title"] for task in case["tasks"]}, case["incidents"]) == (False, [])
    assert (await stack.api.get(how.watcher, f"/patients/{walk.patient_id}/consents"))["state"] == "given"


async def test_a_withdrawal_for_one_service_stops_what_goes_there_and_says_only_that(stack: Stack) -> None:
    walk = await begun(stack, BEGUN[3])
    await withdraws(walk, "service:sleep_physiology", CARRIES)
    await told(walk, "c.birch", "nothing is sent to service sleep physiology, all others hear as before")
    await walk.on(to="ENT examination")
    await walk.one("ENT examination")
    await told(walk, "c.birch", "Something was not sent (referral.requested to sleep physiology)")
    left = (await stack.api.get(walk.watcher, f"/patients/{walk.patient_id}/consents"))["disclosures"]
    assert {each["recipient"]: each["state"] for each in left if each["message"] == "referral.requested"} == {
        "ear_nose_and_throat": "sent",
        "orthodontics": "sent",
        "sleep_physiology": "withheld",
    }


async def test_on_another_legal_basis_a_child_is_treated_to_the_end_and_everything_is_sent(stack: Stack) -> None:
    walk = await begun(stack, BEGUN[3])
    await withdraws(walk, "sharing", BASIS)
    await told(walk, "c.birch", "goes on sharing on another legal basis")
    walk.skips = ("6-8 week trial", "3 months", "12-month reassessment")
    case = await walk.on()
    assert (case["status"], case["outcome"], case["incidents"]) == ("completed", "consent_done, end_ok", [])
    stands = await stack.api.get(walk.watcher, f"/patients/{walk.patient_id}/consents")
    assert (stands["state"], [each["status"] for each in stands["consents"]].count("legal_basis")) == ("withdrawn", 1)
    sleep = [each["state"] for each in stands["disclosures"] if each["recipient"] == "sleep_physiology"]
    assert sleep == ["sent"]
    outcome = [each["state"] for each in stands["disclosures"] if each["message"] == "referral.outcome"]
    assert outcome == [] or set(outcome) == {"sent"}


async def test_a_plan_whose_patient_carries_the_letters_is_carried_out_and_what_is_not_sent_is_told(
    stack: Stack,
) -> None:
    walk = await begun(stack, BEGUN[4], **{"lab.result": {"INR": 2.4}})
    warfarin = {"medication": "warfarin", "change": "started"}
    assert await walk.tell("medication.changed", walk.patient_id, **warfarin) == "delivered"
    walk.skips = ("Gather changes", "Next-day check")
    await walk.on(to="Pre-visit check: changes since plan? (auto-filled diff)")
    await withdraws(walk, "sharing", CARRIES)
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
    left = (await stack.api.get(walk.watcher, f"/patients/{walk.patient_id}/consents"))["disclosures"]
    kept = [each for each in left if each["state"] == "withheld"]
    assert {each["reason"] for each in kept} == {"consent_withdrawn"}
    assert any(each["recipient"] == "role:gdp" for each in kept), "the outcome is handed to nobody outside"
    await told(walk, "c.maple", "was not sent")


async def test_a_child_whose_guardian_stops_everything_in_severe_apnoea_is_asked_about_by_a_paediatrician(
    stack: Stack,
) -> None:
    severe = {"paediatric_mouth_breathing.studyr": {"severity": "severe", "ahi": 30}}
    decided = {"care_stops": True, "stop_reason": "Wants no more of it"}
    walk = await begun(stack, BEGUN[3], **severe, **{"consent_withdrawn.decide_stop": decided})
    await walk.on(to="Build the pack and list")
    await withdraws(walk, "sharing", STOP)
    await opened(walk, DECIDES)
    await walk.one(DECIDES)
    check = "Safeguarding check: all refused in severe OSA"
    await theirs_to_do(walk, check, "dr.dove")
    assert (await walk.task(check, "dr.dove"))["values"]["refused_plan"] == "Everything, before there was a plan"
    assert (
        await stack.ask("mr.nightjar", "POST", f"/tasks/{(await walk.task(check, 'dr.dove'))['id']}/claim")
    ).status_code == 404, "his organisation is kept out of the case"
    await walk.one(check)
    assert (await walk.ended())["outcome"].endswith("end_stopped")
