"""What is left of a case that an abort, a death or a wrong patient ends or stops midway? Nothing that is open."""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_exceptions import ADVISED
from tests.e2e.test_walk_odontogenic_sinusitis import TOOTH
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

ABORT, NEXT = "Accept or refuse the abort", "Acknowledge rejection and state next step"
TALK = "Informed-refusal conversation"
WHY = {"reason": "Two people of that name"}
REDIRECTED: dict[str, Any] = {
    "triage": "redirect",
    "advice": "Oral surgery",
    "priority_after": "urgent_suspected_cancer",
}


@pytest.mark.parametrize("how", ["abort", "death", "refusal"])
async def test_neither_the_referral_nor_what_it_called_for_stays_open(stack: Stack, how: str) -> None:
    walk = Walk(stack, "gateway.hazel", "c.birch", {**TOOTH, "abort": "accept", "stop_pathway": True})
    await walk.refer("odontogenic_sinusitis")
    await walk.on(message="appointment.attended")
    if how == "abort":
        place = f"/referrals/{walk.referral_id}/cancel"
        asked = [(await stack.ask("dr.wren", "POST", place, {"reason": "Seen elsewhere"})).status_code for _ in (1, 2)]
        assert asked == [200, 409], "it is asked once"
        await walk.on(to=ABORT)
        await walk.one(ABORT)
    elif how == "refusal":
        assert await walk.tell("patient.declined", walk.referral_id, what="Everything") == "delivered"
        await walk.on(to=TALK)
        await walk.one(TALK)
    else:
        assert await walk.tell("patient.died", walk.patient_id) == "delivered"
        await walk.on()
    await nothing_is_open(walk)
    for made in ("", "-DENTAL-1"):
        await stands(stack, f"{walk.referral_id}{made}", "cancelled")


async def test_who_referred_a_suspected_cancer_says_what_is_next_when_triage_sends_it_elsewhere(stack: Stack) -> None:
    said = {"age": 58, "symptom": ["unexplained_neck_lump"], "closed_loop_referral.triage": REDIRECTED}
    walk = Walk(stack, "gateway.hazel", "c.birch", said)
    await walk.refer("ent_imaging_oncology")
    case = await walk.on(to=NEXT)
    taken_back = await stack.ask("dr.owl", "POST", f"/referrals/{walk.referral_id}/cancel", {"reason": "Not for us"})
    assert (case["status"], taken_back.status_code) == ("running", 403), "who carries it out takes nothing back"
    assert "Oral surgery" in (await walk.task(NEXT, "dr.wren"))["values"]["declined_because"]
    await walk.one(NEXT)
    assert ((await walk.ended())["incidents"], walk.who[NEXT]) == ([], "dr.wren")


async def test_a_plan_for_the_wrong_patient_of_a_practice_without_officers_is_opened_again_and_goes_on(
    stack: Stack,
) -> None:
    walk = Walk(stack, "gateway.maple", "c.maple", ADVISED, skips=("Gather changes", "Next-day check"))
    await walk.refer("complex_shared_plan")
    await walk.on(to="Planned procedure")
    place = f"/referrals/{walk.referral_id}/wrong-patient"
    await stack.api.post("dr.linnet", place, WHY)
    seen = {who: await stack.ask(who, "GET", f"/cases/{walk.case_id}") for who in ("dr.linnet", "c.maple", "p.yew")}
    assert {who: answer.status_code for who, answer in seen.items()} == {"dr.linnet": 404, "c.maple": 404, "p.yew": 200}
    told = [each["level"] for each in await stack.api.get("p.yew", "/inbox") if each["case_id"] == walk.case_id]
    assert told == ["incident"]
    await stack.api.post("p.yew", f"{place}/lifted", {"reason": "One name, one patient"})
    await walk.on(to="Physician signs")


async def nothing_is_open(walk: Walk) -> None:
    """Wait until the case and what it called have ended."""

    async def look() -> bool | None:
        case = await walk.case()
        return (case["status"], case["tasks"], case["waits"], case["incidents"]) == ("completed", [], [], []) or None

    await walk.stack.api.until("the end of the case and of what it called", look)


async def stands(stack: Stack, referral_id: str, state: str) -> None:
    """Wait until a referral stands so: what was called ends a moment later."""

    async def look() -> bool | None:
        return (await stack.api.get("c.birch", f"/referrals/{referral_id}"))["state"]["state"] == state or None

    await stack.api.until(f"{referral_id} to be {state}", look)
