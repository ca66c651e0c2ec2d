"""What is left of an outage when the database is back? Nothing: broken connections are never handed out."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from records.database import Database, is_away
from records.tables import Idempotency
from records.upsert import insert_missing
from records.writes import idempotency
from tests.databases import postgres_url


async def connections_die(admin: Database, name: str) -> None:
    kill = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
    async with admin.engine.connect() as connection:
        await connection.execute(kill, {"name": name})


async def dying_within(database: Database, admin: Database, name: str) -> None:
    async with database.session() as session:
        await (await session.connection()).execute(text("SELECT 1"))
        await connections_die(admin, name)
        await (await session.connection()).execute(text("SELECT 2"))


async def ask(database: Database, question: str) -> None:
    async with database.session() as session:
        await (await session.connection()).execute(text(question))


@pytest.mark.postgres
async def test_after_connections_died_the_next_transaction_works(postgres: Path) -> None:
    name = f"test_{uuid4().hex}"
    admin, database = Database(postgres_url(postgres, "postgres")), Database(postgres_url(postgres, name))
    async with admin.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    for _ in range(2):
        async with database.session() as session:
            await (await session.connection()).execute(text("SELECT 1"))
        await connections_die(admin, name)
    with pytest.raises(SQLAlchemyError) as raised:
        await dying_within(database, admin, name)
    assert is_away(raised.value)
    await database.close()
    await admin.close()


async def test_a_database_that_cannot_be_reached_is_away() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(SQLAlchemyError) as raised:
        await ask(database, "SELECT 1")
    assert is_away(raised.value)
    await database.close()


async def test_a_mistake_in_a_statement_is_no_outage(database: Database) -> None:
    with pytest.raises(SQLAlchemyError) as raised:
        await ask(database, "SELECT nothing FROM nowhere")
    assert not is_away(raised.value)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_key_that_is_given_back_while_it_is_asked_for_may_be_used(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite nobody else writes meanwhile."""
    request = {"key": "k", "actor": "dr.oak", "request_hash": "h", "now": datetime(2026, 1, 5, tzinfo=UTC)}
    async with database.session() as session:
        await idempotency.begin(session, **request)

    async def given_back_after_the_first_look(session: AsyncSession, row: Idempotency) -> bool:
        monkeypatch.undo()
        found = await insert_missing(session, row)
        async with database.session() as other:
            await idempotency.abandon(other, key="k", actor="dr.oak")
        return found

    monkeypatch.setattr(idempotency, "insert_missing", given_back_after_the_first_look)
    async with database.session() as session:
        assert isinstance(await idempotency.begin(session, **request), idempotency.Proceed)
