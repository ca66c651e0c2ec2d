import pytest
from sqlmodel import select

from records.database import Database
from records.queries.case import case_detail, tokens
from records.queries.cases import CaseFilter, cases
from records.queries.dashboard import load
from records.queries.inbox import notifications
from records.queries.incidents import IncidentFilter, incident_page
from records.queries.routing import running_cases, waiting_cases
from records.queries.task import task_detail
from records.queries.timeline import QUIET, SENTENCES, sentence, timeline
from records.tables import Notification
from records.writes.drafts import save_draft
from tests.records.story import HOUR, MONDAY, Story, whole_story, write_all
from workflows.engine.facts import FactKind

ROOT = "dental_clearance#1"


def calling() -> Story:
    return Story("case-1").begin(rt="2026-04-01").tell("waiting", "refer#1", wait="call", waits_for="closed_loop")


def called() -> Story:
    story = Story("case-1/refer#1", key="closed_loop", caller="case-1").begin()
    story.tell("activated", "result#1", hours=1, scope="closed_loop#1")
    story.tell("subscribed", "result#1", hours=1, subscription="s#1", message="referral.outcome", key="REF-1")
    story.tell("waiting", "result#1", hours=1, wait="message", waits_for="referral.outcome", due_at=MONDAY + 9 * HOUR)
    story.tell("escalated", "result#1", hours=9, rung=1, level="breach", tell=("clinical_lead",))
    return story.offer("triage#1", hours=9, due=20, groups=("ent_triage",))


def other() -> Story:
    return Story("case-2", urgency="urgent", business_key="REF-2").begin().offer("assess#1", due=3, groups=("dentist",))


async def test_a_case_shows_what_it_and_the_cases_it_called_wait_for(database: Database) -> None:
    await write_all(database, (calling(), called(), other()))
    async with database.reader() as session:
        detail = await case_detail(session, "case-1")
    assert detail is not None
    assert [case.case_id for case in detail.called] == ["case-1/refer#1"]
    first, second = detail.waits
    assert (first.title, first.waiting_for, first.since, first.until) == (
        "Result",
        "referral.outcome",
        MONDAY + HOUR,
        MONDAY + 9 * HOUR,
    )
    assert (second.title, second.role, second.wait) == ("Triage", "ent_triage", "task")
    assert [task.element for task in detail.tasks] == ["triage"]
    assert [subscription.name for subscription in detail.subscriptions] == ["referral.outcome"]
    assert detail.variables == {"rt": "2026-04-01"}
    assert detail.stuck_reasons == ("Result: breach",)


async def test_a_case_that_nobody_started_is_not_found(database: Database) -> None:
    async with database.reader() as session:
        assert await case_detail(session, "case-9") is None
        assert await task_detail(session, "case-9", "a#1", person="dr.oak") is None


async def test_the_list_folds_called_cases_into_the_case_that_called_them(database: Database) -> None:
    await write_all(database, (calling(), called(), other()))
    async with database.reader() as session:
        page = await cases(session, CaseFilter())
        stuck = await cases(session, CaseFilter(stuck=True))
        fine = await cases(session, CaseFilter(stuck=False))
    lines = {line.case.case_id: line for line in page.items}
    assert page.total == 2
    assert lines["case-1"].waiting is not None
    assert (lines["case-1"].waiting.title, lines["case-1"].escalation_level) == ("Result", 2)
    assert [line.case.case_id for line in stuck.items] == ["case-1"]
    assert [line.case.case_id for line in fine.items] == ["case-2"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CaseFilter(pathway="dental_clearance"), {"case-1", "case-2"}),
        (CaseFilter(pathway="closed_loop"), set()),
        (CaseFilter(urgency="urgent"), {"case-2"}),
        (CaseFilter(business_key="REF-1"), {"case-1"}),
        (CaseFilter(status="completed"), set()),
        (CaseFilter(incident=False), {"case-1", "case-2"}),
        (CaseFilter(step="triage"), {"case-1"}),
        (CaseFilter(step="assess"), {"case-2"}),
    ],
)
async def test_the_list_is_filtered(database: Database, wanted: CaseFilter, found: set[str]) -> None:
    await write_all(database, (calling(), called(), other()))
    async with database.reader() as session:
        page = await cases(session, wanted)
    assert {line.case.case_id for line in page.items} == found


async def test_the_tokens_of_a_case_are_its_open_activations(database: Database) -> None:
    await write_all(database, (whole_story(),))
    async with database.reader() as session:
        assert [(t.element, t.wait) for t in await tokens(session, "case-1")] == [
            ("dental_clearance", ""),
            ("acknowledge", "task"),
        ]


async def test_a_message_finds_who_waits_for_it_else_who_carries_its_key(database: Database) -> None:
    await write_all(database, (calling(), called(), other()))
    async with database.reader() as session:
        assert await waiting_cases(session, "referral.outcome", "REF-1") == ("case-1/refer#1",)
        assert await waiting_cases(session, "referral.outcome", "REF-2") == ()
        assert await running_cases(session, "ORDER-REF-1") == ("case-1", "case-1/refer#1")
        assert await running_cases(session, "REF-3") == ()


async def test_a_case_that_is_over_gets_no_messages(database: Database) -> None:
    story = other().tell("case_ended", ROOT, outcome="completed")
    await write_all(database, (story,))
    async with database.reader() as session:
        assert await running_cases(session, "REF-2") == ()


async def test_the_timeline_tells_the_case_and_what_it_called_in_order(database: Database) -> None:
    await write_all(database, (calling(), called()))
    async with database.reader() as session:
        told = await timeline(session, "case-1")
        everything = await timeline(session, "case-1", quiet=False)
    assert [entry.text for entry in told] == [
        "Dental clearance was started",
        "Refer waits for closed_loop",
        "Closed loop was started",
        "Result waits for referral.outcome, until 2026-03-02T18:00:00Z",
        "Result escalated (breach, rung 1 of –): clinical_lead told",
        "Triage was offered to ent_triage, due 2026-03-03T05:00:00Z",
    ]
    assert len(everything) == len(calling().facts) + len(called().facts)


def test_every_fact_that_people_see_has_a_sentence() -> None:
    kinds: set[str] = set(FactKind.__args__)  # type: ignore[attr-defined]
    said_about = {"concern_message", "concern_answer", "concern_dissent"}
    assert kinds | said_about == set(SENTENCES) | set(QUIET)
    assert sentence("claimed", "Assess", {"assignee": "dr.oak"}) == "Assess was claimed by dr.oak"
    assert sentence("offered", "Assess", {"groups": ("ent", "gdp")}) == "Assess was offered to ent, gdp"


async def test_people_see_what_they_and_their_roles_were_told(database: Database) -> None:
    await write_all(database, (whole_story(),))
    async with database.reader() as session:
        mine = await notifications(session, person="dr.oak", roles=("clinical_lead",))
        nobodys = await notifications(session, person="dr.elm")
        all_told = (await session.exec(select(Notification))).all()
    assert [(n.level, n.recipient) for n in mine] == [("breach", "clinical_lead"), ("reminder", "dr.oak")]
    assert mine[0].text == "Assess: breach"
    assert nobodys == ()
    assert len(all_told) == 4


async def test_a_task_shows_the_draft_of_the_person_who_asks(database: Database) -> None:
    await write_all(database, (other(),))
    async with database.session() as session:
        await save_draft(session, "case-2", "assess#1", person="dr.oak", variables={"a": 1}, now=MONDAY)
        await save_draft(session, "case-2", "assess#1", person="dr.oak", variables={"a": 2}, now=MONDAY)
    async with database.reader() as session:
        oak = await task_detail(session, "case-2", "assess#1", person="dr.oak")
        elm = await task_detail(session, "case-2", "assess#1", person="dr.elm")
    assert oak is not None
    assert oak.draft is not None
    assert oak.draft.variables == {"a": 2}
    assert elm is not None
    assert elm.draft is None


async def test_what_is_open_late_and_stopped_is_counted(database: Database) -> None:
    stopped = Story("case-3").begin()
    stopped.tell("incident_raised", "send#1", incident="incident#1", kind="work-failed", reason="refused")
    await write_all(database, (calling(), called(), other(), stopped))
    async with database.reader() as session:
        counts = await load(session, now=MONDAY + 4 * HOUR, watchdog="watchdog")
    assert (counts.open_tasks, counts.overdue_tasks, counts.incidents) == (2, 1, {"work-failed": 1})


async def test_as_many_incidents_as_a_batch_takes_are_found_by_their_names(database: Database) -> None:
    stopped = Story("case-1").begin().tell("waiting", "send#1", wait="work", waits_for="send")
    stopped.tell("incident_raised", "send#1", incident="incident#1", kind="work-failed", reason="refused")
    await write_all(database, (stopped,))
    named = (*(("case-2", f"incident#{number}") for number in range(10_000)), ("case-1", "incident#1"))
    async with database.reader() as session:
        for asked, many in ((named, 1), (named[:-1], 0), ((), 0)):
            found, total = await incident_page(session, IncidentFilter(incidents=asked), limit=5, offset=0)
            assert (len(found), total) == (many, many)
