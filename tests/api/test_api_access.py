"""Who is let in: by organisation, role and purpose, by breaking the glass, by proxy; and when does that end?"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.json_format import MessageToDict
from sqlmodel import col, select
from temporalio.api.common.v1 import Payload

from api.amended_letters import PATHWAY as AMENDING
from api.breaking_glass import REVIEW, finish_reviews
from api.delivery import Inbound, deliver, post_of
from api.ids import case_and_activation
from api.reach import within_reach
from api.retracting import OFFERING, RETRACTING
from api.revisiting import PATHWAY as REVISITING
from api.starting import BEGUN_BY_US
from api.threads import PATHWAYS
from api.withdrawing import PATHWAY as WITHDRAWING
from records.queries.access import READ_AFTER_END
from records.tables import Audit, BrokenGlass, Case, CaseParty, Message, ScopeVariables, Task
from records.writes.parties import note_party
from tests.api.conftest import Office, number, referral
from tests.api.letters import publish_letters
from tests.api.northern import NORTH, SOUTH, Northern, northern, publish_shipped
from tests.api.test_api_pools import with_directory
from workflows.host.codec import EncryptedPayloads

pytestmark = pytest.mark.temporal
REASON = {"reason": "Bleeding in the emergency department"}


@pytest_asyncio.fixture(scope="module")
async def case(office: Office) -> Northern:
    await publish_shipped(office, "break_glass_review")
    return await northern(office)


async def listed(case: Northern, *roles: str, organisation: str) -> set[str]:
    who = case.person(*roles, organisation=organisation)
    page = await who.read("/cases", referral=case.referral_id)
    assert page["total"] == len(page["items"])
    return {each["case_id"] for each in page["items"]}


async def parties(case: Northern) -> dict[str, str]:
    async with case.office.database.reader() as session:
        rows = await session.exec(select(CaseParty).where(CaseParty.root_case_id == case.case_id))
        return {row.organisation: row.via for row in rows}


async def test_a_case_is_of_the_organisation_that_began_it_and_in_nobody_elses_lists(case: Northern) -> None:
    assert await parties(case) == {NORTH: "requester"}
    assert await listed(case, "coordinator", organisation=NORTH) == {case.case_id}
    assert await listed(case, "dentist", organisation=NORTH) == {case.case_id}
    for other in (SOUTH, ""):
        assert await listed(case, "coordinator", "dentist", "admin", organisation=other) == set()
        page = await case.person("dentist", organisation=other).read("/tasks", case=case.case_id)
        assert (page["items"], page["total"]) == ([], 0)


async def test_the_organisation_of_a_service_is_in_the_case_from_the_delivery_on(office: Office) -> None:
    case = await northern(office)
    now = office.here.clock()
    async with office.database.session() as session:
        await note_party(session, case.case_id, SOUTH, via="service", through="service:imaging", now=now)
    assert await listed(case, "coordinator", organisation=SOUTH) == {case.case_id}
    task = (await case.person("dentist", organisation=SOUTH).read("/tasks", case=case.case_id))["items"][0]
    assert (await case.person("dentist", organisation=SOUTH).do(f"{task['links']['self']}/claim"))[
        "status"
    ] == "running"


async def test_a_service_brings_its_organisation_in_when_the_referral_reaches_it(office: Office) -> None:
    """The usual directory names no organisation for the service, so it is the installation's own that comes in."""
    case = await northern(office, "pre_rt_dental_clearance")
    async with asyncio.timeout(60):
        while "" not in (found := await parties(case)):
            await asyncio.sleep(0.05)
    assert found == {NORTH: "requester", "": "service"}
    assert await listed(case, "coordinator", organisation="") == {case.case_id}


async def test_a_case_without_a_requester_stays_the_installations_when_others_come_in(office: Office) -> None:
    found = await office.refer("two_tasks")
    async with office.database.session() as session:
        for row in await session.exec(select(CaseParty).where(CaseParty.root_case_id == found["case_id"])):
            await session.delete(row)
    now = office.here.clock()
    async with office.database.session() as session:
        await note_party(session, found["case_id"], SOUTH, via="service", through="service:imaging", now=now)
    assert (await office.coordinator.get(found["links"]["case"])).status_code == 200


async def test_a_person_whom_a_task_names_sees_the_case_from_elsewhere_until_it_is_done(office: Office) -> None:
    case = await northern(office)
    link = f"/tasks/{case.ids['tasks']}"
    guest = f"guest-{number()}"
    await case.person("coordinator").do(f"{link}/delegate", {"to": guest})
    outside = office.person(guest, "dentist", organisation=SOUTH)
    assert (await outside.get(case.link)).status_code == 200
    whole, themselves = office.person(guest, "key_worker", organisation=SOUTH), {"name": "G", "role": "key_worker"}
    assert (await whole.post(f"{case.link}/care-team", {"person": guest, **themselves})).status_code == 403
    await outside.do(f"{link}/complete", {"values": {}})
    assert (await outside.get(case.link)).status_code == 404
    assert (await outside.get(link)).status_code == 404


async def test_ninety_days_after_its_end_a_case_is_closed_to_its_organisations_too(office: Office) -> None:
    case = await northern(office)
    coordinator = case.person("coordinator")
    await case.person("admin").do(f"{case.link}/cancel", {"reason": "sent in error"})
    assert (await coordinator.get(case.link)).status_code == 200
    async with office.database.session() as session:
        row = await session.get_one(Case, case.case_id)
        assert row.ended_at is not None
        row.ended_at -= READ_AFTER_END
    assert (await coordinator.get(case.link)).status_code == 404
    assert await listed(case, "coordinator", organisation=NORTH) == set()


async def test_a_purpose_that_a_role_may_not_ask_for_opens_no_data(case: Northern) -> None:
    usual = await case.person("coordinator").read(case.link)
    assert usual["variables"]["patient"]["name"] == case.name
    for purpose in ("TREAT", "HRESCH", "BTG", "nonsense"):
        other = await case.person("coordinator", purpose=purpose).read(case.link)
        assert (other["variables"], "patient" in other["withheld"]) == (None, True)


async def test_a_task_shows_its_doer_the_values_of_their_classes_and_names_the_rest(case: Northern) -> None:
    named = case_and_activation(case.ids["tasks"])
    assert named is not None
    async with case.office.database.session() as session:
        (await session.get_one(Task, named)).inputs = {"allergies": ["A"], "diagnosis": "D", "clinical_question": "Q"}
    nobody, gdp = [await case.person("dentist", *more).read(f"/tasks/{case.ids['tasks']}") for more in ((), ("gdp",))]
    assert (nobody["values"], nobody["withheld"]) == ({}, ["allergies", "clinical_question", "diagnosis"])
    assert (gdp["values"]["allergies"], gdp["withheld"]) == (["A"], ["diagnosis"])
    assert (gdp["values"]["clinical_question"], "reason" in gdp["values"]) == ("Q", True)


async def test_whoever_decides_without_treating_reads_whose_task_it_is_as_far_as_the_matrix_says(
    case: Northern,
) -> None:
    named = case_and_activation(case.ids["tasks"])
    assert named is not None
    async with case.office.database.session() as session:
        (await session.get_one(Task, named)).groups = ["clinical_lead", "coordinator"]
    address = f"/tasks/{case.ids['tasks']}"
    lead, office = [await case.person(role).read(address) for role in ("clinical_lead", "coordinator")]
    assert (lead["values"]["patient_id"], lead["values"]["priority"]) == (case.patient_id, "urgent")
    assert {"patient", "reason", "clinical_question"}.isdisjoint(lead["values"])
    assert office["values"]["patient"]["name"] == case.name
    assert {"reason", "clinical_question"}.isdisjoint(office["values"])


async def test_a_clinician_reads_in_a_task_why_it_is_asked_and_an_office_does_not(case: Northern) -> None:
    """No surgeon operates, and no radiographer images, without the question; who books needs none."""
    named = case_and_activation(case.ids["tasks"])
    assert named is not None
    roles = ("oral_surgeon", "radiographer", "booking_office")
    async with case.office.database.session() as session:
        task = await session.get_one(Task, named)
        task.inputs, task.groups = {"clinical_question": "Q"}, [*task.groups, *roles]
    for role, reads in zip(roles, (True, True, False), strict=True):
        values = (await case.person(role).read(f"/tasks/{case.ids['tasks']}"))["values"]
        assert ((values.get("clinical_question") == "Q"), "reason" in values) == (reads, reads)
    elsewhere = await case.person("oral_surgeon", purpose="HRESCH").read(f"/tasks/{case.ids['tasks']}")
    assert (elsewhere["values"], elsewhere["withheld"]) == ({}, ["clinical_question"])


async def test_a_message_reaches_the_cases_of_its_senders_organisation_only(case: Northern) -> None:
    sent = {"name": "lab.result", "correlation_key": case.referral_id, "message_id": f"m-{number()}"}
    stranger = case.person("integration", organisation=SOUTH)
    answer = await stranger.post("/messages", sent)
    assert (answer.status_code, answer.json()["status"], answer.json()["cases"]) == (202, "unmatched", [])
    again = await case.person("integration").do("/messages", sent)
    assert again["cases"] == [case.case_id], "the same id of another organisation is another message"


async def test_what_a_case_throws_reaches_no_case_of_others_that_has_the_same_number(office: Office) -> None:
    await publish_letters(office.database)
    case, order, post = await northern(office), f"ORDER-{number()}", post_of(office.here)
    south = office.person("d.south", "admin", "dentist", organisation=SOUTH)
    body = {"business_key": f"K-{number()}", "variables": {"order": order}}
    begun = await south.do("/pathways/letters/cases", body)
    other = begun["case_id"]
    await south.do(f"{begun['opened'][0]['link']}/complete", {"values": {}})
    thrown = Inbound("letter.result", order, f"m-{number()}", {"result": case.name})
    assert (await deliver(post, thrown, actor=case.case_id)).cases == ()
    thrower, now = f"case:{case.case_id}/a#1", office.here.clock()
    said = Message(name="x", message_id="x", correlation_key=order, payload={}, source=thrower, received_at=now)
    async with office.database.session() as session:
        own = {case.case_id, f"{case.case_id}/b#1"}
        assert await within_reach(session, said, (other, *own)) == own
        await note_party(session, other, NORTH, via="service", through="test", now=now)
        assert await within_reach(session, said, (other, *own)) == {other, *own}
        said.name = "patient.died"
        assert await within_reach(session, said, ("case-of-nobody",)) == {"case-of-nobody"}
    again = replace(thrown, message_id=f"m-{number()}")
    assert (await deliver(post, again, actor=f"{case.case_id}/called#1")).cases == (other,)


async def test_a_referral_or_key_of_another_organisation_is_taken_and_no_case_is_named(case: Northern) -> None:
    again = referral(referral_id=case.referral_id)
    same = await case.person("integration", organisation=SOUTH).post("/referrals?pathway=two_tasks", again)
    assert (same.status_code, case.case_id in same.text, "location" in same.headers) == (409, False, False)
    mine = await case.person("integration").post("/referrals?pathway=two_tasks", again)
    assert mine.json()["case_id"] == case.case_id
    key = {"business_key": f"KEY-{number()}"}
    begun = await case.person("integration").do("/pathways/two_tasks/cases", key)
    taken = await case.person("integration", organisation=SOUTH).post("/pathways/two_tasks/cases", key)
    assert (taken.status_code, begun["case_id"] in taken.text, "location" in taken.headers) == (409, False, False)


async def test_nobody_makes_a_patient_of_others_theirs_or_speaks_of_them(office: Office) -> None:
    case = await northern(office)
    named = {"variables": {"patient_id": case.patient_id}}
    start = {"business_key": f"K-{number()}", **named}
    message = {"name": "letter.result", "correlation_key": f"K-{number()}", "message_id": f"m-{number()}", **named}
    died = {"name": "patient.died", "correlation_key": case.patient_id, "message_id": f"m-{number()}"}
    theirs, own = case.person("integration", organisation=SOUTH), case.person("integration")
    for address, body in (("/pathways/two_tasks/cases", start), ("/messages", message), ("/messages", died)):
        assert (await theirs.post(address, body)).status_code == 422
        await own.do(address, body)
    again = {**died, "message_id": f"m-{number()}", **named}
    assert (await theirs.post("/messages", again)).status_code == 422
    await office.sender.do("/messages", again)  # the installation's own gateway speaks of everybody's patients


async def test_nobody_lets_a_case_be_found_by_a_patient_of_others(office: Office) -> None:
    case, theirs = await northern(office), office.person("portal.south", "integration", organisation=SOUTH)
    key, lost = case.patient_id, f"LOST-{number()}"
    sent = {"name": "letter.result", "correlation_key": lost, "message_id": f"m-{number()}"}
    await theirs.do("/messages", sent)
    people = office.person("c.south", "coordinator", organisation=SOUTH)
    [letter] = (await people.read("/dead-letters", key=lost))["items"]
    for who, address, body in (
        (theirs, f"/referrals?pathway=two_tasks&key={key}", referral()),
        (theirs, "/referrals?pathway=two_tasks", referral(referral_id=key)),
        (theirs, "/pathways/two_tasks/cases", {"business_key": key}),
        (theirs, "/messages", {**sent, "correlation_key": key, "message_id": f"m-{number()}"}),
        (people, letter["links"]["correlate"], {"correlation_key": key}),
    ):
        answer = await who.post(address, body)
        assert (answer.status_code, key in answer.text) == (422, False), address
    assert (await people.get(f"/patients/{key}/consents")).status_code == 404
    await case.person("integration").do(f"/referrals?pathway=two_tasks&key={key}", referral())


async def test_nobody_makes_a_case_by_hand_one_of_a_patient_of_others(office: Office) -> None:
    case, admin = await northern(office), office.person("a.south", "admin", organisation=SOUTH)
    own = (await admin.do("/pathways/two_tasks/cases", {"business_key": f"K-{number()}"}))["case_id"]
    named, about = {"variables": {"patient_id": case.patient_id}}, {"reason": "by hand"}
    moving = {"kind": "RestartAt", "element": "first", **named}
    many = {"kind": "case.set_variables", "filter": {"cases": [own]}, "request": named}
    for address, body in (
        (f"/cases/{own}/variables", named),
        (f"/cases/{own}/skip", {"activation": "first", **named}),
        (f"/cases/{own}/modify", {"changes": [moving]}),
        ("/batches", many),
        ("/batches", {**many, "kind": "case.modify", "request": {"changes": [moving]}}),
    ):
        for dry_run in (False, True):
            answer = await admin.post(address, {**body, **about, "dry_run": dry_run})
            assert (answer.status_code, "no such patient" in answer.text) == (422, True), (address, answer.text)


async def test_a_death_told_under_a_wrong_key_reaches_the_cases_of_all_once_a_person_says_whose_it_was(
    office: Office,
) -> None:
    case, lost = await northern(office), f"patient-{number()}"
    died = {"name": "patient.died", "correlation_key": lost, "message_id": f"m-{number()}"}
    await office.sender.do("/messages", died)
    [letter] = (await office.coordinator.read("/dead-letters", key=lost))["items"]
    await office.coordinator.do(letter["links"]["correlate"], {"correlation_key": case.patient_id})
    async with office.database.reader() as session:
        [again] = await session.exec(select(Message).where(Message.correlation_key == case.patient_id))
    assert again.payload.get("organisations") is None


async def test_the_codec_opens_only_what_is_of_ones_organisation_and_only_to_operate(case: Northern) -> None:
    keys = case.office.here.keys
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b'"north"')
    sealed = {"payloads": [MessageToDict(each) for each in await EncryptedPayloads(keys, case.case_id).encode([plain])]}
    assert (await case.person("admin").do("/codec/decode", sealed))["payloads"] == [MessageToDict(plain)]
    for stranger in (case.person("admin", organisation=SOUTH), case.office.admin):
        assert await stranger.do("/codec/decode", sealed) == sealed
    assert (await case.person("admin", purpose="CAREMGT").post("/codec/decode", sealed)).status_code == 403
    assert (await case.person("admin").post("/codec/encode", sealed)).status_code == 403


async def test_who_works_for_two_organisations_reads_and_writes_for_the_one_that_they_say(case: Northern) -> None:
    both = case.office.person(f"b-{number()}", "dentist", "coordinator", organisation=[SOUTH, NORTH])
    silent = await both.get("/cases")
    assert (silent.status_code, "X-Organisation" in silent.json()["detail"]) == (401, True)
    for chosen, read, written in ((SOUTH, 404, 404), (NORTH, 200, 200), ("east", 401, 401)):
        both.headers["X-Organisation"] = chosen
        link = f"/tasks/{case.ids['tasks']}"
        assert (await both.get(case.link)).status_code == read, chosen
        assert (await both.post(f"{link}/claim")).status_code == written, chosen
    both.headers["X-Organisation"] = NORTH
    assert (await both.post(f"/tasks/{case.ids['tasks']}/release")).status_code == 200
    async with case.office.database.reader() as session:
        done = select(Audit.organisation).where(Audit.case_id == case.case_id, Audit.action == "task.claimed")
        assert set(await session.exec(done)) == {NORTH}


async def test_a_key_that_was_used_for_one_organisation_does_nothing_for_another(case: Northern) -> None:
    both, key = case.office.person(f"b-{number()}", "integration", organisation=[SOUTH, NORTH]), f"key-{number()}"
    body, answers = {"name": "lab.result", "correlation_key": f"NONE-{number()}", "message_id": f"b-{number()}"}, []
    for chosen in (NORTH, SOUTH, NORTH):
        both.headers["X-Organisation"] = chosen
        answers.append((await both.post("/messages", body, key=key)).status_code)
    assert answers == [answers[0], 422, answers[0]]


async def test_a_broken_glass_opens_the_case_for_four_hours_and_is_reviewed(case: Northern) -> None:
    surgeon = case.office.person(f"s-{number()}", "ent_surgeon", organisation=SOUTH)
    assert (await surgeon.get(case.link)).status_code == 404
    opened = await surgeon.do(f"{case.link}/break-glass", REASON)
    shown = await surgeon.read(case.link)
    assert (shown["variables"]["patient"]["name"], shown["withheld"]) == (case.name, [])
    assert (await surgeon.post(f"/tasks/{case.ids['tasks']}/claim")).status_code == 403
    officer = case.person("privacy_officer")
    entry = next(each for each in (await officer.read("/break-glass"))["items"] if each["id"] == opened["id"])
    assert (entry["review"], entry["reason"], entry["appropriate"]) == ("open", REASON["reason"], None)
    await reviewed(case, opened["id"])
    async with case.office.database.session() as session:
        noted = await session.exec(select(Audit).where(Audit.case_id == case.case_id, Audit.action == "case.read"))
        assert [row.detail["purpose"] for row in noted if "purpose" in row.detail] == ["BTG"]
        (await session.get_one(BrokenGlass, opened["id"])).until -= timedelta(hours=4)
    assert (await surgeon.get(case.link)).status_code == 404


async def test_a_broken_glass_is_for_reading_and_leads_to_no_lasting_access(case: Northern) -> None:
    """Who could name themselves key worker, or write what a step waits for, would stay in the case after four hours."""
    surgeon = case.office.person(f"s-{number()}", "ent_surgeon", "referrer", organisation=SOUTH)
    begun = await case.person("key_worker", "dentist").do(f"{case.link}/threads", {"text": "About the north."})
    await surgeon.do(f"{case.link}/break-glass", REASON)
    themselves = {"person": "s-1", "name": "Surgeon", "role": "key_worker"}
    comment = {"text": "Go on", "as": {"message": "clinician.comment"}}
    concern = {"text": "Wrong", "severity": "low"}
    for path, body in (
        (f"{case.link}/care-team", themselves),
        (f"{case.link}/threads", comment),
        (f"/threads/{begun['thread']['id']}/messages", comment),
        (f"/tasks/{case.ids['tasks']}/concerns", concern),
        (f"/referrals/{case.referral_id}/cancel", {"reason": "Not needed"}),
    ):
        refused = await surgeon.post(path, body)
        assert (refused.status_code, "broken glass" in refused.json()["detail"]) == (403, True), path
    assert (await surgeon.get(f"{case.link}/threads")).status_code == 200


async def test_a_broken_glass_gives_who_takes_part_no_more_to_write_with(case: Northern) -> None:
    hygienist = case.person("dental_hygienist", "dentist")
    await hygienist.do(f"{case.link}/break-glass", REASON)
    themselves = {"person": "s-1", "name": "Hygienist", "role": "key_worker"}
    assert (await hygienist.read(case.link))["withheld"] == []
    assert (await hygienist.post(f"{case.link}/care-team", themselves)).status_code == 403


async def reviewed(case: Northern, grant: str) -> None:
    """The privacy officer of the case's organisation finds the task and answers it; nobody else's has it."""
    officer = case.person("privacy_officer")
    tasks = [each for each in (await officer.read("/tasks"))["items"] if each["referral_id"] == f"BTG-{grant}"]
    elsewhere = case.person("privacy_officer", organisation=SOUTH)
    assert not [each for each in (await elsewhere.read("/tasks"))["items"] if each["referral_id"] == f"BTG-{grant}"]
    task = await officer.read(tasks[0]["links"]["self"])
    assert (task["values"]["opened_reason"], task["withheld"]) == (REASON["reason"], [])
    answer = {"values": {"decision": "appropriate", "note": "The patient was there."}}
    await officer.do(f"{tasks[0]['links']['self']}/complete", answer)
    entry = next(each for each in (await officer.read("/break-glass"))["items"] if each["id"] == grant)
    assert (entry["review"], entry["appropriate"]) == ("reviewed", True)


async def test_only_clinicians_break_the_glass_and_only_with_a_reason(case: Northern) -> None:
    for role in ("coordinator", "admin", "service_manager", "patient", "integration"):
        refused = await case.person(role, organisation=SOUTH).post(f"{case.link}/break-glass", REASON)
        assert refused.status_code == 403
    surgeon = case.person("ent_surgeon", organisation=SOUTH)
    assert (await surgeon.post(f"{case.link}/break-glass", {"reason": "help"})).status_code == 422
    assert (await surgeon.post("/cases/case-nobody/break-glass", REASON)).status_code == 404
    for purpose, status in {"HRESCH": 403, "HOPERAT": 403, "nonsense": 403, "ETREAT": 201}.items():
        asking = case.person("ent_surgeon", organisation=SOUTH, purpose=purpose)
        assert (await asking.post(f"{case.link}/break-glass", REASON)).status_code == status, purpose


async def test_nobody_reviews_what_they_have_opened_themselves(case: Northern) -> None:
    both = case.person("ent_surgeon", "privacy_officer")
    opened = await both.do(f"{case.link}/break-glass", REASON)
    found = (await both.read("/tasks", size=200))["items"]
    [link] = [each["links"]["self"] for each in found if each["referral_id"] == f"BTG-{opened['id']}"]
    answer = {"values": {"decision": "not_appropriate", "note": "I was curious."}}
    await both.do(f"{link}/claim")
    refused = await both.post(f"{link}/complete", answer)
    assert (refused.status_code, refused.json().get("title")) == (403, "Needs a second person")
    await both.do(f"{link}/release")
    told = await case.person("privacy_officer").do(f"{link}/complete", answer)
    followed = {"values": {"follow_up_done": ["nothing_further"], "follow_up_note": "None"}}
    assert (await both.post(f"{told['opened'][0]['link']}/complete", followed)).status_code == 403


async def test_nobody_begins_a_review_in_the_place_of_the_one_that_is_due(case: Northern) -> None:
    assert {REVIEW, AMENDING, WITHDRAWING, RETRACTING, OFFERING, REVISITING, *PATHWAYS.values()} == BEGUN_BY_US
    surgeon = case.person("clinical_oncologist", organisation=SOUTH)
    start = {"business_key": "BTG-1", "variables": {}}
    assert (await surgeon.post(f"/pathways/{REVIEW}/cases", start)).status_code == 422
    refer = referral(referral_id="BTG-1")
    assert (await surgeon.post(f"/referrals?pathway={REVIEW}", refer)).status_code == 422


async def test_a_review_that_could_not_begin_is_begun_by_the_sweep(case: Northern) -> None:
    here, now = case.office.here, case.office.here.clock()
    grant = f"grant-{number()}"
    row = BrokenGlass(
        grant_id=grant,
        root_case_id=case.case_id,
        person="s.late",
        name="S. Late",
        organisation=SOUTH,
        reason="The API died",
        since=now,
        until=now,
    )
    await finish_reviews(here)  # what other tests have left
    async with case.office.database.session() as session:
        session.add(row)
    assert await finish_reviews(here) == 1
    assert await finish_reviews(here) == 0
    async with case.office.database.reader() as session:
        assert (await session.get_one(BrokenGlass, grant)).review_case_id


@pytest.mark.parametrize(
    ("roles", "reviewer", "others"),
    [
        ("privacy_officer: [home, north]", ("privacy_officer", NORTH), (("privacy_officer", ""), ("admin", NORTH))),
        ("privacy_officer: [home], admin: [north]", ("admin", NORTH), (("privacy_officer", ""),)),
        ("privacy_officer: [home]", ("privacy_officer", ""), (("admin", NORTH), ("admin", ""))),
        ("privacy_officer: [south]", ("privacy_officer", SOUTH), (("privacy_officer", ""), ("admin", NORTH))),
        ("dentist: [north]", ("privacy_officer", ""), (("admin", NORTH), ("privacy_officer", SOUTH))),
    ],
)
async def test_a_broken_glass_is_reviewed_by_the_first_of_the_rule_whom_the_directory_names(
    case: Northern, tmp_path: Path, roles: str, reviewer: tuple[str, str], others: tuple[tuple[str, str], ...]
) -> None:
    await finish_reviews(case.office.here)  # what other tests have left
    surroundings = with_directory(case.office, tmp_path, f"organisation: home\nroles: {{{roles}}}")
    grant, now = f"grant-{number()}", case.office.here.clock()
    about: dict[str, Any] = {
        "person": "s.late",
        "name": "S. Late",
        "organisation": SOUTH,
        "reason": "Bleeding",
        "since": now,
    }
    async with case.office.database.session() as session:
        session.add(BrokenGlass(grant_id=grant, root_case_id=case.case_id, until=now, **about))
    assert await finish_reviews(surroundings) == 1
    for role, organisation in others:
        assert await review_of(case, grant, role, organisation) == [], (role, organisation)
    own = (reviewer, ("privacy_officer", NORTH))
    for role, organisation in own:
        (task,) = await review_of(case, grant, role, organisation)
        shown = await case.person(role, organisation=organisation).read(task)
        assert (shown["values"]["opened_reason"], shown["withheld"], shown["may_do"]) == ("Bleeding", [], True)
        assert bool(shown["values"]["reviewer_why"]) == (reviewer != ("privacy_officer", NORTH))
    role, organisation = reviewer
    answer = {"values": {"decision": "appropriate", "note": "The patient was there."}}
    await case.person(role, organisation=organisation).do(f"{task}/complete", answer)


async def review_of(case: Northern, grant: str, role: str, organisation: str) -> list[str]:
    """The links to the review that somebody of a role finds in their worklist."""
    tasks = (await case.person(role, organisation=organisation).read("/tasks", _count=200))["items"]
    return [each["links"]["self"] for each in tasks if each["referral_id"] == f"BTG-{grant}"]


async def test_a_carer_acts_for_a_patient_by_proxy_until_it_is_withdrawn(case: Northern) -> None:
    own = {"organisation": "", "patient_id": case.patient_id}
    patient = case.office.person(f"pt-{number()}", "patient", **own)
    carer_id = f"carer-{number()}"
    carer = case.office.person(carer_id, "carer")
    assert await cases_seen(carer) == set()
    wanted = {"person": carer_id, "classes": ["appointments", "plan"]}
    address = f"/patients/{case.patient_id}/proxies"
    assert (await carer.post(address, wanted)).status_code == 404
    assert (await patient.post(address, {**wanted, "classes": ["safeguarding"]})).status_code == 422
    assert (await patient.post(address, {**wanted, "until": "2026-01-01T00:00:00Z"})).status_code == 422
    given = await patient.do(address, wanted)
    assert await cases_seen(carer) == await cases_seen(patient) == {case.case_id}
    await carer.do(given["links"]["withdraw"])
    assert await cases_seen(carer) == set()
    assert [each["withdrawn_by"] for each in await patient.read(address)] == [carer_id]


async def cases_seen(who: Any) -> set[str]:
    page = await who.read("/my/cases")
    return {each["id"] for each in page["items"]}


async def test_a_patient_sees_and_does_only_tasks_about_themselves(office: Office) -> None:
    case = await northern(office)
    async with office.database.session() as session:
        scopes = select(ScopeVariables).where(col(ScopeVariables.case_id) == case.case_id)
        assert any(row.variables.get("patient_id") == case.patient_id for row in await session.exec(scopes))
    other = office.person(f"pt-{number()}", "patient", patient_id="P-else")
    for link in (case.link, f"/my{case.link}", f"/tasks/{case.ids['tasks']}"):
        assert (await other.get(link)).status_code == 404
