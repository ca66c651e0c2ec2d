"""How do people find, take, hand on and complete their tasks?"""

from datetime import timedelta
from typing import Any

import pytest

from api.surroundings import system_clock
from tests.api.conftest import Office, Person, number

pytestmark = pytest.mark.temporal


async def first_task(office: Office) -> tuple[dict[str, Any], str]:
    """A new case of two tasks in a row, and the address of its first task."""
    found = await office.refer("two_tasks")
    return found, found["opened"][0]["link"]


async def at_assessment(office: Office) -> str:
    """The address of a task with a form."""
    found = await office.refer()
    accept = {
        "name": "referral.status.accepted",
        "correlation_key": found["referral_id"],
        "message_id": found["case_id"],
    }
    reply = await office.sender.do("/messages", accept)
    while not reply["opened"]:  # it came before the pathway waited for it
        page = await office.dentist.read("/tasks", case=found["case_id"])
        reply = {"opened": [{"link": item["links"]["self"]} for item in page["items"]]}
    link: str = reply["opened"][0]["link"]
    return link


async def titles(who: Person, **filters: Any) -> list[str]:
    return [item["title"] for item in (await who.read("/tasks", **filters))["items"]]


async def test_a_task_goes_from_pool_to_person_to_done_and_names_the_next(office: Office) -> None:
    found, link = await first_task(office)
    dentist = office.dentist
    assert await titles(dentist, case=found["case_id"]) == ["first"]
    claimed = await dentist.do(f"{link}/claim")
    assert claimed["status"] == "running"
    assert await titles(dentist, case=found["case_id"], person="me") == ["first"]
    reply = await dentist.do(f"{link}/complete", {"values": {"note": "fine"}})
    assert [task["title"] for task in reply["opened"]] == ["second"]
    assert await titles(dentist, case=found["case_id"]) == ["second"]
    done = await dentist.do(f"{reply['opened'][0]['link']}/complete", {})
    assert done["status"] == "completed"
    assert await titles(dentist, case=found["case_id"]) == []


async def test_a_task_with_a_form_shows_it_and_names_wrong_fields(office: Office) -> None:
    link = await at_assessment(office)
    task = await office.dentist.read(link)
    assert [each["key"] for each in task["form"]["components"]] == ["fit", "teeth_to_extract"]
    response = await office.dentist.post(f"{link}/complete", {"values": {"teeth_to_extract": 40}})
    assert response.status_code == 422
    assert {each["field"] for each in response.json()["errors"]} == {"fit", "teeth_to_extract"}
    unknown = await office.dentist.post(f"{link}/complete", {"variables": {"fit": "yes"}})
    assert unknown.json()["errors"] == [
        {"where": "body.variables", "message": "there is no such field here: write one of values, on_behalf_of"}
    ]
    good = await office.dentist.post(f"{link}/complete", {"values": {"fit": "yes", "teeth_to_extract": 2}})
    assert good.status_code == 200, good.text


async def test_a_field_that_the_form_does_not_have_is_refused(office: Office) -> None:
    link = await at_assessment(office)
    response = await office.dentist.post(f"{link}/complete", {"values": {"fit": "yes", "dose": 70}})
    assert [each["field"] for each in response.json()["errors"]] == ["dose"]


async def test_a_draft_is_kept_for_its_author_alone_until_the_task_is_done(office: Office) -> None:
    link = await at_assessment(office)
    saved = await office.dentist.do(f"{link}/draft", {"values": {"teeth_to_extract": 3}})
    assert saved["draft"] == {"teeth_to_extract": 3}
    other = office.person("dr.yew", "restorative_dentist")
    assert (await other.read(link))["draft"] is None
    await office.dentist.do(f"{link}/complete", {"values": {"fit": "no"}})
    assert (await office.dentist.read(link))["draft"] is None


async def test_other_roles_neither_see_nor_take_a_task(office: Office) -> None:
    found, link = await first_task(office)
    stranger = office.person("n.oak", "radiologist")
    assert (await stranger.get(link)).status_code == 403
    assert (await stranger.post(f"{link}/claim")).status_code == 403
    assert (await stranger.post(f"{link}/complete", {})).status_code == 403
    assert await titles(stranger, case=found["case_id"]) == []


async def test_whoever_oversees_sees_a_task_but_not_what_is_in_it(office: Office) -> None:
    link = await at_assessment(office)
    task = await office.coordinator.read(link)
    assert (task["title"], task["form"], task["values"], task["may_do"]) == (
        "Assess the teeth",
        None,
        {},
        False,
    )
    assert (await office.coordinator.post(f"{link}/complete", {})).status_code == 403


async def test_a_held_task_is_refused_to_others_and_given_back_by_its_holder(office: Office) -> None:
    _, link = await first_task(office)
    other = office.person("dr.yew", "dentist")
    await office.dentist.do(f"{link}/claim")
    refused = await other.post(f"{link}/complete", {})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "not-yours")
    await office.dentist.do(f"{link}/release")
    assert (await other.do(f"{link}/complete", {}))["status"] == "running"


async def test_a_task_is_handed_to_a_person_of_any_role(office: Office) -> None:
    found, link = await first_task(office)
    await office.coordinator.do(f"{link}/delegate", {"to": "dr.new"})
    newcomer = office.person("dr.new", "trainee")
    assert await titles(newcomer, case=found["case_id"]) == ["first"]
    assert (await newcomer.do(f"{link}/complete", {}))["opened"][0]["title"] == "second"


async def test_who_oversees_hands_to_themselves_only_what_is_theirs_to_do(office: Office) -> None:
    _, link = await first_task(office)
    one, two = f"c.{number()}", f"c.{number()}"
    coordinator = office.person(one, "coordinator")
    refused = await coordinator.post(f"{link}/delegate", {"to": one})
    assert refused.status_code == 403
    assert (await coordinator.post(f"{link}/complete", {"values": {}})).status_code == 403
    await office.person(two, "coordinator", "dentist").do(f"{link}/delegate", {"to": two})


async def test_a_completed_task_cannot_be_completed_again(office: Office) -> None:
    _, link = await first_task(office)
    await office.dentist.do(f"{link}/complete", {})
    again = await office.dentist.post(f"{link}/complete", {})
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "not-open")


async def test_worklists_are_filtered_sorted_and_paged(office: Office) -> None:
    urgent = await office.refer("two_tasks", priority="stat")
    await office.refer("two_tasks", priority="routine")
    dentist = office.dentist
    page = await dentist.read("/tasks", pathway="two_tasks", urgency="stat", role="dentist")
    assert urgent["case_id"] in {item["case_id"] for item in page["items"]}
    assert {item["urgency"] for item in page["items"]} == {"stat"}
    walked, link = [], "/tasks?pathway=two_tasks&size=1&sort=created"
    while link:
        page = await dentist.read(link)
        walked += [item["id"] for item in page["items"]]
        link = page["next"]
    assert len(walked) == len(set(walked)) == page["total"]


async def test_due_tasks_are_found_by_their_due_time(office: Office) -> None:
    link = await at_assessment(office)
    task = await office.dentist.read(link)
    soon = (system_clock() + timedelta(days=6)).isoformat()
    assert task["title"] in await titles(office.dentist, due_before=soon)
    assert task["id"] not in [item["id"] for item in (await office.dentist.read("/tasks", overdue=True))["items"]]


async def test_a_role_that_is_not_mine_has_no_worklist_for_me(office: Office) -> None:
    assert (await office.dentist.get("/tasks", role="clinical_oncologist")).status_code == 403
    assert (await office.dentist.get("/tasks", person="dr.ash")).status_code == 403
    assert (await office.coordinator.get("/tasks", role="clinical_oncologist")).status_code == 200


async def fhir_tasks(person: Person) -> set[str]:
    """All that are open for somebody, page by page: other tests of this process have begun cases, too."""
    found, total, page = set[str](), 1, 0
    while len(found) < total and (page := page + 1) < 20:
        listed = await person.read("/fhir/Task", status="requested,ready", size=200, page=page)
        assert listed["type"] == "searchset"
        found, total = found | {entry["resource"]["id"] for entry in listed["entry"]}, listed["total"]
    return found


async def test_tasks_are_fhir_tasks_too(office: Office) -> None:
    found, link = await first_task(office)
    identity = link.removeprefix("/tasks/")
    task = await office.dentist.read(f"/fhir/Task/{identity}")
    assert (task["resourceType"], task["status"], task["id"]) == ("Task", "requested", identity)
    assert identity in await fhir_tasks(office.dentist)
    assert found["case_id"] in {each["value"] for each in task["identifier"]}
    wrong = await office.dentist.get("/fhir/Task", status="asleep")
    assert (wrong.status_code, wrong.json()["resourceType"]) == (422, "OperationOutcome")
