"""What if exceptions come together in e to i, late, or when nobody may answer? Asked once each, nothing left behind."""

from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_walk_exceptions import ADVISED, RED_FLAG
from tests.e2e.test_walk_missed_and_lost import told
from tests.e2e.test_walk_paediatric_mouth_breathing import CHILD, PROXY, TRIAL, referred
from tests.e2e.test_walk_surveillance import MOVED, PLAN, WELL, surveyed
from tests.e2e.walker import Walk

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

VISIT, CHECK = "Surveillance visit", "Pre-visit check: changes since plan? (auto-filled diff)"
STOP = "Hard stop: change the plan or override with reason and second signature"
TOGETHER: tuple[tuple[str, dict[str, Any]], ...] = (
    ("redflag.raised", RED_FLAG),
    ("consent.withdrawn", {"scope": "sharing"}),
    ("appointment.noshow", {}),
    ("treatment.date_changed", {"new_date": "2030-01-15"}),
    ("treatment.date_changed", {"new_date": "2030-02-15"}),
)
ASKED = [
    "Clinician confirms red flag",
    "Clinician reviews how care continues without sharing",
    "Contact patient and record reason",
    MOVED,
    "Planned procedure",
]
"""What is open then; the date that moves twice is asked about once."""


async def titles(walk: Walk) -> list[str]:
    return sorted(task["title"] for task in (await walk.case())["tasks"])


async def test_exceptions_that_come_together_are_asked_once_each_and_a_death_leaves_none_of_them(stack: Stack) -> None:
    walk = Walk(stack, "gateway.maple", "c.maple", ADVISED)
    await walk.refer("complex_shared_plan")
    await walk.on(to="Planned procedure")
    for name, variables in TOGETHER:
        key = walk.patient_id if name == "consent.withdrawn" else walk.referral_id
        assert await walk.tell(name, key, **variables) == "delivered"

    async def all_open() -> bool | None:
        return await titles(walk) == sorted(ASKED) or None

    await stack.api.until("all that is asked, once each", all_open)
    moved = await walk.task(MOVED, "c.maple")
    assert (moved["values"]["moved_to"], moved["values"]["moved_before"]) == ("2030-02-15", "2030-01-15")
    assert await walk.tell("patient.died", walk.patient_id) == "delivered"

    async def only_results() -> bool | None:
        return await titles(walk) == ["Review results that are still open"] or None

    await stack.api.until("nothing but the results that are open", only_results)


async def test_a_young_person_answers_what_the_guardian_may_not_answer_any_more(stack: Stack) -> None:
    said = {"paediatric_mouth_breathing.intake": {"dob": "2010-02-20"}, "proxy_access": "ended"}
    walk = await referred(stack, {**CHILD, **said}, birth="2010-02-20")
    await walk.on(to=PROXY)
    while TRIAL not in await titles(walk):
        case = await walk.case()
        await walk._one({**case, "tasks": [task for task in case["tasks"] if task["title"] != PROXY]})
    await walk.one(PROXY)
    case = await walk.on()
    assert (case["status"], walk.who[TRIAL]) == ("completed", "patient.fern")


async def test_an_allergy_that_is_told_at_the_chair_stops_what_the_dentist_lets_go(stack: Stack) -> None:
    planned = {**ADVISED["complex_shared_plan.form"], "prescribing_planned": (["amoxicillin"], ["clindamycin"])}
    news = {"new_allergy": (True, False), "new_allergy_name": "Penicillin", "ok_to_go": True}
    said = {**ADVISED, "complex_shared_plan.form": planned, "complex_shared_plan.pre": news}
    said["complex_shared_plan.stop"] = {"action": "change_plan"}
    walk = Walk(stack, "gateway.maple", "c.maple", said, skips=("Next-day check",))
    await walk.refer("complex_shared_plan")
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
    after = walk.done[walk.done.index(CHECK) + 1 :]
    assert after[:2] == [STOP, "Planned procedure"]
    assert after.index(CHECK) < after.index("Procedure done")


async def test_a_suspicion_that_the_clinic_does_not_take_leaves_the_next_visit_where_it_is_due(stack: Stack) -> None:
    seen = {**WELL["surveillance_imaging.clinic"], "suspicion": ("high", "none")}
    said = {"surveillance_imaging.clinic": seen, "triage": "reject", "next_step": "no_further_action"}
    walk = await surveyed(stack, **said)
    await walk.on(to=VISIT)
    await walk.one(VISIT)
    walk.skips = ()
    await walk.on(message="patient.reported_symptom")
    assert VISIT not in await titles(walk), "the visit was made: the next is due at its interval"


async def test_new_dates_reach_everybody_who_had_the_old_ones(stack: Stack) -> None:
    walk = await surveyed(stack)
    await walk.on(to=PLAN)
    await walk.one(PLAN)
    await walk.on(message="treatment.date_changed")
    assert await walk.tell("treatment.date_changed", walk.referral_id, new_date="2026-11-01") == "delivered"
    await walk.on(to=MOVED)
    await walk.one(MOVED)
    for person in ("patient.fern", "dr.plover"):
        await told(walk, person, "The end of treatment is now 2026-11-01")
