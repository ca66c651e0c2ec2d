"""Does somebody hear of a result that was handed over and that nobody acknowledges, also when its case is over?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from api.surroundings import system_clock
from api.unread_results import tell_of_unread
from records.tables import Notification, Task
from tests.api.conftest import Office, number
from tests.api.test_api_amended_results import handed

pytestmark = pytest.mark.temporal

DAY, WEEK = timedelta(days=1, hours=1), timedelta(days=7, hours=1)


async def told(office: Office, case_id: str, after: timedelta) -> list[tuple[str, str]]:
    """To whom, and as what, it is told when so long a time has passed."""
    await tell_of_unread(replace(office.here, clock=lambda: system_clock() + after))
    async with office.database.reader() as session:
        unread = col(Notification.idempotency_key).startswith("unread:")
        rows = await session.exec(select(Notification).where(Notification.case_id == case_id, unread))
        return sorted((row.recipient, row.level) for row in rows)


async def test_a_result_that_nobody_acknowledges_climbs_the_ladder_of_results_once(office: Office) -> None:
    case_id = await handed(office, f"ORDER-{number()}", "gdp", "patient")
    assert await told(office, case_id, timedelta(hours=1)) == []
    first = [("covering_clinician", "reminder"), ("gdp", "reminder")]
    assert await told(office, case_id, DAY) == first
    assert await told(office, case_id, DAY) == first
    later = [("clinical_lead", "escalation"), ("coordinator", "escalation"), ("safety_officer", "incident")]
    assert await told(office, case_id, WEEK) == sorted([*first, *later])


async def test_a_result_that_is_acknowledged_or_read_in_a_task_is_not_chased(office: Office) -> None:
    case_id = await handed(office, f"ORDER-{number()}", "gdp", "ent_surgeon")
    dentist = office.person("dr.fig", "gdp")
    for row in await dentist.read("/handoffs"):
        if row["case_id"] == case_id:
            await dentist.do(f"/handoffs/{row['id']}/acknowledge")
    async with office.database.session() as session:
        task = (await session.exec(select(Task).where(Task.case_id == case_id))).one()
        task.ladder, task.groups = "LAD-RESULT", ["ent_surgeon"]
    assert await told(office, case_id, WEEK) == []
