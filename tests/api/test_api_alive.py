"""Is a patient who was said to have died alive again, when that was an error? For letters, in cases, with people."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, select

from api.surroundings import system_clock
from pathways.bpmn.model import MessageTrigger
from records.tables import Audit, Case, Notification, PatientPreference
from records.writes.handovers import tell_role
from records.writes.patient_voice import prefer
from records.writes.publications import publish
from tests.api.caring import CareCase, begin_care, publish_care
from tests.api.conftest import Office, number
from tests.api.letters import go_on
from tests.host.diagrams import line, node, user_task

pytestmark = pytest.mark.temporal
DIED = MessageTrigger("patient.died", "patient_id")
ENDING = line("ends_by_death", node("died", "intermediateCatchEvent", "ends_by_death", trigger=DIED))
LISTENING_LATER = line(
    "listens_later",
    user_task("ask", "listens_later"),
    node("died", "intermediateCatchEvent", "listens_later", trigger=DIED),
)
WHY = {"reason": "The record of somebody else was read"}


async def cases_of_one(office: Office) -> tuple[CareCase, CareCase]:
    """Two cases of one patient who wants letters, and is written to: one goes on whatever it hears, one ends."""
    await publish_care(office)
    now = system_clock()
    async with office.database.session() as session:
        await publish(session, ENDING, bpmn="<none/>", forms={}, actor="test", now=now)
    going_on = await begin_care(office, patient={"name": "Testina Sample"})
    ending = await begin_care(office, "ends_by_death", patient_id=going_on.patient_id)
    chosen = {"patient_id": going_on.patient_id, "channel": "letter", "language": "en", "changed_by": "p"}
    async with office.database.session() as session:
        await prefer(session, PatientPreference(**chosen, changed_at=now))
        about, words = going_on.case_id, "Bring your list of medicines."
        await tell_role(session, "patient", about, words, level="contact", key=f"told-{number()}", now=system_clock())
    return going_on, ending


async def ended_before(office: Office, case: CareCase) -> str:
    """A case of the same patient that ended a day ago: its id."""
    before = await begin_care(office, "visit", patient_id=case.patient_id)
    await office.admin.do(f"{before.link}/cancel", {"reason": "over before"})
    await until_over(office, before)
    async with office.database.session() as session:
        (await session.get_one(Case, before.case_id)).ended_at = system_clock() - timedelta(days=1)
    return before.case_id


async def letters(office: Office, case: CareCase) -> int:
    return sum(line["case_id"] == case.case_id for line in await office.coordinator.read("/letters"))


async def until_over(office: Office, case: CareCase) -> None:
    async with asyncio.timeout(60):
        while (await office.admin.read(case.link))["status"] == "running":
            await asyncio.sleep(0.05)


async def test_a_case_that_kept_the_news_of_a_death_that_was_none_does_not_act_on_it_later(office: Office) -> None:
    now = system_clock()
    async with office.database.session() as session:
        await publish(session, LISTENING_LATER, bpmn="<none/>", forms={}, actor="test", now=now)
    case = await begin_care(office, "listens_later", patient={"name": "Testina Sample"})
    told = {"name": "patient.died", "correlation_key": case.patient_id, "message_id": f"died-{number()}"}
    assert (await office.sender.do("/messages", told))["status"] == "buffered"
    await office.coordinator.do(f"/patients/{case.patient_id}/alive", WHY)
    await go_on(office, case.case_id)
    assert (await office.admin.read(case.link))["status"] == "running"


async def test_a_death_that_was_an_error_is_taken_back_and_what_has_ended_is_named(office: Office) -> None:
    case, ended = await cases_of_one(office)
    before = await ended_before(office, case)
    told = {"name": "patient.died", "correlation_key": case.patient_id, "message_id": f"died-{number()}"}
    await office.sender.do("/messages", told)
    await until_over(office, ended)
    assert await letters(office, case) == 0

    address = f"/patients/{case.patient_id}/alive"
    assert (await office.dentist.post(address, WHY)).status_code == 403
    far = office.person("c.far", "coordinator", organisation="elsewhere")
    assert (await far.post(address, WHY)).status_code == 404
    assert (await office.coordinator.post(address, {})).status_code == 422
    found = await office.coordinator.do(address, WHY)
    assert found == {"patient_id": case.patient_id, "running": [case.link], "ended": [ended.link]}
    assert (await office.coordinator.post(address, WHY)).status_code == 409
    await office.sender.do("/messages", told)  # the same message again says nothing new
    assert await letters(office, case) == 1
    listed = await office.coordinator.read("/messages", status="taken_back")
    assert [each["reason"] for each in listed if each["message_id"] == told["message_id"]] == [WHY["reason"]]
    async with office.database.reader() as session:
        corrected = await session.exec(select(Audit).where(Audit.action == "patient.death_corrected"))
        [row] = [each for each in corrected if each.detail["patient_id"] == case.patient_id]
        theirs = col(Notification.case_id).in_((case.case_id, ended.case_id, before))
        said = select(Notification.case_id, Notification.text).where(Notification.recipient == "coordinator", theirs)
        heard = {case_id: text for case_id, text in await session.exec(said) if "has not" in text}
    assert (row.actor, row.detail["reason"]) == ("c.elm", WHY["reason"])
    assert (heard.keys(), "refer again" in heard[ended.case_id]) == ({case.case_id, ended.case_id}, True)
