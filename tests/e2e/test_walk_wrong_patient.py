"""Is a mark as made for the wrong patient, and its taking back, told to whom it is for, by the API alone?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_ent_imaging_oncology import CANCER
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

TRIAGE, BIOPSY = "Vet / triage referral", "Biopsy / FNA / panendoscopy"
CORRECT, AGAIN = "Open the corrected case; say what was disclosed to whom", "Send again what was retracted"
WHY, SORRY = {"reason": "Two patients of that name"}, {"reason": "One name, one patient"}


async def test_a_referral_that_was_stopped_by_mistake_is_to_be_made_again_and_no_officer_corrects_it(
    stack: Stack,
) -> None:
    walk = await marked(stack, TRIAGE)
    sealed = await stack.ask("c.birch", "GET", f"/cases/{walk.case_id}")
    assert (sealed.status_code, await titles(stack, walk, "p.thyme")) == (404, [CORRECT])
    await stack.api.post("p.thyme", f"/referrals/{walk.referral_id}/wrong-patient/lifted", SORRY)
    case = await walk.ended()
    assert (case["outcome"], case["incidents"], await titles(stack, walk, "p.thyme")) == ("end_declined", [], [])
    assert (await stack.api.get("c.birch", f"/referrals/{walk.referral_id}"))["state"]["state"] == "cancelled"
    assert await titles(stack, walk, "c.birch") == [AGAIN]
    for person in ("dr.wren", "c.birch"):
        texts = [
            each["text"] for each in await stack.api.get(person, "/inbox") if each["case_id"].startswith(walk.case_id)
        ]
        assert any("refer again" in text for text in texts), person


async def test_what_an_ended_referral_has_sent_is_retracted_with_all_else_and_the_case_goes_on(stack: Stack) -> None:
    walk = await marked(stack, BIOPSY)
    assert await titles(stack, walk, "p.thyme") == [CORRECT]
    sent = (await found(stack, walk, "p.thyme"))[0]["values"]["sent_shown"]
    assert f"{walk.referral_id} to head and neck clinic: referral.requested" in sent.replace("_", " ")
    await stack.api.post("p.thyme", f"/referrals/{walk.referral_id}/wrong-patient/lifted", SORRY)
    assert await titles(stack, walk, "c.birch") == [AGAIN]
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
    assert "Tell the diagnosis face to face, key worker present" in walk.done


async def marked(stack: Stack, at: str) -> Walk:
    """A suspected cancer that its referrer marks as made for the wrong patient, when this task is open."""
    walk = Walk(stack, "gateway.hazel", "c.birch", CANCER)
    await walk.refer("ent_imaging_oncology")
    await walk.on(to=at)
    await stack.api.post("dr.wren", f"/referrals/{walk.referral_id}/wrong-patient", WHY)
    await stack.api.until("the officer's task", lambda: corrected(stack, walk))
    return walk


async def corrected(stack: Stack, walk: Walk) -> bool | None:
    return CORRECT in await titles(stack, walk, "p.thyme") or None


async def titles(stack: Stack, walk: Walk, person: str) -> list[str]:
    """The titles of somebody's tasks about the mark, in this case and in those that it has begun."""
    return [each["title"] for each in await found(stack, walk, person)]


async def found(stack: Stack, walk: Walk, person: str) -> list[dict[str, Any]]:
    listed = (await stack.api.get(person, "/tasks", limit=200))["items"]
    tasks = [await stack.api.get(person, each["links"]["self"]) for each in listed if each["title"] in (CORRECT, AGAIN)]
    chain = (await stack.api.get("p.yew", f"/referrals/{walk.referral_id}"))["chain"]
    ours = {each["case_id"].partition("/")[0] for each in chain}
    return [each for each in tasks if each["case_id"].partition("/")[0] in ours]
