"""What has the patient of a case written down? Read by those who look after them, at once where it is a red flag."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.data_sight import classes_in
from api.deps import Asked
from api.patient_view import MESSAGES, journal_line
from api.seeing import case_for
from api.shapes.my import JournalLine
from policy.matrix import EVERYTHING
from records.queries.patient_view import journal_in
from records.queries.people import is_in_care_team

router = APIRouter(tags=["People"])
MOST = 200


@router.get("/cases/{case_id:path}/journal", summary="What the patient wrote down")
async def journal(asked: Asked, case_id: str, limit: Annotated[int, Query(ge=1, le=MOST)] = MOST) -> list[JournalLine]:
    """Give what the patient or a carer wrote down in a case, the newest first: to those who may read its messages."""
    found = await case_for(asked, case_id, "journal.read")
    root, classes = found.case.root_case_id, await classes_in(asked, found.case)
    async with asked.here.database.reader() as session:
        looks_after = await is_in_care_team(session, root, asked.me.id, at=asked.here.clock())
        written = await journal_in(session, root, limit=limit)
    asked.require(allowed=looks_after or not classes.isdisjoint((MESSAGES, EVERYTHING)), what="read this journal")
    return [journal_line(entry) for entry in written]
