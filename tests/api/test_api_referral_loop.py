"""Where does a referral stand, and who may cancel, abort, answer and redirect it? On the library's own diagram."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlmodel import col, select
from temporalio.client import Client

import worker
from activities.pathway_start import Onward
from api.app import create_app
from api.critical_results import AMENDED
from api.delivery import ONLY_ASKED, Post
from api.former_appointments import FORMER
from api.former_appointments import TOLD as OF_FORMER
from api.referral_contact import contact_of
from api.referral_standing import standing_of
from api.starting_onward import begin_onward
from api.surroundings import system_clock
from api.taking_back import ASKED_ALREADY
from api.unfinished import finish_audit
from api.unread_results import hand_over_passed
from pathways.catalogue import library_folders
from pathways.catalogue import publish as publish_folders
from records.database import Database
from records.tables import Audit, Case, Document, Handoff, Lineage, ServiceInbox, Task
from records.writes.parties import note_party, note_requester
from records.writes.publications import publish
from records.writes.sharing import Leaving, note_leaving, settle_leaving
from tests.api.conftest import Office, Person, number, open_office, settings
from tests.conftest import with_keys
from tests.outside import Clinic, listening
from workflows.contract.requests import Receipt, Request
from workflows.host.gateway import CaseGateway, HostUnavailable
from workflows.host.keys import DataKeys
from workflows.host.keys_wrapping import KeyRing
from workflows.host.settings import Settings
from workflows.host.worker import case_worker

pytestmark = pytest.mark.temporal
FOLDERS = (
    "00_closed_loop_referral",
    "abort_request",
    "no_show",
    "red_flag",
    "consent_withdrawn",
    "patient_died",
    "informed_refusal",
    "refusal_review",
    "amended_letter",
)
ASKED = {
    "service": "ent_clinic",
    "reason": "Neck lump",
    "clinical_question": "Malignant?",
    "priority": "urgent",
    "sla_triage": "P1D",
    "sla_first_contact": "P10D",
    "sla_report": "P2D",
    "return_at": "closed",
}
TRIAGED = {"triage": "accept", "priority_after": "urgent", "first_step": "appointment"}
BOOKED = {"slot": "2031-12-01T10:00:00Z", "site": "Main site", "mode": "video"}
WHY = {"reason": "Seen elsewhere"}
REPORTED = {
    "findings": "Cyst",
    "diagnosis": "Branchial cyst",
    "plan": "Ultrasound",
    "answer_to_question": "Not malignant",
    "follow_up_owner": "ENT clinic",
    "patient_copy": True,
}
CONSENT, TRIAGE = "Record patient consent to share", "Vet / triage referral"
AGREE = "Referrer agrees downgrade"
BOOK, REPORT = "Offer and book appointment", "Write consultation report"
ACKNOWLEDGE = "Acknowledge report and act"
ABORT = "Accept or refuse the abort"
PLACERS = (CONSENT, ACKNOWLEDGE)
DIRECTORY = """
services:
  ent_clinic: {name: ENT, named_contact: pr/1, deputy: pr/2, endpoint: {url: "{url}", format: json}}
"""
INBOX = "services: {ent_clinic: {name: ENT, named_contact: dr.pine, deputy: dr.yew}}"
POLLS, POLL_SECONDS = 300, 0.2


@pytest_asyncio.fixture(scope="module")
async def clinic(
    dev_server: Client, key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """An office with the closed loop and what it calls."""
    place = tmp_path_factory.mktemp("loop")
    directory = place / "directory.yaml"
    directory.write_text(INBOX)
    async with open_office(
        f"sqlite:///{place / 'records.sqlite'}", dev_server, key_ring, directory=directory
    ) as office:
        await publish_loop(office.database)
        yield office


async def publish_loop(database: Database) -> None:
    async with database.session() as session:
        for drawn in publish_folders([folder for folder in library_folders() if folder.name in FOLDERS]):
            bpmn = drawn.bpmn_source.decode()
            forms = {name: json.dumps(schema) for name, schema in drawn.forms.items()}
            await publish(session, drawn.definition, bpmn=bpmn, forms=forms, actor="test", now=system_clock())


def onward() -> Onward:
    """A referral that a case makes and nobody has made."""
    referral_id = f"REF-{number()}-ENT"
    variables = {**ASKED, "referral_id": referral_id, "patient_id": f"P-{number()}"}
    step, before = f"step-{number()}", f"case-{number()}"
    return Onward("closed_loop_referral", referral_id, step, "started", before, "REF-0", variables, "urgent")


async def referred(clinic: Office, **known: Any) -> str:
    """A referral that the service has received and triage can read."""
    wanted = onward()
    wanted = replace(wanted, variables={**wanted.variables, **known})
    await begin_onward(Post(clinic.database, clinic.gateway, system_clock), wanted)
    return wanted.referral_id


def referrer(clinic: Office) -> Person:
    return clinic.person("dr.elm", "referrer", "coordinator")


def service(clinic: Office) -> Person:
    return clinic.person("dr.pine", "ent_triage", "booking_office")


async def standing(clinic: Office, referral_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await clinic.coordinator.read(f"/referrals/{referral_id}")
    return found


async def done(clinic: Office, referral_id: str, title: str, **values: Any) -> None:
    """Complete the task of this title in the case of a referral, as soon as it is there."""
    case_id = (await standing(clinic, referral_id))["case_id"]
    person = referrer(clinic) if title in PLACERS else service(clinic)
    for _ in range(POLLS):
        tasks = (await person.read("/tasks", case=case_id))["items"]
        found = [task for task in tasks if task["title"] == title]
        if found:
            await person.do(f"{found[0]['links']['self']}/complete", {"values": values})
            return
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError(f"{title!r} does not open: {tasks}")


async def until(clinic: Office, referral_id: str, state: str) -> dict[str, Any]:
    """Where the referral stands, once it is in this state."""
    for _ in range(POLLS):
        found = await standing(clinic, referral_id)
        if found["state"]["state"] == state:
            return found
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError(f"{found['state']['state']}, not {state}")


async def sent(clinic: Office, **known: Any) -> str:
    """A referral that waits for triage."""
    return await agreed(clinic, await referred(clinic, **known))


async def agreed(clinic: Office, referral_id: str) -> str:
    """The same, once the patient agrees."""
    await done(clinic, referral_id, CONSENT, consent_given="yes", given_by="patient", method="verbal")
    await until(clinic, referral_id, "received")
    return referral_id


async def booked(clinic: Office) -> str:
    """A referral with an appointment."""
    referral_id = await sent(clinic)
    await done(clinic, referral_id, TRIAGE, **TRIAGED)
    await done(clinic, referral_id, BOOK, **BOOKED)
    await until(clinic, referral_id, "booked")
    return referral_id


async def test_a_referral_stands_in_every_vocabulary_and_says_whose_move_it_is(clinic: Office) -> None:
    referral_id = await referred(clinic)
    draft = await standing(clinic, referral_id)
    assert (draft["state"]["state"], draft["owner"]["party"], draft["clock"]["sent_at"]) == ("draft", "placer", None)
    await done(clinic, referral_id, CONSENT, consent_given="yes", given_by="patient", method="verbal")
    found = await until(clinic, referral_id, "received")
    assert found["state"] == {
        "state": "received",
        "task_status": "received",
        "business_status": "received",
        "service_request_status": "active",
        "ihe_360x": "ack",
        "hl7_v2": "ACK/MDN",
        "user_task_event": "claimed",
        "ers": "AWAITING_TRIAGE",
    }
    assert (found["owner"]["party"], found["owner"]["role"], found["closed"]) == ("performer", "ent_triage", False)
    task = await clinic.coordinator.read(f"/fhir/Task/{found['case_id']}")
    assert (task["status"], task["businessStatus"]["text"]) == ("received", "received")
    due = datetime.fromisoformat(task["restriction"]["period"]["end"])
    assert due == datetime.fromisoformat(found["owner"]["until"])


async def test_a_referral_names_its_contact_and_who_is_there_while_they_are_away(clinic: Office) -> None:
    referral_id = await referred(clinic)
    found = await standing(clinic, referral_id)
    pine, key_worker = service(clinic), {"person": "n.lark", "name": "Nurse Lark", "role": "key_worker"}
    await clinic.coordinator.do(f"{found['links']['case']}/care-team", key_worker)
    hour = timedelta(hours=1)
    away = {"since": (system_clock() - hour).isoformat(), "until": (system_clock() + hour).isoformat()}
    absence = await pine.do("/people/me/absences", away)
    contact = (await standing(clinic, referral_id))["contact"]
    await pine.do(f"/absences/{absence['absence_id']}/end")
    assert (contact["service"], contact["named_contact"]) == ("ent_clinic", "dr.pine")
    assert contact["key_worker"] == "Nurse Lark"
    assert (contact["there_now"], contact["there_as"]) == ("dr.yew", "deputy")
    assert (await standing(clinic, referral_id))["contact"]["there_now"] == "dr.pine"


async def test_a_referral_whose_pathway_sends_by_itself_names_the_service_that_it_asked(clinic: Office) -> None:
    found = await standing(clinic, await referred(clinic))
    async with clinic.database.session() as session:
        case = await session.get_one(Case, found["case_id"])
        leaving = Leaving("k", "p", case.case_id, "inbox", "ent_clinic", "referral.requested", "", (), ())
        await note_leaving(session, leaving, refused="", now=system_clock())
        here, asks_none = clinic.app.state.surroundings, replace(await standing_of(session, case), variables={})
        assert (await contact_of(session, here, asks_none)).service == ""
        await settle_leaving(session, "k", state="sent", now=system_clock())
        contact = await contact_of(session, here, asks_none)
        await session.rollback()
    assert (contact.service, contact.named_contact, contact.there_as) == ("ent_clinic", "dr.pine", "named_contact")


async def test_a_return_for_information_keeps_the_clock(clinic: Office) -> None:
    referral_id = await sent(clinic)
    before = (await standing(clinic, referral_id))["clock"]
    refused = await referrer(clinic).post(f"/referrals/{referral_id}/information", {"information": "A scan"})
    assert (refused.status_code, refused.json()["state"]) == (409, "received")
    await done(clinic, referral_id, TRIAGE, **{**TRIAGED, "triage": "return_for_info", "missing_items": "Scan"})
    returned = await until(clinic, referral_id, "awaiting_info")
    assert (returned["owner"]["party"], returned["owner"]["role"]) == ("placer", "referrer")
    assert returned["state"]["ers"] == "TRIAGE_RESPONSE"
    task = await clinic.coordinator.read(f"/fhir/Task/{returned['case_id']}")
    assert (task["owner"], "restriction" in task) == ({"display": "referrer"}, False)
    (on_board,) = await clinic.coordinator.read("/board", pathway="closed_loop_referral")
    assert [step["of"] for step in on_board["steps"] if step["element"] == "info_wait"] == ["referrer"]
    read = [each for each in await referrer(clinic).read("/inbox") if each["case_id"] == returned["case_id"]]
    assert [each["text"][:34] for each in read] == ["Information is missing from your r"]
    told = await referrer(clinic).do(f"/referrals/{referral_id}/information", {"information": "A scan"})
    after = told["referral"]["clock"]
    assert told["referral"]["state"]["state"] == "received"
    assert (after["received_at"], after["sent_at"]) == (before["received_at"], before["sent_at"])
    assert after["returned_for_information"] == 1


async def at_once(clinic: Office, referral_id: str, step: str) -> None:
    """Let the timer that leads on from this step fire now."""
    case = (await standing(clinic, referral_id))["links"]["case"]
    clocks = [each for each in await clinic.coordinator.read(f"{case}/timers") if each["step"] == step]
    (clock,) = [each for each in clocks if each["what"].startswith("the timer")]
    await clinic.coordinator.do(clock["links"]["move"], {"due_at": system_clock().isoformat(), **WHY})


async def opened(who: Person, case_id: str, title: str) -> dict[str, Any]:
    for _ in range(POLLS):
        found = [task for task in (await who.read("/tasks", case=case_id))["items"] if task["title"] == title]
        if found:
            task: dict[str, Any] = found[0]
            return task
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError(f"{title!r} does not open")


async def test_the_referrer_is_chased_before_the_lead_decides_and_late_information_completes_it(
    clinic: Office,
) -> None:
    referral_id, lead = await sent(clinic), clinic.person("dr.ash", "clinical_lead")
    await done(clinic, referral_id, TRIAGE, **{**TRIAGED, "triage": "return_for_info", "missing_items": "Scan"})
    returned = await until(clinic, referral_id, "awaiting_info")
    await at_once(clinic, referral_id, "Wait for information")
    task = await opened(referrer(clinic), returned["case_id"], "Supply the missing information")
    detail = await referrer(clinic).read(task["links"]["self"])
    assert (detail["ladder"], detail["values"]["asked"]) == ("LAD-URGENT", "Scan")
    await at_once(clinic, referral_id, "Supply the missing information")
    await opened(lead, returned["case_id"], "Decide on available information")
    deciding = await standing(clinic, referral_id)
    assert (deciding["owner"]["party"], deciding["owner"]["role"]) == ("performer", "clinical_lead, ent_triage")
    assert deciding["state"]["state"] == "awaiting_info"
    told = await referrer(clinic).do(f"/referrals/{referral_id}/information", {"information": "The scan"})
    assert told["referral"]["state"]["state"] == "received"
    assert told["referral"]["clock"]["received_at"] == returned["clock"]["received_at"]
    triage = await opened(service(clinic), returned["case_id"], TRIAGE)
    assert (await lead.read("/tasks", case=returned["case_id"]))["items"] == []
    shown = await service(clinic).read(triage["links"]["self"])
    assert shown["values"]["supplied_information"] == "The scan"


class Unheard(CaseGateway):
    """The real gateway, whose answers are lost on the way back."""

    async def send(self, case_id: str, request: Request, idempotency_key: str) -> Receipt:
        await super().send(case_id, request, idempotency_key)
        raise HostUnavailable("No answer in time.")


async def test_a_cancellation_whose_answer_was_lost_is_in_the_audit_though_it_is_refused_when_sent_again(
    clinic: Office,
) -> None:
    """Nobody takes away what the audit is owed: a refusal of the second does not say what the first has done."""
    referral_id = await referred(clinic)
    path, key, before = f"/referrals/{referral_id}/cancel", f"key-{number()}", await audited(clinic)
    app = create_app(settings(), clinic.database, Unheard(clinic.gateway.client, clinic.gateway.task_queue))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example") as http:
        assert (await replace(referrer(clinic), http=http).post(path, WHY, key=key)).status_code == 503
    again = await referrer(clinic).post(path, WHY, key=key)
    assert (again.status_code, again.json()["state"]) == (409, "cancelled"), "it was done"
    later = clinic.here.clock() + timedelta(minutes=6)
    await finish_audit(replace(clinic.here, clock=lambda: later))
    rows = (await audited(clinic))[len(before) :]
    assert [(row.action, row.outcome) for row in rows if not row.action.endswith("looked_up")] == [
        ("access.unfinished", "8")
    ]
    assert rows[-1].context["route"] == "/referrals/{referral_id}/cancel"
    assert referral_id not in str(rows[-1])


async def audited(clinic: Office) -> list[Audit]:
    async with clinic.database.reader() as session:
        return list(await session.exec(select(Audit).order_by(col(Audit.id))))


async def test_before_it_is_in_progress_the_placer_cancels(clinic: Office) -> None:
    referral_id = await sent(clinic)
    path, key = f"/referrals/{referral_id}/cancel", f"key-{number()}"
    told = (await referrer(clinic).post(path, WHY, key=key)).json()
    assert (told["outcome"], told["referral"]["state"]["task_status"]) == ("cancelled", "cancelled")
    assert (await referrer(clinic).post(path, WHY, key=key)).json() == told
    again = await referrer(clinic).post(f"/referrals/{referral_id}/cancel", WHY)
    assert (again.status_code, again.json()["state"]) == (409, "cancelled")


async def test_what_was_said_is_not_said_again_to_who_may_no_longer_ask(clinic: Office) -> None:
    link, key = f"/referrals/{await referred(clinic)}/cancel", f"key-{number()}"
    assert (await referrer(clinic).post(link, WHY, key=key)).status_code == 200
    assert (await referrer(clinic).post(link, WHY, key=key)).headers["Idempotency-Replayed"] == "true"
    for another, status in (("dentist", 403), ("patient", 403)):
        refused = await clinic.person("dr.elm", another).post(link, WHY, key=key)
        assert (refused.status_code, "referral" in refused.json()) == (status, False), another
    stranger = clinic.person("dr.elm", "referrer", "coordinator", organisation="south")
    assert (await stranger.post(link, WHY, key=key)).status_code == 404


async def test_once_it_is_in_progress_the_placer_only_asks_and_the_performer_answers(clinic: Office) -> None:
    referral_id = await booked(clinic)
    asked = await referrer(clinic).do(f"/referrals/{referral_id}/cancel", WHY)
    assert (asked["outcome"], asked["referral"]["state"]["state"]) == ("abort-requested", "booked")
    await opened_for_the_service(clinic, referral_id)
    answer = {"abort": "refuse", "reason": "A biopsy was taken"}
    by_placer = await referrer(clinic).post(f"/referrals/{referral_id}/abort/answer", answer)
    assert by_placer.status_code == 403
    refused = await service(clinic).do(f"/referrals/{referral_id}/abort/answer", answer)
    assert (refused["outcome"], refused["referral"]["abort_asked"]) == ("abort-refused", False)
    assert (await standing(clinic, referral_id))["state"]["state"] == "booked"
    await referrer(clinic).do(f"/referrals/{referral_id}/cancel", WHY)
    await opened_for_the_service(clinic, referral_id)
    accepted = await service(clinic).do(f"/referrals/{referral_id}/abort/answer", {**answer, "abort": "accept"})
    assert (accepted["outcome"], accepted["referral"]["state"]["state"]) == ("abort-accepted", "cancelled")


async def test_a_service_does_not_take_on_a_referral_that_was_cancelled_and_may_still_acknowledge_it(
    clinic: Office,
) -> None:
    referral_id = await sent(clinic)
    await referrer(clinic).do(f"/referrals/{referral_id}/cancel", WHY)
    case_id = (await until(clinic, referral_id, "cancelled"))["case_id"]
    inbox = await service(clinic).read("/services/ent_clinic/inbox")
    links = next(each["links"] for each in inbox if each["case_id"] == case_id)
    for verb in ("accept", "decline", "return"):
        refused = await service(clinic).post(links[verb], {"reason": "capacity"})
        assert (refused.status_code, "is cancelled" in refused.json()["detail"]) == (409, True)
    assert (await service(clinic).do(links["acknowledge"]))["state"] == "acknowledged"


async def test_a_cancellation_from_outside_only_asks_once_it_is_in_progress_and_never_twice(clinic: Office) -> None:
    referral_id = await booked(clinic)
    sent = {"name": "referral.cancelled", "correlation_key": referral_id, "variables": {"cancel_reason": "Seen"}}
    first = await clinic.sender.do("/messages", {**sent, "message_id": f"m-{number()}"})
    assert (first["status"], first["reason"]) == ("delivered", ONLY_ASKED)
    await opened_for_the_service(clinic, referral_id)
    again = await clinic.sender.do("/messages", {**sent, "message_id": f"m-{number()}"})
    assert (again["status"], again["reason"]) == ("ignored", ASKED_ALREADY)
    [dead] = (await clinic.coordinator.read("/dead-letters", key=referral_id))["items"]
    assert dead["reason"] == ASKED_ALREADY
    assert (await standing(clinic, referral_id))["state"]["state"] == "booked"


async def test_of_those_who_ask_for_an_abort_at_the_same_moment_one_is_heard(clinic: Office) -> None:
    referral_id = await booked(clinic)
    for answer in ("refuse", "accept"):  # refused, it may be asked for again
        sent = {"name": "referral.cancelled", "correlation_key": referral_id, "variables": {"cancel_reason": "Seen"}}
        asking = [referrer(clinic).post(f"/referrals/{referral_id}/cancel", WHY) for _ in range(4)]
        told = [clinic.sender.post("/messages", {**sent, "message_id": f"m-{number()}"}) for _ in range(2)]
        answers = await asyncio.gather(*asking, *told)
        heard = [each.status_code == 200 for each in answers[:4]]
        heard += [each.json().get("status") == "delivered" for each in answers[4:]]
        assert sum(heard) == 1, [each.text for each in answers]
        assert {each.status_code for each in answers[:4]} <= {200, 409}
        await opened_for_the_service(clinic, referral_id)
        case_id = (await standing(clinic, referral_id))["case_id"]
        tasks = (await service(clinic).read("/tasks", case=case_id))["items"]
        assert [task["title"] for task in tasks] == [ABORT]
        await service(clinic).do(f"/referrals/{referral_id}/abort/answer", {"abort": answer, "reason": "As agreed"})
    assert (await standing(clinic, referral_id))["state"]["state"] == "cancelled"


async def opened_for_the_service(clinic: Office, referral_id: str) -> None:
    found = await standing(clinic, referral_id)
    assert found["abort_asked"]
    await opened(service(clinic), found["case_id"], ABORT)


async def reported(clinic: Office) -> str:
    """A referral whose report waits to be acknowledged."""
    referral_id = await booked(clinic)
    visit = {"referral_id": referral_id, "appointment_id": "A-1", "status": "attended", "start": BOOKED["slot"]}
    await clinic.sender.do("/appointments", visit)
    await done(clinic, referral_id, REPORT, **REPORTED)
    case_id = (await until(clinic, referral_id, "reported"))["case_id"]
    await opened(referrer(clinic), case_id, ACKNOWLEDGE)
    return referral_id


PAST = {"kind": "MoveToken", "activation": "ack", "to": "rec"}
ELSEWHERE = [{"kind": "StartAt", "element": "rec"}, {"kind": "CancelActivation", "activation": "ack"}]
DONE_FOR = {"kind": "CompleteActivation", "activation": "ack", "variables": {"action": "no_action"}}
SLOW = pytest.mark.slow
BY_HAND = [
    pytest.param("skip", {"activation": "ack", "variables": {"action": "no_action"}}, id="skipped"),
    pytest.param(
        "complete", {"activation": "ack", "values": {"read": True, "action": "no_action"}}, id="completed", marks=SLOW
    ),
    pytest.param("modify", {"changes": [PAST]}, id="moved past", marks=SLOW),
    pytest.param("modify", {"changes": ELSEWHERE}, id="begun behind it", marks=SLOW),
    pytest.param("modify", {"changes": [DONE_FOR]}, id="completed by a change", marks=SLOW),
]


@pytest.mark.parametrize("is_held", [False, pytest.param(True, marks=SLOW)], ids=["in its pool", "held"])
@pytest.mark.parametrize(("way", "body"), BY_HAND)
async def test_a_report_whose_acknowledgement_is_passed_by_hand_is_read_by_name_before_its_loop_closes(
    clinic: Office, way: str, body: dict[str, Any], is_held: bool
) -> None:
    referral_id = await reported(clinic)
    case_id = (await standing(clinic, referral_id))["case_id"]
    if is_held:
        task = await opened(referrer(clinic), case_id, ACKNOWLEDGE)
        await referrer(clinic).do(f"{task['links']['self']}/claim")
    await clinic.admin.do(f"/cases/{case_id}/{way}", {**body, **WHY})
    await ended(clinic, referral_id)
    found = await standing(clinic, referral_id)
    assert (found["status"], found["state"]["state"], found["closed"]) == ("completed", "reported", False)
    for _ in range(2):
        await hand_over_passed(clinic.here)
    assert (await standing(clinic, referral_id))["unacknowledged"] == ["referrer"]
    (handed,) = [each for each in await referrer(clinic).read("/handoffs") if each["case_id"] == case_id]
    assert handed["result"]["report"]["diagnosis"] == "Branchial cyst"
    await referrer(clinic).do(f"/handoffs/{handed['id']}/acknowledge")
    closed = await standing(clinic, referral_id)
    assert (closed["state"]["state"], closed["closed"], closed["unacknowledged"]) == ("acknowledged", True, [])


async def ended(clinic: Office, referral_id: str) -> None:
    for _ in range(POLLS):
        if (await standing(clinic, referral_id))["status"] == "completed":
            return
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError(f"{referral_id} has not ended")


@pytest.mark.slow
async def test_a_report_that_its_reader_acknowledges_is_handed_to_nobody_again(clinic: Office) -> None:
    referral_id = await reported(clinic)
    await done(clinic, referral_id, ACKNOWLEDGE, action="no_action", read=True)
    await ended(clinic, referral_id)
    await hand_over_passed(clinic.here)
    found = await standing(clinic, referral_id)
    assert (found["state"]["state"], found["closed"], found["unacknowledged"]) == ("acknowledged", True, [])


NEW_VERSION = {"values": {**REPORTED, "diagnosis": "Cystic metastasis"}, "reason": "The slides were read again"}


def diagnosis_in(handed: dict[str, Any]) -> str:
    return str(handed["result"]["report"]["diagnosis"])


LETTER = {
    **{name: value for name, value in REPORTED.items() if name != "patient_copy"},
    "next_review": None,
    "amended": True,
    "why": NEW_VERSION["reason"],
}


async def letter_of(clinic: Office, referral_id: str, version: str) -> dict[str, Any]:
    """The one letter to the requester elsewhere that says this."""
    its = select(Lineage.case_id).where(Lineage.kind == "amended-letter", Lineage.parent_referral_id == referral_id)
    for _ in range(POLLS):
        async with clinic.database.reader() as session:
            sent = await session.exec(select(ServiceInbox).where(col(ServiceInbox.case_id).in_(its)))
            found = [row.referral["report"] for row in sent if row.service == "requester"]
        letters: list[dict[str, Any]] = [each for each in found if each["diagnosis"] == version]
        if letters:
            assert len(letters) == 1
            return letters[0]
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError(f"no letter says {version}")


async def open_reports(who: Person, case_id: str) -> list[dict[str, Any]]:
    return [each for each in await who.read("/handoffs") if each["case_id"] == case_id]


async def test_a_written_report_that_is_amended_before_it_is_read_is_read_in_its_new_version(clinic: Office) -> None:
    referral_id = await reported(clinic)
    case_id = (await standing(clinic, referral_id))["case_id"]
    first = await opened(referrer(clinic), case_id, ACKNOWLEDGE)
    place = f"/referrals/{referral_id}/report/amendments"
    assert (await referrer(clinic).post(place, NEW_VERSION)).status_code == 403
    assert (await service(clinic).post(place, {**NEW_VERSION, "values": {}})).status_code == 422
    assert (await service(clinic).do(place, NEW_VERSION))["outcome"] == "amended"
    for _ in range(POLLS):
        again = await opened(referrer(clinic), case_id, ACKNOWLEDGE)
        if again["id"] != first["id"]:
            break
        await asyncio.sleep(POLL_SECONDS)
    shown = await referrer(clinic).read(again["links"]["self"])
    assert "Cystic metastasis" in str(shown)
    assert await open_reports(referrer(clinic), case_id) == []
    assert (await standing(clinic, referral_id))["state"]["state"] == "reported"


async def test_a_written_report_that_is_amended_after_it_was_read_is_acknowledged_anew_by_name(clinic: Office) -> None:
    referral_id = await reported(clinic)
    case_id, place = (await standing(clinic, referral_id))["case_id"], f"/referrals/{referral_id}/report/amendments"
    await done(clinic, referral_id, ACKNOWLEDGE, action="no_action", read=True)
    await ended(clinic, referral_id)
    assert (await until(clinic, referral_id, "acknowledged"))["closed"]
    assert (await referrer(clinic).post(place, NEW_VERSION)).status_code == 403
    for version in ("Cystic metastasis", "Branchial cyst after all"):
        values = {**REPORTED, "diagnosis": version}
        told = await service(clinic).do(place, {**NEW_VERSION, "values": values})
        assert (told["outcome"], told["referral"]["state"]["state"], told["referral"]["closed"]) == (
            "amended",
            "reported",
            False,
        )
        assert told["referral"]["unacknowledged"] == ["dr.elm"]
        assert await letter_of(clinic, referral_id, version) == {**LETTER, "diagnosis": version}
        (new,) = await open_reports(referrer(clinic), case_id)
        assert (diagnosis_in(new), new["result"]["amended"]) == (version, True)
        await referrer(clinic).do(f"/handoffs/{new['id']}/acknowledge")
        closed = await standing(clinic, referral_id)
        assert (closed["state"]["state"], closed["closed"]) == ("acknowledged", True)
    async with clinic.database.reader() as session:
        kept = await session.exec(select(Handoff).where(Handoff.case_id == case_id).order_by(col(Handoff.sent_at)))
        versions = [(row.result["report"]["diagnosis"], row.acknowledged_by) for row in kept]
        read = (await session.exec(select(Task).where(Task.case_id == case_id, Task.element == "ack"))).one()
    assert versions == [("Cystic metastasis", "dr.elm"), ("Branchial cyst after all", "dr.elm")]
    assert (read.completed_by, "Branchial cyst" in str(read.inputs)) == ("dr.elm", True), "what was read first is kept"
    assert [each["level"] for each in await referrer(clinic).read("/inbox") if each["text"] == AMENDED] == [
        "result"
    ] * 2


async def test_a_report_that_nobody_has_written_here_is_not_amended_here(clinic: Office) -> None:
    referral_id = await booked(clinic)
    early = await service(clinic).post(f"/referrals/{referral_id}/report/amendments", NEW_VERSION)
    assert (early.status_code, early.json()["state"]) == (409, "booked")
    message = {"name": "referral.report_amended", "correlation_key": referral_id, "message_id": f"m-{number()}"}
    assert (await clinic.sender.post("/messages", message)).status_code == 422


async def test_what_goes_round_three_services_and_back_keeps_its_clock_and_what_is_known_of_the_patient(
    clinic: Office,
) -> None:
    known = {"allergies": [{"text": "Penicillin"}], "medications": [{"text": "Warfarin"}], "side": "left"}
    first = gone_on = await sent(clinic, **known)
    clock = (await standing(clinic, first))["clock"]
    for service_id in ("oral_surgery", "imaging", "ent_clinic"):
        await done(clinic, gone_on, TRIAGE, **{**TRIAGED, "triage": "redirect"})
        await until(clinic, gone_on, "rejected")
        body = {"service": service_id, "reason": "Belongs there"}
        gone_on = (await referrer(clinic).do(f"/referrals/{gone_on}/redirect", body))["referral_id"]
        await until(clinic, gone_on, "received")
    last = await standing(clinic, gone_on)
    assert last["clock"]["received_at"] == clock["received_at"]
    assert [(link["referral_id"], link["kind"]) for link in last["chain"]] == [
        (first, "started"),
        (f"{first}-R1", "redirected"),
        (f"{first}-R1-R2", "redirected"),
        (f"{first}-R1-R2-R3", "redirected"),
    ]
    async with clinic.database.reader() as session:
        found = (await standing_of(session, await session.get_one(Case, last["case_id"]))).variables
    assert {name: found.get(name) for name in known} == known


@pytest.mark.parametrize("moment", ["before it is asked for", "once it is asked for"])
async def test_who_asked_for_an_abort_does_not_answer_it_by_a_message_either(clinic: Office, moment: str) -> None:
    referral_id = await booked(clinic)
    told = {"name": "referral.abort_answered", "correlation_key": referral_id, "variables": {"abort": "accept"}}
    if moment == "once it is asked for":
        await referrer(clinic).do(f"/referrals/{referral_id}/cancel", WHY)
        await opened_for_the_service(clinic, referral_id)
    by_placer = await referrer(clinic).post("/messages", {**told, "message_id": f"m-{number()}"})
    assert by_placer.status_code == 403, by_placer.text
    if moment == "before it is asked for":
        await referrer(clinic).do(f"/referrals/{referral_id}/cancel", WHY)
        await opened_for_the_service(clinic, referral_id)
    assert (await standing(clinic, referral_id))["state"]["state"] == "booked"
    performer = clinic.person("dr.pine", "ent_triage", "booking_office")
    await performer.do("/messages", {**told, "message_id": f"m-{number()}"})
    await until(clinic, referral_id, "cancelled")


async def test_a_system_answers_an_abort_for_its_own_side_only(clinic: Office) -> None:
    referral_id = await booked(clinic)
    case_id, now = (await standing(clinic, referral_id))["case_id"], system_clock()
    async with clinic.database.session() as session:
        await note_requester(session, case_id, "north", through="portal", now=now)
        await note_party(session, case_id, "", via="service", through="service:ent_clinic", now=now)
    theirs = clinic.person("portal.north", "integration", organisation="north")
    await theirs.do(f"/referrals/{referral_id}/cancel", WHY)
    await opened_for_the_service(clinic, referral_id)
    answer = {"abort": "accept", "reason": "We said so"}
    assert (await theirs.post(f"/referrals/{referral_id}/abort/answer", answer)).status_code == 403
    assert (await standing(clinic, referral_id))["state"]["state"] == "booked"
    await clinic.sender.do(f"/referrals/{referral_id}/abort/answer", answer)
    await until(clinic, referral_id, "cancelled")


@pytest.mark.parametrize("name", ["referral.wrong_patient", "referral.right_patient"])
async def test_no_message_stops_what_is_in_progress_as_made_for_the_wrong_patient(clinic: Office, name: str) -> None:
    referral_id = await booked(clinic)
    told = {"name": name, "correlation_key": referral_id, "message_id": f"m-{number()}", "variables": {}}
    for who in (referrer(clinic), clinic.sender):
        refused = await who.post("/messages", told)
        assert (refused.status_code, "/wrong-patient" in refused.json()["detail"]) == (422, True)
    assert (await standing(clinic, referral_id))["state"]["state"] == "booked"


async def test_who_triages_a_referral_down_does_not_agree_for_who_referred(clinic: Office) -> None:
    referral_id = await sent(clinic)
    both = clinic.person("dr.pine", "ent_triage", "referrer")
    await done(clinic, referral_id, TRIAGE, **{**TRIAGED, "triage": "downgrade", "priority_after": "routine"})
    case_id = (await standing(clinic, referral_id))["case_id"]
    task = (await opened(both, case_id, AGREE))["links"]["self"]
    alone = await both.post(f"{task}/complete", {"values": {"agree": True}})
    assert (alone.status_code, alone.json()["type"].rpartition("/")[2]) == (403, "second-signer")
    await referrer(clinic).do(f"{task}/complete", {"values": {"agree": True}})
    await until(clinic, referral_id, "accepted")


@pytest.mark.parametrize("status", ["cancelled", "noshow"])
async def test_word_of_a_former_appointment_leaves_the_present_one(clinic: Office, status: str) -> None:
    referral_id = await booked(clinic)
    await waiting_for(clinic, referral_id, f"appointment.{status}")
    about = {"referral_id": referral_id, "appointment_id": "A-0", "status": status}
    former = await clinic.sender.do("/appointments", {**about, "start": "2031-11-01T10:00:00Z"})
    assert (former["status"], former["reason"]) == ("ignored", FORMER)
    (dead,) = (await clinic.admin.read("/dead-letters", key=referral_id))["items"]
    assert (dead["why"], dead["reason"]) == ("refused", FORMER)
    told = [each["text"] for each in await clinic.coordinator.read("/inbox") if each["case_id"] in former["cases"]]
    assert told.count(OF_FORMER) == 1
    present = {**about, "appointment_id": "A-1", "start": "2031-12-01T11:00:00+01:00"}
    taken = await clinic.sender.do("/appointments", present)
    assert taken["status"] in ("delivered", "buffered"), taken
    await waiting_for(clinic, referral_id, f"appointment.{status}", waits=False)
    late = await clinic.sender.do("/appointments", {**present, "appointment_id": "A-2"})
    assert (late["status"], late["reason"]) == ("ignored", FORMER)


async def waiting_for(clinic: Office, referral_id: str, name: str, *, waits: bool = True) -> None:
    """Wait until the case of a referral waits for a message, or does so no longer."""
    link = f"/cases/{(await standing(clinic, referral_id))['case_id']}"
    async with asyncio.timeout(60):
        while (name in [each["name"] for each in (await clinic.admin.read(link))["messages"]]) != waits:
            await asyncio.sleep(0.05)


async def test_reported_is_not_closed_and_only_the_acknowledgement_closes(clinic: Office) -> None:
    referral_id = await booked(clinic)
    visit = {"referral_id": referral_id, "appointment_id": "A-1", "status": "attended", "start": BOOKED["slot"]}
    await clinic.sender.do("/appointments", visit)
    await until(clinic, referral_id, "seen")
    await done(clinic, referral_id, REPORT, **REPORTED)
    reported = await until(clinic, referral_id, "reported")
    assert (reported["closed"], reported["owner"]["party"]) == (False, "placer")
    await done(clinic, referral_id, ACKNOWLEDGE, read=True, action="no_action")
    closed = await until(clinic, referral_id, "acknowledged")
    assert (closed["closed"], closed["state"]["business_status"]) == (True, "loop-closed")


async def test_what_a_service_redirects_goes_on_elsewhere_with_its_clock_in_one_chain(clinic: Office) -> None:
    photo = {"id": "photo", "mime_type": "image/png", "size": 9, "sha256": "0" * 64}
    referral_id = await sent(clinic, attachments=[photo], payload_profile="full")
    body = {"service": "oral_surgery", "reason": "A tooth"}
    too_early = await referrer(clinic).post(f"/referrals/{referral_id}/redirect", body)
    assert too_early.status_code == 409
    await done(clinic, referral_id, TRIAGE, **{**TRIAGED, "triage": "redirect"})
    first = await until(clinic, referral_id, "rejected")
    about = {"case_id": first["case_id"], "name": "photo", "content_type": "image/png", "content": b"a picture"}
    came = Document(document_id="d", sha256="0" * 64, added_by="dr.elm", added_at=system_clock(), **about)
    async with clinic.database.session() as session:
        session.add(came)
        session.add(Document(**{**came.model_dump(), "document_id": "other", "name": "not of this referral"}))
    gone_on = await referrer(clinic).do(f"/referrals/{referral_id}/redirect", body)
    async with clinic.database.reader() as session:
        noted = select(Audit).where(Audit.case_id == first["case_id"], Audit.action == "referral.redirected")
        [row] = await session.exec(noted)
        documents = list(await session.exec(select(Document).where(Document.case_id == gone_on["case_id"])))
    assert (row.detail["service"], row.detail["reason"]) == ("oral_surgery", "A tooth")
    assert [(each.name, each.content) for each in documents] == [("photo", b"a picture")]
    second = await referrer(clinic).read(gone_on["links"]["referral"])
    assert second["clock"]["received_at"] == first["clock"]["received_at"]
    chain = [(link["referral_id"], link["kind"]) for link in second["chain"]]
    assert chain == [(referral_id, "started"), (gone_on["referral_id"], "redirected")]
    assert (await standing(clinic, referral_id))["chain"] == second["chain"]
    assert (await referrer(clinic).post(f"/referrals/{referral_id}/redirect", body)).status_code == 409
    await until(clinic, gone_on["referral_id"], "received")
    async with clinic.database.reader() as session:
        got = await session.exec(select(ServiceInbox).where(ServiceInbox.case_id == gone_on["case_id"]))
    assert [(each.service, each.referral["attachments"]) for each in got] == [("oral_surgery", [photo])]


async def test_a_wrong_patient_stops_the_referral_at_once(clinic: Office) -> None:
    referral_id = await booked(clinic)
    told = await referrer(clinic).do(f"/referrals/{referral_id}/wrong-patient", {"reason": "Two of one name"})
    assert told["referral"]["state"]["state"] == "cancelled"


@pytest_asyncio.fixture
async def silent() -> AsyncIterator[Clinic]:
    """A service outside that takes everything and acknowledges nothing."""
    async with listening(Clinic()) as found:
        yield found


async def test_a_referral_that_nobody_acknowledges_is_sent_again_by_hand_before_its_time(
    dev_server: Client, key_ring: KeyRing, tmp_path: Path, silent: Clinic
) -> None:
    directory = tmp_path / "directory.yaml"
    directory.write_text(DIRECTORY.replace("{url}", silent.url))
    database, queue = Database(f"sqlite:///{tmp_path / 'records.sqlite'}"), f"loop-{number()}"
    await database.migrate()
    await publish_loop(database)
    temporal = with_keys(dev_server, DataKeys(database, key_ring))
    gateway = CaseGateway(temporal, queue)
    host = Settings(keys=key_ring, task_queue=queue, directory=directory)
    transport = httpx.ASGITransport(create_app(settings(), database, gateway), raise_app_exceptions=False)
    async with (
        worker.activities_of(host, temporal, database) as activities,
        case_worker(temporal, queue, activities),
        httpx.AsyncClient(transport=transport, base_url="http://api.example") as http,
    ):
        office = Office(None, http, database, gateway)
        referral_id = await referred(office)
        await done(office, referral_id, CONSENT, consent_given="yes", given_by="patient", method="verbal")
        await until(office, referral_id, "sent")
        await until_sent(silent, times=1)
        told = await referrer(office).do(f"/referrals/{referral_id}/resend")
        assert (told["outcome"], told["referral"]["clock"]["returned_for_information"]) == ("resent", 0)
        await until_sent(silent, times=2)
    await database.close()


async def until_sent(clinic: Clinic, *, times: int) -> None:
    for _ in range(POLLS):
        if len(clinic.requests) == times:
            return
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError(f"{len(clinic.requests)} requests, not {times}")


async def test_a_referral_that_was_received_is_not_sent_again_by_hand(clinic: Office) -> None:
    refused = await referrer(clinic).post(f"/referrals/{await sent(clinic)}/resend")
    assert refused.status_code == 409


async def test_who_has_no_part_in_it_hears_nothing_of_a_referral(clinic: Office) -> None:
    referral_id = await sent(clinic)
    stranger = clinic.person("dr.nobody", "pharmacist")
    assert (await stranger.get(f"/referrals/{referral_id}")).status_code == 403
    assert (await stranger.post(f"/referrals/{referral_id}/cancel", WHY)).status_code == 403
    reporting = clinic.person("dr.slide", "pathologist")  # who may bring messages, and takes no part
    assert (await reporting.get(f"/referrals/{referral_id}")).status_code == 403
    for asked in ("cancel", "wrong-patient"):
        assert (await reporting.post(f"/referrals/{referral_id}/{asked}", WHY)).status_code == 403
    assert (await clinic.coordinator.get("/referrals/REF-nowhere")).status_code == 404
