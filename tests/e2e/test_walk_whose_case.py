"""Wrong patient, two records that are one, referred twice: whose case is it, and what follows, by the API alone?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_ended_early import WHY
from tests.e2e.test_walk_exceptions import DUPLICATE, EXCEPTIONS, ended_by_death
from tests.e2e.test_walk_missed_and_lost import told
from tests.e2e.test_walk_oral_care import MOUTH, REVIEW, begun
from tests.e2e.test_walk_withdrawn import BEGUN, Begun
from tests.e2e.test_walk_withdrawn import begun as on_its_way
from tests.e2e.walker import Walk, opened

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

CORRECT = "Open the corrected case; say what was disclosed to whom"
FLAG, CONFIRM = EXCEPTIONS[1], "Clinician confirms red flag"


async def answered(stack: Stack, link: str, *people: str) -> dict[str, int]:
    return {who: (await stack.ask(who, "GET", link)).status_code for who in people}


async def test_oral_care_for_the_wrong_patient_is_sealed_with_what_it_began_and_opened_again(stack: Stack) -> None:
    walk = await begun(stack, {**MOUTH})
    await walk.on(to=REVIEW)
    await walk._whose((await walk.case())["tasks"][0]["id"])  # the hospital is let in for its task
    medicine: dict[str, Any] = {"drug_class": "antiresorptive", "change": "started"}
    assert await walk.tell("medication.changed", walk.patient_id, **medicine) == "delivered"

    async def planned() -> str | None:
        chain = (await stack.api.get("c.aspen", f"/referrals/{walk.referral_id}"))["chain"]
        return next((each["case_id"] for each in chain if each["pathway"] == "complex_shared_plan"), None)

    plan = await stack.api.until("the shared plan", planned)
    place, people = f"/referrals/{walk.referral_id}", ("c.aspen", "ms.robin", "patient.fern", "dr.eagle", "ms.lark")
    before = await answered(stack, f"/cases/{walk.case_id}", *people)
    assert (before["c.aspen"], before["ms.robin"]) == (200, 200)
    assert (await stack.ask("ms.robin", "POST", f"{place}/wrong-patient", WHY)).status_code in (403, 404)
    await stack.api.post("c.aspen", f"{place}/wrong-patient", WHY)
    for case_id in (walk.case_id, plan):
        assert set((await answered(stack, f"/cases/{case_id}", *people)).values()) == {404}, case_id
        assert (await answered(stack, f"/my/cases/{case_id}", "patient.fern"))["patient.fern"] == 404
    listed = str(await stack.api.get("patient.fern", "/my/cases")) + str(await stack.api.get("c.aspen", "/cases"))
    assert (walk.case_id in listed, plan in listed) == (False, False)
    officers = await answered(stack, f"/cases/{walk.case_id}", "p.yew", "s.juniper")
    assert set(officers.values()) <= {200, 404}
    assert 200 in officers.values(), "somebody sees it"
    (officer, *_) = [who for who, status in officers.items() if status == 200]
    clocks = await stack.api.get(officer, f"/cases/{walk.case_id}/timers")
    assert [each["what"] for each in clocks if each["kind"] == "timer" and not each["stopped_at"]] == []
    assert await walk.tell("medication.changed", walk.patient_id, **medicine) != "delivered"
    await stack.api.post(officer, f"{place}/wrong-patient/lifted", {"reason": "One name, one patient"})
    opened_again = await answered(stack, f"/cases/{walk.case_id}", *people)
    assert opened_again == before
    assert (await answered(stack, f"/my/cases/{plan}", "patient.fern"))["patient.fern"] == 200
    await treated_to_the_plan(walk)


async def treated_to_the_plan(walk: Walk) -> None:
    """See that the case goes on after the seal: the review is done, and the plan opens when treatment has ended."""
    ended = {"end_date": "2026-06-01", "dose_to_jaw_gy": 62}
    assert await walk.tell("treatment.completed", walk.referral_id, **ended) == "delivered"
    await walk.on(to="GDP accepts shared care")


@pytest.mark.parametrize("how", BEGUN, ids=lambda how: how.pathway)
async def test_two_records_that_are_one_patient_reach_the_case_under_either_number(stack: Stack, how: Begun) -> None:
    walk = await on_its_way(stack, how)
    other = Walk(stack, how.sender, how.watcher, how.answers)
    await other.refer(how.pathway, birth_date=how.born)
    merged = await walk.tell("patient.merged", walk.patient_id, surviving_patient_id=other.patient_id)
    assert merged in ("delivered", "buffered", "unmatched"), merged
    stack.api.owns("patient.fern", other.patient_id)
    mine = {each["id"] for each in (await stack.api.get("patient.fern", "/my/cases"))["items"]}
    assert {walk.case_id, other.case_id} <= mine
    assert await walk.tell("consent.withdrawn", other.patient_id, scope="service:dietetics") == "delivered"
    await opened(walk, "Clinician reviews how care continues without sharing")
    assert await walk.tell("patient.died", other.patient_id) == "delivered"
    case = await walk.on()
    assert (case["status"], case["tasks"], case["incidents"]) == ("completed", [], [])


@pytest.mark.parametrize("decision", ["use_existing", "merge", "proceed_clinical_reason"])
@pytest.mark.parametrize("how", BEGUN[3:], ids=lambda how: how.pathway)
async def test_who_is_referred_twice_is_held_until_a_coordinator_decides(
    stack: Stack, how: Begun, decision: str
) -> None:
    first = await on_its_way(stack, how)
    second = Walk(stack, how.sender, how.watcher, {**how.answers, "decision": decision, "reason": "Another tooth"})
    await second.refer(how.pathway, birth_date=how.born, identifiers=[{"value": first.referral_id}])
    assert second.patient_id == first.patient_id
    await second.on(to=DUPLICATE)
    shown = await second.task(DUPLICATE, how.watcher)
    assert shown["values"]["existing"].startswith(f"Order {first.referral_id}{how.order}, active")
    stranger = "dr.plover" if how.watcher == "c.birch" else "ms.swallow"
    assert (await stack.ask(stranger, "POST", f"/tasks/{shown['id']}/claim")).status_code in (403, 404)
    await second.one(DUPLICATE)
    if decision == "proceed_clinical_reason":
        await second.on(to=how.first)
    else:
        case = await second.ended()
        assert (case["status"], case["incidents"], case["tasks"]) == ("completed", [], [])
        await told(second, "dr.wren" if how.watcher == "c.birch" else "dr.linnet", "taken back")
        seen = await stack.api.get("patient.fern", f"/my/cases/{second.case_id}")
        assert [step for step in seen["plan"] if step["state"] != "done"] == []
    assert (await first.case())["status"] == "running"


async def paged(walk: Walk, title: str) -> Any:
    """Give the task as the clinician on call sees it, whose organisation the page lets in."""

    async def seen() -> Any:
        found = next(task["id"] for task in (await walk.case())["tasks"] if task["title"] == title)
        answer = await walk.stack.ask("dr.harrier", "GET", f"/tasks/{found}")
        return answer.json() if answer.status_code == 200 else None

    return await walk.stack.api.until(f"“{title}” for who is on call", seen)


RAISED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"confirmed": True, "action": "urgent_suspected_cancer"}, "the case is now urgent suspected cancer"),
    ({"confirmed": False, "action": "downgrade"}, "A red flag was looked at and not confirmed"),
)


@pytest.mark.parametrize(("answer", "words"), RAISED, ids=["urgent", "downgrade"])
@pytest.mark.parametrize("how", BEGUN, ids=lambda how: how.pathway)
async def test_a_red_flag_raises_the_case_begins_the_cancer_pathway_or_is_taken_back_with_its_reason(
    stack: Stack, how: Begun, answer: dict[str, Any], words: str
) -> None:
    contradicts = {"confirmed": (True, answer["confirmed"]), "action": ("downgrade", answer["action"])}
    walk = await on_its_way(stack, how, **{"red_flag.confirm": contradicts})
    name, finding, title = FLAG
    assert await walk.tell(name, walk.referral_id, **finding) == "delivered"
    await opened(walk, title)
    confirm = await paged(walk, title)
    assert (confirm["priority"], confirm["values"]["finding"]) == (100, "airway compromise")
    assert (await stack.ask("ms.robin", "POST", f"/tasks/{confirm['id']}/claim")).status_code in (403, 404)
    await walk.one(title)
    await told(walk, "prof.cedar", "contradicts itself")
    await opened(walk, CONFIRM)
    await walk.one(CONFIRM)
    await told(walk, "ms.lark", words)
    chain = (await stack.api.get(how.watcher, f"/referrals/{walk.referral_id}"))["chain"]
    begun_now = f"{walk.referral_id}-RF" in {link["referral_id"] for link in chain}
    assert (begun_now, (await walk.case())["incidents"]) == (answer["confirmed"], [])
    if answer["confirmed"]:
        await ended_by_death(walk)
