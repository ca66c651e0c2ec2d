"""Is everything that goes wrong a problem with a type, a sentence and a remedy, and never patient data?"""

import json
import re
from typing import Any

import pytest

from api.problems import KINDS
from tests.api.conftest import Office, number, referral


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("DELETE", "/tasks", 405, "method-not-allowed"),
        ("GET", "/tasks?size=0", 422, "invalid"),
        ("GET", "/tasks?sort=weather", 422, "invalid"),
        ("GET", "/tasks/no-task", 404, "not-found"),
        ("GET", "/cases/case-000000000000000000000000", 404, "not-found"),
        ("GET", "/pathways/none", 404, "not-found"),
        ("GET", "/pathways/two_tasks/versions/1/diagram.svg", 404, "not-found"),
        ("GET", "/pathways/two_tasks/versions/99999999999/bpmn", 422, "invalid"),
    ],
)
async def test_every_error_is_a_problem(office: Office, method: str, path: str, status: int, kind: str) -> None:
    response = await office.http.request(method, path, headers=office.admin.headers)
    problem = response.json()
    assert (response.status_code, problem["status"]) == (status, status)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem["type"].endswith(f"/problems/{kind}")
    assert problem["detail"]
    assert problem["remedy"]
    assert problem["request_id"] == response.headers["X-Request-ID"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b'{"a": NaN}'])
async def test_what_is_not_json_is_malformed(office: Office, body: bytes) -> None:
    headers = {**office.sender.headers, "Content-Type": "application/json"}
    response = await office.http.post("/referrals", content=body, headers=headers)
    assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (400, "malformed")


async def test_a_body_over_the_limit_is_refused_before_it_is_read(office: Office) -> None:
    headers = {**office.sender.headers, "Content-Type": "application/json"}
    response = await office.http.post("/messages", content=b" " * 1_000_001, headers=headers)
    assert response.status_code == 413
    assert response.headers["Content-Type"] == "application/problem+json"


async def test_the_offending_value_is_never_given_back(office: Office) -> None:
    body = {"referral_id": "R", "patient": {"identifiers": [], "name": {"secret": "Testina Sample"}}}
    response = await office.sender.post("/referrals", body)
    assert response.status_code == 422
    assert "Testina" not in response.text
    assert response.json()["errors"][0]["where"].startswith("referral.patient")


async def test_a_mistake_of_ours_says_nothing_but_the_request_id(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken() -> None:
        raise RuntimeError("Testina Sample has MRN-77")

    routes = list(office.app.router.routes)
    office.app.router.add_api_route("/broken", broken)
    response = await office.http.get("/broken", headers={**office.admin.headers, "X-Request-ID": "abc-1"})
    office.app.router.routes[:] = routes
    assert response.status_code == 500
    assert response.json()["request_id"] == "abc-1"
    logged = capsys.readouterr().out
    assert "broken" in logged
    assert "Testina" not in response.text + logged


async def test_every_kind_of_problem_is_explained_at_its_own_address(office: Office) -> None:
    listed = (await office.http.get("/problems")).json()
    assert len(listed) == len(KINDS)
    for each in listed:
        assert (await office.http.get(each["type"])).json() == each


async def test_the_description_has_tags_and_the_bearer_scheme(office: Office) -> None:
    document: dict[str, Any] = (await office.http.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["tags"], path
            assert operation["summary"], path


async def test_every_reference_of_the_description_leads_somewhere_and_its_examples_are_taken(
    office: Office,
) -> None:
    document: dict[str, Any] = (await office.http.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)):
        assert name in schemas
    for path, media_type in (
        ("/referrals", "application/json"),
        ("/fhir/ServiceRequest", "application/fhir+json"),
    ):
        example = document["paths"][path]["post"]["requestBody"]["content"][media_type]["example"]
        its_own = json.loads(re.sub(r"\b(REF|SR)-\d+", f"EXAMPLE-{number()}", json.dumps(example)))
        response = await office.sender.post(path, its_own, key=None, pathway="two_tasks")
        assert response.status_code == 201, response.text


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("/people/{long}/absences", {"since": "2031-01-01T00:00:00Z", "until": "2031-01-02T00:00:00Z"}),
        ("/people/{long}/authorities", {"delegate": "dr.elm", "reason": "We share the list."}),
        ("/pathways/two_tasks/cases", {"business_key": "LONG-1", "variables": {"patient_id": "long"}}),
        ("/referrals?pathway=two_tasks&key={long}", referral()),
        ("/referrals?pathway=two_tasks", referral(assigner="long")),
    ],
)
async def test_a_key_that_no_index_keeps_is_refused_at_the_door(office: Office, path: str, changed: Any) -> None:
    """PostgreSQL indexes 2,704 bytes at most: a case with a longer key would wait for its first row for ever."""
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 990)))
    body = json.loads(json.dumps(changed).replace('"long"', json.dumps(long)))
    response = await office.admin.post(path.replace("{long}", long), body)
    assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (422, "invalid"), response.text


@pytest.mark.postgres
async def test_a_text_that_postgresql_cannot_keep_is_malformed(postgres_office: Office) -> None:
    for path, params in (("/incidents", {"text": "a\x00b"}), ("/batches/a%00b", {})):
        response = await postgres_office.admin.get(path, **params)
        assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (400, "malformed")


async def test_a_fhir_sender_reads_which_pathways_there_are_and_what_to_correct_in_sentences(office: Office) -> None:
    patient = {"resourceType": "Patient", "id": "p", "identifier": [{"value": "1"}], "name": [{"text": "T. Sample"}]}
    request = {"resourceType": "ServiceRequest", "id": "r", "status": "active", "intent": "order"}
    sent = {**request, "code": {"text": "Filling"}, "subject": {"reference": "#p"}, "contained": [patient]}
    unknown = await office.http.post("/fhir", json=sent, headers=office.sender.headers)
    assert "two_tasks" in unknown.json()["issue"][0]["diagnostics"]
    wrong = await office.http.post("/fhir", json={**sent, "status": "draft"}, headers=office.sender.headers)
    words = wrong.json()["issue"][0]["diagnostics"]
    assert words == "the ServiceRequest is not active. Send it with status active."
