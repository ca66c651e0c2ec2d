"""Does a report of another patient stay out of the case whose order number it carries, and do people see it?"""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import select

from api.report_patients import HELD, OF_ANOTHER, TOLD, UNNAMED
from api.surroundings import system_clock
from records.tables import Handoff, OrderRecord
from records.writes.publications import publish
from tests.api.conftest import Office, number
from tests.api.northern import publish_shipped
from tests.host.diagrams import line, message, user_task

pytestmark = pytest.mark.temporal
READING = "reads_imaging"
BORN = "1961-05-04"
READS = line(READING, message("report", READING, "imaging.report"), user_task("read", READING))


@dataclass
class Waiting:
    """A case that waits for a report, whose patient has a number."""

    case_id: str
    link: str
    order_id: str
    patient_id: str
    mrn: str

    def report(self, mrn: str = "", born: str = BORN, **changed: Any) -> dict[str, Any]:
        of = {"identifiers": [{"system": "urn:mrn", "value": mrn or self.mrn}], "birth_date": born}
        return {"order_id": self.order_id, "report_id": f"R-{number()}", "conclusion": "Node", "patient": of, **changed}


async def waiting(office: Office) -> Waiting:
    async with office.database.session() as session:
        await publish(session, READS, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    mrn = f"MRN-{number()}"
    patient = {"identifiers": [{"system": "urn:mrn", "value": mrn}], "name": "Testina Sample", "birth_date": BORN}
    found = await office.refer(READING, patient=patient)
    async with asyncio.timeout(60):
        while not (await office.coordinator.read(found["links"]["case"]))["messages"]:
            await asyncio.sleep(0.05)
    return Waiting(found["case_id"], found["links"]["case"], found["referral_id"], found["patient_id"], mrn)


@pytest.mark.parametrize(
    "said",
    [{"mrn": "MRN-OF-ANOTHER"}, {"born": "1999-01-01"}, {"patient": None, "variables": {"patient_id": "other"}}],
    ids=["number", "birth date", "id"],
)
async def test_a_report_of_another_patient_comes_into_no_case_and_people_see_it(
    any_office: Office, said: dict[str, Any]
) -> None:
    office, case = any_office, await waiting(any_office)
    wrong = case.report(**said)
    if said.get("variables"):
        other = await waiting(office)
        wrong["variables"] = {"patient_id": other.patient_id}
    sent = await office.sender.do("/results", wrong)
    assert (sent["status"], sent["cases"], sent["opened"]) == ("ignored", [case.case_id], [])
    assert sent["reason"] == OF_ANOTHER
    assert (await office.coordinator.read("/tasks", case=case.case_id))["total"] == 0
    dead = (await office.coordinator.read("/dead-letters", key=case.order_id))["items"]
    assert [(each["why"], each["reason"]) for each in dead] == [("refused", OF_ANOTHER)]
    told = [each["text"] for each in await office.coordinator.read("/inbox") if each["case_id"] == case.case_id]
    assert told == [TOLD]
    assert case.mrn not in str(dead) + str(told)

    right = await office.sender.do("/results", case.report())
    assert (right["status"], len(right["opened"])) == ("delivered", 1)
    again = await office.coordinator.do(f"{dead[0]['links']['correlate']}", {"case_id": case.case_id})
    assert (again["status"], again["reason"]) == ("ignored", OF_ANOTHER)


async def test_a_critical_report_of_another_patient_pages_the_officers_of_the_mistake(office: Office) -> None:
    case = await waiting(office)
    await office.sender.do("/results", case.report("MRN-OF-ANOTHER", category="critical"))
    officer = office.person("s.ivy", "safety_officer")
    dead = (await office.coordinator.read("/dead-letters", key=case.order_id))["items"]
    links = [each["links"].get("message") for each in await officer.read("/inbox") if each["level"] == "critical"]
    assert dead[0]["links"]["self"] in links


async def test_a_report_that_says_nothing_of_its_patient_is_held_until_somebody_has_looked_whose_it_is(
    any_office: Office,
) -> None:
    office, case = any_office, await waiting(any_office)
    sent = await office.sender.do("/results", case.report(patient=None))
    assert (sent["status"], sent["cases"], sent["opened"], sent["reason"]) == ("ignored", [case.case_id], [], UNNAMED)
    told = [each["text"] for each in await office.coordinator.read("/inbox") if each["case_id"] == case.case_id]
    assert told == [HELD]
    (dead,) = (await office.coordinator.read("/dead-letters", key=case.order_id))["items"]
    assert (dead["why"], dead["reason"]) == ("refused", UNNAMED)
    dry = await office.coordinator.do(dead["links"]["correlate"], {"case_id": case.case_id, "dry_run": True})
    assert dry["cases"] == [case.case_id]
    given = await office.coordinator.do(dead["links"]["correlate"], {"case_id": case.case_id})
    assert (given["status"], len(given["opened"])) == ("delivered", 1)


async def test_a_report_that_says_nothing_of_its_patient_is_handed_to_nobody_as_a_new_version(office: Office) -> None:
    await publish_shipped(office, "category_changed")
    case = await waiting(office)
    await office.sender.do("/results", case.report())
    async with office.database.session() as session:
        given = {"order_id": case.order_id, "report": {"conclusion": "Node"}}
        key, now = f"{case.case_id}:hand#1:role:gdp", system_clock()
        session.add(
            Handoff(
                idempotency_key=key,
                case_id=case.case_id,
                recipient_kind="role",
                recipient="gdp",
                result=given,
                sent_at=now,
            )
        )
    dentist = office.person("dr.fig", "gdp")
    await office.sender.do("/results", case.report(status="amended", patient=None, report_id="R-A"))
    assert len([row for row in await dentist.read("/handoffs") if row["case_id"] == case.case_id]) == 1
    (dead,) = (await office.coordinator.read("/dead-letters", key=case.order_id))["items"]
    await office.coordinator.do(dead["links"]["correlate"], {"correlation_key": case.order_id})
    assert len([row for row in await dentist.read("/handoffs") if row["case_id"] == case.case_id]) == 2


async def test_a_merged_patient_is_known_by_the_numbers_of_both(office: Office) -> None:
    case, other = await waiting(office), await waiting(office)
    merged = {"name": "patient.merged", "correlation_key": case.patient_id, "message_id": f"M-{number()}"}
    await office.sender.do("/messages", {**merged, "variables": {"surviving_patient_id": other.patient_id}})
    sent = await office.sender.do("/results", case.report(other.mrn))
    assert sent["status"] == "delivered"


async def test_the_same_report_sent_again_with_another_patient_is_no_repeat_of_it(office: Office) -> None:
    case = await waiting(office)
    report = case.report("MRN-OF-ANOTHER")
    assert (await office.sender.do("/results", report))["status"] == "ignored"
    assert (await office.sender.do("/results", report))["status"] == "ignored"
    corrected = await office.sender.post("/results", {**report, "patient": case.report()["patient"]})
    assert (corrected.status_code, corrected.json()["status"]) == (202, "duplicate")
    (dead,) = (await office.coordinator.read("/dead-letters", key=case.order_id, status="duplicate"))["items"]
    given = await office.coordinator.do(dead["links"]["correlate"], {"correlation_key": case.order_id})
    assert given["status"] == "delivered"


async def test_an_amended_report_of_another_patient_is_handed_to_nobody_and_changes_no_order(office: Office) -> None:
    await publish_shipped(office, "category_changed")
    case = await waiting(office)
    await office.sender.do("/results", case.report(category="benign"))
    given = {"order_id": case.order_id, "category": "benign", "report": {"conclusion": "Node"}}
    now = system_clock()
    async with office.database.session() as session:
        session.add(
            Handoff(
                idempotency_key=f"{case.case_id}:hand#1:role:gdp",
                case_id=case.case_id,
                recipient_kind="role",
                recipient="gdp",
                result=given,
                sent_at=now,
            )
        )
        session.add(
            OrderRecord(
                order_id=case.order_id,
                case_id=case.case_id,
                patient_id=case.patient_id,
                code_family="neck ultrasound",
                status="active",
                ordered_at=now,
            )
        )
    wrong = case.report("MRN-OF-ANOTHER", status="amended", category="suspicious")
    assert (await office.sender.do("/results", wrong))["status"] == "ignored"
    dentist = office.person("dr.fig", "gdp")
    assert len([row for row in await dentist.read("/handoffs") if row["case_id"] == case.case_id]) == 1
    async with office.database.reader() as session:
        order = (await session.exec(select(OrderRecord).where(OrderRecord.order_id == case.order_id))).one()
    assert order.status == "active"
    right = case.report(status="amended", category="suspicious")
    await office.sender.do("/results", right)
    assert len([row for row in await dentist.read("/handoffs") if row["case_id"] == case.case_id]) == 2


async def test_who_wants_to_give_it_to_that_case_foresees_that_it_is_refused(office: Office) -> None:
    case = await waiting(office)
    await office.sender.do("/results", case.report("MRN-OF-ANOTHER"))
    (dead,) = (await office.coordinator.read("/dead-letters", key=case.order_id))["items"]
    dry = {"case_id": case.case_id, "dry_run": True}
    foreseen = await office.coordinator.do(dead["links"]["correlate"], dry)
    assert (foreseen["status"], foreseen["cases"], foreseen["reason"]) == ("foreseen", [], OF_ANOTHER)
