"""The systems of the services outside, on one port: real ones, that can be away, and remember what they have taken."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cli.surroundings import DEMO_DIRECTORY, DEMO_ORGANISATION
from tests.conftest import free_port
from tests.results_system import searchset, serving_app

Json = dict[str, Any]
OUTSIDE: Mapping[str, str] = {
    "oral_surgery": "Oral surgery",
    "ear_nose_and_throat": "Ear nose and throat clinic",
    "orthodontics": "Orthodontics",
    "sleep_physiology": "Sleep laboratory",
    "imaging": "Imaging department",
    "imaging_partner": "Partner for imaging",
    "laboratory": "Laboratory",
    "requester": "Letters to whoever referred",
}
"""The services of the demo that have systems of their own here, by the names that people read."""

PHONE = "+44 1632 960777"


@dataclass
class Partners:
    """Which systems are `away`, and what each `got`; `asked`: how often it was tried in vain."""

    port: int
    away: set[str] = field(default_factory=set)
    got: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def take(self, request: Request) -> Response:
        service = str(request.path_params["service"])
        if service in self.away:
            self.asked[service] += 1
            return Response(status_code=503)
        self.got[service].append(await request.json())
        return Response(status_code=202)

    async def search(self, request: Request) -> Response:
        """A results system that has nothing, or is away."""
        if request.path_params["service"] in self.away:
            return Response(status_code=503)
        return JSONResponse(searchset([], []))

    def sent(self, service: str, message: str) -> list[Json]:
        """What of this kind a service has taken."""
        return [each for each in self.got[service] if each["message"] == message]

    def directory(self, folder: Path) -> Path:
        """Write the directory of the demo with these systems, and the agreements that sending to them needs."""
        content = yaml.safe_load(DEMO_DIRECTORY.read_text())
        for service, name in OUTSIDE.items():
            base = f"http://127.0.0.1:{self.port}/{service}"
            known = content["services"].get(service, {"name": name, "named_contact": "", "deputy": ""})
            systems = {"endpoint": {"url": base, "format": "json"}, "results": {"url": base}, "phone": PHONE}
            content["services"][service] = {**known, **systems}
            agreed = {"from": DEMO_ORGANISATION, "to": service, "classes": "all", "until": "2036-12-31"}
            content["agreements"].append(agreed)
        path = folder / "directory.yaml"
        path.write_text(yaml.safe_dump(content))
        return path


@asynccontextmanager
async def partners() -> AsyncIterator[Partners]:
    """Serve them until the block ends."""
    found = Partners(free_port())
    routes = [
        Route("/{service}", found.take, methods=["POST"]),
        Route("/{service}/DiagnosticReport", found.search),
    ]
    async with serving_app(Starlette(routes=routes), found.port):
        yield found
