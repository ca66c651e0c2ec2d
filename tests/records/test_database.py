import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, column, insert, table
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, col, delete, select, update

from records.columns import UtcDateTime
from records.database import Database, migration_config
from records.queries.orders import orders_numbered
from records.tables import Audit, Case, OrderRecord, PersonSeen
from records.writes.audit import append_audit
from records.writes.parties import note_requester
from tests.records.story import MONDAY, Story, write

MIGRATE = "import asyncio, sys; from records.database import Database; asyncio.run(Database(sys.argv[1]).migrate())"


async def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", MIGRATE, empty_url]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    errors = [await asyncio.to_thread(process.communicate) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], errors
    database = Database(empty_url)
    await write(database, Story().begin().batch())
    await database.close()


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await write(database, Story().begin().batch())
    await database.migrate()
    async with database.reader() as session:
        assert (await session.exec(select(Case))).one().case_id == "case-1"


async def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def moved(database: Database, how: Callable[[Config, str], None], revision: str) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda synchronous: how(migration_config(synchronous), revision))


async def test_for_whom_people_were_here_is_taken_from_the_audit_once(empty_url: str) -> None:
    database = Database(empty_url)
    await moved(database, command.upgrade, "0013")
    rows = [("p", "south", {"roles": []}), ("p", "", {"roles": []}), ("p", "south", {"roles": []}), ("sweep", "", {})]
    async with database.session() as session:
        for hours, (actor, organisation, context) in enumerate(rows):
            at = MONDAY + timedelta(hours=hours)
            await append_audit(session, actor=actor, action="x", now=at, organisation=organisation, context=context)
    await database.migrate()
    async with database.reader() as session:
        found = {(row.person, row.organisation): row.seen_at for row in await session.exec(select(PersonSeen))}
    assert found == {("p", "south"): MONDAY + timedelta(hours=2), ("p", ""): MONDAY + timedelta(hours=1)}
    await moved(database, command.downgrade, "0013")
    await database.migrate()
    await database.close()


async def test_orders_from_before_get_the_requester_of_their_case_and_a_number_is_used_by_two(empty_url: str) -> None:
    database = Database(empty_url)
    await moved(database, command.upgrade, "0004")
    about = {"order_id": "O-1", "patient_id": "p", "code_family": "OPG", "ordered_at": MONDAY}
    async with database.engine.begin() as connection:
        before = OrderRecord(**about, case_id="case-1/called#1").model_dump(exclude={"requester"})
        columns = [column(name, UtcDateTime() if name.endswith("_at") else None) for name in before]
        await connection.execute(insert(table("order_record", *columns)).values(before))
    async with database.session() as session:
        await note_requester(session, "case-1", "north", through="test", now=MONDAY)
    await database.migrate()
    async with database.session() as session:
        session.add(OrderRecord(**about, requester="south", case_id="case-2"))
    async with database.reader() as session:
        assert [row.requester for row in await orders_numbered(session, "O-1")] == ["north", "south"]
    await moved(database, command.downgrade, "0004")
    await moved(database, command.upgrade, "0005")
    async with database.reader() as session:
        assert [row.requester for row in await orders_numbered(session, "O-1")] == ["north"]
    await database.close()


async def test_the_audit_can_only_grow(database: Database) -> None:
    async with database.session() as session:
        await append_audit(session, actor="dr.oak", action="claim", now=MONDAY)
    for change in (update(Audit).values(actor="someone else"), delete(Audit).where(col(Audit.id) == 1)):
        with pytest.raises(DBAPIError, match="the audit is append only"):
            async with database.session() as session:
                await session.exec(change)


async def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    await write(database, Story().begin().batch())
    async with database.session() as writing:
        case = await writing.get_one(Case, "case-1")
        case.name = "renamed"
        writing.add(case)
        await writing.flush()
        async with asyncio.timeout(20), database.reader() as reading:
            assert (await reading.get_one(Case, "case-1")).name != "renamed"


async def test_what_a_finished_writer_wrote_is_what_the_next_reader_sees(database: Database) -> None:
    story = Story().begin()
    for number in range(20):
        story.tell("variable_set", "dental_clearance#1", name="n", value=number, scope="dental_clearance#1")
        await write(database, story.batch())
        async with database.reader() as session:
            assert (await session.get_one(Case, "case-1")).last_seq == len(story.facts)


async def test_writers_of_the_same_case_take_turns(database: Database) -> None:
    story = Story().begin().offer("assess#1", groups=("dentist",))
    await asyncio.gather(*(write(database, story.batch()) for _ in range(5)))
    async with database.reader() as session:
        assert (await session.get_one(Case, "case-1")).last_seq == len(story.facts)


async def test_sqlite_writes_ahead(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'records.db'}")
    await database.migrate()
    await database.close()
    with sqlite3.connect(tmp_path / "records.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
