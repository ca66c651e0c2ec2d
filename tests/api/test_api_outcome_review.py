"""Does the review of outcomes begin by itself, with a task for each pathway, and lead to what is to change?"""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select, update

from api.post import Post
from api.surroundings import system_clock
from api.timer_starts import begin_by_timer, plan_timers
from records.tables import NotedStart, PublishedDefinition
from tests.api.caring import publish_care
from tests.api.conftest import Office, Person

pytestmark = pytest.mark.temporal
KEY = "outcome_review"
QUARTER = timedelta(days=93)
KEPT = {"worked": "All seen in time", "not_worked": "Nothing", "verdict": "keep"}


def post(office: Office, later: timedelta = timedelta(0)) -> Post:
    return Post(office.database, office.gateway, lambda: system_clock() + later, "http://x/{case_id}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reviewing(office: Office) -> AsyncIterator[Office]:
    """An office with the review, withdrawn in the end so that it begins in no other test."""
    await publish_care(office, KEY)
    yield office
    async with office.database.session() as session:
        mine = update(PublishedDefinition).where(col(PublishedDefinition.key) == KEY)
        await session.exec(mine.values(active=False))
    await plan_timers(post(office))


async def begun(office: Office) -> list[str]:
    async with office.database.reader() as session:
        return list(await session.exec(select(NotedStart.case_id).where(NotedStart.pathway == KEY)))


async def tasks_of(lead: Person, case: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await lead.read("/tasks", case=case, size=200))["items"]
    return found


async def do(lead: Person, task: dict[str, Any], values: dict[str, Any]) -> None:
    await lead.do(f"/tasks/{task['id']}/claim")
    await lead.do(f"/tasks/{task['id']}/complete", {"values": values})


async def test_the_review_begins_by_itself_and_what_is_to_change_is_followed_up(reviewing: Office) -> None:
    await begin_by_timer(post(reviewing))
    assert await begun(reviewing) == []
    await begin_by_timer(post(reviewing, QUARTER))
    [case] = await begun(reviewing)
    lead = reviewing.person("l.oak", "clinical_lead")
    tasks = await tasks_of(lead, case)
    assert len(tasks) == 9
    seen = (await lead.read(f"/tasks/{tasks[0]['id']}"))["values"]
    assert re.search(r"steps: /pathways/\w+/feedback; .*incidents: /incidents\?pathway=\w+;", seen["look_at"])
    response = await lead.post(f"/tasks/{tasks[0]['id']}/complete", {"values": {**KEPT, "verdict": "revise"}})
    assert response.status_code == 422
    await do(lead, tasks[0], {**KEPT, "verdict": "revise", "change": "Panoramic first", "change_by": "2031-03-01"})
    for task in tasks[1:]:
        await do(lead, task, KEPT)
    [revise] = await tasks_of(lead, case)
    shown = (await lead.read(f"/tasks/{revise['id']}"))["values"]
    assert (shown["pathway_name"], shown["change"]) == (seen["pathway_name"], "Panoramic first")
    await do(lead, revise, {"done": "published", "version": "2, signed off"})
    assert (await reviewing.admin.read(f"/cases/{case}"))["status"] == "completed"


async def test_the_leads_of_other_organisations_see_no_review_of_ours_and_a_referral_begins_none(
    reviewing: Office,
) -> None:
    before = await begun(reviewing)
    await begin_by_timer(post(reviewing, 2 * QUARTER))
    [case] = {*await begun(reviewing)} - {*before}
    assert await tasks_of(reviewing.person("n.lead", "clinical_lead", organisation="northern"), case) == []
    refused = await reviewing.sender.post("/referrals", {"referral_id": "R"}, pathway=KEY)
    assert refused.status_code == 422
