"""Does one case run per pathway and business key, whoever starts it, however often, and whatever dies in between?"""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import Client

from api.delivery import Post
from api.noted_starts import finish_noted_starts
from api.starting import BEGUN_BY_US
from api.starting_by_key import Wanted, begin_by_key
from api.surroundings import system_clock
from tests.api.caring import publish_care
from tests.api.conftest import DyingGateway, Office, number, referral
from workflows.host.gateway import HostUnavailable

pytestmark = pytest.mark.temporal
SECRET = b"a secret for tests only"


def asked(key: str, **variables: object) -> dict[str, object]:
    return {"business_key": key, "variables": variables, "urgency": "urgent"}


async def finish(office: Office, case_id: str) -> None:
    """Complete whatever a case offers, until it ends."""
    while tasks := (await office.dentist.read("/tasks", case=case_id))["items"]:
        await office.dentist.do(f"{tasks[0]['links']['self']}/complete", {"values": {}})


async def test_a_case_is_started_under_a_key_and_names_what_it_opened(any_office: Office) -> None:
    key = f"AUDIT-{number()}"
    response = await any_office.admin.post("/pathways/two_tasks/cases", asked(key, scope="teeth"))
    begun = response.json()
    assert (response.status_code, response.headers["location"]) == (201, begun["links"]["case"])
    assert [task["title"] for task in begun["opened"]] == ["first"]
    case = await any_office.dentist.read(begun["links"]["case"])
    assert (case["variables"]["scope"], case["urgency"]) == ("teeth", "urgent")


async def test_a_second_start_under_the_key_is_told_the_first_case(office: Office) -> None:
    key = f"AUDIT-{number()}"
    first = await office.admin.do("/pathways/two_tasks/cases", asked(key))
    second = await office.sender.post("/pathways/two_tasks/cases", asked(key))
    problem = second.json()
    assert (second.status_code, problem["case_id"]) == (409, first["case_id"])
    assert (problem["case"], second.headers["location"]) == (first["links"]["case"], first["links"]["case"])
    elsewhere = await office.admin.post("/pathways/catching_signal/cases", asked(key))
    assert elsewhere.status_code == 201


async def test_the_same_request_again_gets_the_same_answer(office: Office) -> None:
    body, key = asked(f"AUDIT-{number()}"), f"key-{number()}"
    first = await office.admin.post("/pathways/two_tasks/cases", body, key=key)
    again = await office.admin.post("/pathways/two_tasks/cases", body, key=key)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_after_its_end_the_key_begins_another_case(office: Office) -> None:
    key = f"AUDIT-{number()}"
    cases = []
    for _ in range(3):
        begun = await office.admin.do("/pathways/two_tasks/cases", asked(key))
        cases.append(begun["case_id"])
        await finish(office, begun["case_id"])
    assert len(set(cases)) == 3


async def test_of_twenty_starts_at_once_one_begins_a_case(any_office: Office) -> None:
    key = f"AUDIT-{number()}"
    starts = [any_office.admin.post("/pathways/two_tasks/cases", asked(key)) for _ in range(20)]
    answers = await asyncio.gather(*starts)
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 19]
    assert len({answer.json()["case_id"] for answer in answers}) == 1
    page = await any_office.coordinator.read("/cases", referral=key)
    assert page["total"] == 1


async def test_a_case_that_a_message_began_keeps_its_key_too(office: Office) -> None:
    key = f"AUDIT-{number()}"
    sent = {"name": "audit.requested", "correlation_key": key, "message_id": f"m-{number()}"}
    first = await office.sender.do("/messages", sent)
    refused = await office.admin.post("/pathways/begun_by_message/cases", asked(key))
    assert (refused.status_code, refused.json()["title"]) == (422, "This pathway is not started by hand")
    assert len(first["cases"]) == 1


async def test_a_start_that_died_is_finished_later_and_keeps_the_key(office: Office, dev_server: Client) -> None:
    key = f"AUDIT-{number()}"
    dying = Post(office.database, DyingGateway(dev_server, "nobody"), system_clock)
    with pytest.raises(HostUnavailable):
        await begin_by_key(dying, Wanted("two_tasks", key, "request-1", "a.fir"), secret=SECRET)
    while_it_starts = await office.admin.post("/pathways/two_tasks/cases", asked(key))
    assert while_it_starts.status_code == 409
    later = Post(office.database, office.gateway, lambda: system_clock() + timedelta(minutes=2))
    assert await finish_noted_starts(later) == 1
    case_id = while_it_starts.json()["case_id"]
    tasks = await office.dentist.read("/tasks", case=case_id)
    assert [item["title"] for item in tasks["items"]] == ["first"]
    assert await finish_noted_starts(later) == 0


async def test_a_start_that_died_is_carried_out_by_its_own_retry(office: Office, dev_server: Client) -> None:
    wanted = Wanted("two_tasks", f"AUDIT-{number()}", "request-2", "a.fir")
    dying = Post(office.database, DyingGateway(dev_server, "nobody"), system_clock)
    with pytest.raises(HostUnavailable):
        await begin_by_key(dying, wanted, secret=SECRET)
    begun = await begin_by_key(Post(office.database, office.gateway, system_clock), wanted, secret=SECRET)
    assert [task.title for task in begun.opened] == ["first"]


@pytest.mark.parametrize(
    ("pathway", "status"), [("nowhere", 404), ("begun_by_signal", 422), ("begun_by_receiving", 404)]
)
async def test_what_cannot_just_be_started_is_refused(office: Office, pathway: str, status: int) -> None:
    response = await office.admin.post(f"/pathways/{pathway}/cases", asked(f"AUDIT-{number()}"))
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_who_may_not_start_cases_is_refused(office: Office) -> None:
    radiographer = office.person(f"r-{number()}", "radiographer")
    response = await radiographer.post("/pathways/two_tasks/cases", asked("k"))
    assert response.status_code == 403


async def test_whoever_names_no_pathway_is_told_those_only_that_a_referral_may_begin(office: Office) -> None:
    begun_otherwise = {*BEGUN_BY_US, "safety_incident", "acknowledge_result"}
    await publish_care(office, *begun_otherwise)
    refused = await office.sender.post("/referrals", referral(), pathway="none_such")
    named = refused.json()["pathways"]
    assert (refused.status_code, "two_tasks" in named) == (422, True)
    assert begun_otherwise.isdisjoint(named)
    for pathway in sorted(begun_otherwise):
        answer = await office.sender.post("/referrals", referral(), pathway=pathway)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "not-startable")
