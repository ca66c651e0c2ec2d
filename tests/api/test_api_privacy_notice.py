"""Does anybody see anything of a patient before they have acknowledged the privacy notice of the site?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlmodel import col, select

from api.app import create_app
from api.claims import Person as Someone
from api.privacy_gate import must_acknowledge
from api.privacy_notice import NoticeError, PrivacyNotice, notice_from
from records.tables import Audit
from tests.api.attacking import filled
from tests.api.conftest import Office, Person, number, referral, settings, token

ACKNOWLEDGE = "/privacy-notice/acknowledgements"


@pytest_asyncio.fixture
async def gated(office: Office) -> AsyncIterator[Office]:
    """The office's API with a notice of its own, on the same database."""
    notice = PrivacyNotice(version=f"v{number()}", texts={"en": "Look only at what you need.", "de": "Nur das Nötige."})
    app = create_app(settings(privacy_notice=notice), office.database, office.gateway, keys=office.here.keys)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as http:
        yield Office(app, http, office.database, office.gateway)


async def read(person: Person) -> dict[str, Any]:
    """Read the notice and acknowledge it."""
    notice = await person.read("/privacy-notice")
    done: dict[str, Any] = await person.do(notice["links"]["acknowledge"], {"version": notice["version"]})
    return done


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json().get("type", "")).rpartition("/")[2]


@pytest.mark.temporal
async def test_who_has_not_acknowledged_is_told_where_and_then_sees_and_may_what_is_theirs(gated: Office) -> None:
    case = (await gated.refer("two_tasks"))["links"]["case"]
    coordinator = gated.person(f"c.{number()}", "coordinator")
    refused = await coordinator.get(case)
    assert problem(refused) == (403, "privacy-not-acknowledged")
    told = refused.json()
    assert (told["notice"], told["acknowledge"], "Testina" in refused.text) == ("/privacy-notice", ACKNOWLEDGE, False)
    notice = await coordinator.read("/privacy-notice", language="de")
    assert (notice["text"], notice["required"], notice["acknowledged_at"]) == ("Nur das Nötige.", True, None)
    first = await read(coordinator)
    assert (first["version"], first["acknowledged_at"]) == (
        told["version"],
        (await read(coordinator))["acknowledged_at"],
    )
    assert (await coordinator.get(case)).status_code == 200
    assert (await coordinator.read("/privacy-notice"))["acknowledged_at"] == first["acknowledged_at"]


@pytest.mark.temporal
async def test_refusal_and_acknowledgement_are_in_the_audit(gated: Office) -> None:
    name = f"c.{number()}"
    coordinator = gated.person(name, "coordinator")
    await coordinator.get("/tasks")
    await read(coordinator)
    await read(coordinator)
    async with gated.database.reader() as session:
        rows = await session.exec(select(Audit).where(Audit.actor == name).order_by(col(Audit.id)))
        done = [(row.action, row.outcome) for row in rows if row.action != "privacy_notice.read"]
    assert done == [("access.refused", "4"), ("privacy_notice.acknowledged", "0")]


@pytest.mark.temporal
async def test_every_door_but_that_of_the_notice_is_closed_before(gated: Office) -> None:
    stranger = gated.person(f"a.{number()}", "admin", "key_worker")
    let_in = []
    for path, methods in gated.app.openapi()["paths"].items():
        if path.startswith(("/health/", "/problems", "/fhir/metadata", "/privacy-notice")):
            continue
        address = filled(path, {})
        for method in methods:
            answer = await (stranger.get(address) if method == "get" else stranger.post(address, {}))
            if problem(answer) != (403, "privacy-not-acknowledged") and not path.startswith("/fhir"):
                let_in.append((method, path, answer.status_code))
    assert let_in == []


@pytest.mark.temporal
async def test_another_version_is_asked_of_everybody_again_and_an_older_one_counts_no_more(gated: Office) -> None:
    name, here = f"c.{number()}", gated.here
    await read(gated.person(name, "coordinator"))
    newer = PrivacyNotice(version=f"v{number()}", texts={"en": "Look at less."})
    app = create_app(settings(privacy_notice=newer), gated.database, gated.gateway, keys=here.keys)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as http:
        again = Person(http, {"Authorization": f"Bearer {token(name, 'coordinator')}"})
        assert problem(await again.get("/tasks")) == (403, "privacy-not-acknowledged")
        old = here.settings.privacy_notice
        assert old is not None
        assert problem(await again.post(ACKNOWLEDGE, {"version": old.version})) == (409, "not-now")
        await read(again)
        assert (await again.get("/tasks")).status_code == 200


@pytest.mark.temporal
async def test_gateways_patients_and_carers_come_in_without_it(gated: Office) -> None:
    found = await gated.sender.do("/referrals", referral(), pathway="two_tasks")
    patient = gated.person("p", "patient", patient_id=found["patient_id"])
    assert (await patient.get("/my/cases")).status_code == 200
    assert (await patient.read("/privacy-notice"))["required"] is False


@pytest.mark.temporal
async def test_where_there_is_no_notice_nothing_is_asked(office: Office) -> None:
    notice = await office.coordinator.read("/privacy-notice")
    assert (notice["version"], notice["required"], notice["links"]) == ("", False, {})
    assert problem(await office.coordinator.post(ACKNOWLEDGE, {"version": "1"})) == (409, "not-now")


@pytest.mark.parametrize(
    ("roles", "asked"),
    [
        ((), True),
        (("coordinator",), True),
        (("unheard_of",), True),
        (("integration", "admin"), True),
        (("patient", "ent_surgeon"), True),
        (("integration",), False),
        (("patient", "carer"), False),
    ],
)
def test_everybody_who_works_here_is_asked(roles: tuple[str, ...], asked: bool) -> None:
    assert must_acknowledge(Someone("x", "X", frozenset(roles))) is asked


@pytest.mark.parametrize(
    "text", ["", "version: 1.0\ntexts: {en: x}", "version: a\ntexts: {de: x}", "version: a\ntexts: {en: ''}", "{["]
)
def test_a_file_that_is_no_notice_keeps_the_api_from_starting(tmp_path: Path, text: str) -> None:
    file = tmp_path / "notice.yaml"
    file.write_text(text)
    with pytest.raises(NoticeError, match="PATHWAYS_PRIVACY_NOTICE"):
        notice_from({"PATHWAYS_PRIVACY_NOTICE": str(file)})


def test_the_notice_of_the_demo_is_one() -> None:
    notice = notice_from({"PATHWAYS_PRIVACY_NOTICE": "deploy/demo/privacy_notice.yaml"})
    assert notice is not None
    assert notice.text("de") != notice.text("pl") == notice.texts["en"]
