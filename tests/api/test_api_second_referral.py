"""Is a second referral of the same child caught, under whichever number it comes?"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import select
from temporalio.client import Client

from api.surroundings import system_clock
from records.tables import OrderRecord
from records.writes.publications import publish_together
from tests.api.conftest import Office, Person, number, open_office
from tests.library import published_library
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal
CHILD = {
    "identifiers": [{"value": "MRN-501", "system": "urn:mrn"}, {"value": "NHS-501", "system": "urn:nhs"}],
    "name": "Kim Sample",
    "birth_date": "2019-05-01",
}
INTAKE = {
    "dob": "2019-05-01",
    "weight": 24,
    "guardian": "Parent Sample",
    "guardian_authority": "parent",
    "consent_share": True,
    "child_assent": "yes",
    "months_mouth_breathing": 4,
    "snoring_nights_week": 2,
    "witnessed_apnoea": False,
    "cyanosis_or_fainting": False,
    "daytime_sleepy": False,
    "growth_faltering": False,
    "comorbidity": ["none"],
    "allergy_rhinitis": True,
    "steroid_trial_weeks": 0,
    "dental_arch_concern": False,
}


@pytest_asyncio.fixture
async def house(url: str, dev_server: Client, key_ring: KeyRing) -> AsyncIterator[Office]:
    async with open_office(url, dev_server, key_ring) as office:
        async with office.database.session() as session:
            await publish_together(session, tuple(published_library().values()), actor="test", now=system_clock())
        yield office


async def referred(house: Office) -> str:
    """The case of a child whose intake is done."""
    found = await house.refer("paediatric_mouth_breathing", referral_id=f"CHILD-{number()}", patient=CHILD)
    gp = house.person("dr.fern", "referrer")
    await gp.do(f"{await open_task(gp, found['case_id'], 'intake')}/complete", {"values": INTAKE})
    return str(found["case_id"])


async def open_task(person: Person, case_id: str, step: str) -> str:
    """The address of a task, as soon as this person sees it."""
    async with asyncio.timeout(60):
        while True:
            tasks: list[dict[str, Any]] = (await person.read("/tasks", size=100))["items"]
            for each in tasks:
                if (each["step"], each["case_id"]) == (step, case_id):
                    return f"/tasks/{each['id']}"
            await asyncio.sleep(0.1)


async def test_a_second_referral_of_a_child_waits_for_a_coordinator_and_its_referrer_hears_the_answer(
    house: Office,
) -> None:
    first = await referred(house)
    await open_task(house.person("dr.fern", "referrer"), first, "steroid")
    second = await referred(house)
    decide = await open_task(house.coordinator, second, "dup_review")
    steps = {
        each["step"] for each in (await house.admin.read("/tasks", size=100))["items"] if each["case_id"] == second
    }
    assert "steroid" not in steps
    await house.coordinator.do(f"{decide}/complete", {"values": {"decision": "use_existing", "reason": "Same child"}})
    async with asyncio.timeout(60):
        while (await house.admin.read(f"/cases/{second}"))["status"] == "running":
            await asyncio.sleep(0.1)
    told = [
        each["text"] for each in await house.person("dr.fern", "referrer").read("/inbox") if each["case_id"] == second
    ]
    assert any(text.startswith("This child is seen for it under an earlier referral") for text in told)
    assert (await house.admin.read(f"/cases/{first}"))["status"] == "running"


async def test_a_second_plan_is_held_also_when_a_laboratory_has_answered_the_first(house: Office) -> None:
    """The result is one of the plan's values, not its report."""
    first = await house.refer("complex_shared_plan", referral_id=f"PLAN-{number()}", patient=CHILD)
    values = {"INR": 2.1, "patient_id": first["patient_id"]}
    result = {"name": "lab.result", "correlation_key": first["referral_id"], "variables": values}
    async with asyncio.timeout(60):
        while (await house.sender.do("/messages", {**result, "message_id": f"L-{number()}"}))["status"] != "delivered":
            await asyncio.sleep(0.1)
    second = await house.refer("complex_shared_plan", referral_id=f"PLAN-{number()}", patient=CHILD)
    decide = await house.coordinator.read(await open_task(house.coordinator, second["case_id"], "dup_review"))
    assert decide["values"]["existing"].startswith(f"Order {first['referral_id']}-PLAN, active")


async def begun(house: Office, pathway: str) -> dict[str, Any]:
    """A referral of the same child, with the intake where the pathway asks for it before it looks for another."""
    found = await house.refer(pathway, referral_id=f"AGAIN-{number()}", patient=CHILD)
    if pathway == "paediatric_mouth_breathing":
        gp = house.person("dr.fern", "referrer")
        await gp.do(f"{await open_task(gp, found['case_id'], 'intake')}/complete", {"values": INTAKE})
    return found


async def order_of(house: Office, case_id: str) -> OrderRecord | None:
    async with house.database.reader() as session:
        return (await session.exec(select(OrderRecord).where(OrderRecord.case_id == case_id))).first()


async def until_ordered(house: Office, case_id: str, status: str) -> OrderRecord:
    async with asyncio.timeout(60):
        while (found := await order_of(house, case_id)) is None or found.status != status:
            await asyncio.sleep(0.1)
    return found


@pytest.mark.parametrize("pathway", ["paediatric_mouth_breathing", "complex_shared_plan", "tmj_assessment"])
async def test_a_third_referral_is_compared_with_the_second_that_went_on_with_a_reason(
    house: Office, pathway: str
) -> None:
    """The first has ended by then: only the second stands against the third."""
    first = await begun(house, pathway)
    await until_ordered(house, first["case_id"], "active")
    second = await begun(house, pathway)
    decide = await open_task(house.coordinator, second["case_id"], "dup_review")
    held = await until_ordered(house, second["case_id"], "held")
    goes_on = {"decision": "proceed_clinical_reason", "reason": "Another question"}
    await house.coordinator.do(f"{decide}/complete", {"values": goes_on})
    await until_ordered(house, second["case_id"], "active")
    await house.admin.do(f"{first['links']['case']}/cancel", {"reason": "Seen elsewhere"})

    third = await begun(house, pathway)
    asked = await house.coordinator.read(await open_task(house.coordinator, third["case_id"], "dup_review"))
    assert asked["values"]["existing"].startswith(f"Order {held.order_id}, active")
    assert (await until_ordered(house, third["case_id"], "held")).order_id != held.order_id
