"""Whose is a referrer's task? Of the organisation that made the very referral, on both databases."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from records.database import Database
from records.queries.access import OURS, Side
from records.queries.api_cases import takes_part
from records.queries.inbox import Addressed, notifications
from records.queries.requesters import is_made_by
from records.queries.worklist import WorklistFilter, worklist
from records.tables import Notification, ScopeVariables, Task, TaskCandidate
from records.writes.parties import note_party, note_requester
from tests.records.story import MONDAY, case

LATER, NOW = MONDAY + timedelta(hours=5), MONDAY + timedelta(days=1)
ROLE = ("referrer",)


def side(organisation: str) -> Side:
    return Side("p", (organisation,), NOW, requesters=ROLE)


async def begun(database: Database) -> None:
    """A referral of `practice`, triaged in a process with its number, to which a clinic of `hospital` refers on.

    It refers to `therapy`, which takes part from then on. An image is read, and handed over by the number of its order.
    """
    await called(database, "n", referral_id="R-1", order_id="O-1")
    await called(database, "n/clr#1", "n", referral_id="R-1")
    await called(database, "n/support#1", "n", at=LATER, referral_id="R-1-SLT")
    await called(database, "n/support#1/noshow#1", "n/support#1", at=LATER, referral_id="R-1-SLT")
    await called(database, "n/inform#1", "n", referral_id="O-1")
    async with database.session() as session:
        await note_requester(session, "n", "practice", through="sender", now=MONDAY)
        await note_party(session, "n", "hospital", via="service", through="service:clinic", now=MONDAY)
        await note_party(session, "n", "therapy", via="service", through="service:slt", now=NOW)


async def called(database: Database, case_id: str, caller: str = "", *, at: datetime = MONDAY, **known: str) -> None:
    """A case with one open task in the pool of the referrers, and what they were told."""
    root = case_id.partition("/")[0]
    about: dict[str, Any] = {
        "root_case_id": root,
        "pathway": "p",
        "urgency": "routine",
        "element": "ack",
        "title": case_id,
    }
    told: dict[str, Any] = {
        "recipient_kind": "role",
        "recipient": "referrer",
        "level": "reminder",
        "text": case_id,
        "created_at": at,
    }
    async with database.session() as session:
        session.add(case(case_id, root_case_id=root, caller=caller or None, started_at=at))
        session.add(ScopeVariables(case_id=case_id, scope="root", variables=known))
        session.add(Task(case_id=case_id, activation="ack#1", groups=list(ROLE), created_at=at, **about))
        session.add(TaskCandidate(case_id=case_id, activation="ack#1", kind="role", name="referrer"))
        session.add(Notification(idempotency_key=case_id, case_id=case_id, **told))


OWN, MADE_THERE = {"n", "n/clr#1", "n/inform#1"}, {"n/support#1", "n/support#1/noshow#1"}
WHOSE = [("practice", OWN), ("hospital", MADE_THERE), ("therapy", set[str]()), ("elsewhere", set[str]())]


@pytest.mark.parametrize(("organisation", "theirs"), WHOSE)
async def test_a_referrers_task_and_notice_are_for_the_organisation_that_made_the_referral(
    database: Database, organisation: str, theirs: set[str]
) -> None:
    await begun(database)
    async with database.reader() as session:
        for person in (None, "p"):
            page = await worklist(session, WorklistFilter(roles=ROLE, person=person, side=side(organisation)))
            assert ({item.task.case_id for item in page.items}, page.total) == (theirs, len(theirs))
        told = await notifications(session, Addressed(side(organisation), ROLE))
        assert {each.case_id for each in told} == theirs
        assert await takes_part(session, "n", side(organisation), roles=ROLE) == bool(theirs)
        for case_id in OWN | MADE_THERE:
            assert await is_made_by(session, case_id, side(organisation)) == (case_id in theirs), case_id


async def test_roles_of_no_requester_are_as_they_were(database: Database) -> None:
    await begun(database)
    async with database.reader() as session:
        everybody = Side("p", ("therapy",), NOW)
        assert len((await worklist(session, WorklistFilter(roles=ROLE, side=everybody))).items) == 5


@pytest.mark.parametrize("organisation", [OURS, "practice"])
async def test_where_nobody_else_takes_part_a_referral_made_in_a_case_is_of_who_sent_the_case(
    database: Database, organisation: str
) -> None:
    await called(database, "n", referral_id="R-1")
    await called(database, "n/ent#1", "n", at=LATER, referral_id="R-1-ENT")
    async with database.session() as session:
        if organisation:
            await note_requester(session, "n", organisation, through="sender", now=MONDAY)
    async with database.reader() as session:
        assert await is_made_by(session, "n/ent#1", side(organisation))
        assert not await is_made_by(session, "n/ent#1", side("elsewhere"))


async def test_the_installation_that_refers_to_itself_makes_the_referrals_of_the_case_too(database: Database) -> None:
    await called(database, "n", referral_id="R-1")
    await called(database, "n/ent#1", "n", at=LATER, referral_id="R-1-ENT")
    async with database.session() as session:
        await note_party(session, "n", "oncology", via="role", through="n ack#1", now=MONDAY)
    async with database.reader() as session:
        assert await is_made_by(session, "n/ent#1", side(OURS))
        assert await is_made_by(session, "n/ent#1", side("oncology"))
        assert not await is_made_by(session, "n", side("oncology"))
