"""The system of a radiology department or laboratory, which others ask for results by FHIR R4: a real one, on a port.

It searches as R4 says: by a logical reference, by the identifier of the order that it has, by an identifier of the
report; it refuses what it does not know when it is asked to be strict.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.conftest import free_port

Json = dict[str, Any]
KNOWN = {"based-on:identifier", "based-on:ServiceRequest.identifier", "identifier", "status", "_include"}


@dataclass
class ResultsSystem:
    """What it has, and how it behaves. `asked`: every question; `headers` of the last; `answers`: instead of searching.

    `unknown`: searches that it does not know; `is_lenient`: it ignores them, and answers with all that it has.
    """

    port: int = 0
    reports: list[Json] = field(default_factory=list)
    others: list[Json] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    is_lenient: bool = False
    answers: Response | None = None
    takes: float = 0.0
    asked: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    async def search(self, request: Request) -> Response:
        self.asked.append(str(request.url))
        self.headers = dict(request.headers)
        await asyncio.sleep(self.takes)
        if self.answers is not None:
            return self.answers
        wanted = request.query_params
        refused = [name for name in wanted if name not in KNOWN - self.unknown]
        if refused and not self.is_lenient:
            outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-supported"}]}
            return JSONResponse(outcome, status_code=400)
        found = [
            each for each in self.reports if self._matches(each, {n: v for n, v in wanted.items() if n not in refused})
        ]
        return JSONResponse(searchset(found, self.others if "_include" in wanted else []))

    def _matches(self, report: Json, wanted: dict[str, str]) -> bool:
        logical = [each["identifier"]["value"] for each in report.get("basedOn", ()) if "identifier" in each]
        targets = {each["reference"] for each in report.get("basedOn", ()) if "reference" in each}
        orders = [each for each in self.others if f"{each['resourceType']}/{each['id']}" in targets]
        numbers = {
            "based-on:identifier": logical,
            "based-on:ServiceRequest.identifier": _values(orders),
            "identifier": _values([report]),
            "status": [report["status"]],
        }
        return all(set(value.split(",")) & set(numbers[name]) for name, value in wanted.items() if name in numbers)


def _values(resources: list[Json]) -> list[str]:
    return [identifier["value"] for each in resources for identifier in each.get("identifier", ())]


def searchset(found: list[Json], included: list[Json]) -> Json:
    entries = [("match", each) for each in found] + [("include", each) for each in included]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "entry": [{"resource": resource, "search": {"mode": mode}} for mode, resource in entries],
    }


def report(order_id: str = "", **changed: Any) -> Json:
    """A finished report, of an order as a logical reference."""
    based = {"basedOn": [{"identifier": {"value": order_id}}]} if order_id else {}
    return {
        "resourceType": "DiagnosticReport",
        "id": "r-1",
        "status": "final",
        "code": {"text": "Ultrasound of the neck"},
        "issued": "2026-03-01T10:00:00Z",
        "conclusion": "Node of 18 mm.",
        **based,
        **changed,
    }


def nonsense(text: str = "<html>Sign in</html>", *, encoding: str = "") -> Response:
    return PlainTextResponse(text, headers={"content-encoding": encoding} if encoding else None)


@asynccontextmanager
async def serving() -> AsyncIterator[ResultsSystem]:
    """Serve such a system on a port of its own."""
    system = ResultsSystem(port=free_port())
    async with serving_app(Starlette(routes=[Route("/fhir/DiagnosticReport", system.search)]), system.port):
        yield system


@asynccontextmanager
async def serving_app(app: Starlette, port: int) -> AsyncIterator[None]:
    """Serve an application on a port of this machine until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_config=None))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await running
