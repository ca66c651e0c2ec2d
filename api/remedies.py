"""What can be done about what stopped? Try again, skip, throw an error instead, call off; singly and as batches.

| kind | what it does | to |
|---|---|---|
| incident.retry | tries again, after changing variables if given | incidents |
| incident.skip | lets what stopped count as done | incidents |
| incident.throw_error | throws a business error instead | incidents |
| incident.cancel | ends the branch (`what`: token), or calls the whole case off (`case`) | incidents |
"""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from api.batches import Job, Kind, Target, asking
from api.caught import require_catcher
from api.ids import case_and_activation
from api.modifying import calling_off
from api.moments import Moment
from api.shapes.base import Body
from api.shapes.modifications import Name, Variables
from api.surroundings import Surroundings
from records.queries.incidents import IncidentFilter, incident_page
from records.tables import Case, Incident
from workflows.contract.requests import CancelCase, Modify, Request, ResolveIncident, Skip, ThrowError
from workflows.engine.changes import CancelActivation
from workflows.engine.errors import EventRejected
from workflows.engine.state import IncidentKind

MOST = 100_000
"""Items of one batch."""

UNSENT = "message"
"""The kind of incident that stops no step: what was thrown could not be sent. It is skipped by its own id."""


class IncidentFilterBody(Body):
    """Which open incidents; at least one member."""

    incidents: list[str] | None = Field(default=None, max_length=10_000, description="ids of incidents")
    case: str | None = Field(default=None, description="a case id; with the cases it called")
    kind: IncidentKind | None = None
    pathway: str | None = None
    element: str | None = None
    raised_before: Moment | None = None
    text: str | None = Field(default=None, description="in its reason or the name of its step")


class Retrying(Body):
    """Variables to change before it is tried again; those not named stay."""

    variables: Variables


class SkippingIt(Body):
    """The results with which it counts as done."""

    variables: Variables


class ThrowingInstead(Body):
    """The business error that is thrown instead."""

    code: Name
    message: str = ""
    variables: Variables


class CallingOff(Body):
    """What is called off: the whole case, or the branch that stopped (its token)."""

    what: Literal["case", "token"] = "case"


async def remedy(here: Surroundings, job: Job, target: Target) -> Request:
    """Give the request that `job.request` (one of the four shapes) means for the incident `target`.

    Raises:
        EventRejected: there is no such incident, or what it stopped was tried again since.
    """
    async with here.database.reader() as session:
        row = await session.get(Incident, (target.case_id, target.target))
        case = await session.get(Case, target.case_id)
    if row is None:
        raise EventRejected("not-open", "there is no such incident")
    if row.resolution == "retried" and not isinstance(job.request, Retrying):
        raise EventRejected("not-open", "what it stopped was tried again since, and goes on")
    if isinstance(job.request, ThrowingInstead):
        await require_catcher(here, row.case_id, row.activation, job.request.code)
    stops_no_step = row.kind == UNSENT or (case is not None and row.activation == case.process_scope)
    return _request(row, job, skipped=row.incident if stops_no_step else row.activation)


def _request(row: Incident, job: Job, *, skipped: str) -> Request:
    match job.request:
        case Retrying(variables=variables):
            return ResolveIncident(row.incident, job.actor, variables, job.reason)
        case SkippingIt(variables=variables):
            return Skip(skipped, job.reason, job.actor, variables)
        case ThrowingInstead(code=code, message=message, variables=variables):
            return ThrowError(row.activation, code, job.reason, job.actor, message, variables)
        case CallingOff(what="token"):
            return Modify((CancelActivation(row.activation),), job.reason, job.actor)
        case CallingOff():
            return CancelCase(job.reason, job.actor)
    raise TypeError(f"{type(job.request).__name__} is no remedy")


async def _incidents(session: AsyncSession, wanted: IncidentFilterBody) -> Sequence[Target]:
    named = None if wanted.incidents is None else tuple(filter(None, map(case_and_activation, wanted.incidents)))
    fields: dict[str, Any] = wanted.model_dump(exclude={"incidents", "case"})
    by = IncidentFilter(incidents=named, case_id=wanted.case, **fields)
    found, _ = await incident_page(session, by, limit=MOST, offset=0)
    return [Target(line.incident.case_id, line.incident.incident) for line in found]


_SHARED: dict[str, Any] = {"filter": IncidentFilterBody, "select": _incidents, "request_of": remedy}
KINDS: tuple[Kind, ...] = (
    asking("incident.retry", "try again what stopped", request=Retrying, **_SHARED),
    asking("incident.skip", "let what stopped count as done", request=SkippingIt, **_SHARED),
    asking("incident.throw_error", "throw a business error instead", request=ThrowingInstead, **_SHARED),
    calling_off(
        asking("incident.cancel", "call off the case, or the branch that stopped", request=CallingOff, **_SHARED)
    ),
)
