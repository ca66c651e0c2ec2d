"""Both databases, real: every test that takes `database` runs on SQLite and on PostgreSQL."""

import importlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import text

from records.database import Database


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """A running PostgreSQL: the directory of its socket.

    Not below pytest's own directory: each session that starts closes that to every user but its own.
    """
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as home:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR", home))  # pgserver asks for it
            pgserver = importlib.import_module("pgserver")
        directory = Path(home, "data")
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
