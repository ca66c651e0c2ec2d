"""How is the database opened? SQLite by default, PostgreSQL by URL; the same code runs on both."""

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, event, func, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from records import sqlite

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


class Database:
    """The read model's database. `url`: `sqlite:///path/to.db` or `postgresql://user:password@host/name`."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.url = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
        self.engine = _engine(self.url)
        writing = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        self._writing = async_sessionmaker(writing, class_=AsyncSession, expire_on_commit=False)
        self._reading = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open one transaction that may write: committed at the end, rolled back by an exception.

        On SQLite it holds the write lock from the start, so what it reads cannot change before it writes.
        """
        async with self._writing() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that only reads: it never waits for a writer."""
        async with self._reading() as session:
            yield session

    async def migrate(self) -> None:
        """Bring the schema to the newest revision. Safe to call from several processes at once."""
        async with self.engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
            await connection.run_sync(_upgrade)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def one_at_a_time(session: AsyncSession, name: str) -> None:
    """Wait until no other transaction is in the section `name`, and hold it until this one ends.

    On SQLite a writing session already is the only one.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.exec(select(func.pg_advisory_xact_lock(_lock_key(name))))


def _lock_key(name: str) -> int:
    return zlib.crc32(name.encode())


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_lock_key("migrate"))))
    command.upgrade(migration_config(connection), "head")


def migration_config(connection: Connection) -> Config:
    """Give the alembic configuration that works on this connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url)
    engine = create_async_engine(url, async_creator=partial(sqlite.connect, url.database or ":memory:"))
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
