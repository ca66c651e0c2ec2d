"""How does a clinician open a case in an emergency, and who watches over that?"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.breaking_glass import open_case
from api.deps import Answer, Asked, Changing, said
from api.paging import Paged
from api.seeing import no_case
from api.shapes.access import BreakGlassBody, BreakGlassPage, BreakGlassView, break_glass_view
from api.sides import side_of, working_roles
from policy.matrix import matrix
from records.queries.broken_glass import glasses_broken
from records.queries.case import process_variables
from records.tables import Case
from records.writes.parties import sealed_by

router = APIRouter(tags=["Break-glass"])


@router.post(
    "/cases/{case_id:path}/break-glass",
    status_code=201,
    response_model=BreakGlassView,
    summary="See a case in an emergency",
)
async def break_it(change: Changing, case_id: str, body: BreakGlassBody) -> JSONResponse:
    """See the whole of a case that is not mine, for four hours; a privacy officer reviews it. Clinicians only."""
    allowed = matrix().may_break_glass(working_roles(change.me), change.me.purpose)
    change.visit.require(allowed=allowed, what="break the glass")

    async def once() -> Answer:
        async with change.here.database.reader() as session:
            case = await session.get(Case, case_id)
            closed = case is None or await sealed_by(session, case.root_case_id)
        if case is None or closed:
            raise no_case(case_id)
        return said(break_glass_view(await open_case(change, case, body.reason)), 201)

    return await change.once(once)


@router.get("/break-glass", summary="Who broke the glass")
async def broken(asked: Asked, paged: Paged) -> BreakGlassPage:
    """Give one page of whose cases were opened by whom and why, the newest first: for their privacy officers."""
    allowed = asked.me.has_any(asked.here.access.review_access)
    asked.require(allowed=allowed, what="read who broke the glass")
    async with asked.here.database.reader() as session:
        side = side_of(asked, any_age=True)
        found, total = await glasses_broken(session, side, limit=paged.size, offset=paged.offset)
        shown = [
            break_glass_view(
                grant, review, (await process_variables(session, review)).get("decision") if review else None
            )
            for grant, review in found
        ]
    await asked.read("break_glass.read", cases=sorted({grant.root_case_id for grant, _ in found}))
    return BreakGlassPage(items=shown, **paged.of(total))
