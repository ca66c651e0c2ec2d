"""Does a referral get there when its service is away? It is kept, until it goes by itself or somebody delivers it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from api.climbing import begin_climbed
from api.nothing_left import end_needless_deliveries
from api.surroundings import system_clock
from pathways.bpmn.model import Ladder, Rung
from records.writes.publications import publish
from tests.api.caring import publish_care
from tests.api.conftest import Office
from tests.api.test_api_withdrawal import clinic as clinic
from tests.api.test_api_withdrawal import far_office as far_office
from tests.api.test_api_withdrawal import gone_on, referred, tried
from tests.host.diagrams import line, user_task, work
from tests.outside import Clinic

pytestmark = pytest.mark.temporal
UNSENT = Ladder("unsent", (Rung("d", ("coordinator",), level="breach", begin="unsent"),))
SEND = replace(
    work("send", "cut_off", "referral.send", "3", to="far_clinic"),
    name="Send the referral",
    expected_duration='"PT1S"',
    ladder=UNSENT,
)
CUT_OFF = line("cut_off", SEND, user_task("after", "cut_off"))
BY_FAX = {"how": "fax", "confirmed_with": "Front desk", "confirmed_at": "2026-01-05T10:00:00Z"}


@pytest_asyncio.fixture
async def cut_off(far_office: Office) -> Office:
    await publish_care(far_office, "unsent")
    async with far_office.database.session() as session:
        await publish(session, CUT_OFF, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    return far_office


async def by_hand(office: Office) -> list[dict[str, Any]]:
    """The coordinator's tasks to deliver by hand, once one is there."""
    async with asyncio.timeout(60):
        while True:
            await begin_climbed(office.here)
            if found := await deliveries(office):
                return found
            await asyncio.sleep(0.1)


async def deliveries(office: Office) -> list[dict[str, Any]]:
    tasks = (await office.coordinator.read("/tasks", size=200))["items"]
    return [each for each in tasks if each["pathway"] == "unsent"]


async def test_what_cannot_be_sent_is_delivered_by_hand_and_the_case_goes_on(cut_off: Office) -> None:
    case = await referred(cut_off, CUT_OFF.key)
    (task,) = await by_hand(cut_off)
    await tried(cut_off, case, 4)
    assert not (await cut_off.admin.read("/incidents", case=case["case_id"]))["items"], "no incident: it is kept"
    await cut_off.coordinator.do(f"/tasks/{task['id']}/claim")
    await cut_off.coordinator.do(f"/tasks/{task['id']}/complete", {"values": BY_FAX})
    assert (await gone_on(cut_off, case))["recipient"]["service"] == "far_clinic"


async def test_what_is_kept_goes_by_itself_when_the_service_is_back_and_goes_once(
    cut_off: Office, clinic: Clinic
) -> None:
    case = await referred(cut_off, CUT_OFF.key)
    await tried(cut_off, case, 4)
    async with await asyncio.start_server(clinic.serve, "127.0.0.1", clinic.port):
        await gone_on(cut_off, case)
    assert len(clinic.requests) == 1


async def test_who_brings_it_by_hand_reads_to_whom_and_under_which_number(cut_off: Office) -> None:
    case = await referred(cut_off, CUT_OFF.key)
    (task,) = await by_hand(cut_off)
    shown = (await cut_off.coordinator.read(task["links"]["self"]))["values"]
    assert (shown["about_service"], shown["about_referral"]) == ("Far", case["referral_id"])


@pytest.mark.parametrize("how", ["goes by itself", "is called off"])
async def test_a_task_to_bring_by_hand_what_needs_not_be_brought_any_more_goes_away(
    cut_off: Office, clinic: Clinic, how: str
) -> None:
    case = await referred(cut_off, CUT_OFF.key)
    await by_hand(cut_off)
    assert await end_needless_deliveries(cut_off.here) == 0, "it still has to be brought"
    if how == "goes by itself":
        async with await asyncio.start_server(clinic.serve, "127.0.0.1", clinic.port):
            await gone_on(cut_off, case)
    else:
        await cut_off.admin.do(f"{case['links']['case']}/cancel", {"reason": "Seen elsewhere"})
    assert (await end_needless_deliveries(cut_off.here), await deliveries(cut_off)) == (1, [])
    assert await end_needless_deliveries(cut_off.here) == 0
