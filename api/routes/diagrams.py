"""How does a pathway look, and where do the tokens of a case stand? Pictures made from the published `.bpmn`."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from api.deps import Asked
from api.problems import Problem
from api.routes.pathways import Version, published
from api.seeing import case_for
from api.step_titles import Unnamed, unnamed_in
from pathways.picture import render_svg
from records.database import Database
from records.queries.api_cases import done_elements
from records.queries.case import CaseDetail, tokens
from records.queries.library import definition_by_sha256

router = APIRouter(tags=["Diagrams"])
SVG = "image/svg+xml"
PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {SVG: {}}, "description": "The picture."}}


@router.get(
    "/pathways/{key}/versions/{version}/diagram.svg", summary="The diagram", responses=PICTURE, response_class=Response
)
async def of_pathway(asked: Asked, key: str, version: Version) -> Response:
    """Give the picture of a published version."""
    found = await published(asked.here.database, key, version)
    return _picture(_drawn(found.bpmn))


@router.get(
    "/cases/{case_id:path}/diagram.svg",
    summary="The diagram with the tokens of a case",
    responses=PICTURE,
    response_class=Response,
)
async def of_case(asked: Asked, case_id: str) -> Response:
    """Give the picture of a case: where it is, what stopped, what is done."""
    found = await case_for(asked, case_id, "case.diagram_read")
    unnamed = await unnamed_in(asked, (found.case.root_case_id,))
    return _picture(await case_svg(asked.here.database, found, unnamed))


async def case_svg(database: Database, found: CaseDetail, unnamed: Unnamed) -> str:
    """Draw a case on its own version of the diagram; empty where that was published without a drawing.

    `unnamed`: steps of which is not shown where they stand.
    """
    case = found.case
    async with database.reader() as session:
        definition = await definition_by_sha256(session, case.sha256)
        highlights = dict.fromkeys(await done_elements(session, case.case_id), "done")
        highlights |= {token.element: "active" for token in await tokens(session, case.case_id)}
    if definition is None:
        raise LookupError(f"definition {case.sha256} of case {case.case_id} is not published")
    stopped = {each.element: "incident" for each in found.incidents if each.case_id == case.case_id}
    shown = {at: how for at, how in {**highlights, **stopped}.items() if not unnamed.has(case.case_id, at)}
    return _drawn(definition.bpmn, shown)


def _drawn(bpmn: str, highlights: Mapping[str, str] | None = None) -> str:
    """Draw a diagram; empty where the file says what the steps are and not where they stand."""
    try:
        return render_svg(bpmn.encode(), highlights=highlights)
    except ValueError:
        return ""


def _picture(svg: str) -> Response:
    if not svg:
        raise Problem("not-found", "This version was published without a drawing of its diagram.")
    return Response(svg, media_type=SVG)
