"""What helps a patient beside their plan? Texts for their steps, how their team works, and what is asked of them.

Ids of called cases hold `/`, so the id is a path: these routes come before that of the case itself.
"""

from fastapi import APIRouter

from api.deps import Asked
from api.education import education_for
from api.patient_team import team_page
from api.patient_view import Look, language_of
from api.routes.my import Language
from api.seeing import PLAN, PatientSight, patient_case_for
from api.shapes.education import Education, TeamPage
from records.queries.case import CaseDetail

router = APIRouter(prefix="/my", tags=["Patients and carers"])


@router.get("/cases/{case_id:path}/education", summary="What helps with my steps")
async def education(asked: Asked, case_id: str, language: Language = None) -> Education:
    """Give education, decision aids and local help for the steps that I am at or come to."""
    found, sight = await patient_case_for(asked, case_id, "my.education_read")
    asked.require(allowed=PLAN in sight.classes, what="read what helps with the plan of this case")
    return await education_for(await _look(asked, found, sight, language))


@router.get("/cases/{case_id:path}/team", summary="How my team works")
async def team(asked: Asked, case_id: str, language: Language = None) -> TeamPage:
    """Give who leads, who takes part, how the team decides together, and how to reach it."""
    found, sight = await patient_case_for(asked, case_id, "my.team_read")
    asked.require(allowed=PLAN in sight.classes, what="read who looks after this patient")
    return await team_page(await _look(asked, found, sight, language))


async def _look(asked: Asked, found: CaseDetail, sight: PatientSight, language: str | None) -> Look:
    return Look(asked, found, sight, await language_of(asked, sight, language))
