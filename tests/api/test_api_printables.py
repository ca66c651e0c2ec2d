"""Who gets the page of a message that did not leave, and does it say what would have been sent, and no more?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select
from temporalio.client import Client

from api.climbing import begin_climbed
from api.surroundings import system_clock
from api.unsent_page import words
from interop.fhir.audit_event import interaction_of
from pathways.bpmn.model import UserTaskSpec, VariableMapping
from records.tables import Audit, DeliveryAttempt, Disclosure, RungStart
from records.writes.parties import seal_case
from records.writes.publications import publish
from tests.api.caring import CareCase, begin_care
from tests.api.conftest import Office, Person, number, open_office
from tests.host.diagrams import line, user_task, work
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal
DIRECTORY = """
organisation: riverside_hospital
services:
  valley: {name: Valley <dental> clinic, organisation: valley_clinic, named_contact: dr.crane, deputy: dr.heron,
           phone: "+44 1632 960100", fax: "+44 1632 960101", endpoint: {url: "http://127.0.0.1:9/"}}
  meadow: {name: Meadow clinic, organisation: meadow_clinic, named_contact: dr.linnet, deputy: c.maple,
           endpoint: {url: "http://127.0.0.1:9/"}}
agreements:
  - {from: riverside_hospital, to: valley_clinic, classes: [demographics, status, dental, meds, own_referral]}
"""
KEY = "sends_a_referral"
_SEND = work("send", KEY, "referral.send", to="service", backoff="PT1H", payload_profile="dental")
SENDING = line(KEY, replace(_SEND, inputs=(VariableMapping('"Loose tooth"', "advice"),)), user_task("read", KEY))
DELIVER = replace(user_task("deliver", "unsent"), user=UserTaskSpec(candidate_groups='["coordinator"]'))
UNSENT = line("unsent", DELIVER)
ABOUT = {
    "service": "valley",
    "priority": "urgent",
    "clinical_question": "Are the <teeth> fit?",
    "reason": [{"text": "Check before radiotherapy"}],
    "requester": {"name": "Dr Doe", "reply_to": "answers@practice.example"},
    "patient": {"name": "Testina <Beispiel>", "birth_date": "1970-02-03", "identifiers": [{"value": "MRN-77"}]},
    "medications": [{"text": "Warfarin", "dose": "3 mg"}],
    "allergies": [{"text": "Penicillin"}],
    "safeguarding": "Secret of the family",
}


@pytest_asyncio.fixture
async def house(url: str, dev_server: Client, key_ring: KeyRing, tmp_path: Path) -> AsyncIterator[Office]:
    """An office whose partners' systems are away."""
    (tmp_path / "directory.yaml").write_text(DIRECTORY)
    async with open_office(url, dev_server, key_ring, directory=tmp_path / "directory.yaml") as office:
        async with office.database.session() as session:
            for drawn in (SENDING, UNSENT):
                await publish(session, drawn, bpmn="<none/>", forms={}, actor="test", now=system_clock())
        yield office


@dataclass
class Late:
    """A case that cannot send, and the task to bring it by hand."""

    care: CareCase
    task: str

    @property
    def page(self) -> str:
        return f"{self.task}/printable"


async def late(house: Office, **changed: Any) -> Late:
    care = await begin_care(house, KEY, **{**ABOUT, **changed})
    async with asyncio.timeout(60):
        while not await has_tried(house, care):
            await asyncio.sleep(0.02)
    return await climbed(house, care, "send#1")


async def climbed(house: Office, care: CareCase, activation: str) -> Late:
    """What the ladder of a step that is late brings about."""
    rung = RungStart(
        rung_key=f"{care.case_id}:{activation}:rung{number()}",
        case_id=care.case_id,
        activation=activation,
        process="unsent",
        title="Send referral",
        level="breach",
        climbed_at=system_clock(),
    )
    async with house.database.session() as session:
        session.add(rung)
    assert await begin_climbed(house.here) == 1
    listed = (await house.coordinator.read("/tasks", size=200))["items"]
    begun = [each for each in listed if each["referral_id"].startswith(f"{care.referral_id}-R")]
    task = max(begun, key=lambda each: str(each["created_at"]))
    return Late(care, task["links"]["self"])


async def has_tried(house: Office, care: CareCase) -> bool:
    """Whether the step has found its service away; its next try is an hour off."""
    tried = select(DeliveryAttempt).where(DeliveryAttempt.idempotency_key == f"{care.case_id}:send#1")
    async with house.database.reader() as session:
        return (await session.exec(tried)).first() is not None


async def held(house: Office, **changed: Any) -> Late:
    found = await late(house, **changed)
    await house.coordinator.do(f"{found.task}/claim")
    return found


async def printed(house: Office) -> list[Audit]:
    async with house.database.reader() as session:
        return list(await session.exec(select(Audit).where(Audit.action == "referral.printed")))


async def test_the_page_says_to_whom_about_whom_and_what_the_step_would_have_sent(house: Office) -> None:
    found = await held(house)
    page = await house.coordinator.get(found.page)
    assert page.status_code == 200, page.text
    assert page.headers["content-type"].startswith("text/html")
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for said in (
        "Valley &lt;dental&gt; clinic",
        "valley clinic",
        "dr.crane",
        "dr.heron",
        "+44 1632 960100",
        "+44 1632 960101",
        "Testina &lt;Beispiel&gt;",
        "1970-02-03",
        "MRN-77",
        "Are the &lt;teeth&gt; fit?",
        "Check before radiotherapy",
        "urgent",
        "Dr Doe",
        "riverside hospital",
        found.care.referral_id,
        "Warfarin (dose: 3 mg)",
        "Loose tooth",
        "because the electronic way was down",
    ):
        assert said in page.text, said


async def test_what_profile_and_agreement_keep_back_is_not_on_the_page_which_says_so(house: Office) -> None:
    found = await held(house)
    page = (await house.coordinator.get(found.page)).text
    assert ("Secret" in page, "Penicillin" in page) == (False, False)
    assert "Not everything is said here: allergies" in page


async def test_printing_is_audited_as_such_about_the_case_of_the_step_and_leaves_no_other_trace(house: Office) -> None:
    found = await held(house)
    before = await disclosures(house)
    await house.coordinator.get(found.page)
    [row] = await printed(house)
    assert (row.case_id, row.actor, row.detail["patient_id"]) == (found.care.case_id, "c.elm", found.care.patient_id)
    assert (row.detail["recipient"], "meds" in row.detail["classes"]) == ("valley", True)
    assert "Warfarin" not in str(row.detail)
    assert interaction_of(row.model_dump()) == "read"
    assert await disclosures(house) == before


async def disclosures(house: Office) -> list[tuple[str, str]]:
    async with house.database.reader() as session:
        rows = await session.exec(select(Disclosure).order_by(col(Disclosure.idempotency_key)))
        return [(row.idempotency_key, row.channel) for row in rows]


async def test_only_who_has_claimed_the_task_reads_it(house: Office) -> None:
    found = await late(house)
    assert await statuses(found, house.coordinator, house.person("c.two", "coordinator")) == [403, 403]
    await house.coordinator.do(f"{found.task}/claim")
    stranger = house.person("c.far", "coordinator", organisation="elsewhere")
    others = (house.person("c.two", "coordinator"), house.admin, house.dentist, found.care.patient, stranger)
    assert await statuses(found, *others) == [403, 403, 403, 404, 404]
    assert (await house.http.get(found.page)).status_code == 401
    assert (await house.coordinator.get("/tasks/unknown/printable")).status_code == 404
    assert await printed(house) == []


async def statuses(found: Late, *people: Person) -> list[int]:
    return [(await each.get(found.page)).status_code for each in people]


async def test_after_a_withdrawal_of_consent_nothing_is_printed_and_the_answer_says_why(house: Office) -> None:
    found = await held(house)
    word = {"scope": "sharing", "given_by": "patient", "method": "verbal"}
    await found.care.patient.do(f"/patients/{found.care.patient_id}/consents/withdrawals", word)
    refused = await house.coordinator.get(found.page)
    assert (refused.status_code, refused.json()["reason"]) == (409, "consent_withdrawn")
    assert "Nothing of it may be sent, by phone or fax either: consent withdrawn." in refused.json()["detail"]
    assert await printed(house) == []


async def test_of_a_case_made_for_the_wrong_patient_nothing_is_printed_nor_that_it_is_one(house: Office) -> None:
    found = await held(house)
    async with house.database.session() as session:
        await seal_case(session, found.care.case_id, actor="dr.oak", now=system_clock())
    refused = await house.coordinator.get(found.page)
    assert refused.status_code == 404
    assert "wrong" not in refused.text


async def test_a_step_that_is_done_or_sends_nothing_has_nothing_to_print(house: Office) -> None:
    found = await held(house)
    body = {"activation": "send#1", "values": {}, "reason": "They have it already"}
    await house.admin.do(f"{found.care.link}/complete", body)
    other = await climbed(house, found.care, "read#1")
    await house.coordinator.do(f"{other.task}/claim")
    for page in (found.page, other.page):
        refused = await house.coordinator.get(page)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "not-now")


async def test_a_task_links_to_its_page_while_it_is_open_and_no_other_task_does(house: Office) -> None:
    found = await held(house)
    links = (await house.coordinator.read(found.task))["links"]
    assert links["printable"] == found.page
    await house.coordinator.do(f"{found.task}/complete", {"values": {}})
    assert "printable" not in (await house.coordinator.read(found.task))["links"]
    assert (await house.coordinator.get(found.page)).status_code == 409
    begun = await house.admin.do("/pathways/two_tasks/cases", {"business_key": f"REF-{number()}"})
    other = begun["opened"][0]["link"]
    assert "printable" not in (await house.dentist.read(other))["links"]
    await house.dentist.do(f"{other}/claim")
    assert (await house.dentist.get(f"{other}/printable")).status_code == 404


async def test_a_case_begun_by_hand_prints_nothing_whatever_step_it_names(house: Office) -> None:
    found = await late(house)
    named = {"about_case": found.care.case_id, "about_work": f"{found.care.case_id}:send#1"}
    body = {"business_key": f"REF-{number()}", "variables": named}
    forged = (await house.admin.do("/pathways/unsent/cases", body))["opened"][0]["link"]
    await house.coordinator.do(f"{forged}/claim")
    assert (await house.coordinator.get(f"{forged}/printable")).status_code == 404


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""),
        (True, "yes"),
        (3.5, "3.5"),
        ([{"text": "A"}, "B", None], "A; B"),
        ({"code": "1", "display": "One", "system": "s"}, "One (code: 1, system: s)"),
        ({"from": "x", "to": {"text": "y"}}, "from: x, to: y"),
        ({}, ""),
    ],
)
def test_a_value_is_said_in_words_with_all_that_it_holds(value: Any, said: str) -> None:
    assert words(value) == said
