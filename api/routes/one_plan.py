"""Which problems has a patient, and what is planned for all of them? One plan, over the cases that I may see."""

from fastapi import APIRouter

from api.deps import Asked
from api.one_plan import DateAhead, ProblemView, cases_seen, itinerary, problems
from api.shapes.base import Shape

router = APIRouter(prefix="/patients", tags=["Cases"])
LATEST = 100
"""Problems of one plan; of more, those that are over longest are left out."""


class OnePlan(Shape):
    """The problems of a patient, open ones first, and the dates of all of them in one list."""

    patient_id: str
    problems: list[ProblemView]
    itinerary: list[DateAhead]


@router.get("/{patient_id}/plan", summary="All problems of a patient, in one plan")
async def one_plan(asked: Asked, patient_id: str) -> OnePlan:
    """Give what the matter is, what is planned, who does what next, and every date, over the cases that I may see."""
    cases = (await cases_seen(asked, patient_id, what="read the plan of a patient"))[:LATEST]
    await asked.read("patient_plan.read", cases=[case.case_id for case in cases], patient_id=patient_id)
    return OnePlan(
        patient_id=patient_id, problems=await problems(asked, cases), itinerary=await itinerary(asked, cases)
    )
