"""What do the watchdog's tests share? A ward on a real server, on each of the two databases."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.client import Client

from records.database import Database
from tests.records.conftest import postgres, postgres_url  # noqa: F401 - the fixture of the PostgreSQL server
from tests.watchdog.ward import Ward, open_ward
from workflows.host.keys_wrapping import KeyRing


@pytest_asyncio.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def ward(
    request: pytest.FixtureRequest, dev_server: Client, key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ward]:
    url = f"sqlite:///{tmp_path_factory.mktemp('ward') / 'records.sqlite'}"
    if request.param == "postgres":
        directory: Path = request.getfixturevalue("postgres")
        admin, name = Database(postgres_url(directory, "postgres")), f"ward_{uuid4().hex}"
        async with admin.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
        await admin.close()
        url = postgres_url(directory, name)
    async with open_ward(url, dev_server, key_ring) as ward:
        yield ward
