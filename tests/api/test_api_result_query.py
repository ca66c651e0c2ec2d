"""Is an overdue report fetched from the system that has it, read as if it had come, and nobody asked to look for it?"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar
from temporalio.client import Client

from api.report_patients import OF_ANOTHER
from records.queries.case import process_variables
from records.tables import Case, FactRecord, Message, OrderRecord
from tests.api.caring import CareCase, begin_care, publish_care
from tests.api.conftest import Office, open_office
from tests.api.test_api_withdrawn_orders import CALLED, CALLER, SLOT, publish_caller
from tests.results_system import ResultsSystem, nonsense, report, serving
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal
LONG_AGO = "2020-01-06T10:00:00Z"
TRACE, READ = "find_result", "ack"


@pytest_asyncio.fixture
async def system() -> AsyncIterator[ResultsSystem]:
    async with serving() as found:
        yield found


@pytest_asyncio.fixture
async def house(
    url: str, dev_server: Client, key_ring: KeyRing, tmp_path: Path, system: ResultsSystem
) -> AsyncIterator[Office]:
    """An office whose imaging department has a system that can be asked."""
    imaging = {"name": "Imaging department", "named_contact": "", "deputy": "", "results": {"url": system.url}}
    directory = tmp_path / "directory.yaml"
    directory.write_text(yaml.safe_dump({"services": {"imaging": imaging}}))
    async with open_office(url, dev_server, key_ring, directory=directory) as office:
        await publish_care(office, "01_imaging_order", *CALLED)
        await publish_caller(office)
        yield office


async def overdue(house: Office, order_id: str, **said: Any) -> CareCase:
    """A case whose study was made long ago, and whose report nobody has seen."""
    about = {"modality": "US_neck", "priority": "urgent", "reason": "Lump", "clinical_question": "Node?"}
    care = await begin_care(house, CALLER, order_id=order_id, requester_role="ent_surgeon", **about, **said)
    office = house.person("b.yew", "booking_office")
    await office.do(f"{await task(house, care, 'slot')}/complete", {"values": SLOT})
    made = {"accession": f"ACC-{order_id}", "performed_at": LONG_AGO}
    await waiting(care, "wait_perf")
    await tell(house, "imaging.performed", order_id, made)
    return care


async def tell(house: Office, name: str, order_id: str, variables: dict[str, Any]) -> None:
    body = {"name": name, "correlation_key": order_id, "variables": variables, "message_id": f"{name}:{order_id}"}
    await house.sender.do("/messages", body)


async def task(house: Office, care: CareCase, step: str) -> str:
    """The address of an open task of the case, or of what it called, as soon as it is there."""
    people = (house.coordinator, house.person("b.yew", "booking_office"), house.person("dr.yew", "ent_surgeon"))
    async with asyncio.timeout(60):
        while True:
            for person in people:
                for each in (await person.read("/tasks", size=100))["items"]:
                    if each["step"] == step and each["case_id"].partition("/")[0] == care.case_id:
                        return f"/tasks/{each['id']}"
            await asyncio.sleep(0.05)


async def waiting(care: CareCase, step: str) -> None:
    async with asyncio.timeout(60):
        while step not in await care.waits():
            await asyncio.sleep(0.05)


async def activated(house: Office, care: CareCase) -> set[str]:
    """Every step that the case and what it called have come to."""
    its = select(FactRecord.element).where(FactRecord.root_case_id == care.case_id, FactRecord.fact == "activated")
    return set(await facts(house, its))


async def facts(house: Office, wanted: SelectOfScalar[str]) -> list[str]:
    async with house.database.reader() as session:
        return list(await session.exec(wanted))


async def test_a_report_that_its_system_has_is_read_and_nobody_looks_for_it(
    house: Office, system: ResultsSystem
) -> None:
    system.reports = [report("ORD-1", status="amended")]
    care = await overdue(house, "ORD-1")
    surgeon = house.person("dr.yew", "ent_surgeon")
    shown = (await surgeon.read(await task(house, care, READ)))["values"]["report_shown"]
    assert (shown["report_id"], shown["conclusion"], shown["status"]) == ("r-1", "Node of 18 mm.", "amended")
    assert TRACE not in await activated(house, care)
    async with house.database.reader() as session:
        (came,) = await session.exec(select(Message).where(Message.name == "imaging.report"))
        order = (await session.exec(select(OrderRecord).where(OrderRecord.order_id == "ORD-1"))).one()
    assert (came.message_id, came.status) == ("imaging.report:ORD-1:r-1:amended", "delivered")
    assert order.status == "final"
    await house.sender.do(
        "/results",
        {"order_id": "ORD-1", "report_id": "r-1", "status": "amended", "conclusion": "Node of 18 mm."}
        | {"issued": "2026-03-01T10:00:00Z"},
    )
    async with house.database.reader() as session:
        told = [row.status for row in await session.exec(select(Message).where(Message.name == "imaging.report"))]
    assert told == ["delivered"], "the same report, sent by the service after all, is no second version"
    assert (await house.admin.read("/incidents", case=care.case_id))["items"] == []


MALIGNANT_SECOND = [{"coding": [{"code": code}]} for code in ("R59.0", "C77.0")]


@pytest.mark.parametrize("is_fetched", [True, False], ids=["fetched", "sent"])
async def test_of_several_conclusion_codes_the_most_alarming_counts_in_the_order(
    house: Office, system: ResultsSystem, is_fetched: bool
) -> None:
    system.reports = [report("ORD-4", conclusionCode=MALIGNANT_SECOND)] if is_fetched else []
    care = await overdue(house, "ORD-4")
    if not is_fetched:
        await task(house, care, TRACE)
        several = {"conclusion_codes": ["R59.0", "C77.0"]}
        await house.sender.do("/results", {"order_id": "ORD-4", "report_id": "r-1", "variables": several})
    await task(house, care, READ)
    async with house.database.reader() as session:
        (order,) = await session.exec(select(Case).where(Case.case_id == f"{care.case_id}/scan#1"))
        variables = await process_variables(session, order)
    assert (variables["category"], variables["conclusion_code"]) == ("suspicious", "C77.0")


@pytest.mark.parametrize(
    ("is_there", "says"),
    [
        (True, "it has no finished report of this order."),
        (False, "could not be asked by computer: it does not answer."),
    ],
    ids=["not there", "away"],
)
async def test_what_its_system_does_not_know_the_coordinator_traces_and_reads_what_it_said(
    house: Office, system: ResultsSystem, is_there: bool, says: str
) -> None:
    if not is_there:
        system.answers = nonsense()
        system.answers.status_code = 503
    care = await overdue(house, "ORD-2")
    found = await house.coordinator.read(await task(house, care, TRACE))
    assert found["values"]["query_shown"].endswith(says)
    assert (await house.admin.read("/incidents", case=care.case_id))["items"] == []


async def test_a_report_of_another_patient_is_not_fetched_into_the_case_and_the_coordinator_traces(
    house: Office, system: ResultsSystem
) -> None:
    system.reports = [report("ORD-5", subject={"identifier": {"system": "urn:mrn", "value": "MRN-OF-ANOTHER"}})]
    care = await overdue(house, "ORD-5", patient={"identifiers": [{"system": "urn:mrn", "value": "MRN-5"}]})
    found = await house.coordinator.read(await task(house, care, TRACE))
    assert found["values"]["query_shown"].endswith("which was not taken in: look in the dead letters why.")
    assert READ not in await activated(house, care)
    (dead,) = (await house.coordinator.read("/dead-letters", key="ORD-5"))["items"]
    assert (dead["why"], dead["reason"]) == ("refused", OF_ANOTHER)


async def test_a_report_that_comes_while_somebody_looks_for_it_is_read_and_the_search_ends(house: Office) -> None:
    care = await overdue(house, "ORD-3")
    await task(house, care, TRACE)
    await tell(house, "imaging.report", "ORD-3", {"report": {"conclusion": "At last"}})
    await task(house, care, READ)
    ended = select(FactRecord.fact).where(
        col(FactRecord.root_case_id) == care.case_id, FactRecord.element == TRACE, FactRecord.fact == "terminated"
    )
    async with asyncio.timeout(60):
        while not await facts(house, ended):
            await asyncio.sleep(0.05)
    assert TRACE not in {each["step"] for each in (await house.coordinator.read("/tasks", size=100))["items"]}
