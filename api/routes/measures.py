"""How did a number change from review to review: pain, mouth opening, weight?

Ids of called cases hold `/` and `#`, so the id is a path: this comes before the route of the case itself.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.deps import Asked
from api.redacting import shown
from api.seeing import case_for
from api.shapes.base import Shape
from records.queries.measures import measured

router = APIRouter(prefix="/cases", tags=["Cases"])


class MeasureView(Shape):
    """A number as it was noted at a time."""

    at: AwareDatetime
    value: float


class MeasuresView(Shape):
    """How a number changed in a case; `change`: from the first to the last, null with fewer than two."""

    name: str
    values: list[MeasureView]
    change: float | None
    withheld: bool


@router.get("/{case_id:path}/measures", summary="How a number changed")
async def measures(
    asked: Asked,
    case_id: str,
    name: Annotated[str, Query(min_length=1, max_length=200, description="a variable of the case")] = "pain_nrs",
) -> MeasuresView:
    """Give every number that a variable of the case was given, as far as its class of data is mine to see.

    By default the pain that patients tell at each review, 0 to 10.
    """
    found = await case_for(asked, case_id, "case.measures_read")
    if name not in (await shown(asked, found.case, {name: None})).values:
        return MeasuresView(name=name, values=[], change=None, withheld=True)
    async with asked.here.database.reader() as session:
        noted = await measured(session, found.case, name)
    values = [MeasureView(at=each.at, value=each.value) for each in noted]
    change = values[-1].value - values[0].value if len(values) > 1 else None
    return MeasuresView(name=name, values=values, change=change, withheld=False)
