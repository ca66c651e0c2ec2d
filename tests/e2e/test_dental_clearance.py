"""Does a 360X envelope that nobody here wrote become a clearance that people find, do and close with the API alone?"""

from typing import Any

import pytest

from demo.storyline import MoveDate
from tests.e2e.conftest import CLEARANCE, Stack, dental_referral, shared

pytestmark = pytest.mark.temporal

ONCOLOGIST, DENTIST, COORDINATOR, GATEWAY = "dr.eagle", "dr.heron", "c.aspen", "gateway.beacon"
BORN = "1958-03-12"
"""Of the patient of the envelope."""

UNTIL_REQUESTED, REST, ACKNOWLEDGED = CLEARANCE.steps[:1], CLEARANCE.steps[1:-1], CLEARANCE.steps[-1:]


async def open_tasks(stack: Stack, person: str, case_id: str) -> list[Any]:
    page = await stack.api.get(person, "/tasks", case=case_id)
    return list(page["items"])


async def test_a_360x_envelope_posted_unchanged_closes_only_by_acknowledgement(stack: Stack) -> None:
    answer = await stack.ask(GATEWAY, "POST", "/ihe/360x", shared("inbound_pcc55.json"))
    assert answer.status_code == 201, answer.text
    case = answer.json()["case"]
    assert (case["pathway"], case["referral_id"]) == ("pre_rt_dental_clearance", "REF-1001")
    (task,) = await stack.first_tasks(ONCOLOGIST, case["case_id"])
    await refusals(stack, task)
    await stack.play(case["case_id"], UNTIL_REQUESTED, {"status": "running"}, born=BORN)
    await stack.play(
        case["case_id"], REST, {"status": "running", "waiting": ["Oncology acknowledges clearance"]}, born=BORN
    )
    (last,) = await open_tasks(stack, ONCOLOGIST, case["case_id"])
    assert (await stack.api.get(COORDINATOR, f"/cases/{case['case_id']}"))["status"] == "running"
    assert last["roles"] == ["clinical_oncologist"]
    assert await stands(stack, "REF-1001") == "reported"
    await stack.play(case["case_id"], ACKNOWLEDGED, {"status": "completed"}, born=BORN)
    assert await stands(stack, "REF-1001") == "acknowledged"
    assert (await stack.api.get(COORDINATOR, "/dead-letters", name="referral.received"))["items"] == []


async def stands(stack: Stack, referral_id: str) -> str:
    found = await stack.api.get(COORDINATOR, f"/referrals/{referral_id}")
    return str(found["state"]["state"])


async def refusals(stack: Stack, task: Any) -> None:
    """The task is there, yet not for everybody and not with anything."""
    complete = f"{task['links']['self']}/complete"
    assert (await stack.ask("", "GET", "/tasks")).status_code == 401
    assert (await stack.ask("", "POST", complete, {"values": {}})).status_code == 401
    assert (await stack.ask(COORDINATOR, "POST", complete, {"values": {}})).status_code == 403
    assert (await stack.ask("b.willow", "POST", complete, {"values": {}})).status_code == 404
    assert (await stack.ask(ONCOLOGIST, "POST", f"{task['links']['self']}/claim")).status_code == 200
    wrong = await stack.ask(ONCOLOGIST, "POST", complete, {"values": {"rt_intent": "hopeful", "fractions": "many"}})
    assert wrong.status_code == 422
    named = {error["field"] for error in wrong.json()["errors"]}
    assert {"rt_intent", "fractions", "tumour_site"} <= named
    assert (await stack.ask(ONCOLOGIST, "POST", f"{task['links']['self']}/release")).status_code == 200


async def test_a_moved_radiotherapy_date_moves_what_is_due_and_fires_no_rung_twice(stack: Stack) -> None:
    answer = await stack.ask(GATEWAY, "POST", "/referrals", dental_referral("REF-E2E-MOVED"))
    assert answer.status_code == 201, answer.text
    case_id = answer.json()["case_id"]
    until_extraction = REST[:9]
    await stack.play(case_id, UNTIL_REQUESTED + until_extraction, {"waiting": ["Extractions"]})
    before = await due(stack, case_id)
    await stack.play(case_id, (moved(days=30),), {"status": "running"})
    nearer = await due(stack, case_id)
    await stack.play(case_id, (moved(days=16),), {"status": "running"})
    await stack.play(case_id, (moved(days=36),), {"status": "running"})
    later = await due(stack, case_id)
    assert nearer["Extractions"] < later["Extractions"] < before["Extractions"]
    await every_rung_fired_once(stack, case_id)


def moved(*, days: int) -> MoveDate:
    change = {"treatment": "radiotherapy", "new_date": {"days": days}, "reason": "A slot on the machine"}
    return MoveDate(change, ONCOLOGIST)


async def due(stack: Stack, case_id: str) -> dict[str, str]:
    found = [item for person in ("mr.kestrel", COORDINATOR) for item in await open_tasks(stack, person, case_id)]
    return {item["title"]: item["due_at"] for item in found}


async def every_rung_fired_once(stack: Stack, case_id: str) -> None:
    told = await stack.api.get(ONCOLOGIST, f"/cases/{case_id}/timeline", everything=True)
    fired = [(line["case_id"], line["step"], line["text"]) for line in told if line["fact"] == "escalated"]
    assert len(fired) == len(set(fired))
