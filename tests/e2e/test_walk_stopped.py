"""A placer asks to stop surveillance, a child's pathway or a shared plan under way: who answers, what is left of it?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_ended_early import ABORT, nothing_is_open, stands
from tests.e2e.test_walk_ent_imaging_oncology import CANCER
from tests.e2e.test_walk_exceptions import ADVISED
from tests.e2e.test_walk_missed_and_lost import told
from tests.e2e.test_walk_paediatric_mouth_breathing import GUARDIAN, SNORES, referred
from tests.e2e.test_walk_surveillance import WELL, surveyed
from tests.e2e.walker import Walk, opened

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

WHY = {"reason": "Moves to another city"}
VISIT, PLAN, SURGERY = (
    "Surveillance visit",
    "One plan: order of surgery / expansion / observation",
    "Adenotonsillectomy (PICU site if high risk)",
)
REFUSED, ACCEPTED = "it goes on, the reason is in the case", "The request to stop this referral was accepted"


async def none_is_open(walk: Walk, placer: str) -> None:
    """Wait until no request to stop is open: people read that it was refused a moment before it has ended."""

    async def look() -> bool | None:
        found = await walk.stack.api.get(placer, f"/referrals/{walk.referral_id}")
        return not found["abort_asked"] or None

    await walk.stack.api.until("the end of the request that was refused", look)


async def asked(walk: Walk, placer: str, strangers: tuple[str, ...]) -> None:
    """Let the placer ask, whom nobody else may stand in for, and once; what is open stays open."""
    place, before = f"/referrals/{walk.referral_id}/cancel", await titles(walk)
    refused = {who: (await walk.stack.ask(who, "POST", place, WHY)).status_code for who in strangers}
    assert set(refused.values()) <= {403, 404}, refused
    await none_is_open(walk, placer)
    answers = [await walk.stack.ask(placer, "POST", place, WHY) for _ in (1, 2)]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[0].json()["outcome"] == "abort-requested"
    await opened(walk, ABORT)
    assert before <= await titles(walk), "until it is answered everything goes on"


async def answered(walk: Walk, performer: str, abort: str, strangers: tuple[str, ...]) -> None:
    """Let a performer answer the request, which shows them why; nobody else can."""
    link = f"/tasks/{next(task['id'] for task in (await walk.case())['tasks'] if task['title'] == ABORT)}"
    tried = {who: (await walk.stack.ask(who, "POST", f"{link}/claim")).status_code for who in strangers}
    assert set(tried.values()) <= {403, 404}, tried
    await walk._whose(link.rpartition("/")[2])  # the sweep lets in who does it
    assert (await walk.task(ABORT, performer))["values"]["cancel_reason"] == WHY["reason"]
    walk.answers = {**walk.answers, "abort": abort, "abort_reason": "As agreed"}
    await walk.one(ABORT)


async def titles(walk: Walk) -> set[str]:
    return {task["title"] for task in (await walk.case())["tasks"]}


async def stopped(walk: Walk, *people: str) -> None:
    """See that nothing is open for anybody, and that everybody who has to act or to know reads it."""
    await nothing_is_open(walk)
    for person in people:
        await told(walk, person, ACCEPTED)
    seen = await walk.stack.api.get("patient.fern", f"/my/cases/{walk.case_id}")
    assert (seen["status"], seen["dates"]) == ("This part of your care is finished.", [])
    assert [step for step in seen["plan"] if step["state"] != "done"] == []
    clocks = await walk.stack.api.get(walk.watcher, f"/cases/{walk.case_id}/timers")
    assert clocks == []
    again = await walk.stack.ask(walk.watcher, "POST", f"/referrals/{walk.referral_id}/cancel", WHY)
    assert again.status_code == 409


async def withdrawn(walk: Walk, service: str, person: str, number: str) -> None:
    """Wait until a service reads, once, that what it was asked for under this number is withdrawn."""

    async def look() -> bool | None:
        brought = [each["referral"] for each in await walk.stack.api.get(person, f"/services/{service}/inbox")]
        ours = [each for each in brought if number in (each.get("order_id"), each.get("referral_id"))]
        return [each["message"] for each in ours].count("referral.cancelled") == 1 or None

    await walk.stack.api.until(f"the withdrawal of {number} at {service}", look)


async def test_surveillance_that_is_stopped_leaves_no_visit_to_come_and_whoever_asked_hears_a_no_first(
    stack: Stack,
) -> None:
    walk = await surveyed(stack)
    await walk.on(to=VISIT)
    await asked(walk, "c.hazel", ("patient.fern", "c.birch", "dr.stork"))
    await answered(walk, "ms.falcon", "refuse", ("c.hazel", "b.willow", "dr.eagle", "patient.fern"))
    await told(walk, "c.hazel", REFUSED)
    assert await titles(walk) == {VISIT}
    await asked(walk, "c.hazel", ("dr.eagle",))
    await answered(walk, "ms.falcon", "accept", ("c.hazel",))
    await stopped(walk, "c.hazel", "b.willow", "patient.fern")


async def test_surveillance_that_is_stopped_withdraws_its_scan(stack: Stack) -> None:
    planned = {**WELL["surveillance_imaging.plan"], "imaging_plan": ["PET_12w"], "schedule": "custom"}
    walk = await surveyed(stack, skips=("PET-CT due, if planned",), **{"surveillance_imaging.plan": planned})
    await walk.on(message="imaging.performed")
    await asked(walk, "c.hazel", ("c.aspen",))
    await answered(walk, "ms.falcon", "accept", ("mr.martin",))
    await stopped(walk, "c.hazel", "b.willow")
    await withdrawn(walk, "imaging_partner", "mr.martin", f"{walk.referral_id}-PET-1")


async def test_surveillance_that_is_stopped_ends_the_cancer_pathway_it_has_entered_and_frees_its_visit(
    stack: Stack,
) -> None:
    suspicious = {**WELL["surveillance_imaging.clinic"], "suspicion": "high", "endoscopy": "abnormal"}
    walk = await surveyed(stack, **{**CANCER, "surveillance_imaging.clinic": suspicious})
    await walk.on(message="appointment.attended")
    again = f"{walk.referral_id}-REC-1"
    assert (await stack.api.get("c.hazel", f"/referrals/{again}"))["state"]["state"] == "booked"
    await asked(walk, "c.hazel", ("c.birch",))
    await answered(walk, "ms.falcon", "accept", ("dr.owl",))
    await stopped(walk, "c.hazel", "b.willow")
    await withdrawn(walk, "head_and_neck_clinic", "dr.owl", again)
    assert (await stack.api.get("c.hazel", f"/referrals/{again}"))["state"]["state"] == "cancelled"


async def test_a_child_whose_visit_is_booked_is_not_taken_back_without_asking_who_sees_it(stack: Stack) -> None:
    walk = await referred(stack, SNORES)
    await walk.on(message="appointment.attended")
    await asked(walk, "dr.wren", ("dr.owl", "dr.stork", GUARDIAN))
    await answered(walk, "ms.falcon", "refuse", ("dr.wren", "dr.stork", GUARDIAN))
    await told(walk, "dr.wren", REFUSED)
    await walk.on(to="ENT examination")
    await asked(walk, "c.birch", ("dr.owl",))
    await answered(walk, "ms.falcon", "accept", ("c.birch",))
    await stopped(walk, "dr.wren", "c.birch", "b.willow")
    for made in ("", "-ENT"):
        await stands(stack, f"{walk.referral_id}{made}", "cancelled")
    was_seen = "Orthodontic and airway assessment" in walk.done
    await stands(stack, f"{walk.referral_id}-ORTHO", "reported" if was_seen else "cancelled")


async def test_a_child_is_taken_back_at_once_while_nothing_is_booked(stack: Stack) -> None:
    walk = await referred(stack, SNORES)
    await walk.on(to="Vet / triage referral")
    answer = await stack.api.post("dr.wren", f"/referrals/{walk.referral_id}/cancel", WHY)
    assert answer["outcome"] == "cancelled"
    await nothing_is_open(walk)
    assert ABORT not in walk.done
    for made in ("", "-ENT", "-ORTHO"):
        await stands(stack, f"{walk.referral_id}{made}", "cancelled")
    await told(walk, "c.birch", "taken this referral back before it was in progress")
    await withdrawn(walk, "ear_nose_and_throat", "dr.owl", f"{walk.referral_id}-ENT")
    await withdrawn(walk, "orthodontics", "dr.stork", f"{walk.referral_id}-ORTHO")


async def test_an_operation_that_is_called_off_in_severe_apnoea_is_the_surgeons_answer(stack: Stack) -> None:
    severe: dict[str, Any] = {"paediatric_mouth_breathing.studyr": {"severity": "severe", "ahi": 30}}
    walk = await referred(stack, {**SNORES, **severe})
    await walk.on(to=SURGERY)
    await asked(walk, "dr.wren", ("mr.nightjar",))
    await answered(walk, "ms.falcon", "accept", ("dr.dove",))
    await stopped(walk, "dr.wren", "c.birch", "b.willow")
    assert (await stack.api.get("c.birch", f"/referrals/{walk.referral_id}"))["state"]["state"] == "cancelled"
    left = {made: await state(walk, made) for made in ("-ENT", "-ORTHO", "-SLEEP")}
    assert left == dict.fromkeys(left, "acknowledged"), "what was done is not undone"


async def state(walk: Walk, made: str) -> str:
    found = await walk.stack.api.get(walk.watcher, f"/referrals/{walk.referral_id}{made}")
    return str(found["state"]["state"])


async def test_a_shared_plan_is_stopped_by_the_physician_while_the_procedure_is_to_be_done(stack: Stack) -> None:
    walk = Walk(stack, "gateway.maple", "c.maple", {**ADVISED, "lab.result": {"INR": 2.4}})
    await walk.refer("complex_shared_plan")
    await walk.on(to="Procedure done")
    await asked(walk, "dr.linnet", ("dr.plover", "mr.kestrel", "patient.fern"))
    await answered(walk, "dr.plover", "refuse", ("dr.linnet", "mr.kestrel"))
    await told(walk, "dr.linnet", REFUSED)
    assert "Procedure done" in await titles(walk)
    await asked(walk, "c.maple", ("dr.plover",))
    await answered(walk, "dr.plover", "accept", ("c.maple",))
    await stopped(walk, "dr.linnet", "c.maple", "b.willow", "patient.fern")
    chain = (await stack.api.get("c.maple", f"/referrals/{walk.referral_id}"))["chain"]
    assert "procedure_outcomes" not in {link["pathway"] for link in chain}, "nobody asks about what was not done"


async def test_a_shared_plan_that_is_stopped_is_no_duplicate_of_the_next_one(stack: Stack) -> None:
    first = Walk(stack, "gateway.maple", "c.maple", {**ADVISED, "abort": "accept"})
    await first.refer("complex_shared_plan")
    await first.on(to="Planned procedure")
    await asked(first, "c.maple", ())
    await answered(first, "dr.plover", "accept", ())
    await nothing_is_open(first)
    second = Walk(stack, "gateway.maple", "c.maple", ADVISED)
    await second.refer("complex_shared_plan", identifiers=[{"value": first.referral_id}])
    assert second.patient_id == first.patient_id
    await second.on(to="Planned procedure")
    assert second.done == []
