"""How does who books complete several booking tasks of one patient in one request?"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.bookings import booked, chosen_tasks, filled_in, is_done, require_all_accepted, require_way_between
from api.deps import Answer, Changing, said
from api.one_plan import cases_seen
from api.shapes.bookings import Bookings, BookingsBody
from records.writes.idempotency import Proceed

router = APIRouter(prefix="/patients", tags=["Tasks"])


@router.post(
    "/{patient_id}/bookings",
    response_model=Bookings,
    summary="Book several appointments of a patient at once",
    responses={
        409: {"description": "A case refuses, or would: nothing was booked."},
        422: {"description": "Nothing was booked: `errors` names the task, and the field, by their place."},
    },
)
async def book(change: Changing, patient_id: str, body: BookingsBody) -> JSONResponse:
    """Complete open tasks of mine that book appointments of one patient: all of them, or none as far as it is foreseen.

    Before the first is booked, every form is checked, every case is asked whether it would accept, and no visit is
    closer to another than the directory says (`visits`). Should a case refuse at its turn all the same, `bookings` says
    which are booked and which are not. The same key never books twice. Each booking is in the audit by itself.
    """
    visit = change.visit
    cases = await cases_seen(visit, patient_id, what="book for a patient")
    chosen = await chosen_tasks(visit, {case.case_id for case in cases}, body.bookings)

    async def once(begun: Proceed) -> Answer:
        done = [each for each in chosen if begun.again and is_done(visit, each)]
        left = await filled_in(visit, [each for each in chosen if each not in done])
        if not done:
            if not body.close_together:
                await require_way_between(visit, cases, left)
            await require_all_accepted(visit, left)
        ready = {each.place: each for each in (*done, *left)}
        made = await booked(visit, [ready[each.place] for each in chosen], change.update_id, again=begun.again)
        links = {"plan": f"/patients/{patient_id}/plan"}
        number = sum(each.became == "booked" for each in made)
        return said(Bookings(patient_id=patient_id, booked=number, bookings=made, links=links))

    return await change.once_begun(once)
