"""How does a message reach a service whose system is away? As a page that whoever has the task phones or faxes."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.deps import Asked, Visit
from api.letter import HEADERS
from api.problems import Problem
from api.shapes.tasks import UNSENT
from api.task_sight import task_for
from api.unsent import NOTHING, unsent_by
from api.unsent_page import unsent_page
from records.tables import Task

router = APIRouter(prefix="/tasks", tags=["Tasks"])
PRINTED = "referral.printed"


@router.get(
    "/{identifier}/printable",
    summary="A message that did not leave, as a page",
    response_class=HTMLResponse,
    responses={409: {"description": "Nothing of it may be sent, or nothing is left to send: `detail` says why."}},
)
async def printable(asked: Asked, identifier: str) -> HTMLResponse:
    """Give what the late step would have sent as a page to print, to whoever holds the task to bring it by hand.

    Nobody else reads it, whatever their role sees: it is clinical text for this one purpose, and audited as such.
    """
    task = await _held(asked, identifier)
    unsent = await unsent_by(asked.here, task.root_case_id)
    about = {"patient_id": unsent.patient_id, "recipient": unsent.service_id, "classes": list(unsent.payload.classes)}
    work = unsent.work
    await asked.read(PRINTED, work.case_id, activation=work.activation, task=identifier, **about)
    return HTMLResponse(unsent_page(unsent, on=asked.here.clock().date()), headers=HEADERS)


async def _held(asked: Visit, identifier: str) -> Task:
    """The task, of the process for what is unsent, while it is open and theirs by name.

    Raises:
        Problem: 404 and 403 as of every task, 403 also when they have not claimed it; 409, it is done.
    """
    found, sight = await task_for(asked, identifier)
    asked.require(allowed=sight.do, what="do this task")
    if found.root is None or found.root.key != UNSENT:
        raise Problem("not-found", NOTHING)
    if not found.task.is_open:
        raise Problem("not-open", "The task is done; what it was about is no longer printed.")
    asked.require(allowed=found.task.assignee == asked.me.id, what="print this before they have claimed the task")
    return found.task
