"""Who looks after the patient of a case? The care team, with one named key worker at a time."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.data_sight import classes_in
from api.deps import Answer, Asked, Change, Changing, said
from api.problems import Problem
from api.seeing import case_for, those_of_mine
from api.shapes.people import MemberBody, MemberView
from policy.matrix import EVERYTHING
from records.queries.case import CaseDetail
from records.queries.people import care_team
from records.tables import CareTeamMember
from records.writes.people import join_care_team, leave_care_team

router = APIRouter(tags=["People"])
ID_LENGTH = 32


@router.get("/cases/{case_id:path}/care-team", summary="Who looks after the patient")
async def team(asked: Asked, case_id: str) -> list[MemberView]:
    """Give the care team of a case now, the key worker first."""
    found = await case_for(asked, case_id, "care_team.read")
    async with asked.here.database.reader() as session:
        members = await care_team(session, found.case.root_case_id, at=asked.here.clock())
    return [MemberView.model_validate(member) for member in members]


@router.post(
    "/cases/{case_id:path}/care-team", status_code=201, response_model=MemberView, summary="Join the care team"
)
async def join(change: Changing, case_id: str, body: MemberBody) -> JSONResponse:
    """Let somebody look after the case; they see it from now on. A new key worker follows the one before.

    Who oversees names others: whoever looks after a case reads its messages and journal. So does a guest from elsewhere
    who sees the case by a task, until that is done.
    """
    found = await _to_change(change, case_id)
    if body.person == change.me.id:
        change.visit.require(allowed=await _treats_here(change, found), what="name themselves: somebody else does")
    row = CareTeamMember(
        member_id=change.update_id[:ID_LENGTH],
        root_case_id=found.case.root_case_id,
        person=body.person,
        name=body.name,
        role=body.role,
        since=change.here.clock(),
        recorded_by=change.me.id,
    )

    async def once() -> Answer:
        async with change.here.database.session() as session:
            if await join_care_team(session, row):
                await change.visit.audit(session, "care_team.joined", case_id, person=row.person, role=row.role)
        return said(MemberView.model_validate(row), 201)

    return await change.once(once)


@router.post(
    "/cases/{case_id:path}/care-team/{member_id}/leave", response_model=MemberView, summary="Leave the care team"
)
async def leave(change: Changing, case_id: str, member_id: str) -> JSONResponse:
    """Note that somebody no longer looks after the case."""
    found = await _to_change(change, case_id)

    async def once() -> Answer:
        async with change.here.database.session() as session:
            row = await session.get(CareTeamMember, member_id)
            if row is None or row.root_case_id != found.case.root_case_id:
                raise Problem("not-found", "There is nobody of this care team under this id.")
            left = await leave_care_team(session, row, now=change.here.clock())
            await change.visit.audit(session, "care_team.left", case_id, person=row.person, role=row.role)
            return said(MemberView.model_validate(left))

    return await change.once(once)


async def _treats_here(change: Change, found: CaseDetail) -> bool:
    """Whether they see all clinical data of the case, and not only as a guest."""
    case, mine = found.case, await those_of_mine(change.visit, [found.case.root_case_id])
    return bool(mine) and EVERYTHING in await classes_in(change.visit, case)


async def _to_change(change: Change, case_id: str) -> CaseDetail:
    """The case, for whoever oversees it or sees all of its clinical data."""
    found = await case_for(change.visit, case_id, "care_team.read")
    allowed = change.here.access.oversees(change.me) or EVERYTHING in await classes_in(change.visit, found.case)
    change.visit.require(allowed=allowed, what="change the care team of this case")
    return found
