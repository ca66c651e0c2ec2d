"""How FHIR may be sent, and what its sender wants back: stated forms and versions, packed bodies, `Prefer`."""

import gzip
import json
from typing import Any

import httpx
import pytest
from sqlmodel import select

from interop.fhir.xml import fhir_json, parse_fhir
from records.tables import Audit, Document
from tests.api.conftest import Office, number
from tests.interop.fhir_as_xml import as_xml
from tests.interop.interop_documents import bundle

pytestmark = pytest.mark.temporal
JSON = "application/fhir+json"
XML = "application/fhir+xml"


def numbered() -> dict[str, Any]:
    return bundle(identifier=[{"system": "urn:placer", "value": f"SR-{number()}"}])


async def post(office: Office, body: bytes, *headers: tuple[str, str]) -> httpx.Response:
    given = [*office.sender.headers.items(), *headers]
    return await office.http.post("/fhir", content=body, headers=given, params={"pathway": "two_tasks"})


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/fhir+json; charset=utf-8; fhirVersion=4.0", 201),
        ('application/json; fhirVersion="4.0.1"', 201),
        ("application/fhir+json; fhirVersion=3.0", 415),
        ("application/fhir+json;FHIRVERSION=5.0", 415),
        ("application/json+fhir", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
async def test_json_is_taken_under_its_names_and_as_r4_only(office: Office, media_type: str, status: int) -> None:
    response = await post(office, json.dumps(numbered()).encode(), ("Content-Type", media_type))
    assert response.status_code == status, response.text


async def test_a_body_that_says_nothing_of_itself_is_taken_for_what_it_looks_like(office: Office) -> None:
    assert (await post(office, json.dumps(numbered()).encode())).status_code == 201
    assert (await post(office, as_xml(numbered()))).status_code == 201


async def test_xml_that_is_said_to_be_json_is_told_how_to_say_so(office: Office) -> None:
    response = await post(office, as_xml(numbered()), ("Content-Type", JSON))
    assert (response.status_code, "Content-Type: application/fhir+xml" in response.text) == (400, True)
    other = await post(office, b"", ("Content-Type", "application/fhir+turtle"))
    assert (other.status_code, "send application/fhir+json or application/fhir+xml" in other.text) == (415, True)


async def test_a_packed_body_is_refused_as_such(office: Office) -> None:
    packed = gzip.compress(json.dumps(numbered()).encode())
    response = await post(office, packed, ("Content-Type", JSON), ("Content-Encoding", "gzip"))
    assert (response.status_code, response.headers["Accept-Encoding"]) == (415, "identity")
    assert "send it unpacked" in response.json()["issue"][0]["diagnostics"]


async def test_a_member_that_stands_twice_is_refused_since_one_of_them_would_be_lost(office: Office) -> None:
    twice = b'"priority": "routine", "priority": "stat"'
    body = json.dumps(numbered()).encode().replace(b'"priority": "urgent"', twice)
    response = await post(office, body, ("Content-Type", JSON))
    assert (response.status_code, response.json()["issue"][0]["code"]) == (400, "structure")
    assert "the member 'priority' stands twice" in response.json()["issue"][0]["diagnostics"]


async def test_json_is_kept_as_it_was_posted(office: Office) -> None:
    body = json.dumps(numbered(), indent=1).encode()
    case_id = (await post(office, body, ("Content-Type", JSON))).json()["id"]
    async with office.database.reader() as session:
        kept = (await session.exec(select(Document).where(Document.case_id == case_id))).one()
    assert kept.content == body


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("return=minimal", "return=minimal"),
        ('respond-async, Return = "MINIMAL"', "return=minimal"),
        ("return=representation", "return=representation"),
        ("return=everything", None),
        ("handling=lenient", None),
    ],
)
@pytest.mark.parametrize("accept", [JSON, XML])
async def test_what_is_returned_is_what_was_preferred(
    office: Office, prefer: str, applied: str | None, accept: str
) -> None:
    response = await post(office, json.dumps(numbered()).encode(), ("Prefer", prefer), ("Accept", accept))
    assert (response.status_code, response.headers.get("Preference-Applied")) == (201, applied)
    assert "/fhir/Task/case-" in response.headers["Location"]
    if applied == "return=minimal":
        assert (response.content, response.headers.get("Content-Type")) == (b"", None)
        return
    found = fhir_json(parse_fhir(response.content))[0] if accept == XML else response.json()
    assert (found["resourceType"], found["contained"][0]["resourceType"]) == ("Task", "OperationOutcome")


async def test_preferences_may_come_in_several_headers_and_differ_between_retries(office: Office) -> None:
    body, key = json.dumps(numbered()).encode(), ("Idempotency-Key", f"key-{number()}")
    first = await post(office, body, key, ("Prefer", "handling=strict"), ("Prefer", "return=minimal"))
    again = await post(office, body, key, ("Prefer", "return=OperationOutcome"))
    assert (first.content, first.headers["Location"]) == (b"", again.headers["Location"])
    assert (again.headers["Idempotency-Replayed"], again.json()["resourceType"]) == ("true", "OperationOutcome")
    assert "id" not in again.json()


async def test_what_is_refused_says_why_whatever_is_preferred(office: Office) -> None:
    wrong = json.dumps({**numbered(), "type": "batch"}).encode()
    response = await post(office, wrong, ("Prefer", "return=minimal"))
    assert (response.status_code, response.json()["resourceType"]) == (422, "OperationOutcome")


async def test_what_a_consent_in_the_bundle_denies_is_on_record_before_anything_leaves(office: Office) -> None:
    document = numbered()
    mrn = [{"system": "urn:mrn", "value": f"MRN-{number()}"}, {"system": "urn:nhs", "value": f"NHS-{number()}"}]
    document["entry"][0]["resource"] |= {"identifier": mrn, "birthDate": "1960-02-01"}
    plain = await post(office, json.dumps(document).encode())
    subject = plain.json()["for"]["identifier"]["value"]
    denial = {"resourceType": "Consent", "status": "active", "provision": {"type": "deny"}}
    document["entry"].append({"resource": {**denial, "patient": {"reference": "urn:uuid:p"}}})
    again = await post(office, json.dumps(document).encode())
    assert (plain.status_code, again.status_code) == (201, 409), "the referral keeps its case"
    found = await office.dentist.read(f"/patients/{subject}/consents")
    assert [(each["scope"], each["status"], each["method"]) for each in found["consents"]] == [
        ("sharing", "refused", "fhir")
    ]
    assert found["state"] == "opted_out"
    async with office.database.reader() as session:
        audited = await session.exec(select(Audit.detail).where(Audit.action == "consent.refused"))
        assert {"patient_id": subject, "scope": "sharing"} in [
            {name: detail.get(name) for name in ("patient_id", "scope")} for detail in audited
        ]


async def test_whoever_sends_a_denial_reads_how_it_was_taken(office: Office) -> None:
    document = numbered()
    denial = {"resourceType": "Consent", "status": "active", "provision": {"type": "deny"}}
    document["entry"].append({"resource": {**denial, "patient": {"reference": "urn:uuid:p"}}})
    answer = await post(office, json.dumps(document).encode())
    assert (answer.status_code, "taken as an objection to all sharing" in answer.text) == (201, True)
