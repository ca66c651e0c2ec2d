"""Which pathways are published, would a diagram be accepted, and what does the Temporal UI get to see?"""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from google.protobuf.json_format import MessageToDict
from joserfc import jwt
from joserfc.jwk import KeySet, KeySetSerialization
from temporalio.api.common.v1 import Payload

from api.app import create_app
from api.issuer import DemoIssuer
from api.settings import api_settings_from
from tests.api.conftest import DRAWN, Office, open_office, settings
from workflows.host.settings import SettingsError

pytestmark = pytest.mark.temporal


async def test_published_pathways_are_listed_with_their_diagrams(office: Office) -> None:
    listed = {each["key"]: each for each in await office.dentist.read("/pathways")}
    found = listed["pre_rt_dental_clearance"]
    assert found == await office.dentist.read("/pathways/pre_rt_dental_clearance")
    bpmn = await office.dentist.get(found["links"]["bpmn"])
    assert bpmn.content == (DRAWN / "pathway.bpmn").read_bytes()
    svg = await office.dentist.get(found["links"]["diagram"])
    assert svg.text.lstrip().startswith("<svg")
    assert (await office.dentist.get("/pathways/two_tasks/versions/9/bpmn")).status_code == 404


async def test_a_broken_diagram_is_told_with_its_line(office: Office) -> None:
    broken = (DRAWN / "pathway.bpmn").read_bytes().replace(b'targetRef="assess"', b'targetRef="nowhere"')
    response = await office.http.post("/pathways/check", content=broken, headers=office.dentist.headers)
    checked = response.json()
    assert checked["publishable"] is False
    assert any(each["line"] > 0 and each["severity"] == "error" for each in checked["findings"])


async def test_what_only_publication_forbids_is_not_called_publishable(office: Office) -> None:
    slipped = (DRAWN / "pathway.bpmn").read_bytes().replace(b'type="referral.send"', b'type="referral.sned"')
    response = await office.http.post("/pathways/check", content=slipped, headers=office.dentist.headers)
    errors = [each for each in response.json()["findings"] if each["severity"] == "error"]
    assert {each["rule"] for each in errors} == {"unknown-work"}
    assert all("Did you mean 'referral.send'?" in each["remedy"] for each in errors)
    assert response.json()["publishable"] is False


async def test_a_good_diagram_is_publishable(office: Office) -> None:
    source = (DRAWN / "pathway.bpmn").read_bytes()
    response = await office.http.post("/pathways/check", content=source, headers=office.dentist.headers)
    assert response.json()["publishable"] is True


async def test_the_capability_statement_is_open_and_names_this_address(office: Office) -> None:
    statement = (await office.http.get("/fhir/metadata")).json()
    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")


async def test_health_says_that_database_and_temporal_answer(office: Office) -> None:
    assert (await office.http.get("/health/live")).json() == {"status": "live"}
    async with asyncio.timeout(60):  # Temporal is asked with little patience: on a busy machine it may answer late
        while (answer := await office.http.get("/health/ready")).status_code == 503:
            await asyncio.sleep(0.5)
    assert answer.json() == {"status": "ready"}


async def test_only_an_administrator_decrypts_payloads_for_the_temporal_ui(office: Office) -> None:
    plain = MessageToDict(Payload(metadata={"encoding": b"json/plain"}, data=b'"Testina Sample"'))
    sealed: dict[str, Any] = await office.admin.do("/codec/encode", {"payloads": [plain]})
    assert sealed["payloads"][0]["data"] != plain["data"]
    assert (await office.admin.do("/codec/decode", sealed))["payloads"] == [plain]
    assert (await office.dentist.post("/codec/decode", sealed)).status_code == 403
    assert (await office.http.post("/codec/decode", json=sealed)).status_code == 401


async def test_the_temporal_ui_may_ask_the_codec_from_its_own_address(office: Office) -> None:
    headers = {
        "Origin": "http://127.0.0.1:8233",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-namespace",
    }
    response = await office.http.options("/codec/decode", headers=headers)
    assert response.headers["access-control-allow-origin"] == "http://127.0.0.1:8233"
    stranger = await office.http.options("/codec/decode", headers={**headers, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers


async def test_the_demo_issuer_is_there_only_when_it_was_switched_on(office: Office) -> None:
    assert (await office.admin.get("/demo-issuer/token", person="dr.oak")).status_code == 404


async def test_the_demo_issuer_signs_in_its_people_and_browsers_by_link(
    office: Office, tmp_path: Path, dev_server: Any, key_ring: Any
) -> None:
    people = tmp_path / "people.yaml"
    people.write_text("people:\n  - {id: c.demo, name: Demo Coordinator, roles: [coordinator]}\n")
    demo = {
        "demo_issuer": True,
        "run_directory": tmp_path,
        "people": people,
        "base_url": "http://api.example",
    }
    async with open_office(f"sqlite:///{tmp_path / 'demo.sqlite'}", dev_server, key_ring, **demo) as office:
        answer = (await office.http.get("/demo-issuer/token", params={"person": "c.demo"})).json()
        signed_in = {"Authorization": f"Bearer {answer['access_token']}"}
        assert (await office.http.get("/cases", headers=signed_in)).status_code == 200
        discovery = (await office.http.get("/demo-issuer/.well-known/openid-configuration")).json()
        assert (await office.http.get(discovery["jwks_uri"])).json()["keys"][0]["kty"] == "RSA"
        assert "d" not in (await office.http.get("/demo-issuer/jwks")).json()["keys"][0]
        by_link = await office.http.get("/cases/none/page", params=answer)
        assert by_link.status_code == 404
        assert (await office.http.get("/cases", params=answer)).status_code == 401
        assert (await office.http.get("/demo-issuer/token", params={"person": "nobody"})).status_code == 404
        assert (tmp_path / "demo-issuer.pem").stat().st_mode & 0o777 == 0o600
        again = create_app(settings(**demo), office.database, office.gateway)
        assert again.state.demo_issuer.jwks == office.app.state.demo_issuer.jwks


def test_the_demo_issuer_says_whose_record_is_a_patients_own_and_nobody_elses(tmp_path: Path) -> None:
    people = tmp_path / "people.yaml"
    people.write_text("people:\n  - {id: p, name: P, roles: [patient]}\n  - {id: c, name: C, roles: [coordinator]}\n")
    issuer = DemoIssuer(settings(demo_issuer=True, run_directory=tmp_path, people=people))
    for person, expected in (("p", "patient-1"), ("c", None)):
        keys = KeySet.import_key_set(cast(KeySetSerialization, issuer.jwks))
        claims = jwt.decode(issuer.token(person, "patient-1"), keys).claims
        assert claims.get("patient_id") == expected


async def test_a_page_takes_no_token_from_its_address_outside_the_demo(office: Office) -> None:
    bare = office.coordinator.headers["Authorization"].removeprefix("Bearer ")
    response = await office.http.get("/cases/none/page", params={"access_token": bare})
    assert response.status_code == 401


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "PATHWAYS_CASE_ID_SECRET"),
        ({"PATHWAYS_CASE_ID_SECRET": "short"}, "at least 16"),
        ({"PATHWAYS_CASE_ID_SECRET": "x" * 32}, "PATHWAYS_OIDC_ISSUER"),
        ({"PATHWAYS_CASE_ID_SECRET_FILE": "/nowhere"}, "cannot be read"),
    ],
)
def test_settings_that_would_not_work_are_refused_by_name(environment: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        api_settings_from(environment)
