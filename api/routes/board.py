"""Where does every case stand? A board: open cases by pathway and by the step at which they wait."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from api.deps import Asked
from api.one_plan import visible_cases
from api.shapes.base import Shape
from api.sides import working_roles
from records.queries.board import Standing, Step, board

router = APIRouter(tags=["Cases"])


class StepOnBoard(Shape):
    """A step at which cases wait; one that waits at two steps counts at both. `process`: whose diagram has the step.

    `kind`: task, work, message, timer or event. `overdue`: cases that should have gone on from here by now. `since`: of
    the one that waits longest.
    """

    step: str
    element: str
    process: str
    kind: str
    of: str
    cases: int
    overdue: int
    next_due: AwareDatetime | None
    since: AwareDatetime
    link: str = Field(description="the cases, one line each")


class PathwayOnBoard(Shape):
    """The open cases of a pathway, each counted once, those that they called folded in; the step due first first."""

    pathway: str
    pathway_name: str
    cases: int
    stuck: int
    incident: int
    link: str = Field(description="the cases, one line each")
    steps: list[StepOnBoard]


@router.get("/board", summary="Where every case stands")
async def where_all_stand(
    asked: Asked, pathway: Annotated[str | None, Query(description="only this one")] = None
) -> list[PathwayOnBoard]:
    """Count the open cases by pathway and step: of my organisation if I oversee them, else those I take part in."""
    asked.require(allowed=bool(working_roles(asked.me)), what="read the board")
    async with asked.here.database.reader() as session:
        found = await board(session, visible_cases(asked), now=asked.here.clock(), pathway=pathway)
    await asked.read("board.read")
    return [_pathway(each) for each in found]


def _pathway(found: Standing) -> PathwayOnBoard:
    return PathwayOnBoard(
        pathway=found.pathway,
        pathway_name=found.name,
        cases=found.cases,
        stuck=found.stuck,
        incident=found.incident,
        link=_cases(pathway=found.pathway),
        steps=[_step(found.pathway, each) for each in found.steps],
    )


def _step(pathway: str, found: Step) -> StepOnBoard:
    return StepOnBoard(
        step=found.title,
        element=found.element,
        process=found.process,
        kind=found.kind,
        of=found.role,
        cases=found.cases,
        overdue=found.overdue,
        next_due=found.next_due,
        since=found.since,
        link=_cases(pathway=pathway, step=found.element),
    )


def _cases(**by: str) -> str:
    return f"/cases?{urlencode({'status': 'running', **by})}"
