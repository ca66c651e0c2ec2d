"""Which versions has a pathway, which one is active, and does a great number of them harm? On both databases."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from pathways.bpmn.model import Definition, Process
from records.database import Database
from records.queries.library import active_definition, active_definitions, active_processes, versions
from records.queries.selection import CaseSelection
from records.queries.versions import MigrationSelection, cases_to_migrate, running_versions
from records.tables import Case, PublishedDefinition
from records.writes.publications import activate, publish

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MANY = 60


async def put(database: Database, *shas: str, key: str = "p", only_new: bool = False) -> list[tuple[int, bool]]:
    """Publish versions in one transaction; give the number of each, and whether it is new."""
    found = []
    async with database.session() as session:
        for sha256 in shas:
            process = Process(f"{key}_process", key, executable=True)
            drawn = Definition(key, key, "1", sha256, (process,), {}, {})
            row, is_new = await publish(session, drawn, bpmn="x", forms={}, actor="test", now=NOW, only_new=only_new)
            found.append((row.version, is_new))
    return found


async def active(database: Database, key: str = "p") -> int | None:
    async with database.reader() as session:
        found = await active_definition(session, key)
    return found and found.version


async def run(database: Database, *shas: str, caller: str = "", status: str = "running") -> list[str]:
    """Let cases run on these versions."""
    names = [f"{caller}case-{sha256}-{status}" for sha256 in shas]
    async with database.session() as session:
        for case_id, sha256 in zip(names, shas, strict=True):
            about = {"key": "p", "name": "p", "sha256": sha256, "status": status, "started_at": NOW}
            session.add(Case(case_id=case_id, root_case_id=case_id, **about))
    return names


async def test_many_versions_are_read_page_by_page_without_their_texts(database: Database) -> None:
    await put(database, *(f"{number:04}" for number in range(MANY)))
    await run(database, "0000", "0058")
    async with database.reader() as session:
        page = await versions(session, "p", limit=3, offset=1)
        (only,) = await active_definitions(session)
    assert ([row.version for row in page.versions], page.total) == ([59, 58, 57], MANY)
    assert page.running == {"0058": 1}
    assert only.version == MANY
    with pytest.raises(SQLAlchemyError):
        _ = only.bpmn


async def test_an_older_version_is_active_again_until_another_is_chosen(database: Database) -> None:
    await put(database, "a", "b", "c")
    for chosen, expected in ((None, 2), (None, 1), (None, None), (3, 3), (9, None)):
        async with database.session() as session:
            row = await activate(session, "p", chosen)
        assert (row and row.version) == expected
    assert await active(database) == 3


async def test_content_that_is_known_becomes_active_again_unless_only_the_new_counts(database: Database) -> None:
    await put(database, "a", "b")
    assert await put(database, "a", only_new=True) == [(1, False)]
    assert await active(database) == 2
    assert await put(database, "a") == [(1, False)]
    assert await active(database) == 1


async def test_publishers_in_another_order_do_not_stop_each_other(database: Database) -> None:
    async def both(number: int) -> None:
        keys = ("p", "q") if number % 2 else ("q", "p")
        async with database.session() as session:
            for key in keys:
                drawn = Definition(key, key, "", f"{key}{number}", (), {}, {})
                await publish(session, drawn, bpmn="x", forms={}, actor="test", now=NOW)
                await asyncio.sleep(0.01)

    await asyncio.gather(*map(both, range(6)))
    async with database.reader() as session:
        rows = (await session.exec(select(PublishedDefinition).order_by(col(PublishedDefinition.version)))).all()
    for key in ("p", "q"):
        own = [row for row in rows if row.key == key]
        assert [row.version for row in own] == [1, 2, 3, 4, 5, 6]
        assert [row.active for row in own] == [False] * 5 + [True]


async def test_nothing_of_a_set_is_published_when_one_fails(database: Database) -> None:
    with pytest.raises(KeyError):
        await _torn(database)
    assert await active(database, "p0") is None


async def _torn(database: Database) -> None:
    """Publish one definition, then one whose form has no digest."""
    async with database.session() as session:
        for forms in ({}, {"unknown": "{}"}):
            drawn = Definition(f"p{len(forms)}", "p", "", f"a{len(forms)}", (), {}, {})
            await publish(session, drawn, bpmn="x", forms=forms, actor="test", now=NOW)


async def test_a_call_finds_the_processes_of_active_versions(database: Database) -> None:
    await put(database, "a", "b")
    async with database.reader() as session:
        known = await active_processes(session)
    assert {name: (each.sha256, each.version_tag) for name, each in known.items()} == {"p_process": ("b", "1")}


async def test_cases_are_selected_by_the_versions_that_they_run(database: Database) -> None:
    await put(database, "a", "b", "c")
    root = await run(database, "a", "b")
    called = await run(database, "a", caller="case-1/call#1/")
    await run(database, "a", status="completed")
    async with database.reader() as session:
        running = await running_versions(session, "p")
        found: Mapping[tuple[object, bool], tuple[str, ...]] = {
            (numbers, also): await cases_to_migrate(
                session, MigrationSelection(CaseSelection(pathway="p"), numbers, called=also)
            )
            for numbers in (None, (1,), (3,))
            for also in (False, True)
        }
    assert [(each.version, each.cases) for each in running] == [(1, 2), (2, 1)]
    assert found[None, False] == tuple(root)
    assert set(found[None, True]) == {*root, *called}
    assert (found[(1,), False], found[(3,), True]) == ((root[0],), ())
