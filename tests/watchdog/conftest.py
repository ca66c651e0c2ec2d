"""What do the watchdog's tests share? A ward on a real server, on each of the two databases."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.client import Client

from tests.databases import new_postgres
from tests.watchdog.ward import Ward, open_ward
from workflows.host.keys_wrapping import KeyRing


@pytest_asyncio.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def ward(
    request: pytest.FixtureRequest, dev_server: Client, key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ward]:
    url = f"sqlite:///{tmp_path_factory.mktemp('ward') / 'records.sqlite'}"
    if request.param == "postgres":
        url = await new_postgres(request.getfixturevalue("postgres"))
    async with open_ward(url, dev_server, key_ring) as ward:
        yield ward
