"""Which clocks run in a case, and how does a person move, stop and resume them? Each with a reason that is kept."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.asking import Asking, ask_or_foresee
from api.deps import Asked, Change, Changing
from api.foreseeing import definition_of
from api.modifying import activation_of
from api.seeing import case_for
from api.shapes.modifications import ForeseenView
from api.shapes.tasks import Changed
from api.shapes.timers import ClockChange, ClockMove, ClockView, clocks
from api.step_titles import UNNAMED, Unnamed, unnamed_in
from records.queries.clocks import clocks_of
from workflows.contract.requests import MoveTimer, Request, ResumeClock, StopClock

router = APIRouter(prefix="/cases", tags=["Timers"])
Done = Changed | ForeseenView


@router.get("/{case_id:path}/timers", summary="Which clocks run")
async def timers(asked: Asked, case_id: str) -> list[ClockView]:
    """Give the clocks of a case, the earliest due first; called cases have their own."""
    case = (await case_for(asked, case_id, "case.timers_read")).case
    definition = await definition_of(asked.here, case.sha256)
    async with asked.here.database.reader() as session:
        found = await clocks_of(session, case_id)
    unnamed = await unnamed_in(asked, (case.root_case_id,))
    return [_without_title(each, case_id, unnamed) for each in clocks(definition, found, now=asked.here.clock())]


@router.post("/{case_id:path}/timers/{target}/move", response_model=Done, summary="Give a clock another time")
async def move(change: Changing, case_id: str, target: str, body: ClockMove) -> JSONResponse:
    """Move a timer, or the due time of a step with its ladder; the reason stays in the timeline."""

    async def request() -> Request:
        named = await activation_of(change.here, case_id, target)
        return MoveTimer(named, body.due_at, body.reason, change.me.id)

    return await _done(change, case_id, request, "case.timer_moved", target, body)


@router.post("/{case_id:path}/timers/{target}/pause", response_model=Done, summary="Stop a clock")
async def pause(change: Changing, case_id: str, target: str, body: ClockChange) -> JSONResponse:
    """Let a timer, or all clocks of a step, stand still; what remains of their time remains."""

    async def request() -> Request:
        return StopClock(await activation_of(change.here, case_id, target), body.reason, change.me.id)

    return await _done(change, case_id, request, "case.clock_stopped", target, body)


@router.post("/{case_id:path}/timers/{target}/resume", response_model=Done, summary="Let a clock run on")
async def resume(change: Changing, case_id: str, target: str, body: ClockChange) -> JSONResponse:
    """Let what was stopped run on, with what remained of its time."""

    async def request() -> Request:
        return ResumeClock(await activation_of(change.here, case_id, target), body.reason, change.me.id)

    return await _done(change, case_id, request, "case.clock_resumed", target, body)


def _without_title(clock: ClockView, case_id: str, unnamed: Unnamed) -> ClockView:
    """Of a step that may not be named when it is due; who does not know what stands still moves it not."""
    if not unnamed.has(case_id, clock.activation.partition("#")[0]):
        return clock
    return clock.model_copy(update={"target": "", "activation": "", "step": UNNAMED, "what": "", "links": {}})


async def _done(
    change: Change, case_id: str, request: Asking, action: str, target: str, body: ClockMove | ClockChange
) -> JSONResponse:
    change.visit.require(allowed=change.here.access.may_move_clocks(change.me), what="move clocks")
    detail = {"target": target, "reason": body.reason}
    return await ask_or_foresee(change, case_id, request, action, dry_run=body.dry_run, **detail)
