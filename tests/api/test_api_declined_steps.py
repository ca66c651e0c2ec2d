"""Does what falls with a declined step really fall, and nothing else? By the API, as the roles use it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import select
from temporalio.client import Client

from activities.declined_steps import Falling
from api.called_off import stop_what_was_begun
from api.declined_steps import begun_steps, open_steps, take_back
from api.ids import case_and_activation
from api.post import post_of
from api.surroundings import system_clock
from records.tables import Audit, Case, Lineage, OrderRecord
from records.writes.publications import publish_together
from tests.api.conftest import Office, Person, number, open_office
from tests.api.test_api_answered_referrals import THEN, library
from tests.api.test_api_referral_loop import BOOK, BOOKED, CONSENT, TRIAGE, TRIAGED, done
from tests.api.test_api_taken_back import VISITED, played
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal

ASKED = {
    "side": "left",
    "symptoms": ["foul_smell"],
    "duration_weeks": 10,
    "recent_dental_procedure": ["none"],
    "snot22": 18,
    "orbital_or_neuro_sign": False,
    "bleeding_or_mass": False,
    "immunosuppressed": False,
}
TALKED = {
    "what_declined": "The scan",
    "understands_risk": True,
    "capacity_concern": False,
    "alternative_accepted": "watchful_wait",
}
DECIDED = 20
"""Steps of d until the tooth is to be treated."""

TALK, SLOT = "Informed-refusal conversation", "Book slot (urgent: same or next day)"


@pytest_asyncio.fixture(scope="module")
async def house(
    dev_server: Client, key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """An office in which the library is published."""
    path = tmp_path_factory.mktemp("declined") / "records.sqlite"
    async with open_office(f"sqlite:///{path}", dev_server, key_ring) as office:
        async with office.database.session() as session:
            await publish_together(session, library(), actor="test", now=THEN)
        yield office


def key_worker(house: Office) -> Person:
    return house.person("k.holly", "key_worker")


def team(house: Office) -> Person:
    return house.person("dr.yew", "referrer", "ent_surgeon", "radiographer", "booking_office", "coordinator")


async def opened(person: Person, case_id: str, title: str) -> dict[str, Any]:
    """The open task with this title, as soon as it is there, as somebody sees it."""
    async with asyncio.timeout(60):
        while True:
            found = (await person.read("/tasks", case=case_id))["items"]
            if this := [each for each in found if each["title"] == title]:
                return dict(await person.read(this[0]["links"]["self"]))
            await asyncio.sleep(0.05)


async def under_way(house: Office) -> tuple[str, str]:
    """A sinus from a tooth whose scan is to be booked: the id of its case and its number."""
    begun = await house.refer("odontogenic_sinusitis")
    intake = await opened(team(house), begun["case_id"], "Intake")
    await team(house).do(f"{intake['links']['self']}/complete", {"values": ASKED})
    safety = await opened(team(house), begun["case_id"], "Resolve safety query")
    safe = {"contrast_allergy": False, "pregnant": "no", "egfr": 80, "resolution": "safe"}
    await team(house).do(f"{safety['links']['self']}/complete", {"values": safe})
    await opened(team(house), begun["case_id"], SLOT)
    return begun["case_id"], begun["referral_id"]


async def conversation(house: Office, case_id: str, referral_id: str) -> dict[str, Any]:
    """The task of the key worker whose patient has said no to the scan."""
    said = {"name": "patient.declined", "correlation_key": referral_id, "message_id": f"no-{number()}"}
    await house.sender.do("/messages", {**said, "variables": {"what": "The scan"}})
    return await opened(key_worker(house), case_id, TALK)


async def ended(house: Office, referral_id: str) -> str:
    """How the case of a referral or order has ended, as soon as it has."""
    async with asyncio.timeout(60):
        while (found := await house.admin.read(f"/referrals/{referral_id}"))["status"] == "running":
            await asyncio.sleep(0.05)
    return str(found["status"])


def values(task: dict[str, Any]) -> dict[str, str]:
    return {each["value"]: each["label"] for each in task["values"]["open_steps"]}


async def test_the_order_that_falls_with_a_declined_step_is_cancelled_and_nothing_else(house: Office) -> None:
    case_id, referral_id = await under_way(house)
    talk = await conversation(house, case_id, referral_id)
    scan, dentist = f"{referral_id}-CT", f"{referral_id}-DENTAL-1"
    assert set(values(talk)) == {scan, dentist}
    assert values(talk)[scan].startswith("CT sinus")
    assert values(talk)[scan].endswith("is cancelled")
    await key_worker(house).do(f"{talk['links']['self']}/complete", {"values": {**TALKED, "falls": [scan]}})
    await ended(house, scan)
    async with house.database.reader() as session:
        order = (await session.exec(select(OrderRecord).where(OrderRecord.order_id == scan))).one()
        noted = (await session.exec(select(Audit).where(Audit.action == "step.taken_back"))).all()
    assert order.status == "cancelled"
    assert [(row.actor, row.case_id, row.detail["step"]["became"]) for row in noted if case_id in row.case_id] == [
        ("k.holly", order.case_id, "cancelled")
    ]
    assert (await house.admin.read(f"/referrals/{dentist}"))["status"] == "running"
    assert "Nasal endoscopy: confirm infectious sinusitis" in await titles(house, case_id)
    assert SLOT not in await titles(house, case_id)
    told = await inbox(house, case_id, "no to a step")
    assert len(told) == 2, "referrer and coordinator"
    assert all("cancelled: CT sinus" in words and "Everything else is still open" in words for words in told)
    assert (await house.admin.read(f"/cases/{case_id}"))["incidents"] == []


async def inbox(house: Office, case_id: str, words: str) -> list[str]:
    """The notices of a case with these words, as soon as there are any."""
    async with asyncio.timeout(60):
        while True:
            notices = [each for each in await team(house).read("/inbox") if each["case_id"].startswith(case_id)]
            if found := [each["text"] for each in notices if words in each["text"]]:
                return found
            await asyncio.sleep(0.05)


async def titles(house: Office, case_id: str) -> set[str]:
    return {each["title"] for each in (await house.admin.read(f"/cases/{case_id}"))["tasks"]}


async def test_only_open_steps_of_that_very_case_can_be_chosen(house: Office) -> None:
    case_id, referral_id = await under_way(house)
    _, other = await under_way(house)
    talk = await conversation(house, case_id, referral_id)
    refused = await key_worker(house).post(
        f"{talk['links']['self']}/complete", {"values": {**TALKED, "falls": [f"{other}-CT"]}}
    )
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "falls")
    await team(house).do(f"/referrals/{referral_id}-CT/cancel", {"reason": "Not needed"})
    await ended(house, f"{referral_id}-CT")
    late = await key_worker(house).post(
        f"{talk['links']['self']}/complete", {"values": {**TALKED, "falls": [f"{referral_id}-CT"]}}
    )
    assert late.status_code == 422, "what has ended since the task was read is not open any more"


async def test_what_is_in_progress_is_only_asked_to_stop(house: Office) -> None:
    case_id, referral_id = await under_way(house)
    dentist = f"{referral_id}-DENTAL-1"
    await done(house, dentist, CONSENT, consent_given="yes", given_by="patient", method="verbal")
    await done(house, dentist, TRIAGE, **TRIAGED)
    await done(house, dentist, BOOK, **BOOKED)
    talk = await conversation(house, case_id, referral_id)
    assert values(talk)[dentist].endswith("can only be asked to stop")
    await key_worker(house).do(f"{talk['links']['self']}/complete", {"values": {**TALKED, "falls": [dentist]}})
    await opened(house.person("t.ivy", "ent_triage"), case_id, "Accept or refuse the abort")
    standing = await house.admin.read(f"/referrals/{dentist}")
    assert (standing["status"], standing["abort_asked"]) == ("running", True)


async def test_what_falls_is_stopped_once_however_often_it_is_tried(house: Office) -> None:
    case_id, referral_id = await under_way(house)
    talk = await conversation(house, case_id, referral_id)
    named, scan = case_and_activation(talk["id"]), f"{referral_id}-CT"
    assert named is not None
    asking = named[0]
    keys, post = (scan, "of nobody"), post_of(house.here)
    first = await take_back(post, asking, Falling(keys), request=f"{asking}:once", actor="k.holly")
    await ended(house, scan)
    again = await take_back(post, asking, Falling(keys), request=f"{asking}:once", actor="k.holly")
    assert [(each.key, each.became) for each in first] == [(scan, "cancelled"), ("of nobody", "missed")]
    assert again == first
    anew = await take_back(post, asking, Falling(keys), request=f"{asking}:anew", actor="k.holly")
    assert [each.became for each in anew] == ["missed", "missed"]


async def test_a_no_with_a_review_date_opens_a_task_on_that_day(house: Office) -> None:
    case_id, referral_id = await under_way(house)
    talk = await conversation(house, case_id, referral_id)
    await key_worker(house).do(f"{talk['links']['self']}/complete", {"values": {**TALKED, "review_on": "2031-02-03"}})
    waits = await clock(house, case_id)
    assert waits["due_at"].startswith("2031-02-03T00:00:00")
    moved = {"due_at": system_clock().isoformat(), "reason": "The patient asks for it"}
    await team(house).do(waits["links"]["move"], moved)
    review = await opened(key_worker(house), case_id, "Review after the refusal")
    assert review["values"]["declined"] == "The scan"


async def clock(house: Office, case_id: str) -> dict[str, Any]:
    """The timer of the review that the refusal has begun."""
    async with asyncio.timeout(60):
        while True:
            called = (await house.admin.read(f"/cases/{case_id}"))["called"]
            if found := [each["link"] for each in called if each["pathway"] == "refusal_review"]:
                return dict((await team(house).read(f"{found[0]}/timers"))[0])
            await asyncio.sleep(0.05)


async def test_what_the_case_has_begun_and_what_its_diagram_goes_on_without_is_offered_too(house: Office) -> None:
    declines = {"message": "patient.declined", "correlationKey": "REF-root-D1", "variables": {"what": "Treatment"}}
    await played(house, "d_odontogenic_sinusitis", "root", DECIDED, declines)
    begun = await played(house, "b_ent_imaging_oncology", "begun", VISITED)
    lineage = Lineage(
        case_id="begun", referral_id=begun, pathway="b", parent_case_id="root", kind="started", recorded_at=THEN
    )
    async with house.database.session() as session:
        session.add(lineage)
    async with house.database.reader() as session:
        talk = (
            await session.exec(select(Case).where(Case.key == "informed_refusal", Case.root_case_id == "root"))
        ).one()
        found = {step.key: (step.title, step.case_id, step.became) for step in await open_steps(session, talk)}
        alone = [(step.key, step.became) for step in await begun_steps(session, talk)]
    assert found == {
        begun: ("ENT, imaging and oncology", "begun", "asked"),
        "REF-root-D1:dent_tx": ("Dental treatment", "root", "left_out"),
    }
    assert alone == [(begun, "asked")], "what it has called ends with it"


async def test_what_a_stopped_case_has_begun_is_reached_through_what_has_ended_and_once_in_a_ring(
    house: Office,
) -> None:
    declines = {"message": "patient.declined", "correlationKey": "REF-top-D1", "variables": {"what": "Treatment"}}
    await played(house, "d_odontogenic_sinusitis", "top", DECIDED, declines)
    await played(house, "c_dental_red_flag_lesion", "ended", 1)
    last = await played(house, "b_ent_imaging_oncology", "last", VISITED)
    await played(house, "g_surveillance_imaging", "further", 1)
    begun = {"top": ("last", "started"), "ended": ("top/flag#1", "started")}
    begun |= {"last": ("ended/flag#1", "started"), "further": ("last", "started")}
    async with house.database.session() as session:
        (await session.get_one(Case, "ended")).status = "completed"
        for hours, (case_id, (parent, kind)) in enumerate(begun.items(), start=-len(begun)):
            (await session.get_one(Case, case_id)).started_at = THEN + timedelta(hours=hours)
            told = {"referral_id": case_id, "pathway": "p", "kind": kind, "recorded_at": THEN}
            session.add(Lineage(case_id=case_id, parent_case_id=parent, **told))
    async with house.database.reader() as session:
        told_to_stop = select(Case).where(Case.key == "informed_refusal", Case.root_case_id == "top")
        talk = (await session.exec(told_to_stop)).one()
        found = [(step.key, step.became) for step in await begun_steps(session, talk)]
    assert found == [(last, "asked")], "what that has begun is stopped when its own clinicians accept"


FLAG, CONFIRM, ABORT = "redflag.raised", "Clinician confirms red flag", "Accept or refuse the abort"
BEFORE_PROGRESS = (
    "pre_rt_dental_clearance",
    "odontogenic_sinusitis",
    "tmj_assessment",
    "paediatric_mouth_breathing",
)


@pytest.mark.slow
@pytest.mark.parametrize("pathway", BEFORE_PROGRESS)
async def test_what_was_begun_is_asked_to_stop_when_the_referral_is_cancelled_before_it_is_in_progress(
    house: Office, pathway: str
) -> None:
    begun = await house.refer(pathway, priority="routine")
    flag = {"name": FLAG, "correlation_key": begun["referral_id"], "message_id": f"flag-{number()}"}
    await house.sender.do("/messages", {**flag, "variables": {"finding": "Mass", "raised_by": "dr.yew"}})
    on_call = house.person("dr.night", "nearest_on_call")
    confirm = await opened(on_call, begun["case_id"], CONFIRM)
    seen = {"confirmed": True, "action": "urgent_suspected_cancer", "rationale": "Palpable"}
    await on_call.do(f"{confirm['links']['self']}/complete", {"values": seen})
    cancer = await known(house, f"{begun['referral_id']}-RF")
    told = await team(house).do(f"/referrals/{begun['referral_id']}/cancel", {"reason": "Seen elsewhere"})
    assert told["outcome"] == "cancelled"
    await ended(house, begun["referral_id"])
    await opened(house.person("dr.cedar", "ent_surgeon", "clinical_lead"), cancer, ABORT)
    assert any("asked to stop" in words for words in await inbox(house, begun["case_id"], "has begun elsewhere"))


@pytest.mark.slow
async def test_what_a_case_has_begun_stops_once_when_an_administrator_cancels_the_case(house: Office) -> None:
    def began(referral_id: str) -> Lineage:
        return Lineage(
            case_id=cases[referral_id],
            referral_id=referral_id,
            pathway="p",
            parent_case_id=first["case_id"],
            kind="started",
            recorded_at=THEN,
        )

    first, early, cancer = [
        await house.refer(pathway, priority=priority)
        for pathway, priority in (
            ("odontogenic_sinusitis", "routine"),
            ("tmj_assessment", "routine"),
            ("tmj_assessment", "urgent_suspected_cancer"),
        )
    ]
    cases = {each["referral_id"]: each["case_id"] for each in (early, cancer)}
    async with house.database.session() as session:
        session.add_all([began(referral_id) for referral_id in cases])
    await house.admin.do(f"/cases/{first['case_id']}/cancel", {"reason": "Entered in error"})
    assert (await stop_what_was_begun(house.here), await stop_what_was_begun(house.here)) == (1, 0)
    await ended(house, early["referral_id"])
    assert (await house.admin.read(f"/referrals/{cancer['referral_id']}"))["abort_asked"], "never cancelled, only asked"
    (said,) = await inbox(house, first["case_id"], "This case was cancelled. What it has begun elsewhere")
    assert "cancelled: " in said
    assert "asked to stop, whoever does it answers: " in said


async def known(house: Office, referral_id: str) -> str:
    """The case of a referral that another has begun, as soon as it runs."""
    async with asyncio.timeout(60):
        while True:
            found = await house.admin.get(f"/referrals/{referral_id}")
            if found.status_code == 200:
                return str(found.json()["case_id"])
            await asyncio.sleep(0.05)
