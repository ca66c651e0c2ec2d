"""Both databases, real: every test that takes `database` runs on SQLite and on PostgreSQL."""

import importlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import text

from records.database import Database


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running PostgreSQL: the directory of its socket."""
    runtime = str(tmp_path_factory.mktemp("runtime"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR", runtime))  # pgserver asks when imported
        pgserver = importlib.import_module("pgserver")
    directory = tmp_path_factory.mktemp("pg")
    server = pgserver.get_server(directory, cleanup_mode="stop")
    yield directory
    server.cleanup()


def postgres_url(directory: Path, name: str) -> str:
    return f"postgresql://postgres@/{name}?host={quote(str(directory))}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records.db'}"
    directory: Path = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    admin = Database(postgres_url(directory, "postgres"))
    async with admin.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await admin.close()
    return postgres_url(directory, name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty database."""
    database = Database(database_url)
    await database.migrate()
    yield database
    await database.close()
