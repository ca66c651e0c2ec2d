"""How is a case changed by hand? Its tokens, its steps, where it goes on: foreseen first, applied whole or not at all.

Administrators only. What the engine refuses is a problem that says why, and nothing has changed.
"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.asking import ask_or_foresee
from api.completing import completed_values
from api.deps import Change, Changing
from api.modifying import activation_of, changes_of
from api.shapes.modifications import Completion, ErrorThrowing, ForeseenView, Modification, Restart, Skipping
from api.shapes.tasks import Changed
from records.tables import Task
from workflows.contract.requests import CompleteTask, Modify, Request, Skip, ThrowError
from workflows.engine.changes import CompleteActivation, RestartAt

router = APIRouter(prefix="/cases", tags=["Modification"])
Done = Changed | ForeseenView


@router.post("/{case_id:path}/modify", response_model=Done, summary="Change where the tokens are")
async def modify(change: Changing, case_id: str, body: Modification) -> JSONResponse:
    """Cancel, add, move and complete tokens, set variables, begin again: all changes together, or none."""
    _allow(change)
    request = Modify(await changes_of(change.here, case_id, body.changes), body.reason, change.me.id)
    kinds = [each.kind for each in body.changes]
    return await ask_or_foresee(
        change, case_id, request, "case.modified", dry_run=body.dry_run, changes=kinds, reason=body.reason
    )


@router.post("/{case_id:path}/complete", response_model=Done, summary="Complete a step for someone")
async def complete(change: Changing, case_id: str, body: Completion) -> JSONResponse:
    """Complete a task with the values of its form, or any step with its result, for whoever was to do it."""
    _allow(change)
    activation = await activation_of(change.here, case_id, body.activation)
    request = await _completion(change, case_id, activation, body)
    for_whom = request.on_behalf_of if isinstance(request, CompleteTask) else ""
    return await ask_or_foresee(
        change,
        case_id,
        request,
        "case.completed_for",
        dry_run=body.dry_run,
        activation=activation,
        on_behalf_of=for_whom,
        reason=body.reason,
    )


@router.post("/{case_id:path}/skip", response_model=Done, summary="Let a step count as done")
async def skip(change: Changing, case_id: str, body: Skipping) -> JSONResponse:
    """Let a step count as done, with results that are given; its mappings are not evaluated."""
    _allow(change)
    activation = await activation_of(change.here, case_id, body.activation)
    request = Skip(activation, body.reason, change.me.id, dict(body.variables))
    return await _ask(change, case_id, request, "case.skipped", body, activation)


@router.post("/{case_id:path}/throw-error", response_model=Done, summary="Throw a business error at a step")
async def throw_error(change: Changing, case_id: str, body: ErrorThrowing) -> JSONResponse:
    """Throw an error that the diagram catches, instead of what a step was about to do."""
    _allow(change)
    activation = await activation_of(change.here, case_id, body.activation)
    request = ThrowError(activation, body.code, body.reason, change.me.id, body.message, dict(body.variables))
    return await _ask(change, case_id, request, "case.error_thrown", body, activation)


@router.post("/{case_id:path}/restart", response_model=Done, summary="Begin again at a step")
async def restart(change: Changing, case_id: str, body: Restart) -> JSONResponse:
    """End everything in the scope of an element and begin again there."""
    _allow(change)
    again = RestartAt(body.element, body.scope, dict(body.variables))
    request = Modify((again,), body.reason, change.me.id)
    return await _ask(change, case_id, request, "case.restarted", body, body.element)


async def _completion(change: Change, case_id: str, activation: str, body: Completion) -> Request:
    """A task is completed with what its form takes; any other step as it stands."""
    async with change.here.database.reader() as session:
        task = await session.get(Task, (case_id, activation))
    if task is None:
        return Modify((CompleteActivation(activation, dict(body.values)),), body.reason, change.me.id)
    values = await completed_values(change.here, task, body.values)
    holder = task.assignee if task.assignee != change.me.id else ""
    on_behalf_of = body.on_behalf_of or holder or ""
    if not on_behalf_of:
        return Modify((CompleteActivation(activation, values),), body.reason, change.me.id)
    return CompleteTask(activation, change.me.id, values, on_behalf_of)


async def _ask(
    change: Change, case_id: str, request: Request, action: str, body: Skipping | ErrorThrowing | Restart, target: str
) -> JSONResponse:
    return await ask_or_foresee(
        change, case_id, request, action, dry_run=body.dry_run, target=target, reason=body.reason
    )


def _allow(change: Change) -> None:
    change.visit.require(allowed=change.here.access.administers(change.me), what="change cases by hand")
