"""How does a signal come in from outside? To every case that waits for it, and to every process that it begins."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.broadcast import Broadcasted, broadcast
from api.delivery import post_of
from api.deps import Answer, Sending, said
from api.patients import require_patient
from api.seeing import those_of_mine
from api.shapes.exchange import SignalBody, SignalOutcome
from api.shapes.tasks import opened
from api.sides import scope_of, side_of
from workflows.contract.requests import DeliverSignal

router = APIRouter(tags=["Messages"])


@router.post("/signals", response_model=SignalOutcome, summary="Broadcast a signal")
async def send(change: Sending, body: SignalBody) -> JSONResponse:
    """Tell a signal to all cases at once; the same id twice is one signal, and nobody keeps it for later."""
    change.visit.require(allowed=change.here.access.may_broadcast(change.me), what="broadcast signals")
    await require_patient(change.visit, body.variables)
    change = change.owing()
    signal = DeliverSignal(body.name, scope_of(change.visit) + body.signal_id, body.variables, change.me.id)

    async def once() -> Answer:
        told = await broadcast(post_of(change.here), signal, side_of(change.visit).organisations)
        async with change.here.database.session() as session:
            await change.visit.audit(
                session,
                "signal.broadcast",
                signal_id=told.signal_id,
                name=body.name,
                reached=len(told.reached),
                begun=len(told.begun),
            )
        return said(await _outcome(change, told))

    return await change.once(once)


async def _outcome(change: Sending, told: Broadcasted) -> SignalOutcome:
    """Whom it reached, of the cases of the person's organisation."""
    mine = await those_of_mine(change.visit, [*told.reached, *told.begun, *(task.case_id for task in told.opened)])
    return SignalOutcome(
        signal_id=told.signal_id.removeprefix(scope_of(change.visit)),
        reached=[case_id for case_id in told.reached if case_id in mine],
        begun=[case_id for case_id in told.begun if case_id in mine],
        opened=[opened(task) for task in told.opened if task.case_id in mine],
    )
