"""How do services answer referrals, and people acknowledge what they were told and handed?"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.ids import text
from records.tables import Handoff, Notification, ServiceInbox
from records.writes.handovers import deliver_to_service, hand_off, notify
from tests.api.conftest import Office, number

pytestmark = pytest.mark.temporal
INBOX = "/services/dental_oncology/inbox"


async def delivered(office: Office) -> tuple[dict[str, Any], dict[str, Any]]:
    """A case, and its referral in the inbox of the dental clinic."""
    found = await office.refer()
    async with asyncio.timeout(60):
        while True:
            mine = [d for d in await office.dentist.read(INBOX) if d["case_id"] == found["case_id"]]
            case = await office.coordinator.read(found["links"]["case"])
            if mine and case["messages"]:
                return found, mine[0]
            await asyncio.sleep(0.05)


async def test_a_service_accepts_and_the_case_goes_on(office: Office) -> None:
    found, delivery = await delivered(office)
    reply = await office.dentist.do(
        delivery["links"]["accept"],
        {"named_contact": "Dr Oak", "expected_by": "2027-01-20", "variables": {"answered_by": "dr.nobody"}},
    )
    assert (reply["state"], reply["acknowledged_by"]) == ("acknowledged", "dr.oak")
    tasks = await office.dentist.read("/tasks", case=found["case_id"])
    assert [item["title"] for item in tasks["items"]] == ["Assess the teeth"]
    case = await office.dentist.read(found["links"]["case"])
    assert (case["variables"]["named_contact"], case["variables"]["answered_by"]) == ("Dr Oak", "dr.oak")


async def test_only_the_service_answers_its_referrals(office: Office) -> None:
    _, delivery = await delivered(office)
    stranger = office.person("dr.elm", "restorative_dentist", team="another_clinic")
    assert (await stranger.get(INBOX)).status_code == 403
    assert (await stranger.post(delivery["links"]["accept"], {})).status_code == 403
    wrong = delivery["links"]["accept"].replace("dental_oncology", "another_clinic")
    assert (await stranger.post(wrong, {})).status_code == 404


async def test_declining_sends_the_reason_and_acknowledging_sends_nothing_more(office: Office) -> None:
    found, delivery = await delivered(office)
    await office.dentist.do(delivery["links"]["acknowledge"])
    case = await office.coordinator.read(found["links"]["case"])
    assert [m["name"] for m in case["messages"]] == ["referral.status.accepted"]
    await office.dentist.do(delivery["links"]["decline"], {"reason": "wrong_specialty"})
    texts = [e["text"] for e in await office.coordinator.read(f"{found['links']['case']}/timeline")]
    assert any("referral.status.declined" in text for text in texts)


async def test_an_answer_that_the_case_does_not_wait_for_is_told_to_the_coordinator(office: Office) -> None:
    found, delivery = await delivered(office)
    await office.dentist.do(delivery["links"]["decline"], {"reason": "wrong_specialty"})
    told = [each["text"] for each in await office.coordinator.read("/inbox") if each["case_id"] == found["case_id"]]
    assert any("has declined a referral" in text for text in told)


async def test_a_heard_answer_alarms_nobody(office: Office) -> None:
    found, delivery = await delivered(office)
    await office.dentist.do(delivery["links"]["accept"], {})
    told = [each["text"] for each in await office.coordinator.read("/inbox") if each["case_id"] == found["case_id"]]
    assert not any("has accepted a referral" in text for text in told)


async def test_a_service_answers_no_more_once_another_was_asked(office: Office) -> None:
    found, delivery = await delivered(office)
    async with office.database.session() as session:
        first = await session.get_one(ServiceInbox, text(delivery["id"]))
        later = office.here.clock() + timedelta(seconds=1)
        again = {"service": "another_clinic", "delivered_at": later, "idempotency_key": "asked-again"}
        await deliver_to_service(session, ServiceInbox(**{**first.model_dump(), **again}))
    refused = await office.dentist.post(delivery["links"]["accept"], {})
    assert refused.status_code == 409
    assert "gone to another service" in refused.json()["detail"]
    case = await office.coordinator.read(found["links"]["case"])
    assert "referral.status.accepted" in {each["name"] for each in case["messages"]}


async def test_a_notification_is_acknowledged_by_name_and_once(office: Office) -> None:
    found = await office.refer("two_tasks")
    key = f"{found['case_id']}:first#1:rung-1:role:clinical_lead:{number()}"
    clock = office.here.clock
    told = Notification(
        idempotency_key=key,
        case_id=found["case_id"],
        recipient_kind="role",
        recipient="clinical_lead",
        level="breach",
        text="first: breach",
        created_at=clock(),
    )
    async with office.database.session() as session:
        await notify(session, told)
    lead, other = office.person("l.oak", "clinical_lead"), office.person("l.elm", "clinical_lead")
    mine = next(each for each in await lead.read("/inbox") if each["case_id"] == found["case_id"])
    assert (await office.dentist.post(mine["links"]["acknowledge"])).status_code == 403
    await lead.do(mine["links"]["acknowledge"])
    assert (await other.do(mine["links"]["acknowledge"]))["acknowledged_by"] == "l.oak"


async def test_a_handed_over_result_stays_until_its_recipient_acknowledges_it(office: Office) -> None:
    found = await office.refer("two_tasks")
    handed = Handoff(
        idempotency_key=f"{found['case_id']}:hand#1:role:gdp",
        case_id=found["case_id"],
        recipient_kind="role",
        recipient="gdp",
        result={"conclusion": "No focus."},
        sent_at=office.here.clock(),
    )
    async with office.database.session() as session:
        await hand_off(session, handed)
    gdp = office.person("g.oak", "gdp")
    mine = next(each for each in await gdp.read("/handoffs") if each["case_id"] == found["case_id"])
    assert mine["result"] == {"conclusion": "No focus."}
    assert (await gdp.do(mine["links"]["acknowledge"]))["acknowledged_by"] == "g.oak"
    assert found["case_id"] not in {each["case_id"] for each in await gdp.read("/handoffs")}
    assert (await gdp.post("/handoffs/nothing/acknowledge")).status_code == 404


async def handed(office: Office, case_id: str, name: str, result: dict[str, Any], role: str = "gdp") -> None:
    row = Handoff(
        idempotency_key=f"{case_id}:{name}:role:{role}",
        case_id=case_id,
        recipient_kind="role",
        recipient=role,
        result=result,
        sent_at=office.here.clock(),
    )
    async with office.database.session() as session:
        await hand_off(session, row)


async def test_a_hand_off_says_who_plans_the_next_step(office: Office) -> None:
    found, gdp = await office.refer("two_tasks"), office.person("g.oak", "gdp")
    await handed(office, found["case_id"], "named", {"report": {"follow_up_owner": "ENT clinic"}})
    await handed(office, found["case_id"], "silent", {"conclusion": "No focus."})

    async def planners() -> list[tuple[str, str]]:
        mine = [each for each in await gdp.read("/handoffs") if each["case_id"] == found["case_id"]]
        return sorted((each["plans_next"]["named_by"], each["plans_next"]["name"]) for each in mine)

    assert await planners() == [("recipient", "gdp"), ("report", "ENT clinic")]
    team = {"person": "n.lark", "name": "Nurse Lark", "role": "key_worker"}
    await office.coordinator.do(f"{found['links']['case']}/care-team", team)
    assert await planners() == [("key_worker", "Nurse Lark"), ("report", "ENT clinic")]
    booking = office.person("b.ivy", "booking_office")
    await handed(office, found["case_id"], "booking", {"report": {"follow_up_owner": "ENT"}}, role="booking_office")
    shown = next(each for each in await booking.read("/handoffs") if each["case_id"] == found["case_id"])
    assert (shown["result"], shown["plans_next"]["named_by"]) == ({}, "withheld")


async def test_what_waits_for_an_answer_stands_first_and_long_lists_have_an_end(office: Office) -> None:
    _, first = await delivered(office)
    await office.dentist.do(first["links"]["acknowledge"])
    await delivered(office)
    inbox = await office.dentist.read(INBOX)
    states = [each["state"] for each in inbox]
    assert states == sorted(states, key=lambda state: state != "delivered")
    assert len(await office.dentist.read(INBOX, limit=1)) == 1
    for place in (INBOX, "/handoffs"):
        assert (await office.dentist.get(place, limit=501)).status_code == 422
