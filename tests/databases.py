"""Which databases do tests run on? SQLite files and a real PostgreSQL; what was migrated once is copied for each."""

import importlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text

from records.database import Database


@contextmanager
def running_postgres() -> Iterator[Path]:
    """Run a PostgreSQL: the directory of its socket.

    Not below pytest's own directory: each session that starts closes that to every user but its own. It syncs nothing
    to the disk: a process that dies loses nothing by that, and no test takes the power away.
    """
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as home:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR", home))  # pgserver asks for it
            pgserver = importlib.import_module("pgserver")
        directory = Path(home, "data")
        server = pgserver.get_server(directory, cleanup_mode="stop")
        server.psql("ALTER SYSTEM SET fsync = off")
        server.psql("SELECT pg_reload_conf()")
        yield directory
        server.cleanup()


def postgres_url(directory: Path, name: str) -> str:
    """Give the URL of a database of a PostgreSQL."""
    return f"postgresql://postgres@/{name}?host={quote(str(directory))}"


async def new_postgres(directory: Path, *, template: str = "template1") -> str:
    """Make a database that nobody has used, as a copy of `template`; give its URL."""
    name = f"test_{uuid4().hex}"
    await _administer(directory, f"CREATE DATABASE {name} TEMPLATE {template}")
    return postgres_url(directory, name)


async def dropped(directory: Path, url: str) -> None:
    """Drop a database, if the test left it there: hundreds of copies are many thousand files for the disk."""
    await _administer(directory, f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")


async def _administer(directory: Path, statement: str) -> None:
    admin = Database(postgres_url(directory, "postgres"))
    try:
        async with admin.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.execute(text(statement))
    finally:
        await admin.close()


async def migrate(url: str) -> str:
    """Bring a database to the newest schema and leave it closed, so that it can be copied; give its URL."""
    database = Database(url)
    await database.migrate()
    await database.close()
    return url
