"""What becomes of a lesion seen by a dentist when consent is withdrawn, the patient dies or the hospital says no?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_ended_early import ABORT, NEXT, TALK, nothing_is_open
from tests.e2e.test_walk_missed_and_lost import LOOK, told
from tests.e2e.test_walk_stopped import withdrawn
from tests.e2e.test_walk_withdrawn import BASIS, CARRIES, DECIDES, STOP, done_by, withdraws
from tests.e2e.walker import Walk, opened

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

RECORD, REFER, READ = (
    "Lesion record",
    "Send urgent suspected cancer referral",
    "Dentist reads the outcome (learning loop)",
)
HERS, TRIAGE, RESULTS = (
    "Dentist acknowledges rejection and states next step",
    "Vet / triage referral",
    "Review results that are still open",
)
LESION: dict[str, Any] = {
    "dental_red_flag_lesion.record": {
        "type": ["red_patch"],
        "site": "tongue_lateral",
        "size": 8,
        "lesion_first_noticed": {"days": -10},
        "plausible_cause": "none",
        "panoramic_done": True,
        "indurated": False,
    },
    "age": 58,
    "consent_given": "yes",
    "triage": "accept",
    "priority_after": "urgent_suspected_cancer",
}
SAYS_NO = {"triage": "reject", "priority_after": "urgent_suspected_cancer", "reject_reason": "not_clinically_indicated"}


async def seen(stack: Stack, **changed: Any) -> Walk:
    """A lesion that a dental practice has seen; its record is to be written."""
    walk = Walk(stack, "gateway.sorrel", "c.sorrel", {**LESION, **changed})
    await walk.refer("dental_red_flag_lesion")
    return walk


async def hospital(walk: Walk) -> Walk:
    """The case of the hospital that the referral of the dentist has begun, as its coordinator's walk."""
    other = Walk(walk.stack, walk.sender, walk.watcher, walk.answers, patient_id=walk.patient_id)
    other.referral_id = f"{walk.referral_id}-ENT"

    async def begun() -> str | None:
        found = await walk.stack.ask(walk.watcher, "GET", f"/referrals/{other.referral_id}")
        return str(found.json()["case_id"]) if found.status_code == 200 else None

    other.case_id = await walk.stack.api.until("the hospital's case", begun)
    return other


async def stands(walk: Walk, state: str) -> None:
    """Wait until the referral of a walk stands so."""

    async def look() -> bool | None:
        found = await walk.stack.api.get(walk.watcher, f"/referrals/{walk.referral_id}")
        return found["state"]["state"] == state or None

    await walk.stack.api.until(f"{walk.referral_id} to be {state}", look)


async def inbox(walk: Walk, person: str) -> list[str]:
    found = await walk.stack.api.get(person, "/inbox")
    return [each["text"] for each in found if each["case_id"].startswith(walk.case_id)]


async def test_who_withdraws_before_the_referral_carries_the_letter_and_nothing_leaves(stack: Stack) -> None:
    walk = await seen(stack)
    await walk.on(to=REFER)
    await withdraws(walk, "sharing", CARRIES)
    await told(walk, "c.sorrel", "the patient carries the letters")
    assert REFER in {task["title"] for task in (await walk.case())["tasks"]}, "nothing is cancelled silently"
    await walk.one(REFER)
    there = await hospital(walk)
    await there.on(message="referral.received")
    await told(there, "c.sorrel", "was not sent")
    left = (await stack.api.get("c.sorrel", f"/patients/{walk.patient_id}/consents"))["disclosures"]
    assert {each["state"] for each in left if each["message"] == "referral.requested"} == {"withheld"}
    assert (await there.case())["incidents"] == []


async def test_who_withdraws_while_the_hospital_has_it_is_asked_once_in_each_case_and_care_goes_on(
    stack: Stack,
) -> None:
    walk = await seen(stack)
    await walk.on(to=REFER)
    await walk.one(REFER)
    there = await hospital(walk)
    await there.on(message="appointment.attended")
    await withdraws(walk, "sharing", BASIS)
    await told(walk, "c.sorrel", "goes on sharing on another legal basis")
    await opened(there, LOOK)
    there.answers = walk.answers
    await done_by(there, LOOK, "ms.lark")
    for each in (walk, there):
        case = await each.case()
        assert (case["status"], case["incidents"]) == ("running", [])
        assert LOOK not in {task["title"] for task in case["tasks"]}
    await stands(there, "booked")


async def test_who_wishes_to_stop_ends_at_the_dentist_and_at_the_hospital_each_after_being_spoken_to(
    stack: Stack,
) -> None:
    decided = {"care_stops": True, "stop_reason": "Wants no more of it"}
    walk = await seen(stack, **{"consent_withdrawn.decide_stop": decided})
    await walk.on(to=REFER)
    await walk.one(REFER)
    there = await hospital(walk)
    await there.on(message="appointment.attended")
    await withdraws(walk, "sharing", STOP)
    there.answers = walk.answers
    await done_by(there, LOOK, "ms.lark")
    for each in (walk, there):
        await opened(each, DECIDES)
        await done_by(each, DECIDES, "prof.cedar")
        await nothing_is_open(each)
    await stands(there, "cancelled")
    await told(there, "b.willow", "The clinical lead has stopped this pathway with them")


async def with_the_hospital(stack: Stack) -> tuple[Walk, Walk]:
    """A lesion whose visit at the hospital is booked: the walks at the dentist and there."""
    walk = await seen(stack)
    await walk.on(to=REFER)
    await walk.one(REFER)
    there = await hospital(walk)
    await there.on(message="appointment.attended")
    there.answers = {**there.answers, "abort": "accept"}
    return walk, there


async def wants_none_of_it(walk: Walk, **said: Any) -> None:
    """Let the patient want none of it, and the key worker say so."""
    walk.answers = {**walk.answers, "informed_refusal.refusal": {"stop_pathway": True, **said}}
    assert await walk.tell("patient.declined", walk.referral_id, what="Everything") == "delivered"
    await opened(walk, TALK)
    await walk.one(TALK)
    await nothing_is_open(walk)


async def test_who_wants_none_of_it_has_the_hospital_asked_to_stop_and_the_hospital_answers(stack: Stack) -> None:
    walk, there = await with_the_hospital(stack)
    await wants_none_of_it(walk)
    await told(walk, "c.sorrel", "What it has begun elsewhere: asked to stop, in progress, whoever does it answers")
    await opened(there, ABORT)
    assert (await there.case())["status"] == "running", "what is in progress is only asked to stop"
    await there.one(ABORT)
    await nothing_is_open(there)
    await stands(there, "cancelled")


async def test_who_still_wants_the_hospital_is_seen_there_though_the_dentist_stops(stack: Stack) -> None:
    walk, there = await with_the_hospital(stack)
    await wants_none_of_it(walk, goes_on=[there.referral_id])
    await told(walk, "c.sorrel", "What it has begun elsewhere: goes on, the patient wants it")
    case = await there.case()
    assert (case["status"], ABORT in {task["title"] for task in case["tasks"]}) == ("running", False)
    await stands(there, "booked")


async def test_what_the_dentist_has_begun_is_asked_to_stop_when_the_request_to_stop_her_is_accepted(
    stack: Stack,
) -> None:
    walk, there = await with_the_hospital(stack)
    asked = {"cancel_reason": "Seen elsewhere"}
    assert await walk.tell("referral.abort_requested", walk.referral_id, **asked) == "delivered"
    await opened(walk, ABORT)
    walk.answers = {**walk.answers, "abort": "accept"}
    await walk.one(ABORT)
    await nothing_is_open(walk)
    await told(walk, "c.sorrel", "This referral is stopped. What it has begun elsewhere: asked to stop")
    await opened(there, ABORT)
    await there.one(ABORT)
    await nothing_is_open(there)


async def test_a_death_before_the_referral_ends_everything_and_nobody_writes_to_the_patient(stack: Stack) -> None:
    walk = await seen(stack)
    await walk.on(to=REFER)
    before = len(await inbox(walk, "patient.fern"))
    assert await walk.tell("patient.died", walk.patient_id) == "delivered"
    await opened(walk, RESULTS)
    assert {task["title"] for task in (await walk.case())["tasks"]} == {RESULTS}
    assert walk.done == [RECORD]
    await walk.one(RESULTS)
    await nothing_is_open(walk)
    assert len(await inbox(walk, "patient.fern")) == before
    chain = (await stack.api.get("c.sorrel", f"/referrals/{walk.referral_id}"))["chain"]
    assert {link["pathway"] for link in chain} == {"dental_red_flag_lesion"}


async def test_a_death_while_the_hospital_has_it_is_told_once_in_each_case_and_the_visit_is_freed(stack: Stack) -> None:
    walk = await seen(stack)
    await walk.on(to=REFER)
    await walk.one(REFER)
    there = await hospital(walk)
    await there.on(message="appointment.attended")
    assert await walk.tell("patient.died", walk.patient_id) == "delivered"
    for each in (walk, there):
        await opened(each, RESULTS)
        assert [task["title"] for task in (await each.case())["tasks"]] == [RESULTS]
        await told(each, "ms.lark", "A patient has died")
        assert sum("A patient has died" in text for text in await inbox(each, "ms.lark")) == 1
        await each.one(RESULTS)
        await nothing_is_open(each)
    await stands(there, "cancelled")
    await withdrawn(there, "head_and_neck_clinic", "dr.owl", there.referral_id)
    freed = await stack.api.get("b.willow", "/services/booking_office/inbox")
    ours = [each for each in freed if each["case_id"].startswith(there.case_id)]
    assert [each["referral"]["message"] for each in ours] == ["appointment.cancelled"]


@pytest.mark.parametrize("next_step", ["manage_locally", "no_further_action"])
async def test_what_the_hospital_does_not_take_the_dentist_answers_once_and_waits_for_nothing(
    stack: Stack, next_step: str
) -> None:
    said = {"closed_loop_referral.triage": SAYS_NO, "closed_loop_referral.rej_ack": {"next_step": next_step}}
    walk = await seen(stack, **said)
    await walk.on(to=REFER)
    await walk.one(REFER)
    there = await hospital(walk)
    await there.on(to=NEXT)
    assert "not clinically indicated" in (await there.task(NEXT, "dr.finch"))["values"]["declined_because"]
    theirs = (await stack.api.get("dr.finch", "/tasks", limit=200))["items"]
    ours = [each["title"] for each in theirs if each["case_id"].partition("/")[0] in (walk.case_id, there.case_id)]
    assert ours == [NEXT], "one task for one answer"
    await there.one(NEXT)
    assert there.who[NEXT] == "dr.finch"
    await nothing_is_open(there)
    await nothing_is_open(walk)
    assert (await walk.case())["outcome"].endswith("end_declined")


async def test_a_rejection_that_the_dentist_disputes_is_vetted_again_and_read_in_the_end(stack: Stack) -> None:
    again = {**SAYS_NO, "triage": ("reject", "accept")}
    disputed = {"closed_loop_referral.rej_ack": {"next_step": "dispute"}}
    clean = {"suspicion": "none", "us_fna_done": False, "needs": ["MRI_neck"], "overlap_dental": False}
    said = {"closed_loop_referral.triage": again, **disputed, "ent_imaging_oncology.clinic": clean}
    walk = await seen(stack, **said)
    await walk.on(to=REFER)
    await walk.one(REFER)
    there = await hospital(walk)
    case = await there.on()
    assert (case["status"], case["incidents"], there.done.count(TRIAGE)) == ("completed", [], 2)
    await walk.on(to=READ)
    assert HERS not in walk.done
    case = await walk.on()
    assert (case["status"], walk.who[READ]) == ("completed", "dr.finch")


async def test_a_hospital_that_declines_by_a_message_of_its_own_has_the_dentist_asked_in_her_case(
    stack: Stack,
) -> None:
    walk = await seen(stack, **{"dental_red_flag_lesion.rej_ack": {"next_step": "manage_locally"}})
    await walk.on(to=REFER)
    await walk.one(REFER)
    said = {"reject_reason": "out_of_area"}
    assert await walk.tell("referral.status.declined", f"{walk.referral_id}-ENT", **said) == "delivered"
    await opened(walk, HERS)
    assert (await walk.task(HERS, "dr.finch"))["values"]["declined_because"] == "out of area"
    await walk.one(HERS)
    assert "end_declined" in (await walk.ended())["outcome"]
