"""What stopped, and how does it go on? Incidents, and trying again what they stopped."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field, JsonValue

from api.deps import Answer, Asked, Changing, said
from api.ids import case_and_activation
from api.problems import Problem
from api.shapes.base import Body
from api.shapes.cases import IncidentView, incident
from api.shapes.tasks import Changed, changed
from records.queries.dashboard import incidents as open_incidents
from workflows.contract.requests import ResolveIncident

router = APIRouter(prefix="/incidents", tags=["Incidents"])


class Resolution(Body):
    """Variables to change before it is tried again."""

    variables: dict[str, JsonValue] = Field(default_factory=dict)


@router.get("", summary="Open incidents")
async def listed(asked: Asked) -> list[IncidentView]:
    """Give every open incident, the oldest first."""
    asked.require(allowed=asked.here.access.oversees(asked.me), what="read incidents")
    async with asked.here.database.reader() as session:
        found = await open_incidents(session)
    await asked.read("incidents.read", cases=sorted({row.case_id for row in found}))
    return [incident(row) for row in found]


@router.post("/{identifier}/resolve", response_model=Changed, summary="Try again what stopped")
async def resolve(change: Changing, identifier: str, body: Resolution) -> JSONResponse:
    """Try again exactly what stopped, after changing variables if given; administrators only."""
    change.visit.require(allowed=change.here.access.administers(change.me), what="resolve incidents")
    named = case_and_activation(identifier)
    if named is None:
        raise Problem("not-found", f"'{identifier[:64]}' is not the id of an incident.")
    case_id, stopped = named

    async def once() -> Answer:
        request = ResolveIncident(stopped, change.me.id, dict(body.variables))
        receipt = await change.here.gateway.send(case_id, request, change.update_id)
        async with change.here.database.session() as session:
            await change.visit.audit(session, "incident.resolved", case_id, incident=stopped)
        return said(changed(receipt))

    return await change.once(once)
