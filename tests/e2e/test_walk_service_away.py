"""A service is away: who hears it, when, what can be done, does the case go on when it is back, by the API alone?"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import pytest
import pytest_asyncio

from api.surroundings import system_clock
from tests.e2e.conftest import Stack, stack_in
from tests.e2e.partners import PHONE, Partners, partners
from tests.e2e.test_walk_exceptions import LAB_LATE, LOST, losing_its_value
from tests.e2e.test_walk_missed_and_lost import LOOK, told
from tests.e2e.test_walk_oral_care import ACCEPTS, MOUTH, begun, treated
from tests.e2e.test_walk_paediatric_mouth_breathing import SNORES, referred
from tests.e2e.test_walk_surveillance import RESPONSE, WELL, brought, surveyed
from tests.e2e.test_walk_tmj import BITE, CLOCKS, JAW, screened
from tests.e2e.walker import Walk, opened

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

SEND, ORDER, BY_HAND = "Send referral (360X or FHIR)", "Order to RIS", "Deliver by phone or fax"
TRIAGE = "Vet / triage referral"
ROUTINE, URGENT = timedelta(hours=4), timedelta(minutes=30)
LONGEST_REST = 330.0
"""Seconds after which a service that is back is tried again at the latest, and half a minute to go on."""

FAXED = {"how": "fax", "confirmed_with": "Front desk"}


@pytest_asyncio.fixture(scope="module")
async def systems() -> AsyncIterator[Partners]:
    async with partners() as found:
        yield found


@pytest_asyncio.fixture(scope="module")
async def stack(systems: Partners, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A whole of its own, whose services outside have systems that can be away."""
    folder = tmp_path_factory.mktemp("away")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATHWAYS_DIRECTORY", str(systems.directory(folder)))
        async with stack_in(folder) as opened:
            opened.api.within = LONGEST_REST
            yield opened


@pytest.fixture
def outside(systems: Partners) -> Partners:
    """The systems outside, all there, which have heard nothing so far."""
    systems.away, systems.got, systems.asked = set(), type(systems.got)(list), type(systems.asked)(int)
    return systems


async def kept(walk: Walk, outside: Partners, step: str, service: str) -> None:
    """Walk until this step waits, and has tried in vain to reach the service."""

    async def look() -> bool | None:
        case = await walk.case()
        if step in {each["step"] for each in case["waits"]}:
            return bool(outside.asked[service]) or None
        await walk._one(case)
        return None

    await walk.stack.api.until(f"“{step}”, tried in vain", look)
    case = await walk.case()
    assert (case["status"], case["incidents"]) == ("running", []), "it is kept: no incident"


async def told_after(walk: Walk, step: str) -> timedelta:
    """Let the time be over in which a step has to have sent; give how long that would have been."""
    case = await walk.case()
    links = [f"/cases/{walk.case_id}", *(each["link"] for each in case["called"] if each["status"] == "running")]
    clocks = [each for link in links for each in await walk.stack.api.get(walk.watcher, f"{link}/timers")]
    clock = next(each for each in clocks if (each["step"], each["kind"], each["late"]) == (step, "step", False))
    due = datetime.fromisoformat(clock["due_at"])
    now = {"due_at": system_clock().isoformat(), "reason": "a walk"}
    await walk.stack.api.post(walk.watcher, clock["links"]["move"], now)
    return timedelta(minutes=10 * ceil((due - system_clock()) / timedelta(minutes=10)))


async def by_hand(walk: Walk, number: str) -> Any:
    """Wait for the coordinator's task to bring the message with this number by hand."""

    async def look() -> Any | None:
        found = [each for each in await deliveries(walk) if each["values"]["about_referral"] == number]
        return found[0] if found else None

    return await walk.stack.api.until(f"“{BY_HAND}” of {number}", look)


async def deliveries(walk: Walk) -> list[Any]:
    """What the coordinator has to bring by hand in this case."""
    listed = (await walk.stack.api.get(walk.watcher, "/tasks", size=200))["items"]
    ours = [each for each in listed if each["title"] == BY_HAND and each["referral_id"].startswith(walk.referral_id)]
    return [await walk.stack.api.get(walk.watcher, each["links"]["self"]) for each in ours]


async def goes_away(walk: Walk, number: str) -> None:
    async def look() -> bool | None:
        return number not in {each["values"]["about_referral"] for each in await deliveries(walk)} or None

    await walk.stack.api.until(f"nothing to bring by hand of {number}", look)


async def faxed(walk: Walk, task: Any) -> str:
    """Do the task as its coordinator; give the page that was faxed."""
    await walk.stack.api.post(walk.watcher, task["links"]["claim"])
    page = await walk.stack.ask(walk.watcher, "GET", f"{task['links']['self']}/printable")
    assert page.status_code == 200, page.text
    quarter = system_clock().replace(minute=0, second=0, microsecond=0)
    values = {**FAXED, "confirmed_at": quarter.isoformat()}
    await walk.stack.api.post(walk.watcher, task["links"]["complete"], {"values": values})
    return page.text


async def arrived(walk: Walk, outside: Partners, service: str, message: str, number: str) -> None:
    """Wait until the system of a service, which is back, has this message; nothing comes twice."""

    async def look() -> bool | None:
        came = outside.sent(service, message)
        return number in {each["content"].get("order_id") or each["referral_id"] for each in came} or None

    await walk.stack.api.until(f"{message} of {number} at {service}", look)
    ids = [each["message_id"] for each in outside.sent(service, message)]
    assert len(ids) == len(set(ids))


async def test_e_a_referral_is_faxed_and_an_order_leaves_by_itself_when_imaging_is_back(
    stack: Stack, outside: Partners
) -> None:
    outside.away = {"oral_surgery", "imaging"}
    said = {**JAW, **screened(mouth_opening=30), "tmj_assessment.jointx": {"mri_needed": True, "cbct_needed": False}}
    walk = Walk(stack, "gateway.sorrel", "c.sorrel", said, skips=CLOCKS)
    await walk.refer("tmj_assessment")
    await walk.on(to=BITE)
    await kept(walk, outside, SEND, "oral_surgery")
    number = f"{walk.referral_id}-OMFS"
    standing = (await stack.api.get("c.sorrel", f"/referrals/{number}"))["state"]["state"]
    assert standing in ("draft", "sent"), "not received"
    assert await told_after(walk, SEND) == ROUTINE
    task = await by_hand(walk, number)
    assert task["values"]["about_service"] == "Oral surgery"
    page = await faxed(walk, task)
    assert [said for said in ("Oral surgery", PHONE, number, "Testina Walker") if said not in page] == []
    await opened(walk, TRIAGE)
    outside.away = {"imaging"}
    await kept(walk, outside, ORDER, "imaging")
    outside.away = set()
    await arrived(walk, outside, "imaging", "imaging.ordered", f"{walk.referral_id}-MRI_TMJ")
    assert [each["referral_id"] for each in outside.sent("oral_surgery", "referral.requested")] == []
    case = await walk.on()
    assert (case["status"], case["outcome"], case["incidents"]) == ("completed", "end_ok", [])
    await arrived(walk, outside, "requester", "referral.outcome", walk.referral_id)


async def test_f_a_plan_that_cannot_be_shared_is_told_and_no_task_is_left_when_it_has_gone(
    stack: Stack, outside: Partners
) -> None:
    walk = await begun(stack, {**MOUTH, "accepts": True}, recall=False)
    await treated(walk, "2026-06-01", 62)
    outside.away = {"requester"}
    share = "Shared plan to GDP, GP, oncology, patient"
    await kept(walk, outside, share, "requester")
    assert await told_after(walk, share) == ROUTINE
    task = await by_hand(walk, walk.referral_id)
    assert (task["values"]["about_service"], task["values"]["task_title"]) == ("Letters to whoever referred", share)
    outside.away = set()
    await arrived(walk, outside, "requester", "referral.outcome", walk.referral_id)
    await goes_away(walk, walk.referral_id)
    await walk.on(to=ACCEPTS)


async def test_g_an_urgent_order_is_told_after_half_an_hour_and_a_report_that_cannot_be_asked_for_is_traced(
    stack: Stack, outside: Partners
) -> None:
    planned = {**WELL["surveillance_imaging.plan"], "imaging_plan": ["PET_12w"], "schedule": "custom"}
    read = {"response": "complete", "plan": "continue"}
    said = {"surveillance_imaging.plan": planned, "surveillance_imaging.petrep": read, "found": "still_reporting"}
    outside.away = {"imaging_partner"}
    walk = await surveyed(stack, skips=("PET-CT due, if planned",), **said)
    number = f"{walk.referral_id}-PET-1"
    await kept(walk, outside, ORDER, "imaging_partner")
    assert await told_after(walk, ORDER) == URGENT
    task = await by_hand(walk, number)
    assert number in await faxed(walk, task)
    walk.never = ("imaging.report",)
    await brought(walk, "imaging.performed", number)
    walk.skips = ("Turnaround time is over",)
    await walk.on(to=LOST)
    shown = (await walk.task(LOST, "c.hazel"))["values"]["query_shown"]
    assert shown == "Partner for imaging could not be asked by computer: it does not answer."
    await walk.one(LOST)
    walk.skips = ()
    await brought(walk, "imaging.report", number, report={"conclusion": "No uptake"})
    await walk.on(to=RESPONSE)
    assert outside.sent("imaging_partner", "imaging.ordered") == []


async def test_h_two_of_three_services_are_told_apart_and_a_death_leaves_nothing_to_bring(
    stack: Stack, outside: Partners
) -> None:
    outside.away = {"ear_nose_and_throat", "orthodontics"}
    walk = await referred(stack, SNORES)
    ent, ortho, sleep = (f"{walk.referral_id}-{each}" for each in ("ENT", "ORTHO", "SLEEP"))
    await kept(walk, outside, SEND, "orthodontics")
    await kept(walk, outside, SEND, "ear_nose_and_throat")
    assert [await told_after(walk, SEND) for _ in (1, 2)] == [ROUTINE, ROUTINE]
    task, other = await by_hand(walk, ent), await by_hand(walk, ortho)
    services = [each["values"]["about_service"] for each in (task, other)]
    assert services == ["Ear nose and throat clinic", "Orthodontics"]
    await faxed(walk, task)
    outside.away = {"sleep_physiology"}
    await arrived(walk, outside, "orthodontics", "referral.requested", ortho)
    await goes_away(walk, ortho)
    assert await walk.tell("referral.received", ortho, "gateway.willow") == "delivered"
    await kept(walk, outside, SEND, "sleep_physiology")
    await told_after(walk, SEND)
    await by_hand(walk, sleep)
    assert await walk.tell("patient.died", walk.patient_id) == "delivered"
    case = await walk.on()
    assert case["status"] == "completed"
    await goes_away(walk, sleep)
    outside.away = set()
    assert outside.sent("sleep_physiology", "referral.requested") == []


async def test_h_a_withdrawal_is_reviewed_at_once_and_who_had_data_hears_it_when_they_are_back(
    stack: Stack, outside: Partners
) -> None:
    walk = await referred(stack, SNORES)
    await walk.on(message="referral.received")
    await arrived(walk, outside, "orthodontics", "referral.requested", f"{walk.referral_id}-ORTHO")
    outside.away = {"orthodontics"}
    assert await walk.tell("consent.withdrawn", walk.patient_id, scope="sharing") == "delivered"
    await opened(walk, LOOK)
    await walk.one(LOOK)
    await told(walk, "c.birch", "Consent is withdrawn: nothing is sent")
    outside.away = set()

    async def heard() -> bool | None:
        return bool(outside.sent("orthodontics", "consent.withdrawn")) or None

    await stack.api.until("the withdrawal at orthodontics", heard)
    assert "Testin" not in str(outside.sent("orthodontics", "consent.withdrawn"))


async def test_i_a_value_is_ordered_anew_by_fax_and_the_outcome_leaves_when_it_can(
    stack: Stack, outside: Partners
) -> None:
    walk = await losing_its_value(stack)
    outside.away = {"laboratory"}
    await walk.on(to=LAB_LATE)
    await walk.one(LAB_LATE)
    await walk.on(to=LOST)
    shown = (await walk.task(LOST, "c.maple"))["values"]["query_shown"]
    assert shown == "Laboratory could not be asked by computer: it does not answer."
    await walk.one(LOST)
    anew, number = "Order the value anew", f"{walk.referral_id}-LAB-R1"
    await kept(walk, outside, anew, "laboratory")
    assert await told_after(walk, anew) == URGENT
    page = await faxed(walk, await by_hand(walk, number))
    assert [each for each in ("Laboratory", number, "INR before the procedure") if each not in page] == []
    await told(walk, "dr.plover", "it was ordered anew, more urgently")
    outside.away = {"requester"}
    assert await walk.tell("lab.result", number, INR=2.4, report={"order_id": number}) == "delivered"
    await kept(walk, outside, "Outcome to physician, GDP, patient; registry", "requester")
    outside.away = set()
    await arrived(walk, outside, "requester", "referral.outcome", walk.referral_id)
    case = await walk.on()
    assert (case["status"], case["incidents"]) == ("completed", [])
