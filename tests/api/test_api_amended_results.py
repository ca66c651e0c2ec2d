"""Does everyone who had a result acknowledge it anew when it is amended, each by name, with both versions kept?"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api.amended_results import READ, TAKEN_IN
from api.critical_results import TAKEN
from api.pager import send_pages
from api.report_categories import category_of
from api.surroundings import system_clock
from records.tables import Handoff, Message, Task
from records.writes.publications import publish
from tests.api.conftest import Office, Person, number
from tests.api.northern import publish_shipped
from tests.host.diagrams import line, message, user_task
from tests.library import published_library
from tests.outside import MailServer

pytestmark = pytest.mark.temporal


async def handed(office: Office, order_id: str, *roles: str, **result: str) -> str:
    """A case whose report went to these roles."""
    begun = await office.admin.do("/pathways/two_tasks/cases", {"business_key": f"AMENDED-{number()}"})
    case_id: str = begun["case_id"]
    async with office.database.session() as session:
        for role in roles:
            session.add(
                Handoff(
                    idempotency_key=f"{case_id}:hand#1:role:{role}",
                    case_id=case_id,
                    recipient_kind="role",
                    recipient=role,
                    result={"order_id": order_id, "report": {"conclusion": "First"}, **result},
                    sent_at=system_clock(),
                )
            )
    return case_id


async def open_results(person: Person, case_id: str) -> list[dict[str, Any]]:
    return [row for row in await person.read("/handoffs") if row["case_id"] == case_id]


async def test_an_amended_report_is_handed_anew_to_everyone_who_had_it_once(office: Office) -> None:
    order_id = f"ORDER-{number()}"
    case_id = await handed(office, order_id, "gdp", "ent_surgeon")
    dentist, surgeon = office.person("dr.fig", "gdp"), office.person("dr.yew", "ent_surgeon")
    first = (await open_results(dentist, case_id))[0]
    await dentist.do(f"/handoffs/{first['id']}/acknowledge")
    report = {"kind": "imaging", "order_id": order_id, "report_id": "R-1", "status": "amended", "conclusion": "Second"}
    for _ in range(2):
        told = await office.sender.do("/results", report)
        assert (told["status"], told["reason"]) == ("delivered", TAKEN_IN), "it is no dead letter"
    again = await open_results(dentist, case_id)
    assert [(row["result"]["amended"], row["result"]["report"]["conclusion"]) for row in again] == [(True, "Second")]
    assert len(await open_results(surgeon, case_id)) == 2
    for person in (dentist, surgeon):
        assert [row["level"] for row in await person.read("/inbox") if row["case_id"] == case_id] == ["result"]
    async with office.database.reader() as session:
        kept = await session.get_one(Handoff, f"{case_id}:hand#1:role:gdp")
    assert (kept.acknowledged_by, kept.result["report"]["conclusion"]) == ("dr.fig", "First")


@pytest.mark.parametrize(
    ("said", "category", "tasks"),
    [
        ({"category": "suspicious"}, "suspicious", ["ORDER: benign, now suspicious"]),
        ({"variables": {"conclusion_code": "C02.1"}}, "suspicious", ["ORDER: benign, now suspicious"]),
        ({"variables": {"conclusion_codes": ["R59.0", "C77.0"]}}, "suspicious", ["ORDER: benign, now suspicious"]),
        ({"category": "critical"}, "critical", ["ORDER: benign, now critical"]),
        ({"category": "benign"}, "benign", []),
        ({}, "unclassified", []),
    ],
    ids=["another", "malignant by its code", "malignant by one of its codes", "critical", "the same", "not said"],
)
async def test_an_amended_report_of_another_category_is_a_task_of_who_had_decided_on_the_old_one(
    office: Office, said: dict[str, Any], category: str, tasks: list[str]
) -> None:
    await publish_shipped(office, "category_changed")
    order_id, reader = f"ORDER-{number()}", f"dr.reader-{number()}"
    case_id = await handed(office, order_id, "ent_surgeon", category="benign")
    async with office.database.session() as session:
        task = (await session.exec(select(Task).where(Task.case_id == case_id))).one()
        task.ladder, task.completed_by, task.groups = READ, reader, ["ent_surgeon"]
    report = {"kind": "imaging", "order_id": order_id, "report_id": "R-2", "status": "amended", "conclusion": "Mass"}
    for version in ("R-2", "R-2", "R-3"):  # the third says the same category as the second
        await office.sender.do("/results", {**report, **said, "report_id": version})
    decided = office.person(reader, "ent_surgeon")
    again = [row["result"]["category"] for row in await open_results(decided, case_id) if "amended" in row["result"]]
    assert again == [category, category]
    found = [await decided.read(row["links"]["self"]) for row in (await decided.read("/tasks"))["items"]]
    told = [(row["assignee"], row["values"].get("changed_shown", "")) for row in found]
    shown = [(who, text.replace(order_id, "ORDER")) for who, text in told if order_id in text]  # not those of others
    assert shown == [(reader, each) for each in tasks]


READS = "reads_pathology"
PATHOLOGY = line(READS, message("came", READS, "pathology.report"), user_task("read", READS), user_task("plan", READS))


@pytest.mark.parametrize(
    ("said", "tasks"),
    [
        ({"category": "suspicious"}, ["benign, now suspicious"]),
        ({"category": "benign"}, []),
        ({}, ["benign, now unclassified"]),
    ],
    ids=["another", "the same", "not said"],
)
async def test_a_report_that_was_handed_to_nobody_is_a_task_of_who_had_read_it_when_its_case_has_gone_on(
    office: Office, said: dict[str, Any], tasks: list[str]
) -> None:
    await publish_shipped(office, "category_changed")
    async with office.database.session() as session:
        await publish(session, PATHOLOGY, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    order_id, reader = f"ORDER-{number()}", f"dr.surgeon-{number()}"
    surgeon = office.person(reader, "ent_surgeon")
    given = {"business_key": order_id, "variables": {"referral_id": order_id}}
    case_id = (await office.admin.do(f"/pathways/{READS}/cases", given))["case_id"]
    report = {"kind": "pathology", "order_id": order_id, "conclusion": "Cyst"}
    assert (await office.sender.do("/results", {**report, "report_id": "P", "category": "benign"}))[
        "status"
    ] == "delivered"
    async with office.database.session() as session:
        task = (await session.exec(select(Task).where(Task.case_id == case_id))).one()
        task.ladder, task.completed_by, task.groups = READ, reader, ["ent_surgeon"]
    for _ in range(2):
        await office.sender.do("/results", {**report, **said, "report_id": "P", "status": "amended"})
    found = [await surgeon.read(row["links"]["self"]) for row in (await surgeon.read("/tasks"))["items"]]
    shown = [row["values"]["changed_shown"] for row in found if row["assignee"] == reader]
    assert shown == [f"{order_id}: {each}" for each in tasks]


@pytest.mark.parametrize(
    ("status", "outcome", "gets"), [("amended", "delivered", ["P-amended"]), ("final", "unmatched", [])]
)
async def test_who_had_read_a_report_in_a_case_that_has_ended_acknowledges_the_amended_one_by_name(
    office: Office, status: str, outcome: str, gets: list[str]
) -> None:
    async with office.database.session() as session:
        await publish(session, PATHOLOGY, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    order_id, reader = f"ORDER-{number()}", f"dr.surgeon-{number()}"
    given = {"business_key": order_id, "variables": {"referral_id": order_id}}
    case_id = (await office.admin.do(f"/pathways/{READS}/cases", given))["case_id"]
    report = {"kind": "pathology", "order_id": order_id, "conclusion": "Cyst", "category": "benign"}
    await office.sender.do("/results", {**report, "report_id": "P-first"})
    async with office.database.session() as session:
        task = (await session.exec(select(Task).where(Task.case_id == case_id))).one()
        task.ladder, task.groups = READ, ["ent_surgeon"]
        task.completed_by = reader if status == "amended" else ""
    await office.admin.do(f"/cases/{case_id}/cancel", {"reason": "over"})
    for _ in range(2):
        told = await office.sender.do("/results", {**report, "report_id": f"P-{status}", "status": status})
        assert told["status"] == outcome
    surgeon = office.person(reader, "ent_surgeon")
    new = await open_results(surgeon, case_id)
    assert [each["result"]["report"]["report_id"] for each in new] == gets
    for each in new:
        assert (await surgeon.do(f"/handoffs/{each['id']}/acknowledge"))["acknowledged_by"] == reader


@pytest.mark.parametrize(("role", "gets"), [("radiologist", ["R-1", "R-2"]), ("gdp", [])])
async def test_who_had_read_the_report_for_the_order_acknowledges_the_amended_one_too(
    office: Office, role: str, gets: list[str]
) -> None:
    """By name, unless a role of theirs gets it anyway."""
    order_id = f"ORDER-{number()}"
    case_id = await handed(office, order_id, "gdp")
    async with office.database.session() as session:
        task = (await session.exec(select(Task).where(Task.case_id == case_id))).first()
        assert task is not None
        task.ladder, task.completed_by, task.groups = READ, "dr.asked", [role]
    asked = office.person("dr.asked", "radiologist")
    assert await open_results(asked, case_id) == []
    for version in ("R-1", "R-2"):
        report = {"kind": "imaging", "order_id": order_id, "report_id": version, "status": "amended"}
        await office.sender.do("/results", {**report, "conclusion": version})
    again = await open_results(asked, case_id)
    assert sorted(row["result"]["report"]["report_id"] for row in again if row["result"]["amended"]) == gets
    for each in again:
        await asked.do(f"/handoffs/{each['id']}/acknowledge")


async def test_an_amended_report_that_is_critical_pages_who_had_it_and_nobody_looks_for_its_case(
    office: Office,
) -> None:
    order_id = f"ORDER-{number()}"
    case_id = await handed(office, order_id, "ent_surgeon", "patient")
    report = {"kind": "imaging", "order_id": order_id, "report_id": "R-2", "status": "amended", "category": "critical"}
    before = await lost(office)
    await office.sender.do("/results", report)
    told = await office.person("dr.yew", "ent_surgeon").read("/inbox")
    assert [row["level"] for row in told if row["case_id"] == case_id] == ["critical"]
    assert await lost(office) == before


async def test_an_amended_report_that_is_critical_is_paged_once_and_another_is_not(
    office: Office,
    tmp_path: Path,
    mail_server: MailServer,
) -> None:
    role = f"role{number()}"
    for category in ("benign", "critical"):
        order_id = f"ORDER-{number()}"
        await handed(office, order_id, role)
        report = {"kind": "imaging", "order_id": order_id, "report_id": "R-2", "status": "amended"}
        await office.sender.do("/results", {**report, "category": category})
    (tmp_path / "directory.yaml").write_text(f"pager: {{{role}: 5550177@pager.example}}")
    settings = replace(office.here.settings, smtp=mail_server.url, directory=tmp_path / "directory.yaml")
    paging = replace(office.here, settings=settings)
    assert (await send_pages(paging), await send_pages(paging)) == (1, 0)


async def lost(office: Office) -> int:
    """How many critical results the coordinator was told of that belong to no case."""
    return sum(row["case_id"] == "" for row in await office.coordinator.read("/inbox"))


async def test_a_report_of_an_order_that_was_handed_to_nobody_is_handed_to_nobody(office: Office) -> None:
    case_id = await handed(office, f"ORDER-{number()}", "gdp")
    await office.sender.do("/results", {"kind": "imaging", "order_id": f"ORDER-{number()}", "report_id": "R-1"})
    assert len(await open_results(office.person("dr.fig", "gdp"), case_id)) == 1


async def test_a_site_that_edits_the_table_of_codes_changes_what_an_amended_report_means(office: Office) -> None:
    drawn = published_library()["imaging_order"].definition
    (own,) = [each for each in drawn.decisions if "report_alert" in each.names]
    edited = replace(own, model=own.model.replace("363346000", "99999000"))
    decisions = (*(each for each in drawn.decisions if each is not own), edited)
    async with office.database.session() as session:
        report = Message(name="imaging.report", correlation_key="O", source="test", received_at=system_clock())
        report.payload = {"variables": {"conclusion_code": "99999000"}}
        assert await category_of(session, report) == "unclassified", "by the table of the library"
        site = replace(drawn, decisions=decisions, sha256=f"{number():064d}")
        await publish(session, site, bpmn="<none/>", forms={}, actor="test", now=system_clock())
        assert await category_of(session, report) == "suspicious"
        await session.rollback()


@pytest.mark.parametrize(("said", "told"), [("critical", [TAKEN]), ("normal", [])])
async def test_a_critical_laboratory_value_is_told_at_once_to_who_asked_and_who_covers(
    office: Office, said: str, told: list[str]
) -> None:
    order_id, asked = f"ORDER-{number()}", f"asks_{number()}"
    async with office.database.session() as session:
        definition = line("reads_labs", message("came", "reads_labs", "lab.result"), user_task("read", "reads_labs"))
        await publish(session, definition, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    given = {"business_key": order_id, "variables": {"referral_id": order_id, "requester_role": "medical_physician"}}
    case_id = (await office.admin.do("/pathways/reads_labs/cases", given))["case_id"]
    report = {"kind": "lab", "order_id": order_id, "report_id": asked, "conclusion": "INR 9", "category": said}
    for _ in range(2):
        await office.sender.do("/results", report)
    for role in ("medical_physician", "covering_clinician"):
        person = office.person(f"dr.{role}", role)
        read = [row["text"] for row in await person.read("/inbox") if row["case_id"] == case_id]
        assert read == told
