"""How is it taken back that a patient has died?"""

from collections.abc import Iterable
from functools import partial

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.alive import take_back_death
from api.deps import Answer, Changing, said
from api.patients import require_their_patient
from api.safeguarded_messages import require_index
from api.seeing import those_of_mine
from api.shapes.base import case_link
from api.shapes.deaths import AliveView
from api.shapes.referrals import Reason

router = APIRouter(prefix="/patients", tags=["Messages"])


@router.post("/{patient_id}/alive", response_model=AliveView, summary="Take back a death")
async def alive(change: Changing, patient_id: str, body: Reason) -> JSONResponse:
    """Say, with the reason, that a patient who was said to have died has not: what is for them leaves again.

    What has ended or was called off does not begin by itself: coordinators of the cases are told.
    """
    require_index(change.visit)

    async def once() -> Answer:
        await require_their_patient(change.visit, patient_id)
        found = await take_back_death(change, patient_id, body.reason)
        mine = await those_of_mine(change.visit, (*found.running, *found.ended))

        def links(case_ids: Iterable[str]) -> list[str]:
            return [case_link(each) for each in case_ids if each in mine]

        return said(AliveView(patient_id=patient_id, running=links(found.running), ended=links(found.ended)))

    return await change.once(once, may=partial(require_their_patient, change.visit, patient_id))
