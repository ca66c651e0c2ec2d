"""Where does a case stand, who may see it, and how is it changed from outside?"""

import pytest
from sqlmodel import select

from records.queries.audit_chain import broken_audit
from records.tables import Audit
from tests.api.conftest import Office
from workflows.contract.requests import SetVariables

pytestmark = pytest.mark.temporal


async def test_a_case_says_what_it_waits_for_of_whom_and_since_when(office: Office) -> None:
    found = await office.refer("two_tasks")
    case = await office.coordinator.read(found["links"]["case"])
    wait = case["waits"][0]
    assert (wait["kind"], wait["waiting_for"], wait["of"]) == ("task", "first", "dentist")
    assert wait["since"]
    assert case["links"]["timeline"].endswith("/timeline")


async def test_variables_are_shown_only_to_roles_that_may_see_them(office: Office) -> None:
    found = await office.refer()
    link = found["links"]["case"]
    overseen = await office.coordinator.read(link)
    assert overseen["variables"]["patient"]["name"] == "Testina Sample"
    assert {"reason", "clinical_question"} <= set(overseen["withheld"])
    assert "patient" in (await office.admin.read(link))["withheld"]
    assert (await office.person("x", "radiologist").get(link)).status_code == 403


async def test_a_timeline_tells_in_sentences_what_happened(office: Office) -> None:
    found = await office.refer("two_tasks")
    await office.dentist.do(f"{found['opened'][0]['link']}/complete", {"values": {"secret": "Testina"}})
    entries = await office.coordinator.read(f"{found['links']['case']}/timeline")
    texts = [entry["text"] for entry in entries]
    assert "first was completed" in texts
    assert "Testina" not in str(entries)
    whole = await office.coordinator.read(f"{found['links']['case']}/timeline", everything=True)
    assert len(whole) > len(entries)


async def test_called_cases_are_reached_by_their_links(office: Office) -> None:
    found = await office.refer("calling")
    tasks = {"items": []}
    while not tasks["items"]:
        tasks = await office.dentist.read("/tasks", case=found["case_id"])
    case = await office.coordinator.read(found["links"]["case"])
    called = await office.coordinator.read(case["called"][0]["link"])
    assert (called["root_case_id"], called["pathway"]) == (found["case_id"], "called")
    assert await office.coordinator.read(f"{case['called'][0]['link']}/timeline")
    assert tasks["items"][0]["pathway"] == "calling"


async def test_cases_are_listed_for_overseers_and_for_those_who_take_part(office: Office) -> None:
    found = await office.refer("two_tasks")
    for person in (office.coordinator, office.dentist, office.sender):
        page = await person.read("/cases", referral=found["referral_id"])
        assert [each["case_id"] for each in page["items"]] == [found["case_id"]]
    assert (await office.person("x", "radiologist").read("/cases"))["items"] == []


async def test_the_diagram_shows_where_the_tokens_are(office: Office) -> None:
    found = await office.refer()
    response = await office.coordinator.get(f"{found['links']['case']}/diagram.svg")
    assert response.headers["Content-Type"].startswith("image/svg+xml")
    assert "active" in response.text
    assert "done" in response.text


async def test_the_page_is_escaped_and_names_no_patient(office: Office) -> None:
    found = await office.refer(referral_id="<script>alert(1)</script>")
    response = await office.coordinator.get(found["links"]["page"])
    assert response.status_code == 200
    assert "<script>" not in response.text
    assert "Testina" not in response.text
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


async def test_only_an_administrator_cancels_a_case_and_changes_variables(office: Office) -> None:
    found = await office.refer("two_tasks")
    link = found["links"]["case"]
    assert (await office.coordinator.post(f"{link}/cancel", {"reason": "test"})).status_code == 403
    assert (await office.dentist.post(f"{link}/variables", {"variables": {"a": 1}})).status_code == 403
    await office.admin.do(f"{link}/variables", {"variables": {"a": 1}})
    assert (await office.dentist.read(link))["variables"]["a"] == 1
    assert (await office.admin.do(f"{link}/cancel", {"reason": "sent in error"}))["status"] == "cancelled"
    again = await office.admin.post(f"{link}/cancel", {"reason": "again"})
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "not-running")


async def test_a_value_without_a_name_is_refused_at_every_door_and_harms_no_case_that_has_one(office: Office) -> None:
    referred = await office.refer("two_tasks")
    case, task = f"/cases/{referred['case_id']}", referred["opened"][0]["link"]
    message = {"name": "lab.result", "correlation_key": "K", "message_id": f"M-{referred['case_id']}"}
    for person, door, body in (
        (office.admin, f"{case}/variables", {"reason": "r", "variables": {"": 1}}),
        (office.admin, f"{case}/variables", {"reason": "r", "variables": {" ": 1}}),
        (office.admin, f"{case}/skip", {"reason": "r", "activation": "first", "variables": {"": 1}}),
        (office.admin, "/pathways/two_tasks/cases", {"business_key": "K", "variables": {"": 1}}),
        (office.sender, "/messages", {**message, "variables": {"": 1}}),
        (office.dentist, f"{task}/complete", {"values": {"": 1}}),
    ):
        assert (await person.post(door, body)).status_code == 422
    await office.gateway.send(referred["case_id"], SetVariables({"": 1}, "a.fir"), "nameless")
    assert (await office.dentist.read(case))["variables"][""] == 1


async def test_every_read_and_every_change_is_in_the_audit(office: Office) -> None:
    found = await office.refer("two_tasks")
    link = found["opened"][0]["link"]
    headers = {**office.dentist.headers, "X-Request-ID": "req-77"}
    await office.http.get(link, headers=headers)
    await office.dentist.do(f"{link}/complete", {})
    await office.coordinator.read(found["links"]["case"])
    async with office.database.reader() as session:
        rows = list(await session.exec(select(Audit).where(Audit.case_id == found["case_id"])))
        assert await broken_audit(session) is None
    assert [(row.actor, row.action) for row in rows] == [
        ("portal", "patient.matched"),
        ("portal", "referral.received"),
        ("dr.oak", "task.read"),
        ("dr.oak", "task.completed"),
        ("c.elm", "case.read"),
    ]
    assert rows[2].detail["request_id"] == "req-77"
