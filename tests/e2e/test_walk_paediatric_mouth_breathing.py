"""Does a child's pathway lead to each of its ends, and does a guardian do their part only as long as they may?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_exceptions import EXCEPTIONS, LOST, MISSED, ended_by_death, raised
from tests.e2e.walker import Walk, opened

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
    await walk.on(to=TRIAL)
    assert (await stack.api.get(GUARDIAN, f"/my/cases/{walk.case_id}"))["plan"]
    links = (await walk.task(TRIAL, GUARDIAN))["links"]
    await stack.api.post(GUARDIAN, links["claim"])
    await stack.api.post(GUARDIAN, links["complete"], {"values": {"better": "yes", "snoring_nights_week": 0}})
    assert (await walk.on())["status"] == "completed"
    await stack.api.post(GUARDIAN, f"/patients/{walk.patient_id}/proxies/{proxy['id']}/withdraw")
    assert (await stack.ask(GUARDIAN, "GET", f"/my/cases/{walk.case_id}")).status_code == 404


SNORES: dict[str, Any] = {
    **CHILD,
    "witnessed_apnoea": True,
    "triage": "accept",
    "priority_after": "routine",
    "recommendation": "agree",
    "paediatric_mouth_breathing.entx": {"sleep_study_needed": True, "risk_high": False},
    "paediatric_mouth_breathing.studyr": {"severity": "moderate", "ahi": 12},
    "site": "specialist_with_picu",
    "paediatric_mouth_breathing.plan": {"plan": (["adenotonsillectomy", "rme"], ["observe"]), "guardian_consent": True},
    "paediatric_mouth_breathing.surgery": {"date": {"days": -1}, "site": "local"},
    "paediatric_mouth_breathing.postop": {"repeat_study": False},
    "paediatric_mouth_breathing.final": {"further_need": ("ortho", "none"), "nasal_breathing": True},
}
CLOCKS = ("6-8 week trial", "3 months", "12-month reassessment")
PLAN, OPERATED = "One plan: order of surgery / expansion / observation", "Post-op review"
FLAG, SAFEGUARDED = "Clinician confirms red flag", "Safeguarding check: was not brought"
PROXY = "Ask the young person whether the guardian may still see and decide"
CONFERENCE, DECIDES = "Build the pack and list", "Record decision and plan"


async def referred(
    stack: Stack, answers: dict[str, Any], *, never: tuple[str, ...] = (), birth: str = "2020-03-01"
) -> Walk:
    """A child whom a practice refers, and whose guardian may see the plan."""
    walk = Walk(stack, "gateway.hazel", "c.birch", answers, skips=CLOCKS, never=never)
    await walk.refer("paediatric_mouth_breathing", name="Testino Walker", birth_date=birth)
    given = {"person": GUARDIAN, "classes": ["plan", "messages", "appointments"]}
    await stack.api.post("c.birch", f"/patients/{walk.patient_id}/proxies", given)
    return walk


async def test_a_child_is_operated_widened_looked_at_again_and_every_referral_is_acknowledged(stack: Stack) -> None:
    walk = await referred(stack, SNORES)
    await walk.on(to="ENT examination")
    to_come = [step["text"] for step in (await stack.api.get(GUARDIAN, f"/my/cases/{walk.case_id}"))["plan"]]
    assert not any("spray" in text for text in to_come), "a child who is referred at once gets no trial"
    await walk.on(to=DECIDES)
    assert "risk_high" in (await walk.task(DECIDES, "prof.cedar"))["values"]
    case = await walk.on()
    assert (case["status"], case["outcome"], case["incidents"]) == ("completed", "end_ok", [])
    assert [walk.done.count(title) for title in (PLAN, OPERATED, "Orthodontic phase")] == [2, 1, 1]
    for made in ("", "-ENT", "-ORTHO", "-SLEEP"):
        standing = await stack.api.get("c.birch", f"/referrals/{walk.referral_id}{made}")
        assert standing["state"]["state"] == "acknowledged", made
    assert walk.who["Read the result and acknowledge by name"] == "dr.wren"
    assert [each for each in await stack.api.get("dr.wren", "/handoffs") if each["case_id"] == walk.case_id] == []


async def test_who_was_not_brought_twice_and_refuses_in_severe_apnoea_is_asked_about_by_a_paediatrician(
    stack: Stack,
) -> None:
    said = {
        "paediatric_mouth_breathing.studyr": {"severity": "severe", "ahi": 30},
        "paediatric_mouth_breathing.plan": {"plan": ["adenotonsillectomy"], "guardian_consent": False},
        "closed_loop_referral.triage": {"triage": ("return_for_info", "reject", "accept"), "priority_after": "routine"},
        "consent_withdrawn.continue_care": {"continue_mode": "legal_basis_other", "legal_basis": "A child in danger"},
    }
    walk = await referred(stack, {**SNORES, **said})
    await raised(walk, [MISSED, MISSED])
    await walk.on(to=SAFEGUARDED)
    shown = await walk.task(SAFEGUARDED, "dr.dove")
    assert shown["values"]["missed_visits"] == "Missed: another visit, another visit"
    await walk.on(to=CONFERENCE)
    await raised(walk, EXCEPTIONS[:2])
    assert await walk.tell("consent.withdrawn", walk.patient_id, scope="sharing") == "delivered"
    await opened(walk, EXCEPTIONS[2][2])
    await walk.one(EXCEPTIONS[2][2])
    await walk.on(to="Safeguarding check after refusal in severe OSA")
    case = await walk.on()
    assert (case["status"], case["tasks"], case["incidents"]) == ("completed", [], [])
    assert case["outcome"].endswith("end_declined")
    assert (walk.who[SAFEGUARDED], walk.done.count(FLAG)) == ("dr.dove", 1)
    assert (await stack.api.get("c.birch", f"/referrals/{walk.referral_id}"))["state"]["state"] == "cancelled"


async def test_a_young_person_decides_what_the_guardian_still_sees_and_a_lost_study_is_traced(stack: Stack) -> None:
    said = {"paediatric_mouth_breathing.intake": {"dob": "2010-02-20"}, "proxy_access": "ended"}
    walk = await referred(stack, {**SNORES, **said}, birth="2010-02-20")
    await walk.on(to=PROXY)
    assert (await stack.ask(GUARDIAN, "GET", f"/my/cases/{walk.case_id}")).status_code == 200
    await walk.one(PROXY)

    async def gone() -> bool | None:
        return (await stack.ask(GUARDIAN, "GET", f"/my/cases/{walk.case_id}")).status_code == 404 or None

    await stack.api.until("the end of the guardian's access", gone)
    await walk.on(to="Sleep study result")
    await walk.late("No result", LOST)
    await walk.one("Sleep study result")
    await walk.on(to=OPERATED)
    await raised(walk, EXCEPTIONS[3:])
    await ended_by_death(walk)


async def test_a_child_who_turned_blue_is_seen_the_same_day_and_the_pages_go_out(stack: Stack) -> None:
    walk = await referred(stack, {**CHILD, "cyanosis_or_fainting": True})
    case = await walk.on()
    assert (case["status"], case["outcome"], walk.done) == ("terminated", "end_emerg", ["Intake with guardian"])
    assert (await stack.api.get("c.birch", f"/referrals/{walk.referral_id}"))["state"]["state"] == "rejected"
    for person in ("dr.dove", "ms.falcon", "prof.cedar", "dr.wren"):

        async def paged(person: str = person) -> bool | None:
            told = await stack.api.get(person, "/inbox")
            return any(each["case_id"] == walk.case_id and each["level"] == "critical" for each in told) or None

        await stack.api.until(f"the page of {person}", paged)
