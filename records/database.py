"""How is the database opened? SQLite by default, PostgreSQL by URL; the same code runs on both."""

import os
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, ExceptionContext, event, func, make_url
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from records import sqlite
from records.audit_keys import AuditKeys, audit_keys_from

CONNECT_SECONDS = 5
ANSWER_SECONDS = 25
"""PostgreSQL: within these a connection is made, and one of the pool or an answer is had; else it counts as away."""

_SQLSTATES_OF_AWAY = ("08", "53", "57P")
"""Connection lost, no resources left, shut down or starting up: how these codes of PostgreSQL begin."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


class Database:
    """The read model's database. `url`: `sqlite:///path/to.db` or `postgresql://user:password@host/name`.

    `audit_keys`: what seals the audit; left out, those of the environment, so that no process seals without them.
    """

    def __init__(self, url: str, *, audit_keys: AuditKeys | None = None) -> None:
        parsed = make_url(url)
        self.url = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
        self.engine = _engine(self.url)
        writing = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        self.audit_keys = audit_keys_from(os.environ) if audit_keys is None else audit_keys
        info = {"audit_keys": self.audit_keys}
        self._writing = async_sessionmaker(writing, class_=AsyncSession, expire_on_commit=False, info=info)
        self._reading = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False, info=info)

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

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that only reads, and reads everything as it was when it began."""
        async with self.reader() as session:
            if self.url.get_backend_name() == "postgresql":
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    async def migrate(self) -> None:
        """Bring the schema to the newest revision. Safe to call from several processes at once."""
        async with self.engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
            await connection.run_sync(_upgrade)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def is_away(error: BaseException) -> bool:
    """Say whether an error means that the database does not answer now, and may when it is asked again."""
    if isinstance(error, DBAPIError):
        code = str(getattr(error.orig, "sqlstate", None) or "")
        locked = getattr(error.orig, "sqlite_errorcode", None) == SQLITE_BUSY
        return locked or error.connection_invalidated or code.startswith(_SQLSTATES_OF_AWAY)
    return isinstance(error, NoConnectionFree)


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
        return _far_engine(url)
    engine = create_async_engine(url, async_creator=partial(sqlite.connect, url.database or ":memory:"))
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _far_engine(url: URL) -> AsyncEngine:
    """Open a database across a network: connections are looked at before use, and nothing waits without end."""
    waiting = {"timeout": CONNECT_SECONDS, "command_timeout": ANSWER_SECONDS}
    engine = create_async_engine(url, pool_pre_ping=True, pool_timeout=ANSWER_SECONDS, connect_args=waiting)
    event.listen(engine.sync_engine, "handle_error", _as_lost)
    event.listen(engine.sync_engine, "do_connect", _connect)
    return engine


def _connect(dialect: Dialect, _entry: ConnectionPoolEntry, given: Any, named: Any) -> DBAPIConnection:
    try:
        return dialect.connect(*given, **named)
    except (OSError, TimeoutError) as error:
        raise OperationalError("connect", None, error, connection_invalidated=True) from error


def _as_lost(failure: ExceptionContext) -> OperationalError | None:
    """The driver lets errors of the network through as they are: make them errors of the database."""
    error = failure.original_exception
    if not isinstance(error, OSError | TimeoutError):
        return None
    failure.is_disconnect = True
    return OperationalError(failure.statement, None, error, connection_invalidated=True)


def _set_pragmas(connection: Any, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
