"""Where does a case stand, and how is it changed from outside its tasks?

Ids of called cases hold `/` and `#`, so the id is a path: what follows it (`/timeline`, `/cancel`, …) comes first here.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.asking import ask_or_foresee
from api.data_sight import sees_variables
from api.delivery import Inbound, deliver, post_of
from api.deps import Answer, Asked, Changing, said
from api.foreseeing import definitions_known
from api.holding import require_holder
from api.modifying import activation_of
from api.paging import Paged
from api.patients import require_patient
from api.redacting import shown, shown_in_each
from api.routes.messages import outcome
from api.seeing import case_for
from api.shapes.cases import (
    Cancellation,
    CasesPage,
    CaseView,
    DateChange,
    TimelineView,
    VariableChange,
    case_line,
    case_view,
    timeline_entry,
)
from api.shapes.exchange import MessageOutcome
from api.shapes.modifications import ForeseenView
from api.shapes.tasks import Changed
from api.sides import side_of, working_roles
from api.step_titles import entries_without_titles, line_without_title, unnamed_in, without_titles
from records.queries.api_cases import cases_of
from records.queries.cases import CaseFilter
from records.queries.cases import cases as all_cases
from records.queries.people import key_worker
from records.queries.timeline import timeline
from workflows.contract.requests import CancelCase, Modify, Request, SetVariables
from workflows.engine.changes import SetScopeVariables

router = APIRouter(prefix="/cases", tags=["Cases"])
DATE_CHANGED = "treatment.date_changed"
Done = Changed | ForeseenView


@router.get("", summary="Cases")
async def cases(
    asked: Asked,
    paged: Paged,
    pathway: str | None = None,
    status: str | None = None,
    urgency: str | None = None,
    referral: Annotated[str | None, Query(description="a referral id")] = None,
    stuck: bool | None = None,
    incident: bool | None = None,
    step: Annotated[str | None, Query(description="an element of a diagram at which they wait")] = None,
) -> CasesPage:
    """Give one page of cases of my organisation, the newest first: all if I oversee them, else those I take part in."""
    wanted, side = CaseFilter(pathway, status, urgency, referral, stuck, incident, step), side_of(asked)
    async with asked.here.database.reader() as session:
        if asked.here.access.oversees(asked.me):
            found = await all_cases(session, wanted, side, limit=paged.size, offset=paged.offset)
        else:
            roles = working_roles(asked.me)
            found = await cases_of(session, wanted, side, roles=roles, limit=paged.size, offset=paged.offset)
    await asked.read("cases.read", cases=[line.case.case_id for line in found.items])
    unnamed = await unnamed_in(asked, [line.case.root_case_id for line in found.items])
    lines = [case_line(line_without_title(line, unnamed)) for line in found.items]
    return CasesPage(items=lines, **paged.of(found.total))


@router.get("/{case_id:path}/timeline", summary="What happened")
async def what_happened(
    asked: Asked,
    case_id: str,
    everything: Annotated[bool, Query(description="also what only an administrator wants to see")] = False,
) -> list[TimelineView]:
    """Give what happened in a case and in those it called, the oldest first."""
    found = await case_for(asked, case_id, "case.timeline_read")
    with_detail = await sees_variables(asked, found.case)
    async with asked.here.database.reader() as session:
        entries = await timeline(session, case_id, quiet=not everything)
    told = entries_without_titles(entries, await unnamed_in(asked, (found.case.root_case_id,)))
    return [timeline_entry(entry, with_detail=with_detail) for entry in told]


@router.post("/{case_id:path}/cancel", response_model=Done, summary="Call a case off")
async def cancel(change: Changing, case_id: str, body: Cancellation) -> JSONResponse:
    """Call a whole case off; administrators of who holds it only."""
    change.visit.require(allowed=change.here.access.administers(change.me), what="cancel cases")
    await require_holder(change.visit, case_id, what="cancel cases")
    request = CancelCase(body.reason, change.me.id)
    return await ask_or_foresee(change, case_id, request, "case.cancelled", dry_run=body.dry_run, reason=body.reason)


@router.post("/{case_id:path}/variables", response_model=Done, summary="Change variables of a case")
async def set_variables(change: Changing, case_id: str, body: VariableChange) -> JSONResponse:
    """Change variables of the process, or of an open scope; administrators of who holds the case only; audited."""
    change.visit.require(allowed=change.here.access.administers(change.me), what="change variables")
    await require_holder(change.visit, case_id, what="change variables")

    async def request() -> Request:
        if not body.scope:
            return SetVariables(dict(body.variables), change.me.id, body.reason)
        scope = await activation_of(change.here, case_id, body.scope)
        return Modify((SetScopeVariables(scope, dict(body.variables)),), body.reason, change.me.id)

    detail = {"names": sorted(body.variables), "scope": body.scope, "reason": body.reason}
    return await ask_or_foresee(change, case_id, request, "case.variables_set", dry_run=body.dry_run, **detail)


@router.post("/{case_id:path}/dates", response_model=MessageOutcome, summary="Move a date of treatment")
async def change_date(change: Changing, case_id: str, body: DateChange) -> JSONResponse:
    """Tell a case that a treatment has a new date: what is due before it moves along."""
    change.visit.require(allowed=change.here.access.may_send_messages(change.me), what="move dates")
    await case_for(change.visit, case_id, "case.date_changed")
    await require_patient(change.visit, body.variables)

    async def once() -> Answer:
        payload = body.model_dump(mode="json", exclude={"variables"})
        message = Inbound(
            name=DATE_CHANGED,
            correlation_key=case_id,
            message_id=f"{DATE_CHANGED}:{change.update_id}",
            variables={**body.variables, **payload},
            case_id=case_id,
        )
        delivered = await deliver(post_of(change.here), message, actor=change.me.id)
        return said(await outcome(change.visit, delivered))

    return await change.once(once)


@router.get("/{case_id:path}", summary="Where a case stands")
async def case(asked: Asked, case_id: str) -> CaseView:
    """Give what a case waits for and since when and until when, how far it escalated, and the cases it called."""
    found = await case_for(asked, case_id, "case.read", who_referred=True)
    found = without_titles(found, await unnamed_in(asked, (found.case.root_case_id,)))
    cases = {each.case_id: each for each in (found.case, *found.called)}
    reads = await shown_in_each(asked, [(cases[row.case_id], row.read) for row in found.incidents])
    visible = {(row.case_id, row.incident): read.values for row, read in zip(found.incidents, reads, strict=True)}
    known = await definitions_known(asked.here, {cases[key].sha256 for key, _ in visible})
    definitions = {key: known.get(cases[key].sha256) for key, _ in visible}
    seen = case_view(found, await shown(asked, found.case, found.variables), visible, definitions)
    async with asked.here.database.reader() as session:
        named = await key_worker(session, found.case.root_case_id, at=asked.here.clock())
    return seen.model_copy(update={"key_worker": named.name}) if named else seen
