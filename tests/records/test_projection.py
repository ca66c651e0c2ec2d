from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, col, delete, select

from records import tables
from records.database import Database
from records.projection import MissingFacts, project, rebuild
from records.projection.rebuild import DERIVED
from records.queries.case import open_waits
from records.writes.people import join_care_team, leave_care_team
from tests.records.story import HOUR, MONDAY, Story, whole_story, write

PROJECTED: tuple[type[SQLModel], ...] = (
    *DERIVED,
    tables.FactRecord,
    tables.CaseStart,
    tables.Notification,
)


async def all_rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    async with database.reader() as session:
        return {
            table.__name__: sorted((row.model_dump() for row in await session.exec(select(table))), key=str)
            for table in PROJECTED
        }


async def empty(database: Database) -> None:
    async with database.session() as session:
        for table in PROJECTED:
            await session.exec(delete(table))


async def the_case(database: Database, case_id: str = "case-1") -> tables.Case:
    async with database.reader() as session:
        return await session.get_one(tables.Case, case_id)


async def waits(database: Database) -> list[tables.OpenActivation]:
    async with database.reader() as session:
        return list(await open_waits(session, ("case-1",)))


async def test_an_offered_task_is_open_and_the_case_waits_for_it(database: Database) -> None:
    story = Story().begin().offer("assess#1", due=24, groups=("dentist",), inputs={"tooth": 36})
    await write(database, story.batch())
    async with database.reader() as session:
        task = await session.get_one(tables.Task, ("case-1", "assess#1"))
    assert (task.state, task.title, task.groups, task.inputs) == (
        "ready",
        "Assess",
        ["dentist"],
        {"tooth": 36},
    )
    assert task.due_at == MONDAY + 24 * HOUR
    (wait,) = await waits(database)
    assert (wait.title, wait.role, wait.since, wait.until) == ("Assess", "dentist", MONDAY, MONDAY + 24 * HOUR)


async def test_the_case_waits_for_what_is_due_first(database: Database) -> None:
    story = Story().begin()
    story.tell("waiting", "result#1", wait="message", due_at=MONDAY + 5 * HOUR, waits_for="Histology result")
    story.offer("book#1", due=9, groups=("booking",)).offer("chat#1", groups=("nurse",))
    await write(database, story.batch())
    assert [wait.title for wait in await waits(database)] == ["Result", "Book", "Chat"]


async def test_a_completed_task_leaves_nothing_open(database: Database) -> None:
    story = Story().begin().offer("assess#1", due=24, groups=("dentist",))
    story.tell("timer_started", "assess#1", timer="t1", due_at=MONDAY + HOUR, node="assess")
    story.tell("subscribed", "assess#1", subscription="s1", message="x", key="k")
    story.tell("completed", "assess#1", hours=2, actor="dr.oak")
    await write(database, story.batch())
    async with database.reader() as session:
        task = await session.get_one(tables.Task, ("case-1", "assess#1"))
        assert (task.state, task.completed_by, task.closed_at) == ("completed", "dr.oak", MONDAY + 2 * HOUR)
        assert not list(await session.exec(select(tables.Timer)))
        assert not list(await session.exec(select(tables.Subscription)))
    assert await waits(database) == []


async def test_a_breached_step_makes_the_case_stuck_until_it_is_done(database: Database) -> None:
    story = Story().begin().offer("assess#1", groups=("dentist",))
    story.tell("escalated", "assess#1", hours=1, rung=1, level="reminder", tell=("assignee",))
    await write(database, story.batch())
    assert ((await the_case(database)).stuck, (await the_case(database)).escalation_level) == (False, 1)
    story.tell("escalated", "assess#1", hours=2, rung=2, level="breach", tell=("clinical_lead",))
    await write(database, story.batch(5))
    case = await the_case(database)
    assert (case.stuck, case.stuck_reason, case.escalation_level) == (True, "Assess: breach", 2)
    story.tell("completed", "assess#1", hours=3)
    await write(database, story.batch(6))
    assert ((await the_case(database)).stuck, (await the_case(database)).escalation_level) == (False, 0)


async def test_an_incident_makes_the_case_stuck_until_it_is_resolved(database: Database) -> None:
    story = Story().begin().tell("waiting", "send#1", wait="work")
    story.tell("work_failed", "send#1", reason="refused").tell(
        "incident_raised", "send#1", incident="incident#1", kind="work-failed", reason="refused"
    )
    await write(database, story.batch())
    case = await the_case(database)
    assert (case.stuck, case.incident, case.stuck_reason) == (True, True, "Send: refused")
    story.tell("incident_resolved", "send#1", incident="incident#1", actor="admin")
    await write(database, story.batch(5))
    assert ((await the_case(database)).stuck, (await the_case(database)).incident) == (False, False)


async def test_a_rung_tells_the_holder_of_the_task_and_each_role_once(database: Database) -> None:
    story = Story().begin().offer("assess#1", groups=("dentist", "hygienist"))
    story.tell("escalated", "assess#1", rung=1, level="reminder", tell=("assignee", "coordinator"))
    story.tell("claimed", "assess#1", assignee="dr.oak", actor="dr.oak")
    story.tell("escalated", "assess#1", rung=2, level="breach", tell=("assignee", "coordinator", "coordinator"))
    await write(database, story.batch())
    async with database.reader() as session:
        told = [(n.level, n.recipient_kind, n.recipient) for n in await session.exec(select(tables.Notification))]
    assert sorted(told) == [
        ("breach", "person", "dr.oak"),
        ("breach", "role", "coordinator"),
        ("reminder", "role", "coordinator"),
        ("reminder", "role", "dentist"),
        ("reminder", "role", "hygienist"),
    ]


async def test_the_coordinator_hears_of_a_step_that_is_nobodys_task(database: Database) -> None:
    story = Story().begin().tell("activated", "stop_sharing#1")
    story.tell("escalated", "stop_sharing#1", rung=1, level="reminder", tell=("assignee",))
    await write(database, story.batch())
    async with database.reader() as session:
        told = [(row.recipient_kind, row.recipient) for row in await session.exec(select(tables.Notification))]
    assert told == [("role", "coordinator")]


async def test_a_rung_for_the_key_worker_reaches_the_one_who_is_named_and_stays_there(database: Database) -> None:
    story = Story().begin().offer("assess#1", groups=("dentist",))
    story.tell("escalated", "assess#1", rung=1, level="reminder", tell=("key_worker", "coordinator"))
    lark = tables.CareTeamMember(
        member_id="m1",
        root_case_id="case-1",
        person="n.lark",
        name="Nurse Lark",
        role="key_worker",
        since=MONDAY,
        recorded_by="c.elm",
    )
    async with database.session() as session:
        await join_care_team(session, lark)
    await write(database, story.batch())
    async with database.session() as session:
        await leave_care_team(session, lark, now=MONDAY)
    await rebuild(database)
    async with database.reader() as session:
        told = [(row.recipient_kind, row.recipient) for row in await session.exec(select(tables.Notification))]
    assert sorted(told) == [("person", "n.lark"), ("role", "coordinator")]


async def test_a_red_flag_raises_the_urgency_of_the_case_and_of_what_is_open_in_it(database: Database) -> None:
    story = Story().begin(priority="routine").offer("assess#1")
    story.tell("variable_set", "dental_clearance#1", name="priority", value="stat", scope="dental_clearance#1")
    story.offer("book#1")
    await write(database, story.batch())
    async with database.reader() as session:
        assert (await session.get_one(tables.Case, "case-1")).urgency == "stat"
        assert {task.urgency for task in await session.exec(select(tables.Task))} == {"stat"}


async def test_only_a_known_word_is_an_urgency(database: Database) -> None:
    story = Story(urgency="urgent").begin(priority="as soon as Mrs Sample can come")
    await write(database, story.batch())
    async with database.reader() as session:
        assert (await session.get_one(tables.Case, "case-1")).urgency == "urgent"


async def test_the_variables_of_a_scope_go_with_it_and_those_of_the_process_stay(database: Database) -> None:
    story = Story().begin(stage="T1").tell("activated", "sub#1")
    story.tell("variable_set", "sub#1", name="x", value=1, scope="sub#1")
    story.tell("variable_set", "dental_clearance#1", name="stage", value=None, scope="dental_clearance#1")
    story.tell("completed", "sub#1").tell("completed", "dental_clearance#1")
    story.tell("case_ended", "dental_clearance#1", hours=1, outcome="completed", ended=("end_ok",))
    await write(database, story.batch())
    async with database.reader() as session:
        scopes = {row.scope: row.variables for row in await session.exec(select(tables.ScopeVariables))}
    assert scopes == {"dental_clearance#1": {"stage": None}}
    case = await the_case(database)
    assert (case.status, case.outcome, case.ended_at) == ("completed", "end_ok", MONDAY + HOUR)


async def test_a_cancelled_case_closes_its_tasks_and_incidents(database: Database) -> None:
    story = Story().begin().offer("assess#1", groups=("dentist",))
    story.tell("incident_raised", "send#1", incident="incident#1", kind="expression", reason="no variable x")
    story.tell("case_ended", "dental_clearance#1", outcome="cancelled")
    await write(database, story.batch(1, 4), story.batch(5))
    async with database.reader() as session:
        assert (await session.get_one(tables.Task, ("case-1", "assess#1"))).state == "cancelled"
        assert (await session.get_one(tables.Incident, ("case-1", "incident#1"))).resolved_at == MONDAY
        assert not list(await session.exec(select(tables.OpenActivation)))


async def test_a_called_case_belongs_to_the_case_that_began_it_all(database: Database) -> None:
    deep = Story(case_id="case-1/refer#1/book#1", caller="case-1/refer#1").begin()
    await write(database, deep.batch())
    assert (await the_case(database, "case-1/refer#1/book#1")).root_case_id == "case-1"


async def test_a_gap_names_the_missing_fact_and_changes_nothing(database: Database) -> None:
    story = whole_story()
    await write(database, story.batch(1, 5))
    before = await all_rows(database)
    with pytest.raises(MissingFacts, match=r"case-1: fact 6 is missing, fact 8 came instead"):
        await write(database, story.batch(8, 9))
    assert await all_rows(database) == before


async def project_and_fail(database: Database, story: Story) -> None:
    async with database.session() as session:
        await project(session, story.batch())
        raise RuntimeError("power cut")


async def test_facts_of_a_failed_transaction_can_be_projected_again(database: Database) -> None:
    story = whole_story()
    with pytest.raises(RuntimeError, match="power cut"):
        await project_and_fail(database, story)
    await write(database, story.batch())
    assert (await the_case(database)).last_seq == len(story.facts)


@st.composite
def replays(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Batches (first, last) that overlap or repeat, and together cover the story without a gap."""
    length = len(whole_story().facts)
    batches, done = [], 0
    while done < length:
        first = draw(st.integers(1, done + 1))
        last = draw(st.integers(max(first, done), length))
        batches.append((first, last))
        done = max(done, last)
    return batches


async def test_any_split_or_repetition_gives_the_same_rows(database: Database) -> None:
    story = whole_story()
    await write(database, story.batch())
    expected = await all_rows(database)
    assert all(expected[table.__name__] for table in (tables.Task, tables.Notification, tables.FactRecord))

    async def check(batches: list[tuple[int, int]]) -> None:
        await empty(database)
        await write(database, *(story.batch(first, last) for first, last in batches))
        assert await all_rows(database) == expected

    for batches in sample_replays():
        await check(batches)


def sample_replays() -> list[list[tuple[int, int]]]:
    """Draw replays by Hypothesis; the databases are asynchronous, so they are run afterwards."""
    drawn: list[list[tuple[int, int]]] = []

    @settings(max_examples=25, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(replays())
    def collect(batches: list[tuple[int, int]]) -> None:
        drawn.append(batches)

    collect()
    return drawn


async def test_a_rebuild_gives_the_same_rows_and_keeps_what_people_acknowledged(database: Database) -> None:
    await write(database, whole_story().batch(), Story("case-2", business_key="REF-2").begin(n=1).batch())
    async with database.session() as session:
        notification = (await session.exec(select(tables.Notification))).first()
        assert notification is not None
        notification.acknowledged_by, notification.acknowledged_at = "dr.oak", MONDAY
        session.add(notification)
    expected = await all_rows(database)
    async with database.session() as session:
        await session.exec(delete(tables.Task))
        case = await session.get_one(tables.Case, "case-2")
        case.name = "spoiled"
        session.add(case)
    assert await rebuild(database) == 2
    assert await all_rows(database) == expected


async def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    await write(database, Story().begin().batch())
    async with database.reader() as session:
        early = select(tables.Case).where(col(tables.Case.started_at) < MONDAY + timedelta(seconds=1))
        case = (await session.exec(early)).one()
    assert case.started_at == MONDAY
    assert case.started_at.utcoffset() == timedelta(0)


async def test_a_naive_time_is_refused(database: Database) -> None:
    row = tables.Timer(case_id="c", timer="t", activation="a", node="n", due_at=MONDAY.replace(tzinfo=None))
    with pytest.raises(Exception, match="has no time zone"):
        async with database.session() as session:
            session.add(row)


async def test_what_a_case_has_taken_back_is_replaced_by_what_it_tells_later(database: Database) -> None:
    first = Story().begin().offer("assess#1", groups=("dentist",))
    await write(database, first.batch())
    again = Story().begin().offer("scan#1", hours=1, groups=("radiographer",))
    await write(database, again.batch())
    async with database.reader() as session:
        open_tasks = [task.activation for task in await session.exec(select(tables.Task))]
        doubted = [row.case_id for row in await session.exec(select(tables.ToldTwice))]
    assert open_tasks == ["scan#1"]
    assert doubted == ["case-1"], "the watchdog is to compare it with its history"
    told = await all_rows(database)
    await write(database, first.batch())
    assert await all_rows(database) == told, "the telling that was taken back came late, and changes nothing"


async def test_a_case_that_began_anew_replaces_the_one_that_never_was(database: Database) -> None:
    await write(database, Story().begin().offer("assess#1", groups=("dentist",)).batch())
    later = Story(business_key="REF-2").begin().offer("scan#1", hours=1, groups=("radiographer",))
    later.facts = [replace(fact, at=fact.at + HOUR) for fact in later.facts]
    await write(database, later.batch())
    assert [wait.title for wait in await waits(database)] == ["Scan"]


async def test_a_message_that_a_case_has_taken_back_is_to_be_brought_again(database: Database) -> None:
    """A server that died forgot the call; its facts were on record, and the call was answered by them."""
    noted = tables.Message(message_id="m-1", name="imaging.report", correlation_key="O-1", received_at=MONDAY)
    async with database.session() as session:
        session.add(noted)
    about = {"message": "imaging.report", "key": "O-1", "message_id": "m-1"}
    await write(database, Story().begin().tell("message_buffered", **about).batch())
    async with database.reader() as session:
        assert (await session.get_one(tables.Message, "m-1")).status == "buffered"
    await write(database, Story().begin().offer("scan#1", hours=1, groups=("radiographer",)).batch())
    async with database.reader() as session:
        again = await session.get_one(tables.Message, "m-1")
    assert (again.status, again.case_id) == ("received", None)
