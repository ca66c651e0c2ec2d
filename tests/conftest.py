"""What do tests share? Real Temporal servers and databases, started once per session, and a clean way out."""

import gc
import os
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker._workflow import _WorkflowWorker

from records.database import Database
from tests.databases import dropped, migrate, new_postgres, running_postgres
from tests.outside import Clinic, MailServer, listening
from tests.scheduling import LongFirst, long_first
from workflows.host.connection import ensure_search_attributes
from workflows.host.converter import data_converter
from workflows.host.keys import DataKeys
from workflows.host.keys_wrapping import KeyRing, new_key
from workflows.host.server import ServerOptions, embedded_server

# The same examples on every machine, however slow: a change is judged by what it changed. `make properties` looks for
# new ones.
UNHURRIED: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("same", derandomize=True, **UNHURRIED)
settings.register_profile("new", print_blob=True, **UNHURRIED)
settings.load_profile("new" if os.environ.get("NEW_EXAMPLES") else "same")

TEST_SERVER = Path(sys.prefix) / "bin" / "temporal-test-server"
EVENTS_BEFORE_CARRY_OVER = 60
STEP_SECONDS = 10
"""How long a step of a workflow may hold its thread: as long as the server waits for it. The SDK says two seconds."""


@pytest.fixture(scope="session", autouse=True)
def patient_workers() -> Iterator[None]:
    """On a busy machine a large step takes more than two seconds; the SDK then fails it, and its worker never stops."""
    with pytest.MonkeyPatch.context() as patch:
        within = property(lambda _: STEP_SECONDS, lambda *_: None)
        patch.setattr(_WorkflowWorker, "_deadlock_timeout_seconds", within, raising=False)
        yield


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
async def dev_server(data_keys: DataKeys) -> AsyncIterator[Client]:
    """The real server as `pathways up` runs it, but in memory, and eager to suggest continue-as-new."""
    options = ServerOptions(
        port=free_port(),
        ui_port=None,
        dynamic_config={"limit.historyCount.suggestContinueAsNew": str(EVENTS_BEFORE_CARRY_OVER)},
    )
    async with embedded_server(options):
        client = await Client.connect(options.address, data_converter=data_converter(data_keys))
        await ensure_search_attributes(client)
        yield client


BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))
"""The backends on which a test runs that takes `database`, `database_url` or `empty_url`."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """A running PostgreSQL: the directory of its socket."""
    with running_postgres() as directory:
        yield directory


@pytest_asyncio.fixture(scope="session")
async def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "records.db"
    await migrate(f"sqlite:///{path}")
    return path


@pytest_asyncio.fixture(scope="session")
async def migrated_postgres(postgres: Path) -> str:
    """The name of a PostgreSQL database with the newest schema, to be copied."""
    url = await migrate(await new_postgres(postgres))
    return str(make_url(url).database)


@pytest_asyncio.fixture(params=BOTH)
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return await new_postgres(request.getfixturevalue("postgres"))


@pytest.fixture
def sqlite_copy(migrated: Path, tmp_path: Path) -> str:
    """The URL of an SQLite file with the newest schema."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'records.db')}"


@pytest_asyncio.fixture
async def postgres_copy(postgres: Path, migrated_postgres: str) -> AsyncIterator[str]:
    """The URL of a PostgreSQL database with the newest schema."""
    url = await new_postgres(postgres, template=migrated_postgres)
    yield url
    await dropped(postgres, url)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with the newest schema and nothing in it."""
    found: str = request.getfixturevalue(f"{request.param}_copy")
    return found


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty database; every test that takes it runs on SQLite and on PostgreSQL."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def clinic() -> AsyncIterator[Clinic]:
    """An endpoint outside."""
    async with listening(Clinic()) as clinic:
        yield clinic


@pytest_asyncio.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    """A mail server outside."""
    async with listening(MailServer()) as mail:
        yield mail


def free_port() -> int:
    """Give a port that nobody listens on, and that nobody else is given for a minute: a call has just ended on it."""
    with socket.create_server(("127.0.0.1", 0)) as probe, socket.create_connection(probe.getsockname()) as caller:
        probe.accept()[0].close()
        assert caller.recv(1) == b""
        return int(probe.getsockname()[1])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while thousands of tests are collected, and never again among them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests of a worker; a run in one process keeps the order of the files."""
    if hasattr(config, "workerinput"):
        long_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LongFirst | None:
    """Share the files out, long ones first, where the command line says loadfile."""
    return LongFirst(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_sessionfinish() -> None:
    """Let Temporal's threads end before the interpreter does: else it may abort (sdk-python issue 300)."""
    if "temporalio.bridge.runtime" in sys.modules:
        time.sleep(0.3)
