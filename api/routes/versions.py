"""Which versions does a pathway have, what changed between them, and which one do new cases start with?"""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Answer, Asked, Change, Changing, Sending, said
from api.description import described
from api.paging import Paged
from api.problems import Problem
from api.routes.pathways import Version, published
from api.shapes.pathways import (
    FindingView,
    PathwayView,
    Publication,
    VersionList,
    pathway_view,
    published_view,
    version_view,
)
from api.sides import side_of
from api.uploads import files_of, publications_of
from pathways import catalogue
from pathways.diff import diff
from pathways.diff_text import readable
from records.queries.library import active_processes, forms_of, parsed, versions
from records.tables import PublishedDefinition
from records.writes.publications import activate, publish_together

router = APIRouter(prefix="/pathways", tags=["Pathways"])
FILES = {"files": {"no_show/pathway.bpmn": "<bpmn:definitions …", "no_show/contact.form": "{…"}}


@router.post(
    "",
    status_code=201,
    response_model=Publication,
    summary="Publish pathways",
    openapi_extra=described("object", FILES),
)
async def publish(
    change: Sending,
    request: Request,
    dry_run: Annotated[bool, Query(description="say what would be published; change nothing")] = False,
) -> JSONResponse:
    """Publish BPMN, DMN and form files together, all or none: as JSON `{"files": {name: text}}` or as multipart.

    One folder is one pathway. A called process is found among them, else in the active versions. 422 says every
    finding with file and line; 200: nothing of it was new, or it was a dry run.
    """
    change.visit.require(allowed=change.here.access.administers(change.me), what="publish pathways")
    files = await files_of(request)

    async def once() -> Answer:
        async with change.here.database.reader() as session:
            known = await active_processes(session)
        publications = await publications_of(files, published=known, undone="nothing was published")
        return await (_foreseen if dry_run else _stored)(change, publications)

    return await change.once(once)


async def _stored(change: Change, publications: list[catalogue.Publication]) -> Answer:
    async with change.here.database.session() as session:
        rows = await publish_together(session, publications, actor=change.me.id, now=change.here.clock())
        for row, is_new in rows:
            await change.visit.audit(session, "pathway.published", pathway=row.key, version=row.version, new=is_new)
    return said(_shown(rows, publications), 201 if any(is_new for _, is_new in rows) else 200)


async def _foreseen(change: Change, publications: list[catalogue.Publication]) -> Answer:
    """Publish, look at it, and take it back before anybody else can see it."""
    async with change.here.database.session() as session:
        rows = await publish_together(session, publications, actor=change.me.id, now=change.here.clock())
        shown = _shown(rows, publications)
        await session.rollback()
    await change.visit.read("pathway.published.foreseen", pathways=sorted(each.key for each in shown.published))
    return said(shown)


def _shown(
    rows: Sequence[tuple[PublishedDefinition, bool]], publications: Sequence[catalogue.Publication]
) -> Publication:
    findings = [FindingView.model_validate(finding) for each in publications for finding in each.findings]
    return Publication(published=[published_view(row, is_new=is_new) for row, is_new in rows], findings=findings)


@router.get("/{key}/versions", summary="Versions of a pathway")
async def listed(asked: Asked, key: str, page: Paged) -> VersionList:
    """Give the versions of a pathway, the newest first, and to overseers how many of their cases run on each."""
    async with asked.here.database.reader() as session:
        found = await versions(session, key, side_of(asked), limit=page.size, offset=page.offset)
    if not found.total:
        raise Problem("not-found", f"There is no pathway '{key[:100]}'.")
    oversees = asked.here.access.oversees(asked.me)
    items = [
        version_view(row, running=found.running.get(row.sha256, 0) if oversees else None) for row in found.versions
    ]
    return VersionList(items=items, **page.of(found.total))


@router.get("/{key}/versions/{a}/diff/{b}", summary="What changed between two versions")
async def difference(asked: Asked, key: str, a: Version, b: Version) -> dict[str, Any]:
    """Give the semantic difference as data, and as `text` for people."""
    old, new = await published(asked.here.database, key, a), await published(asked.here.database, key, b)
    async with asked.here.database.reader() as session:
        forms = [await _schemas(session, row) for row in (old, new)]
    found = diff(parsed(old), parsed(new), old_forms=forms[0], new_forms=forms[1])
    return {"same": found.same, "text": readable(found), **jsonable_encoder(found)}


async def _schemas(session: AsyncSession, row: PublishedDefinition) -> dict[str, Any]:
    return {name: json.loads(form.form_schema) for name, form in (await forms_of(session, parsed(row))).items()}


@router.post(
    "/{pathway}/versions/{version}/activate", response_model=PathwayView, summary="Start new cases with a version"
)
async def activated(change: Changing, pathway: str, version: Version) -> JSONResponse:
    """Let new cases start with this version, also an older one; cases that run keep theirs. Administrators only."""
    change.visit.require(allowed=change.here.access.administers(change.me), what="activate versions of pathways")

    async def once() -> Answer:
        async with change.here.database.session() as session:
            row = await activate(session, pathway, version)
            if row is None:
                raise Problem("not-found", f"There is no version {version} of the pathway '{pathway[:100]}'.")
            await change.visit.audit(session, "pathway.activated", pathway=pathway, version=row.version)
        return said(pathway_view(row))

    return await change.once(once)
