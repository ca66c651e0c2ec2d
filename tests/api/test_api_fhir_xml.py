"""Is FHIR in XML taken at the door as JSON is, and are its mistakes answered with line and remedy?"""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from records.tables import Document, Referral
from tests.api.conftest import Office, number
from tests.interop.fhir_as_xml import FHIR, as_xml
from tests.interop.interop_documents import bundle

pytestmark = pytest.mark.temporal


async def post(office: Office, body: bytes, media_type: str = "application/fhir+xml", **params: Any) -> httpx.Response:
    headers = {**office.sender.headers, "Content-Type": media_type}
    return await office.http.post("/fhir", content=body, headers=headers, params={"pathway": "two_tasks", **params})


def numbered() -> bytes:
    return as_xml(bundle(identifier=[{"system": "urn:placer", "value": f"SR-{number()}"}]))


@pytest.mark.parametrize("media_type", ["application/fhir+xml; charset=utf-8", "Application/XML", "text/xml"])
async def test_a_bundle_in_xml_becomes_a_case_and_its_xml_is_kept(office: Office, media_type: str) -> None:
    sent = numbered()
    response = await post(office, sent, media_type)
    assert response.status_code == 201, response.text
    assert response.headers["Content-Type"] == "application/fhir+json"
    case_id = response.json()["id"]
    async with office.database.reader() as session:
        kept = (await session.exec(select(Document).where(Document.case_id == case_id))).one()
        row = (await session.exec(select(Referral).where(Referral.case_id == case_id))).one()
    assert (kept.content, kept.content_type) == (sent, "application/fhir+xml")
    assert row.document["referral"]["patient"]["name"] == "Testina Sample"
    assert (await post(office, sent)).status_code == 409


async def test_a_mistake_in_xml_is_answered_with_path_line_and_remedy(office: Office) -> None:
    sent = numbered().replace(b'<priority value="urgent"', b'<priority value="soon"')
    response = await post(office, sent)
    issue = response.json()["issue"][0]
    line = sent[: sent.index(b"<priority")].count(b"\n") + 1
    assert (response.status_code, issue["expression"]) == (422, ["Bundle.entry[1].resource.priority"])
    assert f"(line {line})" in issue["diagnostics"]
    assert "Use one of: asap, routine, stat, urgent" in issue["diagnostics"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"<Bundle", b"<Bundle/>", f"<Bundle {FHIR}>\xff</Bundle>".encode("latin-1"), b"<!DOCTYPE a><a/>"],
)
async def test_what_is_no_fhir_xml_is_malformed(office: Office, body: bytes) -> None:
    response = await post(office, body)
    assert (response.status_code, response.json()["resourceType"]) == (400, "OperationOutcome")


async def test_only_the_fhir_door_takes_xml(office: Office) -> None:
    headers = {**office.sender.headers, "Content-Type": "application/fhir+xml"}
    for path in ("/referrals", "/ihe/360x"):
        assert (await office.http.post(path, content=numbered(), headers=headers)).status_code == 415
    assert (await post(office, numbered(), "text/csv")).status_code == 415


async def test_the_statement_says_what_is_read_and_what_is_answered(office: Office) -> None:
    said = (await office.http.get("/fhir/metadata")).json()
    assert said["format"] == ["application/fhir+json", "application/fhir+xml"]
    described = office.app.openapi()["paths"]["/fhir"]["post"]["requestBody"]["content"]
    assert set(described) == {"application/fhir+json", "application/fhir+xml"}


async def test_the_described_example_is_a_referral(office: Office) -> None:
    content = office.app.openapi()["paths"]["/fhir/ServiceRequest"]["post"]["requestBody"]["content"]
    example = content["application/fhir+xml"]["example"].replace("SR-1", f"SR-{number()}")
    assert (await post(office, example.encode())).status_code == 201
