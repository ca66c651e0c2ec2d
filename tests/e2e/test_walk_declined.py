"""Does a case go on safely without the single steps that its patient declines, by the API alone?"""

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_ended_early import TALK, stands
from tests.e2e.test_walk_odontogenic_sinusitis import TOOTH
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

TREATMENT, DECISION, REVIEW = "Dental treatment", "Record decision and plan", "Review after the refusal"
HEALED = {"symptoms_resolved": True, "endoscopy_clear": True}


async def no_to(walk: Walk, what: str, **said: object) -> None:
    """Let the patient decline something, and the key worker say that it falls, and nothing else."""
    walk.answers = {**walk.answers, "informed_refusal.refusal": {"falls": [what], **said}}
    assert await walk.tell("patient.declined", walk.referral_id, what="A step") == "delivered"
    await walk.stack.api.until(TALK, lambda: opens(walk, TALK))  # without doing meanwhile what is declined
    await walk.one(TALK)


async def test_a_declined_scan_and_a_declined_treatment_fall_alone_and_the_case_goes_on(stack: Stack) -> None:
    said = {**TOOTH, "odontogenic_sinusitis.check1": HEALED}
    walk = Walk(stack, "gateway.hazel", "c.birch", said, skips=("Wait 4 weeks",))
    await walk.refer("odontogenic_sinusitis")
    await walk.on(to="Book slot (urgent: same or next day)")
    await no_to(walk, f"{walk.referral_id}-CT", review_on={"days": 20})
    await stack.api.until("the CT to be cancelled", lambda: ended(walk, "imaging_order"))
    await walk.on(to=TREATMENT)
    assert (await stack.api.get("c.birch", f"/referrals/{walk.referral_id}-DENTAL-1"))["status"] == "completed"
    await no_to(walk, f"{walk.referral_id}:dent_tx")
    await stack.api.until("the treatment to be withdrawn", lambda: opens(walk, TREATMENT, no=True))
    await walk.on(to=DECISION)
    assert TREATMENT not in walk.done
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
    assert case["outcome"] == "refusal_done, refusal_done, end_ok"
    assert (walk.done.count(DECISION), walk.done.count(TALK)) == (2, 2)
    await walk.late("On the agreed day", REVIEW)
    await walk.one(REVIEW)
    await stands(stack, walk.referral_id, "acknowledged")


async def opens(walk: Walk, title: str, *, no: bool = False) -> bool | None:
    return (title in {task["title"] for task in (await walk.case())["tasks"]}) is not no or None


async def ended(walk: Walk, pathway: str) -> bool | None:
    called = (await walk.case())["called"]
    return [each["status"] for each in called if each["pathway"] == pathway] == ["completed"] or None
