"""What do those who work with a pathway say about its steps, and what do its designers answer?"""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.paging import Paged
from api.problems import Problem
from api.shapes.base import LARGEST
from api.shapes.feedback import FeedbackAnswer, FeedbackBody, FeedbackPage, FeedbackView
from api.sides import side_of, working_roles
from api.task_sight import task_for
from records.queries.feedback import FeedbackFilter, feedback_on, version_run_by
from records.tables import StepFeedback, Task
from records.upsert import insert_missing

router = APIRouter(tags=["Feedback"])
ID_LENGTH = 32


@router.post("/tasks/{identifier}/feedback", status_code=201, response_model=FeedbackView, summary="Say what is wrong")
async def give(change: Changing, identifier: str, body: FeedbackBody) -> JSONResponse:
    """Tell the designers of a pathway that a step is not right: it keeps step and version, and names no case.

    A danger for a patient is no feedback: raise a concern about the task.
    """
    change.visit.require(allowed=bool(working_roles(change.me)), what="give feedback on pathways")
    found, _ = await task_for(change.visit, identifier)

    async def once() -> Answer:
        row = await _row(change, found.task, body)
        async with change.here.database.session() as session:
            await insert_missing(session, row)
            await change.visit.audit(session, "feedback.given", found.task.case_id, feedback=row.feedback_id)
        return said(FeedbackView.model_validate(row), 201)

    return await change.once(once)


async def _row(change: Change, task: Task, body: FeedbackBody) -> StepFeedback:
    async with change.here.database.reader() as session:
        run = await version_run_by(session, task.case_id)
    if run is None:
        raise Problem("not-found", "The version of the pathway that this task is part of is not published here.")
    return StepFeedback(
        feedback_id=change.update_id[:ID_LENGTH],
        pathway=run[0],
        version=run[1],
        element=task.element,
        title=task.title,
        about=body.about,
        text=body.text,
        given_by=change.me.id,
        given_by_name=change.me.name,
        organisation=change.me.organisation,
        given_at=change.here.clock(),
    )


@router.get("/pathways/{pathway}/feedback", summary="What is said about the steps of a pathway")
async def listed(
    asked: Asked,
    pathway: str,
    paged: Paged,
    version: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    status: Literal["open", "answered", "closed"] | None = None,
) -> FeedbackPage:
    """Give one page of remarks, the newest first: those of my organisation to overseers, else my own.

    Administrators of the installation's own organisation, who publish pathways, read those of all.
    """
    asked.require(allowed=bool(working_roles(asked.me)), what="read feedback on pathways")
    wanted = FeedbackFilter(
        pathway,
        version,
        status,
        organisations=None if _designs(asked) else side_of(asked).organisations,
        given_by=None if asked.here.access.oversees(asked.me) else asked.me.id,
    )
    async with asked.here.database.reader() as session:
        found, total = await feedback_on(session, wanted, limit=paged.size, offset=paged.offset)
    await asked.read("feedback.read", pathway=pathway, feedback=[each.feedback_id for each in found])
    return FeedbackPage(items=[FeedbackView.model_validate(each) for each in found], **paged.of(total))


def _designs(asked: Visit) -> bool:
    return asked.here.access.administers(asked.me) and not asked.me.organisation


@router.post("/feedback/{feedback_id}/answer", response_model=FeedbackView, summary="Answer feedback")
async def answer(change: Changing, feedback_id: str, body: FeedbackAnswer) -> JSONResponse:
    """Say what becomes of a remark; whoever gave it reads the answer in the list. Overseers and administrators."""
    change.visit.require(allowed=change.here.access.oversees(change.me), what="answer feedback on pathways")

    async def once() -> Answer:
        async with change.here.database.session() as session:
            row = await session.get(StepFeedback, feedback_id, with_for_update=True)
            if row is None or not (_designs(change.visit) or row.organisation in side_of(change.visit).organisations):
                raise Problem("not-found", f"There is no feedback '{feedback_id[:64]}'.")
            row.answer, row.status = body.answer, "closed" if body.close else "answered"
            row.answered_by, row.answered_at = change.me.id, change.here.clock()
            session.add(row)
            await change.visit.audit(session, "feedback.answered", feedback=feedback_id, closed=body.close)
            view = FeedbackView.model_validate(row)
        return said(view)

    return await change.once(once)
