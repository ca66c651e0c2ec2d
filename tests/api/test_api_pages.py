"""Has every list an end? Each comes in pages whose `next` leads through all of it, or is as short as what it lists."""

from typing import Any

import pytest
import pytest_asyncio

from records.tables import Notification
from records.writes.handovers import notify
from tests.api.caring import begin_care, publish_care
from tests.api.conftest import Office, Person, number

pytestmark = pytest.mark.temporal
SHORT = {
    "/batches/kinds",
    "/board",
    "/conferences/slots",
    "/directory",
    "/letters",
    "/my/itinerary",
    "/my/requests",
    "/pathways",
    "/people/{person}/absences",
    "/people/{person}/authorities",
    "/problems",
    "/cases/{case_id}/care-team",
    "/cases/{case_id}/threads",
    "/cases/{case_id}/timeline",
    "/cases/{case_id}/timers",
    "/my/cases/{case_id}/education",
    "/patients/{patient_id}/proxies",
}
"""Lists of what one case, person or patient has, of what is published and its steps, of the dates of half a year, and
of the letters of a day (500 at most)."""


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office)
    return office


async def test_every_list_comes_in_pages_or_is_short(office: Office) -> None:
    document = office.app.openapi()
    endless = set()
    for path, operations in document["paths"].items():
        if "get" in operations and not {"page", "limit"} & names(operations["get"]):
            answered = operations["get"]["responses"].get("200", {}).get("content", {}).get("application/json", {})
            shape = answered.get("schema", {})
            listed = document["components"]["schemas"].get(shape.get("$ref", "").rpartition("/")[2], shape)
            if listed.get("type") == "array" or "items" in listed.get("properties", {}):
                endless.add(path)
    assert endless == SHORT


def names(operation: dict[str, Any]) -> set[str]:
    return {parameter["name"] for parameter in operation.get("parameters", ())}


async def walked(who: Person, path: str) -> list[Any]:
    """Everything that a list holds, asked for one by one."""
    found, at = [], f"{path}?size=1"
    while at:
        page = await who.read(at)
        [item] = page["items"]
        found.append(item)
        at = page["next"]
    assert (page["total"], page["page"]) == (len(found), len(found))
    return found


async def test_the_pages_of_alerts_lead_through_all_of_them(house: Office) -> None:
    care, role = await begin_care(house), f"role{number()}"
    clock = house.here.clock
    async with house.database.session() as session:
        for level, text in (("reminder", "Weigh"), ("critical", "Bleeding"), ("critical", "Stridor")):
            told = {"recipient_kind": "role", "recipient": role, "level": level, "text": text, "created_at": clock()}
            await notify(session, Notification(idempotency_key=f"t{number()}", case_id=care.case_id, **told))
    found = await walked(house.person("n.teal", role), "/inbox/alerts")
    assert [each["texts"] for each in found] == [["Stridor"], ["Bleeding"], ["Weigh"]]


async def test_the_pages_of_my_cases_lead_through_all_of_them(house: Office) -> None:
    first = await begin_care(house)
    second = await begin_care(house, patient_id=first.patient_id)
    await first.patient.do(f"/my{first.link}/questions", {"text": "When?"})
    found = await walked(first.patient, "/my/cases")
    assert [each["id"] for each in found] == [second.case_id, first.case_id]
