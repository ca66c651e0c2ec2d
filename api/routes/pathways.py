"""Which pathways are published, in which versions, and would this diagram be accepted?"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.params import Path

from api.deps import Asked, Here
from api.problems import Problem
from api.shapes.base import LARGEST
from api.shapes.pathways import Check, FindingView, PathwayView, pathway_view
from api.sides import working_roles
from pathways.bpmn.findings import is_error
from pathways.check import check_source
from records.database import Database
from records.queries.library import active_definition, active_definitions, version_of
from records.tables import PublishedDefinition

router = APIRouter(prefix="/pathways", tags=["Pathways"])
BPMN = "application/xml"
Version = Annotated[int, Path(ge=1, le=LARGEST)]


@router.get("", summary="Published pathways")
async def listed(asked: Asked) -> list[PathwayView]:
    """Give the active version of every pathway."""
    async with asked.here.database.reader() as session:
        return [pathway_view(row) for row in await active_definitions(session)]


@router.post(
    "/check",
    summary="Check a diagram",
    openapi_extra={"requestBody": {"required": True, "content": {BPMN: {"schema": {"type": "string"}}}}},
)
async def check(asked: Asked, request: Request) -> Check:
    """Give every finding about a BPMN file; nothing is published. What it calls and its forms are not looked up.

    For staff: proving a diagram takes the processor for a while.
    """
    asked.require(allowed=bool(working_roles(asked.me)), what="check diagrams")
    source, name = await request.body(), f"uploaded by {asked.me.name}"
    found = await asyncio.to_thread(  # proving takes the processor for a while
        check_source, source, file=name, strictness="publication"
    )
    findings = [FindingView.model_validate(finding) for finding in found]
    return Check(publishable=not any(map(is_error, found)), findings=findings)


@router.get("/{key}", summary="A pathway")
async def pathway(asked: Asked, key: str) -> PathwayView:
    """Give the version that new cases start with."""
    async with asked.here.database.reader() as session:
        found = await active_definition(session, key)
    if found is None:
        raise Problem("not-found", f"There is no pathway '{key[:100]}'.")
    return pathway_view(found)


@router.get(
    "/{key}/versions/{version}/bpmn",
    summary="The diagram as BPMN",
    responses={200: {"content": {BPMN: {}}, "description": "The file."}},
    response_class=Response,
)
async def bpmn(here: Here, _asked: Asked, key: str, version: Version) -> Response:
    """Give the `.bpmn` file as it was published."""
    found = await published(here.database, key, version)
    return Response(found.bpmn, media_type=BPMN)


async def published(database: Database, key: str, version: int) -> PublishedDefinition:
    """Give one published version.

    Raises:
        Problem: there is none.
    """
    async with database.reader() as session:
        found = await version_of(session, key, version)
    if found is None:
        raise Problem("not-found", f"There is no version {version} of the pathway '{key[:100]}'.")
    return found
