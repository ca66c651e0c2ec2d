"""Does a referral reach the other service once, however often it is sent?"""

import json

import httpx
import pytest
from pydantic import ValidationError
from sqlmodel import select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.directory import Directory
from activities.outbound import Outbound
from activities.record import Record
from activities.referral import Referrals
from records.database import Database
from records.tables import DeliveryAttempt, Notification, ServiceInbox
from tests.activities.conftest import Sent, clock, work
from tests.outside import Clinic
from workflows.contract import names
from workflows.contract.requests import WorkResult

INSIDE = Directory.model_validate(
    {"services": {"dental_oncology": {"name": "Dental oncology", "named_contact": "pr/1", "deputy": "pr/2"}}}
)
PATIENT = {"name": "Testina Beispiel", "identifiers": [{"system": "urn:mrn", "value": "MRN-7"}]}


def outside(clinic: Clinic, format: str) -> Directory:
    service = {**INSIDE.services["dental_oncology"].model_dump(), "endpoint": {"url": clinic.url, "format": format}}
    return Directory.model_validate({"services": {"dental_oncology": service}})


async def send(outbound: Outbound, sent: Sent, beginner: Sent | None = None, **given: object) -> WorkResult:
    return await ActivityEnvironment().run(Referrals(outbound, sent, beginner or Sent()).send, work(**given))  # type: ignore[arg-type]


async def inbox(database: Database) -> list[ServiceInbox]:
    async with database.reader() as session:
        return list(await session.exec(select(ServiceInbox)))


async def test_a_referral_lands_in_the_inbox_of_its_service_with_named_contact_and_deputy(
    database: Database, http: httpx.AsyncClient, sent: Sent
) -> None:
    await send(Outbound(database, INSIDE, http, clock), sent, reason="trismus", patient=PATIENT)
    (delivery,) = await inbox(database)
    assert (delivery.service, delivery.named_contact, delivery.deputy) == ("dental_oncology", "pr/1", "pr/2")
    assert delivery.referral["reason"] == "trismus"


@pytest.mark.parametrize(("vetting_role", "given"), [("ent_surgeon", "ent_surgeon"), ("", None)])
async def test_the_case_learns_who_vets_for_the_service_when_the_directory_says_so(
    database: Database, http: httpx.AsyncClient, sent: Sent, vetting_role: str, given: str | None
) -> None:
    service = {**INSIDE.services["dental_oncology"].model_dump(), "vetting_role": vetting_role}
    directory = Directory.model_validate({"services": {"dental_oncology": service}})
    result = await send(Outbound(database, directory, http, clock), sent, patient=PATIENT)
    assert result.variables["recipient"].get("vetting_role") == given


@pytest.mark.parametrize("role", ["nobody", "booking_office"])
def test_only_a_role_that_reads_referrals_can_vet_them(role: str) -> None:
    service = {**INSIDE.services["dental_oncology"].model_dump(), "vetting_role": role}
    with pytest.raises(ValidationError, match="reads referrals"):
        Directory.model_validate({"services": {"dental_oncology": service}})


async def test_the_header_to_service_means_the_service_that_the_case_names(
    database: Database, http: httpx.AsyncClient, sent: Sent
) -> None:
    headers = {"message": "referral.requested", "to": "service"}
    await send(Outbound(database, INSIDE, http, clock), sent, headers=headers)
    assert [delivery.service for delivery in await inbox(database)] == ["dental_oncology"]


async def test_whom_a_step_names_besides_reads_in_the_inbox_that_something_was_sent(
    database: Database, http: httpx.AsyncClient, sent: Sent
) -> None:
    outbound = Outbound(database, INSIDE, http, clock)
    await send(outbound, sent)
    headers = {"message": "referral.info_requested", "tell": "referrer", "text": "Information is missing."}
    for _ in range(2):
        await send(outbound, sent, headers=headers)
    async with database.reader() as session:
        (told,) = await session.exec(select(Notification))
    assert (told.recipient_kind, told.recipient, told.text) == ("role", "referrer", "Information is missing.")


async def test_sending_again_is_one_delivery_and_the_same_acknowledgement(
    database: Database, http: httpx.AsyncClient, sent: Sent
) -> None:
    outbound = Outbound(database, INSIDE, http, clock)
    await send(outbound, sent)
    await send(outbound, sent)
    assert len(await inbox(database)) == 1
    assert len({message.message_id for message, _ in sent.messages}) == 1


async def test_our_own_inbox_acknowledges_receipt_to_the_case_that_sent(
    database: Database, http: httpx.AsyncClient, sent: Sent
) -> None:
    await send(Outbound(database, INSIDE, http, clock), sent)
    message, case_id = sent.messages[0]
    assert (message.name, message.correlation_key, case_id) == ("referral.received", "REF-1", "case-1")


async def test_a_recipient_sees_the_referral_and_nothing_else_of_the_case(
    database: Database, http: httpx.AsyncClient, sent: Sent
) -> None:
    await send(Outbound(database, INSIDE, http, clock), sent, reason="trismus", mental_health_note="private")
    assert "private" not in json.dumps((await inbox(database))[0].referral)


async def test_an_answer_goes_to_the_requester_and_expects_no_acknowledgement(
    database: Database, http: httpx.AsyncClient, sent: Sent
) -> None:
    headers = {"message": "referral.outcome", "to": "requester"}
    beginner = Sent()
    outbound = Outbound(database, INSIDE, http, clock)
    await send(outbound, sent, beginner, headers=headers, outcome="seen", note="private")
    assert [(d.service, d.referral["message"]) for d in await inbox(database)] == [("requester", "referral.outcome")]
    assert sent.messages == []
    ((told, case_id),) = beginner.messages
    assert (told.name, told.correlation_key, told.variables, case_id) == (
        "referral.outcome",
        "REF-1",
        {"outcome": "seen"},
        "case-1",
    )


@pytest.mark.parametrize(
    ("message", "heard", "told"),
    [
        ("referral.status.declined", False, ["referral.status.declined"]),
        ("referral.status.declined", True, []),
        ("referral.info_requested", True, ["referral.info_requested"]),
    ],
)
async def test_who_began_a_referral_and_hears_how_a_rejection_is_settled_is_not_told_of_it_besides(
    database: Database, http: httpx.AsyncClient, sent: Sent, message: str, heard: bool, told: list[str]
) -> None:
    beginner = Sent()
    headers = {"message": message, "to": "requester"}
    await send(Outbound(database, INSIDE, http, clock), sent, beginner, headers=headers, rejection_heard=heard)
    assert [each.name for each, _ in beginner.messages] == told
    assert [delivery.service for delivery in await inbox(database)] == ["requester"], "the letter goes out all the same"


async def test_a_service_outside_gets_a_fhir_message_under_one_idempotency_key(
    database: Database, http: httpx.AsyncClient, sent: Sent, clinic: Clinic
) -> None:
    await send(Outbound(database, outside(clinic, "fhir"), http, clock), sent, patient=PATIENT, priority="stat")
    head, _, body = clinic.requests[0].partition("\r\n\r\n")
    assert "Idempotency-Key: case-1:send#1" in head
    resources = {entry["resource"]["resourceType"]: entry["resource"] for entry in json.loads(body)["entry"]}
    assert resources["ServiceRequest"]["subject"] == {"identifier": {"system": "urn:mrn", "value": "MRN-7"}}
    assert resources["ServiceRequest"]["priority"] == "stat"
    assert resources["Task"]["status"] == "requested"
    assert sent.messages == []


async def test_the_medical_record_gets_each_risk_of_the_mouth_as_a_flag(
    database: Database, http: httpx.AsyncClient, clinic: Clinic
) -> None:
    service = {"name": "Record", "named_contact": "pr/1", "deputy": "pr/2"}
    at = {**service, "endpoint": {"url": clinic.url, "format": "fhir"}}
    outbound = Outbound(database, Directory.model_validate({"services": {"record": at}}), http, clock)
    risks = [{"code": "antiresorptive", "text": "Osteonecrosis of the jaw"}, {"code": "diabetes", "text": "Gums"}]
    await ActivityEnvironment().run(Record(outbound).update, work(patient=PATIENT, oral_risks=risks))
    _, _, body = clinic.requests[0].partition("\r\n\r\n")
    resources = [entry["resource"] for entry in json.loads(body)["entry"]]
    flags = [each for each in resources if each["resourceType"] == "Flag"]
    assert [(each["code"]["text"], each["code"]["coding"][0]["code"]) for each in flags] == [
        ("Osteonecrosis of the jaw", "antiresorptive"),
        ("Gums", "diabetes"),
    ]
    assert {(each["status"], each["subject"]["identifier"]["value"]) for each in flags} == {("active", "MRN-7")}


@pytest.mark.parametrize(
    ("status", "kind"),
    [(503, names.SERVICE_AWAY), (429, names.SERVICE_AWAY), (422, "dental_oncology answered 422")],
)
async def test_a_refusing_endpoint_is_tried_again_only_when_that_can_help(
    database: Database, http: httpx.AsyncClient, sent: Sent, clinic: Clinic, status: int, kind: str
) -> None:
    clinic.statuses = [status]
    with pytest.raises(ApplicationError) as failed:
        await send(Outbound(database, outside(clinic, "json"), http, clock), sent, patient=PATIENT)
    assert failed.value.non_retryable is (kind != names.SERVICE_AWAY)
    assert failed.value.type == kind
    assert "Testina" not in str(failed.value)


async def test_an_endpoint_that_is_down_is_tried_again_and_every_attempt_is_on_record(
    database: Database, http: httpx.AsyncClient, sent: Sent
) -> None:
    with pytest.raises(ApplicationError) as failed:
        await send(Outbound(database, outside(Clinic(port=1), "json"), http, clock), sent)
    assert not failed.value.non_retryable
    async with database.reader() as session:
        attempts = list(await session.exec(select(DeliveryAttempt)))
    assert [(a.idempotency_key, a.status, a.error) for a in attempts] == [("case-1:send#1", None, "ConnectError")]


async def test_a_referral_to_nobody_stops_at_once(database: Database, http: httpx.AsyncClient, sent: Sent) -> None:
    with pytest.raises(ApplicationError) as failed:
        await send(Outbound(database, INSIDE, http, clock), sent, service=None)
    assert failed.value.non_retryable


async def test_the_record_system_learns_the_outcome_once(database: Database, http: httpx.AsyncClient) -> None:
    record = Record(Outbound(database, INSIDE, http, clock))
    for _ in range(2):
        await ActivityEnvironment().run(record.update, work(report={"plan": "none"}))
    assert [(d.service, d.referral["report"]) for d in await inbox(database)] == [("record", {"plan": "none"})]
