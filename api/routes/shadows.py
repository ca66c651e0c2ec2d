"""What would a new version have done with what really happened? Run beside the real cases, without any effect."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.deps import Answer, Change, Changing, said
from api.foreseeing import definition_of
from api.problems import Problem
from api.shadowing import Candidate, run_in_shadow
from api.shapes.shadows import ShadowBody, ShadowReport
from api.sides import side_of
from api.uploads import files_of, publications_of
from pathways.bpmn.model import Definition
from records.queries.library import active_processes
from records.queries.shadow import ShadowSelection
from records.queries.versions import sha256_of

router = APIRouter(prefix="/pathways", tags=["Pathways"])
EITHER = "Name the candidate: a published `version`, or its `files`."


@router.post("/{pathway}/shadow", response_model=ShadowReport, summary="Run a version in the shadow of real cases")
async def shadowed(change: Changing, request: Request, pathway: str, body: ShadowBody) -> JSONResponse:
    """Give what really came to cases to a candidate version too, and say where each would leave its way.

    Nothing is started, sent or changed. Of a case whose record does not carry what is needed, it says so and why.
    Administrators only; ended cases are played as long as their organisation may read them.
    """
    change.visit.require(allowed=change.here.access.administers(change.me), what="run versions in the shadow")
    if (body.version is None) == (body.files is None):
        raise Problem("invalid", EITHER, errors=[{"where": "version", "message": EITHER}])

    async def once() -> Answer:
        candidate = await _candidate(change, request, pathway, body)
        side = side_of(change.visit)
        report = await run_in_shadow(change.here, candidate, _selection(pathway, body, candidate), side, most=body.most)
        cases = [each.case_id for each in report.cases]
        await change.visit.read("pathway.shadowed", pathway=pathway, version=body.version, cases=cases)
        return said(report)

    return await change.once(once)


async def _candidate(change: Change, request: Request, pathway: str, body: ShadowBody) -> Candidate:
    if body.version is None:
        return Candidate(await _drawn(change, request, pathway), None, body.map)
    async with change.here.database.reader() as session:
        sha256 = await sha256_of(session, pathway, body.version)
    if sha256 is None:
        raise Problem("not-found", f"There is no version {body.version} of the pathway '{pathway[:100]}'.")
    return Candidate(await definition_of(change.here, sha256), body.version, body.map)


async def _drawn(change: Change, request: Request, pathway: str) -> Definition:
    """Give what was sent, as it would be published; nothing is kept."""
    files = await files_of(request)
    async with change.here.database.reader() as session:
        known = await active_processes(session)
    found = await publications_of(files, published=known, undone="nothing was run")
    drawn = next((each.definition for each in found if each.key == pathway), None)
    if drawn is None:
        raise Problem("not-found", f"None of the files holds the pathway '{pathway[:100]}'.")
    return drawn


def _selection(pathway: str, body: ShadowBody, candidate: Candidate) -> ShadowSelection:
    chosen = body.filter
    return ShadowSelection(
        pathway=pathway,
        but=candidate.definition.sha256,
        versions=None if body.versions == "all" else tuple(body.versions),
        cases=None if chosen.cases is None else tuple(chosen.cases),
        running=None if chosen.status == "all" else chosen.status == "running",
        urgency=chosen.urgency,
        started_after=chosen.started_after,
        started_before=chosen.started_before,
        called=chosen.called,
    )
