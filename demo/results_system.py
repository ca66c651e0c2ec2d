"""What do the systems of imaging, pathology and laboratory hold in the demo? Finished reports, asked for by FHIR R4.

A stand-in on this machine, LOCAL DEMO ONLY (`python -m demo.results_system PORT`): `GET /fhir/DiagnosticReport` finds a
report by the number of its order, as an overdue one is asked for (`activities/result_query.py`); `PUT /reports/{order}`
is how a storyline puts one there that is never sent. It forgets everything when it ends.
"""

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = Any
BY_ORDER = ("based-on:identifier", "based-on:ServiceRequest.identifier")


@dataclass
class Reports:
    """What is held, by the number of its order."""

    held: dict[str, Json] = field(default_factory=dict)

    async def put(self, request: Request) -> Response:
        """Hold a report of an order: what it concludes, and when its patient was born."""
        told = await request.json()
        number = request.path_params["order"]
        self.held[number] = _report(number, told["conclusion"], told["birth_date"], datetime.now(UTC))
        return JSONResponse(self.held[number], status_code=201)

    async def search(self, request: Request) -> Response:
        """Give the report of an order as a searchset."""
        numbers = {request.query_params[name].replace("\\", "") for name in BY_ORDER if name in request.query_params}
        found = [self.held[number] for number in sorted(numbers) if number in self.held]
        entries = [{"resource": each, "search": {"mode": "match"}} for each in found]
        return JSONResponse(
            {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entries},
            media_type="application/fhir+json",
        )


def application() -> Starlette:
    """Make the system, with nothing in it."""
    reports = Reports()
    return Starlette(
        routes=[
            Route("/fhir/DiagnosticReport", reports.search),
            Route("/reports/{order:path}", reports.put, methods=["PUT"]),
        ]
    )


def _report(number: str, conclusion: str, birth_date: str, issued: datetime) -> Json:
    patient = {"resourceType": "Patient", "id": "patient", "birthDate": birth_date}
    return {
        "resourceType": "DiagnosticReport",
        "contained": [patient],
        "identifier": [{"value": f"RPT-{number}"}],
        "basedOn": [{"identifier": {"value": number}}],
        "status": "final",
        "code": {"text": "Report"},
        "subject": {"reference": "#patient"},
        "issued": issued.isoformat(timespec="seconds"),
        "conclusion": conclusion,
    }


if __name__ == "__main__":
    uvicorn.run(application(), host="127.0.0.1", port=int(sys.argv[1]))
