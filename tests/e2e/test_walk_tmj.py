"""Does a painful jaw reach each of its ends, by whoever does each step, through every exception, by the API alone?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_ended_early import nothing_is_open
from tests.e2e.test_walk_exceptions import DUPLICATE, EXCEPTIONS, LOST, MISSED, ended_by_death, raised
from tests.e2e.test_walk_missed_and_lost import LEAD, told
from tests.e2e.walker import Walk, opened

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

SCREEN, SELF, JOINT = "Screen (3Q/TMD) and red flags", "Supported self-management", "Joint findings"
BITE, EAR = (
    "Bite / occlusion and tooth wear assessment",
    "Ear and nasopharynx check if otalgia is main complaint (else skip)",
)
PLAN, OUTCOME, TALK = "Unified treatment plan with one owner", "Outcome review", "Informed-refusal conversation"
READ, NEXT = "Read the result and acknowledge by name", "Acknowledge rejection and state next step"
SCREENED: dict[str, Any] = {
    "q_pain_weekly": True,
    "mouth_opening": 42,
    "pain_nrs": 6,
    "red_flags": ["none"],
    "inflammatory_joint_disease": False,
    "dislocation_now": False,
    "dislocation_recurrent": False,
    "diet_normal": True,
    "otalgia_main": True,
}
JAW: dict[str, Any] = {
    "tmj_assessment.screen": SCREENED,
    "tmj_assessment.rev": {"improved": "partly", "new_red_flag": False, "weeks_in_care": 24, "mouth_opening": 41},
    "tmj_assessment.jointx": {"mri_needed": True, "cbct_needed": True},
    "tmj_assessment.unified": {"steps": ["splint"], "patient_agrees": (False, True), "review_weeks": 12},
    "tmj_assessment.rev2": {"success": (False, True), "pain_nrs": 1, "mouth_opening": 44},
    "triage": "accept",
    "priority_after": "routine",
    "resolution": "safe",
    "pregnant": "no",
    "recommendation": "agree",
    "red_flag.confirm": {"confirmed": True, "action": "emergency_transfer"},
    "no_show.review": {"decision": "outreach", "rationale": "No transport"},
}
CLOCKS = ("6-week review", "Plan review")


async def referred(stack: Stack, **changed: Any) -> Walk:
    """A patient whom a dental practice refers to itself, as its first step says."""
    walk = Walk(stack, "gateway.sorrel", "c.sorrel", {**JAW, **changed}, skips=CLOCKS)
    await walk.refer("tmj_assessment")
    return walk


def screened(**found: Any) -> dict[str, Any]:
    return {"tmj_assessment.screen": {**SCREENED, **found}}


async def seen_by(walk: Walk, title: str, *people: str) -> list[int]:
    """What each of these people is answered who asks for an open task, and then wants to take it."""
    link = f"/tasks/{next(task['id'] for task in (await walk.case())['tasks'] if task['title'] == title)}"
    answers = [
        await walk.stack.ask(who, *request) for who in people for request in (("GET", link), ("POST", f"{link}/claim"))
    ]
    return [answer.status_code for answer in answers]


async def state(walk: Walk, made: str = "") -> str:
    found = await walk.stack.api.get(walk.watcher, f"/referrals/{walk.referral_id}{made}")
    return str(found["state"]["state"])


async def test_what_is_no_better_is_assessed_by_three_and_planned_until_it_is(stack: Stack) -> None:
    walk = await referred(stack)
    await walk.on(to=SELF)
    assert await seen_by(walk, SELF, "dr.wren", "dr.linnet") == [404] * 4
    shown = await stack.api.get("patient.fern", f"/my/cases/{walk.case_id}")
    assert [step["text"] for step in shown["plan"] if step["state"] == "now"] == [
        "Your dentist shows you exercises and what helps your jaw to recover."
    ]
    await walk.on(to=JOINT)
    assert (await seen_by(walk, JOINT, "ms.swallow"))[1] == 403
    assert await state(walk, "-OMFS") == "seen"
    await walk.on(to=PLAN)
    assert {f"{walk.referral_id}-{each}" for each in ("OMFS", "MRI_TMJ", "CBCT")} <= {
        link["referral_id"] for link in (await stack.api.get("c.sorrel", f"/referrals/{walk.referral_id}"))["chain"]
    }
    case = await walk.on()
    assert (case["status"], case["outcome"], case["incidents"]) == ("completed", "end_ok", [])
    assert [walk.done.count(title) for title in (JOINT, BITE, EAR, PLAN, TALK, OUTCOME)] == [1, 1, 1, 3, 1, 2]
    assert [walk.who[title] for title in (SCREEN, JOINT, READ)] == ["dr.finch", "mr.kestrel", "dr.finch"]
    assert walk.who[BITE] in ("dr.heron", "dr.crane")
    assert walk.who[EAR] in ("ms.falcon", "mr.osprey", "dr.harrier")
    assert [await state(walk), await state(walk, "-OMFS")] == ["acknowledged", "acknowledged"]
    await told(walk, "prof.cedar", "A joint plan has not helped")
    seen = await stack.api.get("patient.fern", f"/my/cases/{walk.case_id}")
    assert (seen["status"], seen["dates"]) == ("This part of your care is finished.", [])


@pytest.mark.parametrize(
    ("found", "whom"),
    [
        ({"dislocation_now": True}, ("dr.finch", "mr.kestrel", "prof.cedar")),
        ({"red_flags": ["age_over_50_new_headache_jaw_claudication"]}, ("dr.finch", "dr.plover", "prof.cedar")),
    ],
    ids=["dislocated", "giant-cell-arteritis"],
)
async def test_what_cannot_wait_pages_those_who_act_today(
    stack: Stack, found: dict[str, Any], whom: tuple[str, ...]
) -> None:
    walk = await referred(stack, **screened(**found))
    case = await walk.on()
    assert (case["status"], case["outcome"], walk.done) == ("terminated", "end_emerg", [SCREEN])
    for person in whom:

        async def paged(person: str = person) -> bool | None:
            page = await stack.api.get(person, "/inbox")
            return any(each["case_id"] == walk.case_id and each["level"] == "critical" for each in page) or None

        await stack.api.until(f"the page of {person}", paged)
    assert await state(walk) == "cancelled"


async def test_who_has_no_joint_disorder_is_seen_by_ent_who_reports(stack: Stack) -> None:
    none = {"q_pain_weekly": False, "q_pain_on_function": False, "q_locking": False}
    walk = await referred(stack, **screened(**none))
    case = await walk.on()
    assert (case["status"], case["outcome"], case["incidents"]) == ("completed", "end_redirect", [])
    assert walk.who["Acknowledge report and act"] == "dr.finch"
    assert await state(walk, "-EAR") == "acknowledged"


async def test_a_referral_is_returned_refused_disputed_and_refused_for_good_and_the_conference_decides(
    stack: Stack,
) -> None:
    triage = ("return_for_info", "reject", "reject")
    said = {"triage": triage, "reject_reason": "capacity", "next_step": ("dispute", "manage_locally")}
    walk = await referred(stack, **screened(mouth_opening=30), **said)
    await walk.on(to=NEXT)
    assert "capacity" in (await walk.task(NEXT, "dr.finch"))["values"]["declined_because"]
    await walk.on(to="Record decision and plan")
    assert (walk.done.count(NEXT), JOINT in walk.done, await state(walk, "-OMFS")) == (2, False, "rejected")


async def test_the_same_patient_referred_twice_is_held_here_and_at_the_surgeons_and_a_lost_image_is_made_again(
    stack: Stack,
) -> None:
    walk = await referred(stack, **screened(mouth_opening=30), found="repeat_needed")
    await walk.on(message="appointment.attended")
    ours = {"tmj_assessment.dup_review": {"decision": "proceed_clinical_reason", "reason": "The other joint"}}
    second = Walk(stack, "gateway.sorrel", "c.sorrel", {**walk.answers, **ours, "decision": "use_existing"})
    await second.refer("tmj_assessment", identifiers=[{"value": walk.referral_id}])
    assert second.patient_id == walk.patient_id
    await second.on(to=DUPLICATE)
    assert f"Order {walk.referral_id}, active" in (await second.task(DUPLICATE, "c.sorrel"))["values"]["existing"]
    await second.one(DUPLICATE)
    await second.on(to=SCREEN)
    await second.on(to=DUPLICATE)
    assert f"{walk.referral_id}-OMFS" in (await second.task(DUPLICATE, "c.sorrel"))["values"]["existing"]
    await second.one(DUPLICATE)
    await second.on(to="Record decision and plan")
    assert JOINT not in second.done
    walk.never, walk.skips = ("imaging.report",), ("Turnaround time is over",)
    await walk.on(to=LOST)
    await walk.one(LOST)
    await opened(walk, "Resolve safety query")
    assert (await walk.case())["incidents"] == []


async def test_every_exception_reaches_somebody_until_the_patient_dies(stack: Stack) -> None:
    walk = await referred(stack)
    await walk.on(to=SELF)
    await raised(walk, [*EXCEPTIONS[:3], MISSED, MISSED])
    await opened(walk, LEAD)
    await walk.one(LEAD)
    await told(walk, "dr.finch", "A patient missed appointments and is not booked again")
    await ended_by_death(walk)
    assert await state(walk) == "cancelled"


async def test_a_red_flag_on_the_cancer_pathway_begins_no_second_one_and_a_refusal_ends_both(stack: Stack) -> None:
    flagged = {"red_flag.confirm": {"confirmed": True, "action": "urgent_suspected_cancer"}}
    walk = await referred(stack, **screened(red_flags=["neck_mass"]), **flagged, stop_pathway=True)
    walk.never = ("appointment.attended",)
    await walk.on(message="appointment.attended")
    await raised(
        walk, [("redflag.raised", {"finding": "bleeding", "raised_by": "dr.finch"}, "Clinician confirms red flag")]
    )
    await told(walk, "c.sorrel", "the case is now urgent suspected cancer")
    chain = [
        link["referral_id"] for link in (await stack.api.get("c.sorrel", f"/referrals/{walk.referral_id}"))["chain"]
    ]
    assert (f"{walk.referral_id}-CANCER" in chain, f"{walk.referral_id}-RF" in chain) == (True, False)
    assert await walk.tell("patient.declined", walk.referral_id, what="Everything") == "delivered"
    await opened(walk, TALK)
    await walk.one(TALK)
    await nothing_is_open(walk)
    assert [await state(walk), await state(walk, "-CANCER")] == ["cancelled", "cancelled"]


async def test_an_abort_is_answered_by_the_dentist_and_a_referral_taken_back_at_once_asks_nobody(stack: Stack) -> None:
    early, late = await referred(stack), await referred(stack, abort="accept")
    await early.on(to=SCREEN)
    why = {"reason": "Seen elsewhere"}
    told_at_once = await stack.api.post("dr.finch", f"/referrals/{early.referral_id}/cancel", why)
    assert (told_at_once["outcome"], (await early.ended())["tasks"]) == ("cancelled", [])
    await late.on(to=SELF)
    asked = await stack.api.post("dr.finch", f"/referrals/{late.referral_id}/cancel", why)
    assert asked["outcome"] == "abort-requested"
    await opened(late, "Accept or refuse the abort")
    await late.one("Accept or refuse the abort")
    assert (await late.ended())["outcome"] == "aborted, end_stopped"
    assert [await state(early), await state(late)] == ["cancelled", "cancelled"]
