"""Is FHIR in XML taken at the door as JSON is, and answered in XML to who asks for that, mistakes too?"""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from interop.fhir.xml import fhir_json, parse_fhir
from records.tables import Document, Referral
from tests.api.conftest import Office, number
from tests.interop.fhir_as_xml import FHIR, as_xml
from tests.interop.interop_documents import bundle

pytestmark = pytest.mark.temporal


XML = "application/fhir+xml"
CSV_ONLY = {"Accept": "text/csv"}


async def post(office: Office, body: bytes, media_type: str = XML, **params: Any) -> httpx.Response:
    return await posted(office, body, {"Content-Type": media_type}, **params)


async def posted(office: Office, body: bytes, more: dict[str, str], **params: Any) -> httpx.Response:
    headers = {**office.sender.headers, "Content-Type": XML, **more}
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
    for operations in (each for path, each in office.app.openapi()["paths"].items() if path.startswith("/fhir")):
        for operation in operations.values():
            assert [each["name"] for each in operation["parameters"]].count("_format") == 1
            assert all(XML in each["content"] for each in operation["responses"].values())


async def test_the_described_example_is_a_referral(office: Office) -> None:
    content = office.app.openapi()["paths"]["/fhir/ServiceRequest"]["post"]["requestBody"]["content"]
    example = content["application/fhir+xml"]["example"].replace("SR-1", f"SR-{number()}")
    assert (await post(office, example.encode())).status_code == 201


def in_xml(response: httpx.Response) -> dict[str, Any]:
    """The resource of an answer in XML."""
    assert response.headers["Content-Type"] == XML, response.text
    assert int(response.headers["Content-Length"]) == len(response.content)
    return fhir_json(parse_fhir(response.content))[0]


@pytest.mark.parametrize(
    ("accept", "query", "media_type"),
    [
        ("", "", "json"),
        ("*/*", "", "json"),
        ("application/*", "", "json"),
        ("application/fhir+xml", "", "xml"),
        ("text/xml; q=0.5, application/json; q=0.4", "", "xml"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "", "xml"),
        ("application/fhir+xml, application/fhir+json", "", "json"),
        ("Application/FHIR+XML ;fhirVersion=4.0", "", "xml"),
        ("application/fhir+xml; fhirVersion=5.0, application/json; q=0.1", "", "json"),
        ("application/fhir+json;q=0, */*", "", "xml"),
        ("text/csv", "", None),
        ("application/fhir+json; fhirVersion=3.0", "", None),
        ("*/*;q=0", "", None),
        ("text/csv", "_format=xml", "xml"),
        ("application/fhir+xml", "_format=json", "json"),
        ("", "_format=application/fhir+xml", "xml"),
        ("", "_format=application/fhir%2Bxml", "xml"),
        ("", "_format=", "json"),
        ("application/json", "_format=html", None),
    ],
)
async def test_the_answer_has_the_form_that_is_wanted_most(
    office: Office, accept: str, query: str, media_type: str | None
) -> None:
    response = await office.http.get(f"/fhir/metadata?{query}", headers={"Accept": accept})
    if media_type is None:
        assert (response.status_code, response.json()["issue"][0]["code"]) == (406, "not-supported")
    else:
        assert (response.status_code, response.headers["Content-Type"]) == (200, f"application/fhir+{media_type}")
        found = in_xml(response) if media_type == "xml" else response.json()
        assert found == (await office.http.get("/fhir/metadata")).json()


async def test_nothing_is_begun_for_who_wants_the_answer_in_another_form(office: Office) -> None:
    sent = numbered()
    assert (await posted(office, sent, CSV_ONLY)).status_code == 406
    assert (await post(office, sent)).status_code == 201
    assert (await office.http.get("/fhir/Task", headers=CSV_ONLY)).status_code == 401


async def test_the_task_of_a_referral_and_lists_are_answered_in_xml_with_what_the_json_says(office: Office) -> None:
    task = in_xml(await posted(office, numbered(), {"Accept": XML, "Idempotency-Key": f"key-{number()}"}))
    assert (task["resourceType"], task["contained"][0]["resourceType"]) == ("Task", "OperationOutcome")
    officer = office.person("p.fir", "privacy_officer", "coordinator", "key_worker")
    for path in (f"/fhir/Task/{task['id']}", "/fhir/Task?size=2", "/fhir/AuditEvent?_count=3&before=9"):
        as_json = (await officer.get(path)).json()
        link = {"link": as_json["link"]} if "link" in as_json else {}
        found = in_xml(await office.http.get(path, headers={**officer.headers, "Accept": "application/xml"}))
        assert {**found, **link} == as_json


async def test_mistakes_are_answered_in_xml_and_so_is_one_of_ours(office: Office) -> None:
    async def broken() -> None:
        raise RuntimeError

    wrong = numbered().replace(b'<priority value="urgent"', b'<priority value="soon"')
    issue = in_xml(await posted(office, wrong, {"Accept": XML}))["issue"][0]
    assert issue["expression"] == ["Bundle.entry[1].resource.priority"]
    unknown = await office.http.get("/fhir/Task", headers={"Accept": XML})
    assert (unknown.status_code, in_xml(unknown)["issue"][0]["code"]) == (401, "login")
    routes = list(office.app.router.routes)
    office.app.router.add_api_route("/fhir/broken", broken)
    failed = await office.http.get("/fhir/broken", headers={**office.sender.headers, "Accept": XML})
    office.app.router.routes[:] = routes
    assert (failed.status_code, in_xml(failed)["issue"][0]["code"]) == (500, "exception")


@pytest.mark.parametrize("accept", ["application/fhir+json", XML])
async def test_who_prefers_an_outcome_reads_what_is_missing_instead_of_the_task(office: Office, accept: str) -> None:
    wanted = {"Accept": accept, "Prefer": "return=OperationOutcome"}
    response = await posted(office, numbered(), wanted)
    found = in_xml(response) if accept == XML else response.json()
    assert response.headers["Preference-Applied"] == "return=OperationOutcome"
    assert "/fhir/Task/case-" in response.headers["Location"]
    said = {each["diagnostics"]: each["severity"] for each in found["issue"]}
    assert found["resourceType"] == "OperationOutcome"
    assert any(text.startswith("Completeness: ") for text in said)
    assert said["Missing (required): The question that is to be answered."] == "warning"
    assert said["Missing (wanted): How the patient can be reached."] == "information"
    whole = (await post(office, numbered())).json()
    assert {each["diagnostics"] for each in whole["contained"][0]["issue"]} == set(said)
