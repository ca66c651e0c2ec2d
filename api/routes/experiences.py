"""How did the collaboration go? Patients, carers and clinicians tell it of a case of theirs, and say who may read it.

Nobody is asked. What is not shared is read by its author alone; what is shared by `read_experiences` of `roles.yaml`,
without the case, and without who told it unless they allowed that.
"""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.experiences import Teller, tell
from api.own_record import patient_case_for, patients_for
from api.paging import Paged
from api.patient_view import ENGLISH, MESSAGES, language_of
from api.problems import Problem
from api.seeing import case_for
from api.shapes.experiences import (
    ExperienceBody,
    ExperienceState,
    ExperienceTold,
    OwnExperience,
    SharedPage,
    Sharing,
    own_view,
    shared_view,
    state_view,
)
from api.sides import side_of, treats, working_roles
from pathways.patient_texts import in_language, words
from policy.matrix import matrix
from records.queries.experience import experiences_of, shared_experiences
from records.tables import Case, Experience
from records.writes.experience import share_experience, withdraw_experience

router = APIRouter(tags=["Experiences"])
MOST = 200
STATUS = "status"
"""Who reads how collaboration goes sees, for the purpose they come with, how cases stand."""


@router.post(
    "/my/cases/{case_id:path}/experiences",
    status_code=201,
    response_model=ExperienceTold,
    summary="Tell how my care together went",
)
async def tell_of_my_case(change: Changing, case_id: str, body: ExperienceBody) -> JSONResponse:
    """Tell how those who look after me worked together; I say whether it is shared, and take it back when I want."""
    found, sight = await patient_case_for(change.visit, case_id, "my.experience_told")
    change.visit.require(allowed=MESSAGES in sight.classes, what="tell how the care of this patient went")
    teller = Teller("carer" if sight.proxy else "patient", sight.patient_id)
    language = await language_of(change.visit, sight, None)
    return await change.once(partial(_told, change, found.case, teller, body, language))


@router.post(
    "/cases/{case_id:path}/experiences",
    status_code=201,
    response_model=ExperienceTold,
    summary="Tell how the collaboration went",
)
async def tell_of_a_case(change: Changing, case_id: str, body: ExperienceBody) -> JSONResponse:
    """Tell how we worked together in a case in which I take part as a clinician."""
    found = await case_for(change.visit, case_id, "case.read")
    change.visit.require(allowed=treats(change.me), what="tell how the collaboration went: clinicians do")
    return await change.once(partial(_told, change, found.case, Teller("clinician"), body, ENGLISH))


async def _told(change: Change, case: Case, teller: Teller, body: ExperienceBody, language: str) -> Answer:
    row, is_red = await tell(change, case, teller, body)
    spoken = words().advice["urgent"] if is_red else words().experience["shared" if row.shared else "kept"]
    view = state_view(row)
    return said(ExperienceTold(experience=view, red_flag=is_red, advice=in_language(spoken, language)), 201)


@router.get("/experiences", summary="What was shared")
async def shared(asked: Asked, paged: Paged) -> SharedPage:
    """Give one page of what was told and shared in cases of my organisation, the newest first. Leads only."""
    sees = matrix().seen_by(working_roles(asked.me), asked.me.purpose)
    allowed = asked.me.has_any(asked.here.access.read_experiences) and STATUS in sees
    asked.require(allowed=allowed, what="read what people told of the collaboration")
    async with asked.here.database.reader() as session:
        found, total = await shared_experiences(session, side_of(asked), limit=paged.size, offset=paged.offset)
    await asked.read("experiences.read", cases=sorted({row.root_case_id for row, _ in found}))
    return SharedPage(items=[shared_view(row, case) for row, case in found], **paged.of(total))


@router.get("/experiences/mine", summary="What I told")
async def mine(asked: Asked, limit: Annotated[int, Query(ge=1, le=MOST)] = MOST) -> list[OwnExperience]:
    """Give what I told, and what my carers told of me, the newest first."""
    ids = await _own_ids(asked)
    async with asked.here.database.reader() as session:
        found = await experiences_of(session, asked.me.id, ids, limit=limit)
    await asked.read("experiences.own_read", cases=sorted({row.root_case_id for row in found}))
    return [own_view(row, me=asked.me.id) for row in found]


@router.post("/experiences/{experience_id}/sharing", response_model=ExperienceState, summary="Say who may read it")
async def share(change: Changing, experience_id: str, body: Sharing) -> JSONResponse:
    """Let whoever leads read what I told from now on, with or without my name, or no longer. Its author only."""
    ids = await _own_ids(change.visit)

    async def once() -> Answer:
        async with change.here.database.session() as session:
            row = await _own(session, change.visit, ids, experience_id)
            change.visit.require(allowed=row.told_by == change.me.id, what="share what somebody else told")
            if row.withdrawn_at:
                raise Problem("not-now", "It was taken back: tell it anew.")
            await share_experience(session, row, shared=body.shared, named=body.named)
            await change.visit.audit(session, "experience.sharing_changed", row.root_case_id, shared=row.shared)
        return said(state_view(row))

    return await change.once(once)


@router.post("/experiences/{experience_id}/withdraw", response_model=ExperienceState, summary="Take it back")
async def withdraw(change: Changing, experience_id: str) -> JSONResponse:
    """Take back what I told, or what a carer told of me: nobody reads it any more, and its words are gone."""
    ids = await _own_ids(change.visit)

    async def once() -> Answer:
        async with change.here.database.session() as session:
            row = await _own(session, change.visit, ids, experience_id)
            await withdraw_experience(session, row, now=change.here.clock())
            await change.visit.audit(session, "experience.withdrawn", row.root_case_id)
        return said(state_view(row))

    return await change.once(once)


async def _own(session: AsyncSession, asked: Visit, ids: tuple[str, ...], experience_id: str) -> Experience:
    found = await experiences_of(session, asked.me.id, ids, only=experience_id)
    if not found:
        raise Problem("not-found", "There is nothing that you told under this id.")
    return found[0]


async def _own_ids(asked: Visit) -> tuple[str, ...]:
    """Every id under which somebody is known as a patient themselves."""
    return tuple(each for sight in await patients_for(asked) if not sight.proxy for each in sight.ids)
