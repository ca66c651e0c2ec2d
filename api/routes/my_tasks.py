"""What is asked of me as a patient or carer? Agreeing to a plan, choosing, consenting, saying how I am.

Where a diagram lets the patient decide (`patient`, `carer` in the pool of a task), the answer is theirs alone, read
and answered like any task, by the form that was pinned with the case.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Asked
from api.ids import task_id
from api.own_record import side_of_patients
from api.patient_view import definition_of, preferred_language
from api.routes.my import Language
from api.shapes.base import Shape, case_link, task_link
from api.sides import patient_roles
from api.task_sight import PLAN
from pathways.patient_texts import step_reason, step_text, title
from records.queries.worklist import WorklistFilter, WorklistItem, worklist
from records.tables import Case, Task

router = APIRouter(prefix="/my", tags=["Patients and carers"])
MOST = 200


class MyTask(Shape):
    """Something that is asked of a patient: what, why, in which case, until when. `links`: its form, and the answer."""

    id: str
    about: str
    text: str
    why: str
    asked_at: AwareDatetime
    expected_by: AwareDatetime | None
    links: dict[str, str]


@router.get("/tasks", summary="What is asked of me")
async def tasks(
    asked: Asked, language: Language = None, limit: Annotated[int, Query(ge=1, le=MOST)] = MOST
) -> list[MyTask]:
    """Give what I, or those whose plan I may see, are asked to decide or to tell, what is due first before."""
    side = await side_of_patients(asked, seeing=PLAN)
    found: tuple[WorklistItem, ...] = ()
    if side.patients:
        mine = patient_roles(asked.me)
        async with asked.here.database.reader() as session:
            found = (await worklist(session, WorklistFilter(roles=mine, side=side, own_record=mine), limit=limit)).items
    await asked.read("my.tasks_read", cases=sorted({each.task.root_case_id for each in found}))
    spoken = language or await preferred_language(asked)
    async with asked.here.database.reader() as session:
        return [await _view(session, each.task, spoken) for each in found]


async def _view(session: AsyncSession, task: Task, language: str) -> MyTask:
    definition = await definition_of(session, await session.get_one(Case, task.case_id))
    node, link = definition.nodes[task.element], task_link(task.case_id, task.activation)
    return MyTask(
        id=task_id(task.case_id, task.activation),
        about=title(definition, language),
        text=step_text(definition, node, language) or task.title,
        why=step_reason(definition, node, language),
        asked_at=task.created_at,
        expected_by=task.due_at,
        links={"case": f"/my{case_link(task.root_case_id)}", "form": link, "answer": f"{link}/complete"},
    )
