"""Which case does a message wake, and what becomes of one that nobody waits for?"""

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from api.deliveries_left import finish_deliveries
from api.delivery import Post
from api.open_parts import TEXTS as OF_OPEN_PARTS
from api.open_parts import WITHDRAWN
from api.surroundings import system_clock
from api.unheeded import TEXTS
from records.tables import Message
from tests.api.conftest import Office, number

pytestmark = pytest.mark.temporal
OF_HER = {"identifiers": [{"value": "MRN-77"}]}


def message(name: str, key: str, **variables: Any) -> dict[str, Any]:
    return {"name": name, "correlation_key": key, "message_id": f"m-{number()}", "variables": variables}


async def accepted(office: Office) -> dict[str, Any]:
    """A case whose referral the dental clinic has accepted: it waits for the assessment."""
    found = await office.refer()
    await until_waiting(office, found, "referral.status.accepted")
    await office.sender.do("/messages", message("referral.status.accepted", found["referral_id"]))
    return found


async def until_waiting(office: Office, found: dict[str, Any], name: str) -> None:
    async with asyncio.timeout(60):
        while name not in [m["name"] for m in (await office.coordinator.read(found["links"]["case"]))["messages"]]:
            await asyncio.sleep(0.05)


async def test_a_message_wakes_the_case_that_waits_for_it_and_names_what_it_opened(office: Office) -> None:
    found = await office.refer()
    await until_waiting(office, found, "referral.status.accepted")
    reply = await office.sender.do("/messages", message("referral.status.accepted", found["referral_id"]))
    assert (reply["status"], reply["cases"]) == ("delivered", [found["case_id"]])
    assert [task["title"] for task in reply["opened"]] == ["Assess the teeth"]


async def test_the_same_message_twice_is_one_message(office: Office) -> None:
    found = await office.refer()
    await until_waiting(office, found, "referral.status.accepted")
    sent = message("referral.status.accepted", found["referral_id"])
    await office.sender.do("/messages", sent)
    again = await office.sender.do("/messages", sent)
    assert again["status"] == "delivered"
    tasks = await office.dentist.read("/tasks", case=found["case_id"])
    assert tasks["total"] == 1


async def test_camel_case_names_are_understood(office: Office) -> None:
    sent = {"name": "nothing.waits", "correlationKey": "nobody", "messageId": f"m-{number()}"}
    response = await office.sender.post("/messages", sent)
    assert (response.status_code, response.json()["status"]) == (202, "unmatched")


async def test_a_message_for_a_known_case_is_kept_until_the_case_waits(office: Office) -> None:
    found = await office.refer("two_tasks")
    told = message("imaging.report", found["referral_id"])
    reply = await office.sender.do("/messages", {**told, "variables": {"patient_id": found["patient_id"]}})
    assert reply["status"] == "buffered"


async def test_an_early_result_under_a_key_nobody_knows_yet_is_delivered_when_the_case_waits(
    office: Office,
) -> None:
    found = await accepted(office)
    order = f"{found['referral_id']}-OPG"
    early = await office.sender.post("/results", {"order_id": order, "report_id": "rep-1", "patient": OF_HER})
    assert early.status_code == 202
    task = (await office.dentist.read("/tasks", case=found["case_id"]))["items"][0]
    await office.dentist.do(f"{task['links']['self']}/complete", {"values": {"fit": "yes"}})
    assert await finish_deliveries(Post(office.database, office.gateway, system_clock)) >= 1
    tasks = await office.oncologist.read("/tasks", case=found["case_id"])
    assert [item["title"] for item in tasks["items"]] == ["Acknowledge the report"]


async def test_an_unmatched_result_is_visible_and_given_its_case_by_a_person(office: Office) -> None:
    found = await accepted(office)
    task = (await office.dentist.read("/tasks", case=found["case_id"]))["items"][0]
    await office.dentist.do(f"{task['links']['self']}/complete", {"values": {"fit": "yes"}})
    wrong = {"order_id": f"WRONG-{number()}", "report_id": "rep-2"}
    assert (await office.sender.post("/results", wrong)).status_code == 202
    listed = await office.coordinator.read("/messages", status="unmatched")
    unmatched = next(each for each in listed if each["correlation_key"] == wrong["order_id"])
    assert (await office.dentist.get("/messages")).status_code == 403
    link = f"/dead-letters/{unmatched['id']}/correlate"
    reply = await office.coordinator.do(link, {"correlation_key": f"{found['referral_id']}-OPG"})
    assert (reply["status"], reply["opened"][0]["title"]) == ("delivered", "Acknowledge the report")
    listed = await office.coordinator.read("/messages", status="unmatched")
    assert unmatched["id"] not in {each["id"] for each in listed}


async def test_a_result_is_acknowledged_and_the_loop_is_closed(office: Office) -> None:
    found = await accepted(office)
    task = (await office.dentist.read("/tasks", case=found["case_id"]))["items"][0]
    await office.dentist.do(f"{task['links']['self']}/complete", {"values": {"fit": "yes"}})
    result = {"order_id": f"{found['referral_id']}-OPG", "report_id": "rep-3", "conclusion": "No focus."}
    reply = await office.sender.do("/results", {**result, "patient": OF_HER})
    done = await office.oncologist.do(f"{reply['opened'][0]['link']}/complete", {})
    assert done["status"] == "completed"
    case = await office.oncologist.read(found["links"]["case"])
    assert case["variables"]["report"]["conclusion"] == "No focus."


@pytest.mark.parametrize(("category", "flag"), [("critical", "critical"), ("normal", None)])
async def test_a_result_whose_category_is_critical_is_flagged_for_the_pathways(
    office: Office, category: str, flag: str | None
) -> None:
    order = f"ORDER-{number()}"
    await office.sender.do("/results", {"order_id": order, "report_id": "rep-4", "category": category})
    async with office.database.reader() as session:
        [kept] = await session.exec(select(Message).where(Message.correlation_key == order))
    assert kept.payload["variables"].get("alert_flag") == flag


async def test_a_moved_date_reaches_the_case(office: Office) -> None:
    found = await office.refer("two_tasks")
    body = {"treatment": "radiotherapy", "new_date": "2027-03-01", "reason": "machine down"}
    reply = await office.coordinator.do(f"{found['links']['case']}/dates", body)
    assert reply["status"] in ("delivered", "buffered")


async def test_an_appointment_is_a_message_of_its_referral(office: Office) -> None:
    found = await office.refer("two_tasks")
    told = {"referral_id": found["referral_id"], "appointment_id": "a-1", "status": "noshow"}
    assert (await office.sender.do("/appointments", told))["cases"] == [found["case_id"]]


@pytest.mark.parametrize("ttl", ["soon", "P", "-1"])
async def test_a_wrong_time_to_live_is_refused(office: Office, ttl: str) -> None:
    response = await office.sender.post("/messages", {**message("m", "k"), "ttl": ttl})
    assert response.status_code == 422


async def test_who_may_not_send_messages_is_refused(office: Office) -> None:
    response = await office.person("p.yew", "patient").post("/messages", message("m", "k"))
    assert response.status_code == 403


async def test_a_message_that_nobody_waits_for_begins_the_process_that_starts_with_it(office: Office) -> None:
    sent = message("audit.requested", f"AUDIT-{number()}", scope="teeth")
    first = await office.sender.do("/messages", sent)
    assert (first["status"], [task["title"] for task in first["opened"]]) == ("delivered", ["audit"])
    case = await office.dentist.read(f"/cases/{first['cases'][0]}")
    assert (case["pathway"], case["variables"]["scope"]) == ("begun_by_message", "teeth")
    again = await office.sender.do("/messages", sent)
    assert again["cases"] == first["cases"]


async def test_a_second_message_with_the_key_of_a_running_case_is_kept_by_it(office: Office) -> None:
    key = f"AUDIT-{number()}"
    first = await office.sender.do("/messages", message("audit.requested", key))
    second = await office.sender.do("/messages", message("audit.requested", key))
    assert (second["status"], second["cases"]) == ("buffered", first["cases"])


async def test_a_message_begins_a_process_at_its_receive_task(office: Office) -> None:
    reply = await office.sender.do("/messages", message("lab.opened", f"LAB-{number()}"))
    assert [task["title"] for task in reply["opened"]] == ["plan"]


async def test_a_referral_starts_a_pathway_that_begins_with_a_receive_task(office: Office) -> None:
    found = await office.refer("receiving")
    tasks = await office.dentist.read("/tasks", case=found["case_id"])
    assert [item["title"] for item in tasks["items"]] == ["plan"]


async def test_a_message_does_not_stand_in_for_a_referral(office: Office) -> None:
    response = await office.sender.post("/messages", message("referral.requested", f"R-{number()}"))
    assert (response.status_code, response.json()["status"]) == (202, "unmatched")


@pytest.mark.parametrize("said", ["soon", "2026-12", 20261201])
async def test_a_date_that_is_none_is_refused_before_any_case_hears_of_it(office: Office, said: object) -> None:
    found = await office.refer("two_tasks")
    wrong = message("treatment.date_changed", found["referral_id"], new_date=said)
    response = await office.sender.post("/messages", wrong)
    assert (response.status_code, "'new_date'" in response.json()["detail"]) == (422, True)
    right = {**wrong, "variables": {"new_date": "2026-12-01"}}
    assert (await office.sender.do("/messages", right))["status"] == "buffered"


UNHEEDED = ("patient.died", "patient.declined", "redflag.raised", "treatment.date_changed", "treatment.cancelled")


@pytest.mark.parametrize("name", [*UNHEEDED, "appointment.noshow"])
async def test_a_pathway_that_does_not_act_on_what_matters_tells_its_coordinator_once(
    office: Office, name: str
) -> None:
    found = await office.refer("two_tasks")
    key = found["patient_id"] if name == "patient.died" else found["referral_id"]
    sent = message(name, key)
    assert [(await office.sender.do("/messages", sent))["status"] for _ in range(2)] == ["buffered", "buffered"]
    told = [row["text"] for row in await office.coordinator.read("/inbox") if row["case_id"] == found["case_id"]]
    assert told.count(TEXTS[name][1]) == 1


async def test_who_holds_an_open_task_hears_of_a_withdrawal_on_which_its_pathway_does_not_act(office: Office) -> None:
    found = await office.refer("two_tasks")
    withdrawn = message(WITHDRAWN, found["patient_id"], scope="service:dietetics")
    assert (await office.sender.do("/messages", withdrawn))["status"] == "buffered"
    told = [row["text"] for row in await office.dentist.read("/inbox") if row["case_id"] == found["case_id"]]
    assert told.count(OF_OPEN_PARTS[WITHDRAWN]) == 1
