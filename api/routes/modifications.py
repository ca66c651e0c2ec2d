"""How is a case changed by hand? Its tokens, its steps, where it goes on: foreseen first, applied whole or not at all.

Administrators of who holds the case only. What the engine refuses is a problem that says why, and nothing has changed.
"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.asking import Asking, ask_or_foresee
from api.caught import require_catcher
from api.completing import completed_values
from api.deps import Change, Changing
from api.holding import require_holder
from api.modifying import activation_of, changes_of
from api.second_signer import second_signature
from api.shapes.modifications import Completion, ErrorThrowing, ForeseenView, Modification, Restart, Skipping
from api.shapes.tasks import Changed
from records.tables import Task
from workflows.contract.requests import CompleteTask, Modify, Request, Skip, ThrowError
from workflows.engine.authority import BY_HAND
from workflows.engine.changes import CompleteActivation, RestartAt

router = APIRouter(prefix="/cases", tags=["Modification"])
Done = Changed | ForeseenView
ByHand = Modification | Completion | Skipping | ErrorThrowing | Restart


@router.post("/{case_id:path}/modify", response_model=Done, summary="Change where the tokens are")
async def modify(change: Changing, case_id: str, body: Modification) -> JSONResponse:
    """Cancel, add, move and complete tokens, set variables, begin again: all changes together, or none."""

    async def request() -> Request:
        return Modify(await changes_of(change.here, case_id, body.changes), body.reason, change.me.id)

    return await _by_hand(change, case_id, request, "case.modified", body, changes=[each.kind for each in body.changes])


@router.post("/{case_id:path}/complete", response_model=Done, summary="Complete a step for someone")
async def complete(change: Changing, case_id: str, body: Completion) -> JSONResponse:
    """Complete a task with the values of its form, or any step with its result, for whoever was to do it."""

    async def request() -> Request:
        return await _completion(change, case_id, body)

    return await _by_hand(change, case_id, request, "case.completed_for", body, target=body.activation)


@router.post("/{case_id:path}/skip", response_model=Done, summary="Let a step count as done")
async def skip(change: Changing, case_id: str, body: Skipping) -> JSONResponse:
    """Let a step count as done, with results that are given; its mappings are not evaluated."""

    async def request() -> Request:
        activation = await activation_of(change.here, case_id, body.activation)
        return Skip(activation, body.reason, change.me.id, dict(body.variables))

    return await _by_hand(change, case_id, request, "case.skipped", body, target=body.activation)


@router.post("/{case_id:path}/throw-error", response_model=Done, summary="Throw a business error at a step")
async def throw_error(change: Changing, case_id: str, body: ErrorThrowing) -> JSONResponse:
    """Throw an error that the diagram catches, instead of what a step was about to do."""

    async def request() -> Request:
        activation = await activation_of(change.here, case_id, body.activation)
        await require_catcher(change.here, case_id, activation, body.code)
        return ThrowError(activation, body.code, body.reason, change.me.id, body.message, dict(body.variables))

    return await _by_hand(change, case_id, request, "case.error_thrown", body, target=body.activation)


@router.post("/{case_id:path}/restart", response_model=Done, summary="Begin again at a step")
async def restart(change: Changing, case_id: str, body: Restart) -> JSONResponse:
    """End everything in the scope of an element and begin again there."""
    again = RestartAt(body.element, body.scope, dict(body.variables))
    request = Modify((again,), body.reason, change.me.id)
    return await _by_hand(change, case_id, request, "case.restarted", body, target=body.element)


async def _completion(change: Change, case_id: str, body: Completion) -> Request:
    """A task is completed with what its form takes, for its holder; any other step as it stands."""
    activation = await activation_of(change.here, case_id, body.activation)
    async with change.here.database.reader() as session:
        task = await session.get(Task, (case_id, activation))
    values = dict(body.values) if task is None else await completed_values(change.here, task, body.values)
    holder = task.assignee if task is not None and task.assignee != change.me.id else None
    on_behalf_of = body.on_behalf_of or holder
    if task is not None:
        await second_signature(change.visit, task, values, on_behalf_of or "")
    if task is None or not on_behalf_of:
        return Modify((CompleteActivation(activation, values),), body.reason, change.me.id)
    return CompleteTask(activation, change.me.id, values, on_behalf_of, BY_HAND)


async def _by_hand(
    change: Change, case_id: str, asking: Asking, action: str, body: ByHand, **detail: str | list[str]
) -> JSONResponse:
    change.visit.require(allowed=change.here.access.administers(change.me), what="change cases by hand")
    await require_holder(change.visit, case_id, what="change steps")
    return await ask_or_foresee(change, case_id, asking, action, dry_run=body.dry_run, reason=body.reason, **detail)
