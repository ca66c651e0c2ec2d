"""Where does the Temporal UI's link lead? To the page of a case."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import Asked
from api.page import POLICY, case_page
from api.routes.diagrams import case_svg
from api.seeing import case_for
from api.step_titles import entries_without_titles, unnamed_in, without_titles
from records.queries.timeline import timeline

router = APIRouter(prefix="/cases", tags=["Cases"])


@router.get("/{case_id:path}/page", summary="A case in the browser", response_class=HTMLResponse)
async def page(asked: Asked, request: Request, case_id: str) -> HTMLResponse:
    """Give the page of a case; in the demo a browser may bring its token as `?access_token=`."""
    found = await case_for(asked, case_id, "case.page_read")
    async with asked.here.database.reader() as session:
        entries = await timeline(session, case_id)
    unnamed = await unnamed_in(asked, (found.case.root_case_id,))
    told = entries_without_titles(entries, unnamed)
    svg = await case_svg(asked.here.database, found, unnamed)
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(case_page(without_titles(found, unnamed), told, svg=svg, query=query), headers=headers)
