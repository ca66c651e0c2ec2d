import pytest

from records.database import Database
from records.queries.worklist import Sort, WorklistFilter, worklist
from tests.records.story import HOUR, MONDAY, Story, write_all

CLEARANCE = (
    Story("case-1", urgency="urgent", business_key="REF-1")
    .begin()
    .offer("assess#1", due=8, groups=("dentist",), priority=60, lane="Dental")
    .offer("book#1", hours=1, due=4, groups=("booking", "coordinator"), priority=40, lane="Admin")
    .offer("photo#1", hours=2, groups=("dentist",), users=("dr.oak",), priority=90, lane="Dental")
    .tell("claimed", "assess#1", hours=3, assignee="dr.oak", actor="dr.oak")
)
CALLED = (
    Story("case-1/refer#1", key="closed_loop", urgency="urgent", business_key="REF-1", caller="case-1")
    .begin()
    .offer("triage#1", hours=3, due=2, groups=("dentist",), lane="Recipient")
)
IMAGING = (
    Story("case-2", key="ent_imaging", business_key="REF-2")
    .begin()
    .offer("read#1", hours=4, due=30, groups=("radiologist",), lane="Imaging")
    .offer("old#1", hours=4, due=1, groups=("dentist",))
    .tell("completed", "old#1", hours=5, actor="dr.elm")
)


async def seen(
    database: Database, wanted: WorklistFilter, *, sort: Sort = "due", limit: int = 50, offset: int = 0
) -> list[str]:
    async with database.reader() as session:
        page = await worklist(session, wanted, sort=sort, limit=limit, offset=offset)
    return [item.task.element for item in page.items]


@pytest.mark.parametrize(
    ("wanted", "elements"),
    [
        pytest.param(WorklistFilter(), ["triage", "book", "assess", "read", "photo"], id="every open task"),
        pytest.param(WorklistFilter(roles=("dentist",)), ["triage", "assess", "photo"], id="of a role"),
        pytest.param(WorklistFilter(roles=("booking", "coordinator")), ["book"], id="two roles, one task once"),
        pytest.param(WorklistFilter(person="dr.oak"), ["assess", "photo"], id="held by or named for a person"),
        pytest.param(
            WorklistFilter(person="dr.elm", roles=("dentist",)),
            ["triage", "photo"],
            id="what a person may take, not what a colleague holds",
        ),
        pytest.param(WorklistFilter(team="Dental"), ["assess", "photo"], id="of a team"),
        pytest.param(
            WorklistFilter(pathway="dental_clearance"),
            ["triage", "book", "assess", "photo"],
            id="of a pathway, called cases too",
        ),
        pytest.param(WorklistFilter(pathway="closed_loop"), ["triage"], id="of a called pathway"),
        pytest.param(WorklistFilter(urgency="routine"), ["read"], id="by urgency"),
        pytest.param(WorklistFilter(overdue_at=MONDAY + 5 * HOUR), ["triage", "book"], id="overdue"),
        pytest.param(
            WorklistFilter(due_before=MONDAY + 9 * HOUR, roles=("dentist",)), ["triage", "assess"], id="due before"
        ),
        pytest.param(WorklistFilter(states=("completed",)), ["old"], id="what is done"),
        pytest.param(
            WorklistFilter(case_id="case-1", roles=("dentist",)),
            ["triage", "assess", "photo"],
            id="of a case and those it called",
        ),
        pytest.param(WorklistFilter(roles=("nobody",)), [], id="of a role without tasks"),
    ],
)
async def test_a_worklist_shows(database: Database, wanted: WorklistFilter, elements: list[str]) -> None:
    await write_all(database, (CLEARANCE, CALLED, IMAGING))
    assert await seen(database, wanted) == elements


async def test_a_worklist_is_sorted_as_asked(database: Database) -> None:
    await write_all(database, (CLEARANCE, IMAGING))
    assert await seen(database, WorklistFilter(), sort="priority") == ["photo", "assess", "read", "book"]
    assert await seen(database, WorklistFilter(), sort="created") == ["assess", "book", "photo", "read"]


async def test_pages_cover_the_worklist_without_overlap(database: Database) -> None:
    await write_all(database, (CLEARANCE, CALLED, IMAGING))
    pages = [await seen(database, WorklistFilter(), limit=2, offset=offset) for offset in (0, 2, 4)]
    assert pages == [["triage", "book"], ["assess", "read"], ["photo"]]
    async with database.reader() as session:
        assert (await worklist(session, WorklistFilter(), limit=2)).total == 5


async def test_a_called_cases_task_shows_the_case_that_began_it_all(database: Database) -> None:
    await write_all(database, (CLEARANCE, CALLED))
    async with database.reader() as session:
        page = await worklist(session, WorklistFilter(pathway="closed_loop"))
    assert [item.root.key for item in page.items if item.root] == ["dental_clearance"]
