"""Who acknowledges a result that was withheld from whoever referred? Never they themselves: whoever covers, at once.

`north` refers to a case in which our own people treat the patient.
"""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from api.withheld_results import TEXT, hand_to_cover
from pathways.bpmn.model import CallSpec, UserTaskSpec
from pathways.ladders import library_ladders
from policy.data_classes import READING
from records.tables import Task
from records.writes.parties import note_party
from records.writes.publications import publish
from tests.api.conftest import Office, Person, number
from tests.api.northern import NORTH, Northern, northern
from tests.host.diagrams import line, node, user_task, work

pytestmark = pytest.mark.temporal
REFERRER = UserTaskSpec(candidate_groups='["referrer"]')
TITLE = "Read the biopsy"
READS = user_task("ack", "reads_letter", name=TITLE, ladder=library_ladders()[READING])
ACK = line("reads_letter", replace(READS, user=REFERRER))
HOME = ""
LETTER = line(
    "writes_letter",
    user_task("first", "writes_letter"),
    work("letter", "writes_letter", "referral.send", message="referral.outcome", to="requester"),
    node("reads", "callActivity", "writes_letter", call=CallSpec(ACK.key)),
    calls={ACK.key: ACK.sha256},
)


async def referred(office: Office, organisation: str = NORTH) -> Northern:
    """A case before its letter, in which our own people treat the patient, whoever referred."""
    async with office.database.session() as session:
        for definition in (ACK, LETTER):
            now = office.here.clock()
            await publish(session, definition, bpmn="<none/>", forms={}, actor="test", now=now)
    case = await northern(office, LETTER.key, organisation=organisation)
    async with office.database.session() as session:
        now = office.here.clock()
        await note_party(session, case.case_id, HOME, via="service", through="service:clinic", now=now)
    return case


async def withdraw(case: Northern) -> None:
    told = {"name": "consent.withdrawn", "correlation_key": case.patient_id, "message_id": f"W-{number()}"}
    await case.office.sender.do("/messages", told)


async def written(case: Northern, doctor: Person) -> str:
    """The letter is written; the address of the task to acknowledge it."""
    await doctor.do(f"/tasks/{case.ids['tasks']}/complete", {"values": {}})
    async with asyncio.timeout(60):
        while True:
            found = (
                await case.person("coordinator", organisation=HOME).read("/tasks", case=case.case_id, role="referrer")
            )["items"]
            if found:
                return f"/tasks/{found[0]['id']}"
            await asyncio.sleep(0.05)


async def status_of(case: Northern) -> str:
    found: str = (await case.person("admin").read(case.link))["status"]
    return found


async def groups(case: Northern) -> list[str]:
    async with case.office.database.reader() as session:
        task = (await session.exec(select(Task).where(Task.root_case_id == case.case_id, Task.element == "ack"))).one()
    return task.groups


async def inbox(person: Person, case: Northern) -> list[dict[str, Any]]:
    return [each for each in await person.read("/inbox") if case.case_id in each["case_id"]]


async def test_who_referred_acknowledges_no_result_that_was_withheld_from_them_and_who_covers_does_at_once(
    any_office: Office,
) -> None:
    case = await referred(any_office)
    await withdraw(case)
    doctor = case.person("dentist", organisation=HOME)
    task = await written(case, doctor)
    referrer, cover = case.person("referrer"), case.person("covering_clinician", organisation=HOME)
    acts: tuple[tuple[str, Any], ...] = (("claim", None), ("draft", {"values": {}}), ("complete", {"values": {}}))
    for act, body in acts:
        refused = await referrer.post(f"{task}/{act}", body)
        assert refused.status_code == 403, (act, refused.text)
        assert refused.json()["type"].endswith("/result-withheld")
        assert "A clinician who covers reads it" in refused.json()["detail"]
    assert (await referrer.get(task)).status_code == 403
    assert (await cover.get(task)).status_code == 403
    for listed in ("/tasks", "/fhir/Task", "/rounds"):
        assert task.rpartition("/")[2] not in str(await referrer.read(listed)), "its title says what it is about"
    assert (await referrer.read("/tasks", case=case.case_id))["total"] == 0
    for place in (case.link, f"{case.link}/timeline"):
        assert TITLE not in str(await referrer.read(place)), place
        assert "A step you may not read" in str(await referrer.read(place)), place
        assert TITLE in str(await case.person("coordinator").read(place)), "who oversees sees that it is there"

    await hand_to_cover(any_office.here)
    assert await groups(case) == ["referrer", "covering_clinician"]
    assert TEXT in [each["text"] for each in await inbox(cover, case)]
    for role in ("clinical_lead", "coordinator"):
        told = await inbox(case.person(role, organisation=HOME), case)
        assert "escalation" in {each["level"] for each in told}, role
    before = len(await inbox(cover, case))
    await hand_to_cover(any_office.here)
    assert len(await inbox(cover, case)) == before
    assert (await referrer.post(f"{task}/complete", {"values": {}})).status_code == 403
    await cover.do(f"{task}/claim")
    await cover.do("/people/me/authorities", {"delegate": "r.one", "reason": "while I am away"})
    holder = (await cover.read(task))["assignee"]
    unread = case.office.person("r.one", "referrer", organisation=NORTH)
    behind = await unread.post(f"{task}/complete", {"values": {}, "on_behalf_of": holder})
    assert (behind.status_code, behind.json()["type"].rpartition("/")[2]) == (403, "result-withheld")
    await cover.do(f"{task}/complete", {"values": {}})
    async with asyncio.timeout(60):
        while await status_of(case) != "completed":
            await asyncio.sleep(0.05)


async def test_a_letter_that_was_sent_before_the_withdrawal_is_acknowledged_by_who_has_it(office: Office) -> None:
    case = await referred(office)
    task = await written(case, case.person("dentist", organisation=HOME))
    await withdraw(case)
    await hand_to_cover(office.here)
    assert await groups(case) == ["referrer"]
    referrer = case.person("referrer")
    assert (await referrer.read("/tasks", case=case.case_id))["total"] == 1
    await referrer.do(f"{task}/complete", {"values": {}})


async def test_our_own_people_read_in_the_task_what_no_letter_tells_them(office: Office) -> None:
    case = await referred(office, organisation="")
    await withdraw(case)
    task = await written(case, case.person("dentist", organisation=""))
    await hand_to_cover(office.here)
    assert await groups(case) == ["referrer"]
    await case.person("referrer", organisation="").do(f"{task}/complete", {"values": {}})
