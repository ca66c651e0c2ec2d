"""What stopped, and what is done about it? One list of all incidents; retry, skip, an error instead, call off."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import Field

from api.asking import ask_or_foresee
from api.batches import Job, Target
from api.deps import Asked, Change, Changing, Visit
from api.foreseeing import definitions_known
from api.holding import is_for_holders, require_holder
from api.ids import case_and_activation
from api.paging import Paged
from api.problems import Problem
from api.redacting import shown_in_each
from api.remedies import CallingOff, Retrying, SkippingIt, ThrowingInstead, remedy
from api.seeing import those_of_mine
from api.shapes.base import Body
from api.shapes.incidents import IncidentsPage, IncidentView, incident
from api.shapes.modifications import DryRun, ForeseenView, Reason
from api.shapes.tasks import Changed
from api.sides import side_of
from api.step_titles import UNNAMED, unnamed_in
from records.queries.incidents import IncidentFilter, IncidentLine, incident_line, incident_page
from workflows.contract.requests import Request
from workflows.engine.state import IncidentKind

router = APIRouter(prefix="/incidents", tags=["Incidents"])
Done = Changed | ForeseenView
LONGEST = timedelta(days=36_500)
"""Nothing here is older than a hundred years."""


class RetryBody(Retrying):
    """Variables to change before it is tried again."""

    dry_run: DryRun = False
    reason: str = Field(default="", max_length=1_000, description="stays in the timeline and the audit")


class SkipBody(SkippingIt):
    """Why it counts as done, and with which results."""

    reason: Reason
    dry_run: DryRun = False


class ErrorBody(ThrowingInstead):
    """Which error is thrown instead, and why."""

    reason: Reason
    dry_run: DryRun = False


class CancelBody(CallingOff):
    """What is called off, and why."""

    reason: Reason
    dry_run: DryRun = False


@router.get("", summary="Open incidents")
async def listed(
    asked: Asked,
    paged: Paged,
    kind: IncidentKind | None = None,
    pathway: str | None = None,
    element: str | None = None,
    case: Annotated[str | None, Query(description="a case id; with the cases it called")] = None,
    older_than: Annotated[timedelta | None, Query(ge=timedelta(), le=LONGEST, description="ISO 8601: PT1H")] = None,
    text: Annotated[str | None, Query(description="in its reason or the name of its step")] = None,
) -> IncidentsPage:
    """Give one page of open incidents, the oldest first, each with what can be done about it."""
    asked.require(allowed=asked.here.access.oversees(asked.me), what="read incidents")
    before = None if older_than is None else asked.here.clock() - older_than
    wanted = IncidentFilter(None, case, kind, pathway, element, before, text)
    async with asked.here.database.reader() as session:
        found, total = await incident_page(session, wanted, side_of(asked), limit=paged.size, offset=paged.offset)
    await asked.read("incidents.read", cases=sorted({line.incident.case_id for line in found}))
    return IncidentsPage(items=await _shown(asked, found), **paged.of(total))


@router.get("/{identifier}", summary="An incident")
async def one(asked: Asked, identifier: str) -> IncidentView:
    """Give an incident, open or not, with what can be done about it."""
    asked.require(allowed=asked.here.access.oversees(asked.me), what="read incidents")
    line = await _line(asked, identifier)
    await asked.read("incident.read", line.incident.case_id, incident=line.incident.incident)
    return (await _shown(asked, [line]))[0]


@router.post("/{identifier}/retry", response_model=Done, summary="Try again what stopped")
async def retry(change: Changing, identifier: str, body: RetryBody) -> JSONResponse:
    """Try again exactly what stopped, after changing variables if given; administrators only."""
    return await _remedy(change, identifier, "incident.retry", body, body.reason, dry_run=body.dry_run)


@router.post("/{identifier}/skip", response_model=Done, summary="Let what stopped count as done")
async def skip(change: Changing, identifier: str, body: SkipBody) -> JSONResponse:
    """Let the step count as done, with results that are given; administrators only."""
    return await _remedy(change, identifier, "incident.skip", body, body.reason, dry_run=body.dry_run)


@router.post("/{identifier}/throw-error", response_model=Done, summary="Throw a business error instead")
async def throw_error(change: Changing, identifier: str, body: ErrorBody) -> JSONResponse:
    """Throw an error that the diagram catches, instead of what the step was about to do; administrators only."""
    return await _remedy(change, identifier, "incident.throw_error", body, body.reason, dry_run=body.dry_run)


@router.post("/{identifier}/cancel", response_model=Done, summary="Call off the case, or the branch that stopped")
async def cancel(change: Changing, identifier: str, body: CancelBody) -> JSONResponse:
    """Call the whole case off, or end the branch that stopped; administrators only."""
    return await _remedy(change, identifier, "incident.cancel", body, body.reason, dry_run=body.dry_run)


async def _remedy(
    change: Change, identifier: str, action: str, body: Body, reason: str, *, dry_run: bool
) -> JSONResponse:
    change.visit.require(allowed=change.here.access.administers(change.me), what="resolve incidents")
    row = (await _line(change.visit, identifier)).incident
    if is_for_holders(action, body):
        await require_holder(change.visit, row.case_id, what="resolve an incident, but by trying again,")
    job, target = Job(body, reason, change.me.id), Target(row.case_id, row.incident)

    async def request() -> Request:
        return await remedy(change.here, job, target)

    detail = {"incident": row.incident, "reason": reason}
    return await ask_or_foresee(change, row.case_id, request, action, dry_run=dry_run, **detail)


async def _line(asked: Visit, identifier: str) -> IncidentLine:
    named = case_and_activation(identifier)
    if named is None:
        raise Problem("not-found", f"'{identifier[:64]}' is not the id of an incident.")
    async with asked.here.database.reader() as session:
        found = await incident_line(session, *named)
    if found is None or not await those_of_mine(asked, [found.case.case_id]):
        raise Problem("not-found", "There is no such incident.")
    return found


async def _shown(asked: Visit, lines: Sequence[IncidentLine]) -> list[IncidentView]:
    reads = await shown_in_each(asked, [(line.case, line.incident.read) for line in lines])
    definitions = await definitions_known(asked.here, {line.case.sha256 for line in lines})
    unnamed = await unnamed_in(asked, {line.case.root_case_id for line in lines})
    views = [
        incident(
            each.incident, each.case.process_scope, definitions.get(each.case.sha256), case=each.case, read=read.values
        )
        for each, read in zip(lines, reads, strict=True)
    ]
    return [_without_title(view) if unnamed.has(view.case_id, view.element) else view for view in views]


def _without_title(view: IncidentView) -> IncidentView:
    """Of a step that may not be named what kind of incident it is, since when, and what can be done."""
    return view.model_copy(update={"step": UNNAMED, "element": "", "activation": "", "reason": "", "read": None})
