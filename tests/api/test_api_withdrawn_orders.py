"""Does whoever was to do an order hear that it is withdrawn, when its case is ended from outside?"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar
from temporalio.client import Client

from api import withdrawing
from api.surroundings import system_clock
from api.withdrawing import tell_performers
from pathways.bpmn.model import CallSpec
from records.queries.library import active_definition
from records.tables import Case, Disclosure, Lineage, ServiceInbox
from records.writes.publications import publish
from tests.api.caring import CareCase, begin_care, publish_care
from tests.api.conftest import Office, open_office
from tests.host.diagrams import line, node
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal
CALLED = (
    "second_opinion_read",
    "no_show",
    "result_overdue",
    "safety_incident",
    "acknowledge_result",
    "consent_withdrawn",
)
CALLER = "asks_for_a_scan"
SLOT = {"slot": "2031-01-06T10:00:00Z", "in_house": True, "prep_given": True}
WITHDRAWN = "referral.cancelled"


@pytest_asyncio.fixture
async def house(url: str, dev_server: Client, key_ring: KeyRing) -> AsyncIterator[Office]:
    async with open_office(url, dev_server, key_ring) as office:
        await publish_care(office, "01_imaging_order", "order_withdrawn", *CALLED)
        await publish_caller(office)
        yield office


async def publish_caller(office: Office) -> None:
    """Publish a pathway that does nothing but order a scan."""
    async with office.database.session() as session:
        scan = node("scan", "callActivity", CALLER, call=CallSpec("imaging_order"))
        called = await active_definition(session, "imaging_order")
        caller = line(CALLER, scan, calls={"imaging_order": called.sha256 if called else ""})
        await publish(session, caller, bpmn="<none/>", forms={}, actor="test", now=system_clock())


async def ordered(house: Office) -> tuple[CareCase, str]:
    """A case whose scan has no slot yet, so that nothing has left; and the task of booking one."""
    about = {"modality": "US_neck", "priority": "urgent", "reason": "Lump", "clinical_question": "Node?"}
    care = await begin_care(house, CALLER, order_id="ORD-US", **about)
    async with asyncio.timeout(60):
        while not (found := (await house.person("b.yew", "booking_office").read("/tasks"))["items"]):
            await asyncio.sleep(0.05)
    return care, found[0]["links"]["self"]


async def sent(house: Office) -> CareCase:
    """A case whose scan imaging was asked to do."""
    care, slot = await ordered(house)
    await house.person("b.yew", "booking_office").do(f"{slot}/complete", {"values": SLOT})
    async with asyncio.timeout(60):
        while "imaging.ordered" not in [each["message"] for each in await got(house)]:
            await asyncio.sleep(0.05)
    return care


async def got(house: Office) -> list[dict[str, Any]]:
    """What imaging was sent, in the order in which it came."""
    inbox = select(ServiceInbox).order_by(col(ServiceInbox.delivered_at))
    return [row.referral for row in await rows(house, inbox) if row.service == "imaging"]


async def rows(house: Office, wanted: SelectOfScalar[Any]) -> list[Any]:
    async with house.database.reader() as session:
        return list(await session.exec(wanted))


async def ended(house: Office, care: CareCase) -> None:
    """An administrator calls the case off, and with it ends what it has called, which is read a moment later."""
    await house.admin.do(f"{care.link}/cancel", {"reason": "stopped"})
    running = select(Case).where(Case.root_case_id == care.case_id, Case.status == "running")
    async with asyncio.timeout(60):
        while await rows(house, running):
            await asyncio.sleep(0.05)


async def told(house: Office, care: CareCase) -> None:
    """Wait until the case that tells of the withdrawal has ended."""
    its = col(Lineage.parent_case_id).startswith(f"{care.case_id}/")
    (case_id,) = await rows(house, select(Lineage.case_id).where(its, Lineage.kind == "withdrawn"))
    async with asyncio.timeout(60):
        while (await house.admin.read(f"/cases/{case_id}"))["status"] == "running":
            await asyncio.sleep(0.05)


async def test_imaging_hears_once_that_an_order_under_way_is_withdrawn(house: Office) -> None:
    care = await sent(house)
    await ended(house, care)
    assert (await tell_performers(house.here), await tell_performers(house.here)) == (1, 0)
    await told(house, care)
    order, withdrawal = await got(house)
    assert (order["message"], order["order_id"]) == ("imaging.ordered", "ORD-US")
    assert withdrawal == {"message": WITHDRAWN, "order_id": "ORD-US", "service": "imaging", "reason": "withdrawn"}


async def test_of_what_was_never_sent_nobody_hears(house: Office) -> None:
    care, _ = await ordered(house)
    await ended(house, care)
    assert await tell_performers(house.here) == 1
    assert await got(house) == []


async def test_the_coordinator_hears_when_the_process_that_would_tell_is_not_there(
    house: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    care = await sent(house)
    await ended(house, care)
    monkeypatch.setattr(withdrawing, "PATHWAY", "not_published_here")
    assert (await tell_performers(house.here), await tell_performers(house.here)) == (0, 0)
    told = [
        each for each in await house.coordinator.read("/inbox") if "it is withdrawn could not begin" in each["text"]
    ]
    assert len(told) == 1


async def test_a_study_that_is_made_is_not_withdrawn(house: Office) -> None:
    care = await sent(house)
    made = {"name": "imaging.performed", "correlation_key": "ORD-US", "variables": {"accession": "ACC-1"}}
    await house.sender.do("/messages", {**made, "message_id": "made-1"})
    async with asyncio.timeout(60):
        while "wait_rep" not in await care.waits():
            await asyncio.sleep(0.05)
    await ended(house, care)
    assert await tell_performers(house.here) == 1
    assert [each["message"] for each in await got(house)] == ["imaging.ordered"]


async def done(house: Office, role: str, title: str, values: dict[str, Any]) -> None:
    """Somebody of this role does the task of this title, as soon as it is there."""
    who = house.person(f"{role[0]}.pear", role)
    async with asyncio.timeout(60):
        while not (found := [each for each in (await who.read("/tasks"))["items"] if each["title"] == title]):
            await asyncio.sleep(0.05)
    await who.do(f"{found[0]['links']['self']}/complete", {"values": values})


async def test_imaging_hears_that_an_order_is_cancelled_when_all_stops_after_a_withdrawal_of_consent(
    house: Office,
) -> None:
    care = await sent(house)
    said = {
        "name": "consent.withdrawn",
        "correlation_key": care.patient_id,
        "variables": {"scope": "service:dietetics"},
    }
    await house.sender.do("/messages", {**said, "message_id": f"W-{care.patient_id}"})
    wish = {"continue_mode": "stop_pathway", "explained_to_patient": True}
    await done(house, "key_worker", "Clinician reviews how care continues without sharing", wish)
    yes = {"care_stops": True, "stop_reason": "Wants no tests."}
    await done(house, "clinical_lead", "Decide with the patient: does care stop?", yes)
    async with asyncio.timeout(60):
        while (messages := [each["message"] for each in await got(house)]) == ["imaging.ordered"]:
            await asyncio.sleep(0.05)
    assert messages == ["imaging.ordered", WITHDRAWN]


async def test_after_consent_was_withdrawn_the_withdrawal_is_withheld_and_the_coordinator_told(house: Office) -> None:
    care = await sent(house)
    said = {"scope": "sharing", "given_by": "patient", "method": "verbal"}
    await care.patient.do(f"/patients/{care.patient_id}/consents/withdrawals", said)
    await ended(house, care)
    assert await tell_performers(house.here) == 1
    await told(house, care)
    assert WITHDRAWN not in [each["message"] for each in await got(house)]
    what = f"Something was not sent ({WITHDRAWN} to imaging): consent withdrawn."
    assert any(each["text"].startswith(what) for each in await house.coordinator.read("/inbox"))
    (kept,) = await rows(house, select(Disclosure).where(Disclosure.message == WITHDRAWN))
    assert (kept.state, kept.recipient) == ("withheld", "imaging")
