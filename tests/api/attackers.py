"""How is every operation asked with every role's token in seconds? In the process, by the app's own door, one by one.

Tokens are looked up instead of verified, cases refuse whatever they are asked, and refusals are not noted: those three
are tested elsewhere, and would be nearly all of the time. Everything that decides who sees what is the app's own.
"""

import itertools
import json
import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI
from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest

from api import problems
from api.app import create_app
from api.claims import Person
from api.issuer_keys import IssuerKeys
from api.tokens import TokenRefused, Tokens
from policy.data_classes import known_names
from policy.matrix import EVERYTHING, matrix
from records.tables import Case, ScopeVariables
from tests.api.attacking import FILTERS, OPEN_BY_DESIGN, filled, named, naming, unknown
from tests.api.conftest import AUDIENCE, ISSUER, Office, jwks, settings
from tests.api.northern import SECRET, Northern, publish_shipped, sample, with_everything
from workflows.contract.requests import Receipt, Request, StartCase
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseGateway

ROLES = (*sorted(matrix().roles), "dentist")
"""Every role of the matrix, and one that it does not know but tasks are offered to."""

OPEN = ("/health/", "/problems", "/fhir/metadata")
_numbers = itertools.count(1)


class Unmoved(CaseGateway):
    """The real gateway to cases that refuse whatever they are asked: so none of them changes."""

    async def send(self, case_id: str, request: Request, idempotency_key: str) -> Receipt:
        raise EventRejected("not-running", "It refuses.")

    async def start(self, case: StartCase, *, pathway: str) -> Receipt:
        raise EventRejected("not-running", "It refuses.")


class Known(Tokens):
    """The people who come, by their tokens."""

    def __init__(self) -> None:
        super().__init__(IssuerKeys(jwks=jwks()), issuer=ISSUER, audience=AUDIENCE)
        self.people: dict[str, Person] = {}

    async def person(self, token: str, acting_for: str = "") -> Person:
        if token not in self.people:
            raise TokenRefused("nobody")
        return self.people[token]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to ask. `template`: the address as the OpenAPI writes it; `nobodys`: with ids that nobody gave."""

    method: str
    template: str
    path: str
    body: Any = None
    nobodys: str = ""
    is_search: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def names_the_case(self) -> bool:
        return not self.is_search and "{" in self.template and self.path != self.nobodys


@dataclass(frozen=True, slots=True)
class Attack:
    """An app to which anybody may come."""

    app: FastAPI
    known: Known = field(default_factory=Known)

    def token(self, role: str, organisation: str) -> str:
        """Let somebody of one role come, who is nobody else: no patient of the case, and of the service's team."""
        token = f"{role}-of-{organisation}-{next(_numbers)}"
        teams = frozenset({"dental_oncology"})
        self.known.people[token] = Person(
            token, token, frozenset({role}), "dental_oncology", organisation, teams, patient_id=f"P-of-{token}"
        )
        return token

    async def ask(self, token: str, operation: Operation, path: str = "") -> tuple[int, str]:
        """Ask, and give status and text of the answer."""
        address, _, query = (path or operation.path).partition("?")
        body = b"" if operation.method == "get" else json.dumps(operation.body).encode()
        headers = {"host": "api.example", "authorization": f"Bearer {token}", "content-type": "application/json"}
        headers["idempotency-key"] = f"attack-{next(_numbers)}"
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": operation.method.upper(),
            "scheme": "http",
            "path": unquote(address),
            "raw_path": address.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("192.0.2.1", 1),
            "server": ("api.example", 80),
        }
        status, parts = 500, list[bytes]()

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                parts.append(message.get("body", b""))

        with suppress(Exception):  # a mistake of ours is answered with 500, which is what the test looks for
            await self.app(scope, receive, send)
        return status, b"".join(parts).decode()


def attack_on(office: Office) -> Attack:
    """Give the office's app, on its database, so made that thousands may come."""
    known, here = Known(), office.here
    gateway = Unmoved(office.gateway.client, office.gateway.task_queue)
    app = create_app(settings(), office.database, gateway, keys=here.keys, tokens=known)
    problems.install(app)
    return Attack(app, known)


def operations(victim: Northern, bodies: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation of the OpenAPI that is not open by design, with the ids of the victim. `bodies`: by its name."""
    described = victim.office.app.openapi()
    schemas = described["components"]["schemas"]
    for path, methods in described["paths"].items():
        if path.startswith(OPEN) or path in OPEN_BY_DESIGN:
            continue
        places = {**named(victim, path), **PLACES}
        for method, described_one in methods.items():
            content = described_one.get("requestBody", {}).get("content", {}).get("application/json", {})
            usual = sample(content["schema"], schemas) if "schema" in content else {}
            body = bodies.get(f"{method} {path}", usual)
            yield Operation(method, path, filled(path, places), body, filled(path, {**unknown(places), **PLACES}))


PLACES = {"key": "two_tasks", "pathway": "two_tasks", "version": "1", "a": "1", "b": "1", "person": "dr.oak"}
"""What stands in the other places of addresses: what everybody may name."""

SEARCHES = ("/cases?text={text}", "/fhir/AuditEvent?entity={case_id}", "/fhir/AuditEvent?patient={patient_id}")
TEXT, OF_NOBODY = "Northerly", "Nobodyly"


def breaking_the_glass(victim: Northern) -> Operation:
    """What opens any case to clinicians, under review: who has done it sees more."""
    (path,) = OPEN_BY_DESIGN
    return Operation("post", path, f"{victim.link}/break-glass", {"reason": "An emergency, by way of a test"})


def searches(victim: Northern) -> Iterator[Operation]:
    """Every filter and search by which a case could be found, and the bodies in which its ids stand."""
    theirs, nobodys = search_places(victim)
    for path in (*FILTERS, *SEARCHES):
        yield Operation("get", path, filled(path, theirs), nobodys=filled(path, nobodys), is_search=True)
    for path, body in naming(theirs, next(_numbers)):
        yield Operation("post", path, path, body, is_search=True)


def search_places(victim: Northern) -> tuple[dict[str, str], dict[str, str]]:
    """What stands in the places of searches: the victim's, and nobody's."""
    theirs = named(victim, "/tasks")
    return {**theirs, "text": TEXT}, {**unknown(theirs), "text": OF_NOBODY}


async def payloads(victim: Northern) -> list[Any]:
    """What Temporal keeps of how the case began: under its key, for the codec."""
    client = victim.office.gateway.client
    execution = WorkflowExecution(workflow_id=victim.case_id)
    asked = GetWorkflowExecutionHistoryRequest(namespace=client.namespace, execution=execution)
    history = (await client.workflow_service.get_workflow_execution_history(asked)).history
    begun = history.events[0].workflow_execution_started_event_attributes
    return [MessageToDict(each) for each in begun.input.payloads]


_by_class = groupby(
    sorted(known_names(), key=lambda name: (known_names()[name], name)), lambda name: known_names()[name]
)
CLASS_OF = {list(names)[-1]: found for found, names in _by_class} | {"unheard_of": EVERYTHING}
"""A name of every class that a name can have, with the class."""

VALUES = {name: {"inner": [f"zz-{name}-zz"], "patient": {"status": f"zz-{name}-zz"}} for name in CLASS_OF}
"""A value of every class; its members have other names, and go with it."""


async def planted(office: Office) -> Northern:
    """Begin a case of north with everything that can hang on one, and a value of every class wherever values stand."""
    await publish_shipped(office, "patient_question")
    case = await with_everything(office, VALUES)
    async with office.database.session() as session:
        root = await session.get_one(Case, case.case_id)
        scope = await session.get_one(ScopeVariables, (case.case_id, root.process_scope))
        scope.variables = {**VALUES, "patient_id": case.patient_id, "patient": {"name": SECRET}}
    return case


async def every_operation(victim: Northern) -> Sequence[Operation]:
    """Give every operation, with bodies that come as far as where it is decided who may."""
    away = {"since": "2031-01-01T00:00:00Z", "until": "2031-01-02T00:00:00Z"}
    bodies = {
        "post /codec/decode": {"payloads": await payloads(victim)},
        "post /cases/{case_id}/variables": {"variables": {"a": 1}},
        "post /dead-letters/{identifier}/correlate": {"case_id": victim.case_id},
        "post /people/{person}/absences": away,
    }
    return tuple(operations(victim, bodies))


def told(victim: Northern, operation: Operation, text: str) -> set[str]:
    """Give what an answer says by which the case or its patient could be recognised, beside what was asked for."""
    said = f"{operation.path} {json.dumps(operation.body)}"
    return {each for each in victim.known() if each in text and each not in said} | names_in(text)


def names_in(text: str) -> set[str]:
    """The names whose values stand somewhere in an answer."""
    return set(re.findall(r"zz-(\w+)-zz", text))


def seen(role: str, *also: str) -> set[str]:
    """The names that a role may see; `also`: with these classes."""
    classes = matrix().sees(role) | set(also)
    return {name for name, found in CLASS_OF.items() if found in classes}
