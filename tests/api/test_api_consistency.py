"""Does the next read always show what a call has done, and is a call done once however often it is sent?"""

import asyncio

import pytest
from sqlmodel import select

from api.ids import task_id
from records.tables import Task
from tests.api.conftest import Office, number

pytestmark = pytest.mark.temporal
CLINICIANS, COMPLETIONS = 5, 10
"""They work at once, as on a ward."""


async def test_a_worklist_read_after_a_completed_call_is_never_stale(any_office: Office) -> None:
    await asyncio.gather(*(works(any_office) for _ in range(CLINICIANS)))


async def works(office: Office) -> None:
    """Complete one task after the other, and look each time at the worklist."""
    dentist = office.dentist
    completed = 0
    while completed < COMPLETIONS:
        found = await office.refer("looping")
        opened = found["opened"]
        while opened and completed < COMPLETIONS:
            reply = await dentist.do(f"{opened[0]['link']}/complete", {})
            page = await dentist.read("/tasks", case=found["case_id"])
            assert [item["id"] for item in page["items"]] == [task["id"] for task in reply["opened"]]
            opened = reply["opened"]
            completed += 1


async def test_a_change_without_a_key_is_refused(office: Office) -> None:
    link = (await office.refer("two_tasks"))["opened"][0]["link"]
    response = await office.dentist.post(f"{link}/claim", key=None)
    assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (400, "key-missing")


async def test_the_same_key_and_body_get_the_same_answer(office: Office) -> None:
    link = (await office.refer("two_tasks"))["opened"][0]["link"]
    first = await office.dentist.post(f"{link}/complete", {"values": {"a": 1}}, key="once")
    second = await office.dentist.post(f"{link}/complete", {"values": {"a": 1}}, key="once")
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert second.headers["Idempotency-Replayed"] == "true"


async def test_the_same_key_with_another_body_is_refused(office: Office) -> None:
    link = (await office.refer("two_tasks"))["opened"][0]["link"]
    await office.dentist.do(f"{link}/claim", key="reused")
    response = await office.dentist.post(f"{link}/release", key="reused")
    assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (422, "key-reused")


async def test_two_people_may_use_the_same_key(office: Office) -> None:
    key = f"shared-{number()}"
    for person in (office.dentist, office.person("dr.yew", "dentist")):
        link = (await office.refer("two_tasks"))["opened"][0]["link"]
        assert (await person.post(f"{link}/complete", {}, key=key)).status_code == 200


async def test_a_refused_change_may_be_corrected_under_its_key(office: Office) -> None:
    key = f"corrected-{number()}"
    refused = await office.sender.post("/referrals", {"referral_id": "R"}, key=key)
    assert refused.status_code == 422
    assert (await office.sender.post("/messages", {}, key=key)).status_code == 422


async def test_the_same_key_twice_at_once_is_done_once(office: Office) -> None:
    link = (await office.refer("two_tasks"))["opened"][0]["link"]
    dentist = office.dentist
    replies = await asyncio.gather(*(dentist.post(f"{link}/complete", {}, key="together") for _ in range(5)))
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.text for reply in replies}) == 1


async def test_a_task_that_is_read_before_its_case_knows_it_is_asked_for_again(office: Office) -> None:
    """A server that died took the step back whose facts are read already."""
    found = await office.refer("two_tasks")
    first = found["opened"][0]["link"]
    async with office.database.session() as session:
        (task,) = (await session.exec(select(Task).where(Task.case_id == found["case_id"]))).all()
        session.add(Task(**(task.model_dump() | {"activation": "second#1", "element": "second"})))
    ahead = f"/tasks/{task_id(found['case_id'], 'second#1')}"
    key = f"ahead-{number()}"
    refused = await office.dentist.post(f"{ahead}/complete", {}, key=key)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (503, "unavailable")
    assert refused.headers["Retry-After"] == "5"
    await office.dentist.do(f"{first}/complete", {})
    assert (await office.dentist.post(f"{ahead}/complete", {}, key=key)).status_code == 200
