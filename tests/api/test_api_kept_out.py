"""What do people still see, hold and do in a case when its patient shares it with nobody outside?

`north` refers to a case in which our own people treat the patient, and those of `south`, too.
"""

from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import select

from api.claims import Person as Somebody
from api.data_sight import classes_in
from api.deps import Visit
from api.kept_out import give_back_tasks
from pathways.bpmn.model import UserTaskSpec
from records.tables import Audit, CareTeamMember, Case, Task
from records.writes.parties import note_party
from records.writes.publications import publish
from tests.api.conftest import Office, Person, number
from tests.api.northern import NORTH, SOUTH, Northern, northern
from tests.host.diagrams import line, user_task

pytestmark = pytest.mark.temporal
REFERRER = UserTaskSpec(candidate_groups='["referrer"]')
FOR_REFERRERS = line("asks_back", replace(user_task("ask", "asks_back"), user=REFERRER))


@pytest_asyncio.fixture
async def case(office: Office) -> Northern:
    return await everywhere(office, "two_tasks")


async def everywhere(office: Office, pathway: str) -> Northern:
    found = await northern(office, pathway)
    async with office.database.session() as session:
        for organisation in ("", SOUTH):
            now = office.here.clock()
            await note_party(session, found.case_id, organisation, via="service", through="service:clinic", now=now)
    return found


async def say(case: Northern, which: str = "consents/withdrawals", **word: Any) -> None:
    body = {"scope": "sharing", "given_by": "patient", "method": "verbal", **word}
    await ours(case).do(f"/patients/{case.patient_id}/{which}", body)


def ours(case: Northern) -> Person:
    return case.person("key_worker", "dentist", organisation="")


async def audited(case: Northern, action: str) -> list[Audit]:
    async with case.office.database.reader() as session:
        found = select(Audit).where(Audit.case_id == case.case_id, Audit.action == action)
        return list(await session.exec(found))


async def holder(case: Northern) -> str | None:
    async with case.office.database.reader() as session:
        return (await session.exec(select(Task.assignee).where(Task.root_case_id == case.case_id))).one()


async def test_what_people_outside_hold_goes_back_to_its_pool_and_to_them_again_on_a_legal_basis(
    case: Northern,
) -> None:
    theirs, task = case.person("dentist", "key_worker", organisation=SOUTH), f"/tasks/{case.ids['tasks']}"
    await theirs.do(f"{task}/claim")
    await say(case)
    for link in (case.link, task, f"{case.link}/timeline", f"{case.link}/threads", f"/referrals/{case.referral_id}"):
        assert (await theirs.get(link)).status_code == 404, link
    assert (await theirs.post(f"{task}/complete", {"values": {}})).status_code == 404
    assert (await theirs.read("/tasks", case=case.case_id))["total"] == 0
    assert await holder(case) is not None
    await give_back_tasks(case.office.here)
    assert await holder(case) is None
    assert len(await audited(case, "task.given_back")) == 1
    await give_back_tasks(case.office.here)
    assert len(await audited(case, "task.given_back")) == 1
    assert (await ours(case).read("/tasks", case=case.case_id))["total"] == 1, "nothing is cancelled"
    basis = {"status": "legal_basis", "legal_basis": "Vital interests", "case_id": case.case_id}
    await say(case, "consents", **basis)
    assert (await theirs.get(case.link)).status_code == 200
    await theirs.do(f"{task}/claim")


async def test_who_holds_a_task_inside_or_is_in_the_team_there_keeps_it_and_who_is_outside_leaves_the_team(
    case: Northern,
) -> None:
    inside, outside = f"in-{number()}", f"out-{number()}"
    for name, organisation in ((inside, ""), (outside, SOUTH)):
        person = case.office.person(name, "key_worker", "dentist", organisation=organisation)
        assert (await person.get(case.link)).status_code == 200
        if name == inside:
            await person.do(f"/tasks/{case.ids['tasks']}/claim")
        member = {"person": name, "name": "N", "role": "allied_health"}
        await case.person("coordinator", organisation="").do(f"{case.link}/care-team", member)
    await say(case)
    await give_back_tasks(case.office.here)
    assert await holder(case) == inside
    async with case.office.database.reader() as session:
        team = await session.exec(select(CareTeamMember).where(CareTeamMember.root_case_id == case.case_id))
        assert {(each.person, each.until is None) for each in team} == {(inside, True), (outside, False)}
    told = await case.person("coordinator", organisation="").read("/inbox")
    assert any("has left it" in each["text"] for each in told if each["case_id"] == case.case_id)


async def test_who_referred_and_is_objected_to_reads_what_they_wrote_and_how_it_stands_and_nothing_else(
    case: Northern,
) -> None:
    referrer = case.person("key_worker", "dentist", "referrer", "coordinator")
    before = (await referrer.read(case.link))["variables"]
    assert {"clinical_question", "requester"} <= set(before)
    await say(case, scope=f"organisation:{NORTH}")
    seen = await referrer.read(case.link)
    assert {"clinical_question", "patient"} <= set(seen["variables"]) < set(before)
    assert [seen[name] for name in ("waits", "tasks", "messages", "called", "incidents")] == [[]] * 5
    assert (await referrer.get(f"/referrals/{case.referral_id}")).status_code == 200
    for part in ("timeline", "diagram", "threads", "journal", "care-team", "timers"):
        assert (await referrer.get(f"{case.link}/{part}")).status_code == 404, part
    assert (await referrer.get(f"/tasks/{case.ids['tasks']}")).status_code == 404
    for listed in ("/tasks", "/cases", "/rounds", "/incidents"):
        assert case.case_id not in str(await referrer.read(listed)), listed


async def test_whose_case_it_is_keeps_it_but_reads_no_letter_that_was_not_sent_to_them(case: Northern) -> None:
    referrer, seen = case.person("gdp", "coordinator"), frozenset({"dental", "own_referral"})
    visit = Visit(case.office.here, Somebody("r", "R", frozenset({"gdp", "dentist"}), "", NORTH), "r")
    async with case.office.database.reader() as session:
        root = await session.get_one(Case, case.case_id)
    assert "outcome_letter" in await classes_in(visit, root)
    await say(case)
    found = await classes_in(visit, root)
    assert ("outcome_letter" in found, seen <= found) == (False, True)
    assert (await referrer.get(case.link)).status_code == 200
    assert (await case.person("coordinator").read("/tasks", case=case.case_id, role="dentist"))["total"] == 1


async def test_what_who_referred_is_asked_is_still_theirs_to_answer(office: Office) -> None:
    async with office.database.session() as session:
        await publish(session, FOR_REFERRERS, bpmn="<none/>", forms={}, actor="test", now=office.here.clock())
    case = await everywhere(office, FOR_REFERRERS.key)
    referrer = case.person("referrer")
    await say(case, scope=f"organisation:{NORTH}")
    [asked] = (await referrer.read("/tasks", case=case.case_id))["items"]
    await referrer.do(f"{asked['links']['self']}/claim")
    await give_back_tasks(office.here)
    await referrer.do(f"{asked['links']['self']}/complete", {"values": {}})


async def test_whom_the_coordinator_hands_a_task_since_does_it_until_it_is_done(case: Northern) -> None:
    name, task = f"out-{number()}", f"/tasks/{case.ids['tasks']}"
    theirs = case.office.person(name, "dentist", organisation=SOUTH)
    assert (await theirs.get(task)).status_code == 200
    await say(case)
    assert (await theirs.get(task)).status_code == 404
    await case.person("coordinator", organisation="").do(f"{task}/delegate", {"to": name})
    await give_back_tasks(case.office.here)
    assert [each["id"] for each in (await theirs.read("/tasks", case=case.case_id))["items"]] == [case.ids["tasks"]]
    assert (await theirs.get(case.link)).status_code == 200
    await theirs.do(f"{task}/complete", {"values": {}})
    assert (await theirs.get(case.link)).status_code == 404
    assert (await theirs.read("/tasks", case=case.case_id))["total"] == 0


async def test_who_broke_the_glass_reads_what_consent_keeps_from_their_organisation(case: Northern) -> None:
    theirs = case.person("oral_surgeon", organisation=SOUTH)
    await say(case)
    await theirs.do(f"{case.link}/break-glass", {"reason": "Bleeding, in our emergency room"})
    assert (await theirs.get(case.link)).status_code == 200
