"""Do oral care, surveillance and a child's pathway go on without the one step that is declined, by the API alone?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_declined import ended, no_to, opens
from tests.e2e.test_walk_ended_early import ABORT, TALK, stands
from tests.e2e.test_walk_ent_imaging_oncology import CANCER
from tests.e2e.test_walk_missed_and_lost import told
from tests.e2e.test_walk_oral_care import HEALED, MOUTH, VISIT, WELL, begun, treated
from tests.e2e.test_walk_paediatric_mouth_breathing import CHILD, DECIDES, GUARDIAN, PLAN, SNORES, referred
from tests.e2e.test_walk_stopped import SURGERY, state
from tests.e2e.test_walk_surveillance import RESPONSE, SLOT, surveyed
from tests.e2e.test_walk_surveillance import WELL as FOLLOWED
from tests.e2e.walker import Walk, opened

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

CHECK_UP, MISSED = "Surveillance visit", "Contact patient and record reason"
TRIAL, WIDENED = "Start intranasal steroid trial + video of sleep", "Orthodontic phase"
SAFEGUARDED = "Safeguarding check after refusal in severe OSA"


async def goes_on(walk: Walk, without: str) -> None:
    """Wait until a step is withdrawn; who has to know reads what fell, and nothing stands still."""
    await walk.stack.api.until(f"“{without}” to be withdrawn", lambda: opens(walk, without, no=True))
    await told(walk, walk.watcher, "A patient has said no to a step, and with it: cancelled")
    case = await walk.case()
    assert (case["status"], case["incidents"]) == ("running", [])


async def test_a_tooth_that_stays_though_the_board_would_have_it_out_is_recalled_as_before(stack: Stack) -> None:
    first = {"attended": True, **WELL, "extraction_needed": (True, False), "teeth": "46"}
    walk = await begun(stack, {**MOUTH, "accepts": True, "oral_care_during_after.visit": first})
    await treated(walk, "2026-06-01", 62)
    await walk.on(to=HEALED)
    await no_to(walk, f"{walk.referral_id}:exodone")
    await goes_on(walk, HEALED)
    await told(walk, "c.aspen", HEALED)
    walk.skips = ("Next recall (table recall_interval)",)
    await walk.on(to=VISIT)
    assert HEALED not in walk.done
    await walk.one(VISIT)
    assert (await walk.case())["incidents"] == []


async def test_who_declines_one_check_up_is_seen_at_the_next_and_nobody_calls_as_after_a_missed_one(
    stack: Stack,
) -> None:
    walk = await surveyed(stack)
    await walk.on(to=CHECK_UP)
    await no_to(walk, f"{walk.referral_id}:clinic")
    await goes_on(walk, CHECK_UP)
    seen = await stack.api.get("patient.fern", f"/my/cases/{walk.case_id}")
    assert [each["what"] for each in seen["dates"]], "the next one has a date"
    await walk.on(to=CHECK_UP)
    assert (CHECK_UP in walk.done, MISSED in walk.done) == (False, False)
    await walk.one(CHECK_UP)
    assert (await walk.case())["incidents"] == []


async def test_a_declined_scan_is_withdrawn_at_imaging_and_its_response_judged_without_it(stack: Stack) -> None:
    planned = {**FOLLOWED["surveillance_imaging.plan"], "imaging_plan": ["PET_12w"], "schedule": "custom"}
    said = {"surveillance_imaging.plan": planned, "surveillance_imaging.petrep": {"response": "complete"}}
    walk = await surveyed(stack, skips=("PET-CT due, if planned",), **said)
    await walk.on(to=SLOT)
    order = f"{walk.referral_id}-PET-1"
    await no_to(walk, order)
    await stack.api.until("the PET-CT to be cancelled", lambda: ended(walk, "imaging_order"))
    await told(walk, "c.hazel", "and with it: cancelled: PET-CT")
    await walk.on(to=RESPONSE)
    await walk.one(RESPONSE)
    assert (await walk.case())["incidents"] == []


async def test_the_cancer_pathway_that_was_entered_again_is_asked_to_stop_and_its_visit_freed(stack: Stack) -> None:
    suspicious = {**FOLLOWED["surveillance_imaging.clinic"], "suspicion": ("high", "none"), "endoscopy": "abnormal"}
    walk = await surveyed(stack, **{**CANCER, "surveillance_imaging.clinic": suspicious, "abort": "accept"})
    await walk.on(message="appointment.attended")
    again = f"{walk.referral_id}-REC-1"
    await no_to(walk, again)
    await told(walk, "c.hazel", "asked to stop, in progress, whoever does it answers")
    await opened(walk, ABORT)
    await walk.one(ABORT)
    await stack.api.until(f"{again} to be cancelled", lambda: is_cancelled(walk, "-REC-1"))
    await told(walk, "b.willow", "cancels what was booked")
    case = await walk.on(to=CHECK_UP)
    assert (case["status"], case["incidents"], walk.done.count(CHECK_UP)) == ("running", [], 1)


async def is_cancelled(walk: Walk, made: str) -> bool | None:
    return await state(walk, made) == "cancelled" or None


async def test_a_child_whose_guardian_declines_the_spray_is_referred_without_a_trial(stack: Stack) -> None:
    walk = await referred(stack, CHILD)
    await walk.on(to=TRIAL)
    await no_to(walk, f"{walk.referral_id}:steroid")
    await goes_on(walk, TRIAL)
    await walk.on(to="Vet / triage referral")
    assert {made: await state(walk, made) for made in ("-ENT", "-ORTHO")} == {"-ENT": "received", "-ORTHO": "received"}
    plan = (await stack.api.get(GUARDIAN, f"/my/cases/{walk.case_id}"))["plan"]
    assert not any("spray" in step["text"] for step in plan if step["state"] != "done")


async def test_a_declined_sleep_study_leads_on_to_the_conference(stack: Stack) -> None:
    walk = await referred(stack, SNORES)
    study = f"{walk.referral_id}-SLEEP"

    async def triaged() -> bool | None:
        case = await walk.case()
        chain = (await stack.api.get("c.birch", f"/referrals/{walk.referral_id}"))["chain"]
        if study in {link["referral_id"] for link in chain} and await state(walk, "-SLEEP") == "received":
            return True
        await walk._one(case)
        return None

    await stack.api.until("the sleep study to be asked for", triaged)
    await no_to(walk, study)
    await stands(stack, study, "cancelled")

    async def told_there() -> bool | None:
        brought = await stack.api.get("mr.nightjar", "/services/sleep_physiology/inbox")
        told = [each["referral"]["message"] for each in brought if each["case_id"].startswith(walk.case_id)]
        return sorted(told) == ["referral.cancelled", "referral.requested"] or None

    await stack.api.until("the service to be told once", told_there)
    await walk.on(to=DECIDES)
    assert "Sleep study result" not in walk.done
    assert (await walk.case())["incidents"] == []


async def test_a_declined_operation_goes_back_to_the_conference_which_hears_it(stack: Stack) -> None:
    plans: dict[str, Any] = {
        **SNORES["paediatric_mouth_breathing.plan"],
        "plan": (["adenotonsillectomy", "rme"], ["rme"]),
    }
    walk = await referred(stack, {**SNORES, "paediatric_mouth_breathing.plan": plans})
    await walk.on(to=SURGERY)
    await no_to(walk, f"{walk.referral_id}:surgery")
    await goes_on(walk, SURGERY)
    await walk.on(to="Build the pack and list")
    shown = await walk.task("Build the pack and list", "m.rowan")
    assert "Declined: the operation." in str(shown["values"])
    await walk.on(to=PLAN)
    await walk.on(to=WIDENED)
    assert (SURGERY in walk.done, walk.done.count(PLAN), TALK in walk.done) == (False, 2, True)


async def test_a_declined_expansion_is_looked_at_again_after_a_year(stack: Stack) -> None:
    plans = {**SNORES["paediatric_mouth_breathing.plan"], "plan": ["rme"]}
    last = {**SNORES["paediatric_mouth_breathing.final"], "further_need": "none"}
    said = {"paediatric_mouth_breathing.plan": plans, "paediatric_mouth_breathing.final": last}
    walk = await referred(stack, {**SNORES, **said})
    await walk.on(to=WIDENED)
    await no_to(walk, f"{walk.referral_id}:ortho_tx")
    await goes_on(walk, WIDENED)
    case = await walk.on()
    assert (case["status"], case["incidents"], WIDENED in walk.done) == ("completed", [], False)
    assert case["outcome"].endswith("end_ok")
    await stands(stack, walk.referral_id, "acknowledged")
