"""Does SQLite, asked in place, let everybody else go on? Writers wait for other processes, never for each other."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.exc import OperationalError
from sqlmodel import func, select

from records import sqlite
from records.database import Database
from records.queries.audit_chain import broken_audit
from records.tables import Audit
from records.writes.audit import append_audit

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest_asyncio.fixture
async def file(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'records.db'}")
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def other_process(file: Database) -> Iterator[sqlite3.Connection]:
    """A connection that holds the write lock, as another process would."""
    connection = sqlite3.connect(str(file.url.database), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


async def write(database: Database) -> None:
    async with database.session() as session:
        await append_audit(session, actor="p1", action="test", now=NOW)


async def written(database: Database) -> int:
    async with database.reader() as session:
        return (await session.exec(select(func.count()).select_from(Audit))).one()


async def test_a_writer_waits_for_another_process_and_others_go_on_meanwhile(
    file: Database, other_process: sqlite3.Connection
) -> None:
    writing = asyncio.create_task(write(file))
    for _ in range(20):
        assert await written(file) == 0
        await asyncio.sleep(0.002)
    assert not writing.done()
    other_process.execute("COMMIT")
    await writing
    assert await written(file) == 1


async def test_a_lock_that_is_never_given_is_an_error(
    file: Database, other_process: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.02)
    with pytest.raises(OperationalError, match="database is locked"):
        await write(file)
    other_process.execute("ROLLBACK")
    await write(file)


async def test_writers_of_one_process_take_turns(file: Database) -> None:
    await asyncio.gather(*(write(file) for _ in range(60)))
    assert await written(file) == 60
    async with file.reader() as session:
        assert await broken_audit(session) is None


async def test_a_closed_connection_says_so(tmp_path: Path) -> None:
    connection = await sqlite.connect(str(tmp_path / "any.db"))
    await connection.close()
    with pytest.raises(ValueError, match="Connection closed"):
        connection.cursor()
