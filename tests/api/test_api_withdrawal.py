"""Does what Temporal tries again stay here when consent is withdrawn meanwhile? The receiver is down and comes back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import select
from temporalio.client import Client

from activities import breaker
from api.surroundings import system_clock
from records.tables import DeliveryAttempt
from records.writes.publications import publish
from tests.api.conftest import Office, number, open_office
from tests.conftest import free_port
from tests.host.diagrams import line, user_task, work
from tests.outside import Clinic
from workflows.host import errands
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal
SEND = work("send", "far_away", "referral.send", "40", to="far_clinic", backoff="PT0.1S")
FAR_AWAY = line("far_away", SEND, user_task("after", "far_away"))


@pytest_asyncio.fixture
async def clinic() -> Clinic:
    """Nobody listens there yet."""
    return Clinic(port=free_port())


@pytest_asyncio.fixture
async def far_office(
    clinic: Clinic, dev_server: Client, key_ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    """An office that cannot reach a clinic, and that tries again twenty times as soon."""
    monkeypatch.setattr(errands, "FIRST_PAUSE", errands.FIRST_PAUSE / 20)
    monkeypatch.setattr(breaker, "LEFT_ALONE", breaker.LEFT_ALONE / 20)
    endpoint = f"{{url: '{clinic.url}'}}"
    service = f"{{name: Far, named_contact: a, deputy: b, endpoint: {endpoint}}}"
    (tmp_path / "directory.yaml").write_text(f"services: {{far_clinic: {service}}}")
    url, directory = f"sqlite:///{tmp_path / 'far.sqlite'}", tmp_path / "directory.yaml"
    async with open_office(url, dev_server, key_ring, directory=directory) as office:
        async with office.database.session() as session:
            await publish(session, FAR_AWAY, bpmn="<none/>", forms={}, actor="test", now=system_clock())
        yield office


async def referred(office: Office, pathway: str = FAR_AWAY.key) -> dict[str, Any]:
    patient = {"identifiers": [{"value": f"MRN-{number()}"}], "name": "Testina Sample", "birth_date": "1961-05-04"}
    return await office.refer(pathway, patient=patient)


async def tried(office: Office, case: dict[str, Any], times: int) -> None:
    """Wait until sending was tried so often, in vain."""
    key = f"{case['case_id']}:send#1"
    async with asyncio.timeout(60):
        while True:
            async with office.database.reader() as session:
                found = await session.exec(select(DeliveryAttempt).where(DeliveryAttempt.idempotency_key == key))
                if len([row for row in found if row.error]) >= times:
                    return
            await asyncio.sleep(0.05)


async def gone_on(office: Office, case: dict[str, Any]) -> dict[str, Any]:
    """Wait for the step after the sending; give what the case knows then."""
    async with asyncio.timeout(60):
        while not (await office.dentist.read("/tasks", case=case["case_id"]))["items"]:
            await asyncio.sleep(0.05)
    found: dict[str, Any] = (await office.dentist.read(case["links"]["case"]))["variables"]
    return found


async def test_what_is_tried_again_after_a_withdrawal_never_arrives_and_the_case_goes_on(
    far_office: Office, clinic: Clinic
) -> None:
    """Another patient's referral, which waits at the same door, arrives once the receiver is back: the door is open."""
    case, other = await referred(far_office), await referred(far_office)
    await asyncio.gather(tried(far_office, case, 2), tried(far_office, other, 2))
    word = {"given_by": "patient", "method": "verbal"}
    await far_office.dentist.do(f"/patients/{case['patient_id']}/consents/withdrawals", word)
    async with await asyncio.start_server(clinic.serve, "127.0.0.1", clinic.port):
        withheld, sent = await asyncio.gather(gone_on(far_office, case), gone_on(far_office, other))
    assert (withheld["delivery"], withheld["delivery_reason"]) == ("withheld", "consent_withdrawn")
    assert sent["delivery"] == "sent"
    assert [other["referral_id"] in request for request in clinic.requests] == [True]
    stands = await far_office.dentist.read(f"/patients/{case['patient_id']}/consents")
    assert [(each["state"], each["reason"]) for each in stands["disclosures"]] == [("withheld", "consent_withdrawn")]
    told = [each["text"] for each in await far_office.coordinator.read("/inbox") if case["case_id"] in str(each)]
    assert any("was not sent" in text for text in told)
