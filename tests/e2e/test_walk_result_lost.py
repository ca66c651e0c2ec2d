"""A result is lost: is it made again under its own number, more urgently, read, acknowledged, by the API alone?"""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_dental_clearance import ASSESSMENT, CLEAR, HISTORY, by_name
from tests.e2e.test_walk_exceptions import DUPLICATE, LAB_LATE, LOST, losing_its_value
from tests.e2e.test_walk_missed_and_lost import told
from tests.e2e.test_walk_paediatric_mouth_breathing import SNORES, referred
from tests.e2e.test_walk_surveillance import brought
from tests.e2e.walker import Walk, opened

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

QUERY, SLOT, READ = "Resolve safety query", "Book slot (urgent: same or next day)", "Read and acknowledge report"
STUDY, BY_NAME = "Sleep study result", "Read the result and acknowledge by name"
RECORD = "Record the safety incident"


async def recorded(walk: Walk, order: str) -> None:
    """See that the safety officer has a record to make of this order, and make it."""
    await opened(walk, RECORD)
    assert (await walk.task(RECORD, "s.juniper"))["values"]["about_referral"] == order
    await walk.one(RECORD)


async def chain(walk: Walk) -> dict[str, Any]:
    found = await walk.stack.api.get(walk.watcher, f"/referrals/{walk.referral_id}")
    return {link["referral_id"]: link for link in found["chain"]}


async def test_a_lost_radiograph_is_made_again_before_the_assessment_and_the_clearance_is_issued(stack: Stack) -> None:
    said = {**CLEAR, "found": "repeat_needed"}
    skips = ("Wait 7 days", "Turnaround time is over")
    walk = Walk(stack, "gateway.beacon", "c.aspen", said, never=("imaging.report",), skips=skips)
    await walk.refer("pre_rt_dental_clearance")
    await by_name(walk, HISTORY, "dr.finch")
    await walk.on(to=LOST)
    order = f"{walk.referral_id}-OPG"
    assert (await walk.task(LOST, "c.aspen"))["values"]["order_shown"] == order
    await walk.one(LOST)
    walk.skips = ("Wait 7 days",)
    await recorded(walk, order)
    await told(walk, "dr.heron", "A result was lost or the test has to be repeated")
    await opened(walk, QUERY)
    assert (await walk.task(QUERY, "mr.martin"))["urgency"] == "urgent_suspected_cancer"
    await walk.on(to=SLOT)
    await walk.one(SLOT)
    await brought(walk, "imaging.performed", f"{order}-2")
    await brought(walk, "imaging.report", f"{order}-2", report={"conclusion": "36: apical lesion"})
    await walk.on(to=READ)
    assert (await walk.task(READ, "dr.heron"))["values"]["report_shown"]["conclusion"] == "36: apical lesion"
    assert {order, f"{order}-2"} <= set(await chain(walk))
    await walk.on(to=ASSESSMENT)
    walk.never = ()
    await by_name(walk, BY_NAME, "dr.finch")
    case = await walk.on()
    assert (case["status"], case["incidents"], case["tasks"]) == ("completed", [], [])
    assert [walk.done.count(title) for title in (LOST, READ, ASSESSMENT, "Issue clearance statement")] == [1, 1, 1, 1]


async def test_a_lost_sleep_study_is_made_again_and_its_result_acknowledged_by_who_asked(stack: Stack) -> None:
    walk = await referred(stack, {**SNORES, "found": "specimen_lost"})
    await walk.on(to=STUDY)
    lost, again = f"{walk.referral_id}-SLEEP", f"{walk.referral_id}-SLEEP-R1"
    await walk.late("No result", LOST)
    await walk.one(LOST)
    await recorded(walk, lost)
    await walk.on(to="Vet / triage referral")
    vetting = await walk.task("Vet / triage referral", "dr.owl")
    assert vetting["urgency"] == "urgent"
    walk.answers = {**walk.answers, "priority_after": "urgent"}
    await walk.on(to=STUDY)
    case = await walk.on()
    assert (case["status"], case["outcome"].endswith("end_ok"), case["incidents"]) == ("completed", True, [])
    assert walk.done.count(STUDY) == 1, "what was lost is read once, when it was made again"
    assert DUPLICATE not in walk.done, "nobody is asked whether a study that was lost is a duplicate of itself"
    states = {made: (await state(walk, made)) for made in (lost, again)}
    assert states == {lost: "cancelled", again: "acknowledged"}


async def state(walk: Walk, number: str) -> str:
    found = await walk.stack.api.get(walk.watcher, f"/referrals/{number}")
    return str(found["state"]["state"])


async def test_a_lost_value_is_ordered_anew_and_lets_the_plan_end(stack: Stack) -> None:
    walk = await losing_its_value(stack)
    await walk.on(to=LAB_LATE)
    await walk.one(LAB_LATE)
    await walk.on(to=LOST)
    assert (await walk.task(LOST, "c.maple"))["values"]["order_shown"] == f"{walk.referral_id}-LAB"
    await walk.one(LOST)
    await recorded(walk, f"{walk.referral_id}-LAB")
    for person in ("dr.plover", "c.maple"):
        await told(walk, person, "it was ordered anew, more urgently")
    anew = f"{walk.referral_id}-LAB-R1"
    assert await walk.tell("lab.result", anew, INR=2.4, report={"order_id": anew}) == "delivered"
    case = await walk.on()
    assert (case["status"], case["incidents"], walk.done[-1]) == ("completed", [], "Physician acknowledges")
