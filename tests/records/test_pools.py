"""Which tasks wait for nobody who is known, and which for a specialty? On both databases."""

from datetime import timedelta
from typing import Any

import pytest

from records.database import Database
from records.queries.pools import called_key, specialist_pools, told_key, unknown_pools, worked_in
from records.queries.worklist import WorklistFilter, worklist
from records.tables import Notification, Task, TaskCandidate
from records.writes.audit import append_audit
from records.writes.parties import seal_case
from tests.records.story import MONDAY, case

NOW = MONDAY + timedelta(days=1)
OFFERED = {
    "named": {("role", "dentist"), ("role", "gdp")},
    "unnamed": {("role", "gdp")},
    "person": {("role", "gdp"), ("user", "dr.oak")},
    "told": {("role", "gdp")},
    "sealed": {("role", "gdp"), ("specialty", "endodontics")},
    "special": {("role", "dentist"), ("specialty", "endodontics"), ("specialty", "dentist")},
}


async def offered(database: Database) -> None:
    """A case for each of these, with a task that is offered so; somebody was told of one of them."""
    async with database.session() as session:
        for case_id, candidates in OFFERED.items():
            about: dict[str, Any] = {
                "root_case_id": case_id,
                "pathway": "p",
                "urgency": "routine",
                "element": "e",
                "title": case_id,
            }
            session.add(case(case_id))
            session.add(Task(case_id=case_id, activation="e#1", created_at=MONDAY, **about))
            for kind, name in candidates:
                session.add(TaskCandidate(case_id=case_id, activation="e#1", kind=kind, name=name))
        told: dict[str, Any] = {"recipient_kind": "role", "recipient": "coordinator", "level": "warning", "text": "t"}
        for key in (told_key("told", "e#1"), called_key("told", "e#1")):
            session.add(Notification(idempotency_key=key, case_id="told", created_at=MONDAY, **told))
        await session.flush()
        await seal_case(session, "sealed", actor="test", now=MONDAY)


async def test_tasks_for_nobody_that_is_known_are_those_without_a_person_or_a_known_role(database: Database) -> None:
    await offered(database)
    async with database.reader() as session:
        found = await unknown_pools(session, known=("dentist",), at=NOW)
        assert {(pool.case_id, pool.role) for pool in found} == {("unnamed", "gdp")}
        found = await unknown_pools(session, known=("gdp",), at=NOW)
        assert {(pool.case_id, pool.role) for pool in found} == {("special", "dentist")}
        assert await unknown_pools(session, known=("gdp", "dentist"), at=NOW) == ()


async def test_tasks_that_need_a_specialty_are_found_until_somebody_was_told(database: Database) -> None:
    await offered(database)
    async with database.session() as session:
        found = await specialist_pools(session)
        assert [(pool.case_id, pool.role) for pool in found] == [("special", "dentist"), ("special", "endodontics")]
        told: dict[str, Any] = {"recipient_kind": "person", "recipient": "dr.oak", "level": "information", "text": "t"}
        key = called_key("special", "e#1")
        session.add(Notification(idempotency_key=key, case_id="special", created_at=MONDAY, **told))
    async with database.reader() as session:
        assert await specialist_pools(session) == ()


async def test_a_worklist_shows_first_what_needs_a_specialty_of_who_looks(database: Database) -> None:
    await offered(database)
    async with database.reader() as session:
        for specialties, first in (((), "named"), (("endodontics",), "special"), (("other",), "named")):
            wanted = WorklistFilter(roles=("dentist",), specialties=specialties)
            items = (await worklist(session, wanted)).items
            assert items[0].task.case_id == first
            assert {item.task.case_id: item.needs for item in items} == {
                "named": (),
                "special": ("dentist", "endodontics"),
            }
        plain = (await worklist(session, WorklistFilter(roles=("dentist",)))).items
        assert [item.needs for item in plain] == [(), ()]


@pytest.mark.parametrize(
    ("role", "organisation", "since", "worked"),
    [
        ("gdp", "north", timedelta(), True),
        ("gdp", "", timedelta(), False),
        ("gd", "north", timedelta(), False),
        ("referrer", "north", timedelta(), True),
        ("gdp", "north", timedelta(seconds=1), False),
    ],
)
async def test_who_worked_in_a_role_stands_in_the_audit(
    database: Database, role: str, organisation: str, since: timedelta, worked: bool
) -> None:
    context = {"roles": ["gdp", "referrer"]}
    async with database.session() as session:
        about: dict[str, Any] = {"actor": "dr.finch", "action": "tasks.read", "now": MONDAY}
        await append_audit(session, organisation="north", context=context, **about)
        await append_audit(session, organisation="", **about)
    async with database.reader() as session:
        assert await worked_in(session, role, (organisation,), since=MONDAY + since) == worked
