"""What do the API's tests share? The real app, a real database, a real worker on a real Temporal server, and people."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from temporalio.client import Client

import worker
from api.app import create_app
from api.settings import ApiSettings
from api.surroundings import Surroundings, system_clock
from pathways.catalogue import publish as publish_folders
from records.database import Database
from records.writes.publications import publish
from tests.conftest import free_port, with_keys
from tests.databases import new_postgres
from tests.host import diagrams
from workflows.contract.requests import Receipt, StartCase
from workflows.host.gateway import CaseGateway, HostUnavailable
from workflows.host.keys import DataKeys
from workflows.host.keys_wrapping import KeyRing
from workflows.host.settings import Settings
from workflows.host.worker import case_worker

if TYPE_CHECKING:
    from tests.api.attackers import Operation
    from tests.api.northern import Northern

ISSUER = "https://issuer.example"
AUDIENCE = "referral-pathways"
RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa-1"})
EC = ECKey.generate_key("P-256", parameters={"kid": "ec-1"})
DRAWN = Path(__file__).parent / "pathway"
SIGNALS = (
    diagrams.THROWING_SIGNAL,
    diagrams.CATCHING_SIGNAL,
    diagrams.BEGUN_BY_SIGNAL,
    diagrams.BEGUN_BY_MESSAGE,
    diagrams.BEGUN_BY_RECEIVING,
)
AS_DATA = (diagrams.TWO_TASKS, diagrams.UNKNOWN_WORK, diagrams.CALLED, diagrams.CALLING, diagrams.LOOPING, *SIGNALS)
_numbers = itertools.count(1)


def number() -> int:
    """A number that nobody has used."""
    return next(_numbers)


def jwks() -> dict[str, Any]:
    return {"keys": [RSA.as_dict(private=False), EC.as_dict(private=False)]}


def token(sub: str, *roles: str, team: str = "", key: RSAKey | ECKey = RSA, **changed: Any) -> str:
    """A token of our issuer; claims of value None are left out."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": sub,
        "name": f"Dr {sub}",
        "roles": list(roles),
        "team": team,
    }
    claims |= {"iat": now, "exp": now + 600, **changed}
    kept = {name: value for name, value in claims.items() if value is not None}
    algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"
    return jwt.encode({"alg": algorithm, "kid": key.kid}, kept, key)


def settings(**changed: Any) -> ApiSettings:
    given = {
        "case_secret": b"a secret for tests only",
        "issuer": ISSUER,
        "jwks": jwks(),
        "sweep_seconds": 3600,
        "requests_per_person": 0,
        "requests_per_address": 0,
    }
    return ApiSettings(**{**given, **changed})


@dataclass
class Person:
    """Someone who calls the API."""

    http: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """Ask; without `params`, the path's own query stays (httpx drops it for an empty mapping)."""
        return await self.http.get(path, params=params or None, headers=self.headers)

    async def post(self, path: str, body: Any = None, *, key: str | None = "", **params: Any) -> httpx.Response:
        """Send a change; `key` "" makes a new idempotency key, None sends none."""
        headers = self.headers if key is None else {**self.headers, "Idempotency-Key": key or f"key-{number()}"}
        return await self.http.post(path, json=body, params=params or None, headers=headers)

    async def read(self, path: str, **params: Any) -> Any:
        response = await self.get(path, **params)
        assert response.status_code == 200, response.text
        return response.json()

    async def do(self, path: str, body: Any = None, **params: Any) -> Any:
        response = await self.post(path, body, **params)
        assert response.is_success, response.text
        return response.json()


@dataclass
class Office:
    """The API and everything behind it."""

    app: Any
    http: httpx.AsyncClient
    database: Database
    gateway: CaseGateway
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def here(self) -> Surroundings:
        """What its app works with."""
        found: Surroundings = self.app.state.surroundings
        return found

    def person(self, sub: str, *roles: str, team: str = "", **claims: Any) -> Person:
        return Person(self.http, {"Authorization": f"Bearer {token(sub, *roles, team=team, **claims)}"})

    @property
    def dentist(self) -> Person:
        """A dentist who is also the key worker, and so sees the whole episode."""
        return self.person("dr.oak", "restorative_dentist", "dentist", "key_worker", team="dental_oncology")

    @property
    def oncologist(self) -> Person:
        return self.person("dr.ash", "clinical_oncologist")

    @property
    def coordinator(self) -> Person:
        return self.person("c.elm", "coordinator")

    @property
    def admin(self) -> Person:
        return self.person("a.fir", "admin")

    @property
    def sender(self) -> Person:
        return self.person("portal", "integration")

    async def refer(self, pathway: str | None = None, **changed: Any) -> dict[str, Any]:
        """Start a case; `pathway` None lets the rules choose."""
        params = {} if pathway is None else {"pathway": pathway}
        found: dict[str, Any] = await self.sender.do("/referrals", referral(**changed), **params)
        return found


def referral(**changed: Any) -> dict[str, Any]:
    """A referral in our own JSON that nobody has sent."""
    return {
        "referral_id": f"REF-{number()}",
        "assigner": "example-clinic",
        "reason": [{"text": "Dental check before radiotherapy"}],
        "clinical_question": "Are the teeth fit for radiotherapy?",
        "priority": "urgent",
        "patient": {"identifiers": [{"value": "MRN-77"}], "name": "Testina Sample"},
        "requester": {"name": "Dr Doe", "reply_to": "answers@practice.example"},
        "documents": [{"id": "letter", "mime_type": "text/plain", "content": "SGVsbG8="}],
        **changed,
    }


async def publish_all(database: Database) -> None:
    """Publish the drawn pathway of these tests, and the host's own that are written as data."""
    now = system_clock()
    async with database.session() as session:
        for drawn in publish_folders([DRAWN]):
            forms = {name: json.dumps(schema) for name, schema in drawn.forms.items()}
            await publish(
                session, drawn.definition, bpmn=drawn.bpmn_source.decode(), forms=forms, actor="test", now=now
            )
        for definition in AS_DATA:
            await publish(session, definition, bpmn="<none/>", forms={}, actor="test", now=now)


@asynccontextmanager
async def open_office(
    url: str, temporal: Client, key_ring: KeyRing, *, directory: Path | None = None, **changed: Any
) -> AsyncIterator[Office]:
    """Open the office on a database: app, worker, people. `directory`: of services, for both."""
    database = Database(url)
    await database.migrate()
    await publish_all(database)
    queue = f"api-{number()}"
    keys = DataKeys(database, key_ring)
    temporal = with_keys(temporal, keys)
    gateway = CaseGateway(temporal, queue)
    app = create_app(settings(directory=directory, **changed), database, gateway, keys=keys)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    host = Settings(keys=key_ring, task_queue=queue, directory=directory)
    async with (
        worker.activities_of(host, temporal, database) as activities,
        case_worker(temporal, queue, activities),
        httpx.AsyncClient(transport=transport, base_url="http://api.example") as http,
    ):
        yield Office(app, http, database, gateway)
    await database.close()


@pytest_asyncio.fixture(scope="session")
async def office(
    dev_server: Client, key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """The office on SQLite, one for all tests."""
    path = tmp_path_factory.mktemp("api") / "records.sqlite"
    async with open_office(f"sqlite:///{path}", dev_server, key_ring) as office:
        yield office


@pytest_asyncio.fixture
async def victim(office: Office) -> "Northern":
    """A case of north with everything that can hang on one, and a value of every class wherever values stand."""
    from tests.api.attackers import planted  # attackers need what stands in this file

    return await planted(office)


@pytest_asyncio.fixture
async def every(victim: "Northern") -> "Sequence[Operation]":
    """Every operation, with bodies that come as far as where it is decided who may."""
    from tests.api.attackers import every_operation

    return await every_operation(victim)


@pytest_asyncio.fixture(scope="session")
async def served(office: Office) -> AsyncIterator[str]:
    """The office's API on a port, for commands."""
    async with on_a_port(office) as address:
        yield address


@asynccontextmanager
async def on_a_port(office: Office) -> AsyncIterator[str]:
    """Serve an office's API over HTTP: its address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(office.app, port=port, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest_asyncio.fixture(scope="session")
async def postgres_office(dev_server: Client, key_ring: KeyRing, postgres: Path) -> AsyncIterator[Office]:
    """The office on PostgreSQL."""
    async with open_office(await new_postgres(postgres), dev_server, key_ring) as office:
        yield office


@pytest.fixture(params=["office", pytest.param("postgres_office", marks=pytest.mark.postgres)])
def any_office(request: pytest.FixtureRequest) -> Office:
    """The office on each of the two databases."""
    found: Office = request.getfixturevalue(request.param)
    return found


class DyingGateway(CaseGateway):
    """The real gateway of a process that dies before it asks Temporal to start."""

    async def start(self, case: StartCase, *, pathway: str) -> Receipt:
        raise HostUnavailable("The process died.")


@pytest_asyncio.fixture
async def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'records.sqlite'}"


@pytest_asyncio.fixture
async def died(url: str, dev_server: Client) -> AsyncIterator[Office]:
    """An office whose every start dies."""
    database = Database(url)
    await database.migrate()
    await publish_all(database)
    gateway = DyingGateway(dev_server, "nobody")
    app = create_app(settings(), database, gateway)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example") as http:
        yield Office(app, http, database, gateway)
    await database.close()
