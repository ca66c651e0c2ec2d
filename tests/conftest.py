"""What do tests share? Real Temporal servers, started once per session, and a clean way out."""

import os
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from records.database import Database
from workflows.host.connection import ensure_search_attributes
from workflows.host.converter import data_converter
from workflows.host.keys import DataKeys
from workflows.host.keys_wrapping import KeyRing, new_key
from workflows.host.server import ServerOptions, embedded_server

# The same examples on every machine: a change is judged by what it changed. `make properties` looks for new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("new", print_blob=True)
settings.load_profile("new" if os.environ.get("NEW_EXAMPLES") else "same")

TEST_SERVER = Path(sys.prefix) / "bin" / "temporal-test-server"
EVENTS_BEFORE_CARRY_OVER = 60


@pytest.fixture(scope="session")
def key_ring() -> KeyRing:
    """Key-encryption keys made for this session."""
    return KeyRing.parse(new_key("test"))


@pytest_asyncio.fixture(scope="session")
async def data_keys(key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DataKeys]:
    """The data keys of the cases that tests run without a read model of their own."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('keys') / 'keys.sqlite'}")
    await database.migrate()
    yield DataKeys(database, key_ring)
    await database.close()


def with_keys(client: Client, keys: DataKeys) -> Client:
    """The same connection, with payloads under other keys."""
    config = client.config()
    config["data_converter"] = data_converter(keys)
    return Client(**config)


@pytest_asyncio.fixture
async def time_skipping(data_keys: DataKeys) -> AsyncIterator[WorkflowEnvironment]:
    """A time-skipping test server, which jumps to the next timer whenever nothing else can happen.

    One per test: after activity retries or child workflows it may refuse to skip time for the tests that follow.
    """
    environment = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(TEST_SERVER if TEST_SERVER.exists() else shutil.which(TEST_SERVER.name)),
        data_converter=data_converter(data_keys),
    )
    async with environment:
        await ensure_search_attributes(environment.client)
        yield environment


@pytest_asyncio.fixture(scope="session")
async def dev_server(data_keys: DataKeys, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """The real server as `pathways up` runs it, but eager to suggest continue-as-new."""
    options = ServerOptions(
        port=free_port(),
        ui_port=None,
        database=tmp_path_factory.mktemp("temporal") / "temporal.db",
        dynamic_config={"limit.historyCount.suggestContinueAsNew": str(EVENTS_BEFORE_CARRY_OVER)},
    )
    async with embedded_server(options):
        client = await Client.connect(options.address, data_converter=data_converter(data_keys))
        await ensure_search_attributes(client)
        yield client


def free_port() -> int:
    """Give a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pytest_sessionfinish() -> None:
    """Let Temporal's threads end before the interpreter does: else it may abort (sdk-python issue 300)."""
    if "temporalio.bridge.runtime" in sys.modules:
        time.sleep(0.3)
