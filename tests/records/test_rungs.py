"""What does a climbed rung leave in the read model? A case to begin once, and a mark until its step is done."""

from sqlmodel import select

from records.database import Database
from records.projection.rebuild import rebuild
from records.queries.cases import CaseFilter, cases
from records.queries.rungs import AT_ONCE, rungs_to_begin
from records.queries.worklist import WorklistFilter, worklist
from records.tables import RungStart
from records.writes.starts import note_begun
from tests.records.story import MONDAY, Story, write


def climbed(**detail: str) -> Story:
    story = Story().begin()
    story.offer("reach#1", due=24, groups=("booking_office",))
    return story.tell("escalated", "reach#1", hours=96, rung=3, of=4, level="escalation", tell=("lead",), **detail)


async def test_what_a_rung_begins_is_noted_once_and_stays_begun_when_the_model_is_built_anew(
    database: Database,
) -> None:
    await write(database, climbed(begin="phone_call").batch())
    async with database.session() as session:
        (rung,) = await rungs_to_begin(session)
        assert (rung.process, rung.title, rung.rung_key) == ("phone_call", "Reach", "case-1:reach#1:rung3")
        await note_begun(session, rung.rung_key, "case-2")
    await rebuild(database)
    async with database.reader() as session:
        assert await rungs_to_begin(session) == ()
        assert len(list(await session.exec(select(RungStart)))) == 1


async def test_whoever_looks_for_what_is_to_begin_finds_all_of_it(database: Database) -> None:
    about = {"case_id": "case-1", "activation": "reach#1", "process": "phone_call", "title": "Reach", "level": "breach"}
    keys = [f"rung-{number:03}" for number in range(2 * AT_ONCE)]
    async with database.session() as session:
        session.add_all([RungStart(rung_key=key, climbed_at=MONDAY, **about) for key in keys])
    async with database.reader() as session:
        first = await rungs_to_begin(session)
        others = await rungs_to_begin(session, after=first[-1])
        assert [rung.rung_key for rung in (*first, *others)] == keys
        assert await rungs_to_begin(session, after=others[-1]) == ()


async def test_a_mark_shows_on_case_and_worklist_until_the_step_of_its_rung_is_done(database: Database) -> None:
    story = climbed(flag="uncontactable")
    await write(database, story.batch())
    assert await shown(database) == ("uncontactable", ["uncontactable"])
    await write(database, story.tell("completed", "reach#1", hours=100, actor="ms.elm").batch())
    assert await shown(database) == ("", [])


async def test_a_step_that_is_only_left_keeps_its_case_marked(database: Database) -> None:
    story = climbed(flag="uncontactable").tell("terminated", "reach#1", hours=100)
    await write(database, story.batch())
    assert await shown(database) == ("uncontactable", [])


async def shown(database: Database) -> tuple[str, list[str]]:
    async with database.reader() as session:
        (line,) = (await cases(session, CaseFilter())).items
        tasks = (await worklist(session, WorklistFilter())).items
    return line.flag, [task.flag for task in tasks]
