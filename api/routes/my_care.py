"""What helps a patient beside their plan? Texts for their steps, how their team works, and what is asked of them.

Ids of called cases hold `/`, so the id is a path: these routes come before that of the case itself.
"""

from fastapi import APIRouter

from api.deps import Asked
from api.education import education_for
from api.one_plan import place_of
from api.own_record import PatientSight, patient_case_for, side_of_patients
from api.patient_team import team_page
from api.patient_view import APPOINTMENTS, Look, definition_of, language_of, preferred_language
from api.routes.my import Language
from api.shapes.base import case_link
from api.shapes.education import Education, TeamPage
from api.shapes.my import DateOfCase
from api.task_sight import PLAN
from pathways.patient_texts import in_language, title, words
from records.queries.case import CaseDetail
from records.queries.one_plan import Dated, dates_of
from records.queries.own_record import cases_of_patients

router = APIRouter(prefix="/my", tags=["Patients and carers"])


@router.get("/itinerary", summary="All my dates")
async def my_itinerary(asked: Asked, language: Language = None) -> list[DateOfCase]:
    """Give every date of every case about me, and about those I care for, in one list, the earliest first."""
    side, spoken = await side_of_patients(asked, seeing=APPOINTMENTS), language or await preferred_language(asked)
    async with asked.here.database.reader() as session:
        cases = await cases_of_patients(session, side) if side.patients else ()
        titles = {case.case_id: title(await definition_of(session, case), spoken) for case in cases}
        dates = await dates_of(session, titles, words().dates)
    await asked.read("my.itinerary_read", cases=sorted(titles))
    return [_date(each, titles[each.case.root_case_id], spoken) for each in dates]


def _date(dated: Dated, about: str, language: str) -> DateOfCase:
    return DateOfCase(
        what=in_language(words().dates[dated.name], language),
        at=dated.at,
        place=place_of(dated, dated.variables),
        title=about,
        link=f"/my{case_link(dated.case.root_case_id)}",
    )


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
