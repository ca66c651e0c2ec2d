"""Does somebody hear of a result that was handed over and that nobody acknowledges, also when its case is over?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from api.ids import word
from api.surroundings import system_clock
from api.unread_results import tell_of_unread
from records.tables import Audit, Handoff, Notification, Task
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


async def handed_to(office: Office, kind: str, recipient: str, *, ago: timedelta = timedelta()) -> str:
    """The id of a result that somebody was handed so long ago."""
    case_id = await handed(office, f"ORDER-{number()}", "gdp")
    async with office.database.session() as session:
        row = await session.get_one(Handoff, f"{case_id}:hand#1:role:gdp")
        row.recipient_kind, row.recipient, row.sent_at = kind, recipient, row.sent_at - ago
    return word(f"{case_id}:hand#1:role:gdp")


async def test_a_result_of_somebody_who_is_away_is_read_by_who_covers_in_their_own_name(office: Office) -> None:
    owner, cover = f"dr.gone{number()}", f"dr.there{number()}"
    result = await handed_to(office, "person", owner)
    standing_in, stranger = office.person(cover, "ent_surgeon"), office.person("dr.other", "ent_surgeon")
    assert (await standing_in.post(f"/handoffs/{result}/acknowledge")).status_code == 403
    now = system_clock()
    times = {"since": (now - timedelta(hours=1)).isoformat(), "until": (now + timedelta(days=9)).isoformat()}
    await office.coordinator.do(f"/people/{owner}/absences", {**times, "cover": cover})
    assert result in {each["id"] for each in await standing_in.read("/handoffs")}
    assert result not in {each["id"] for each in await stranger.read("/handoffs")}
    assert (await stranger.post(f"/handoffs/{result}/acknowledge")).status_code == 403
    assert (await standing_in.read(f"/handoffs/{result}"))["id"] == result
    read = await standing_in.do(f"/handoffs/{result}/acknowledge")
    assert read["acknowledged_by"] == cover
    async with office.database.reader() as session:
        noted = select(Audit).where(Audit.action == "handoff.acknowledged", Audit.actor == cover)
        (row,) = await session.exec(noted)
    assert (row.detail["on_behalf_of"], row.detail["grounds"].partition(":")[0]) == (owner, "cover")


async def test_a_result_that_nobody_reads_for_two_days_is_also_for_who_covers(office: Office) -> None:
    covering = office.person(f"dr.cover{number()}", "covering_clinician")
    fresh = await handed_to(office, "role", "gdp", ago=timedelta(hours=47))
    left = await handed_to(office, "role", "gdp", ago=timedelta(hours=49))
    to_patient = await handed_to(office, "role", "patient", ago=timedelta(hours=49))
    mine = {each["id"] for each in await covering.read("/handoffs")}
    assert (left in mine, fresh in mine, to_patient in mine) == (True, False, False)
    assert (await covering.post(f"/handoffs/{fresh}/acknowledge")).status_code == 403
    far = office.person("dr.far", "covering_clinician", organisation=f"far-{number()}")
    assert (await far.post(f"/handoffs/{left}/acknowledge")).status_code == 404
    await covering.do(f"/handoffs/{left}/acknowledge")
    assert left not in {each["id"] for each in await covering.read("/handoffs")}
