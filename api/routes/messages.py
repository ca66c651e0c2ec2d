"""How do results, appointments and other messages come in, and what became of them?"""

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.amending import AMENDED
from api.answering_abort import ABORT_ANSWERED, require_answer
from api.critical_results import CRITICAL
from api.delivery import Delivered, Inbound, deliver, post_of
from api.deps import Answer, Asked, Change, Sending, Visit, said
from api.frozen_clocks import MARKED
from api.patients import require_keys, require_patient
from api.problems import Problem
from api.reach import ABOUT_A_PATIENT
from api.safeguarded_messages import MERGED, require_index
from api.seeing import those_of_mine
from api.shapes.exchange import AppointmentBody, MessageBody, MessageOutcome, MessageView, ResultBody, message_view
from api.shapes.tasks import opened
from api.sides import scope_of, side_of
from api.wrong_patient import RIGHT
from records.queries.routing import messages

router = APIRouter(tags=["Messages"])
SEALS = "POST /referrals/{id}/wrong-patient seals such a case, …/lifted opens it again."
SAID_ELSEWHERE = {
    MARKED: SEALS,
    RIGHT: SEALS,
    AMENDED: "POST /referrals/{id}/report/amendments is for whoever has written the report.",
}
"""What is said by addresses of its own, which also look at who says it, and never by a message: and which ones."""

RESULTS = {"imaging": "imaging.report", "pathology": "pathology.report", "lab": "lab.result"}
Status = Literal["received", "delivered", "buffered", "expired", "ignored", "unmatched", "duplicate", "taken_back"]
NOT_DELIVERED = ("received", "unmatched", "duplicate")
UNMATCHED: dict[int | str, dict[str, Any]] = {
    202: {
        "model": MessageOutcome,
        "description": "No case is known by its key, or its id was used for another content: people see it.",
    }
}


@router.post("/messages", response_model=MessageOutcome, responses=UNMATCHED, summary="Send a message")
async def send(change: Sending, body: MessageBody) -> JSONResponse:
    """Bring a message to the case that waits for it, or that knows its key; the same id twice is one message."""
    message = Inbound(body.name, body.correlation_key, body.message_id, body.variables, body.ttl)
    return await _deliver(change, message)


@router.post("/results", response_model=MessageOutcome, responses=UNMATCHED, summary="Send a result")
async def result(change: Sending, body: ResultBody) -> JSONResponse:
    """Bring a report to the case that ordered it; preliminary, final and amended reports are three messages."""
    report = body.model_dump(mode="json", exclude={"variables", "kind", "patient"})
    message = Inbound(
        name=RESULTS[body.kind],
        correlation_key=body.order_id,
        message_id=f"{RESULTS[body.kind]}:{body.order_id}:{body.report_id}:{body.status}",
        variables={
            "report": report,
            **({"category": body.category} if body.category else {}),
            **({"alert_flag": CRITICAL} if body.category == CRITICAL else {}),
            **body.variables,
        },
        patient=body.patient.model_dump(mode="json") if body.patient else {},
    )
    return await _deliver(change, message)


@router.post("/appointments", response_model=MessageOutcome, responses=UNMATCHED, summary="Tell of an appointment")
async def appointment(change: Sending, body: AppointmentBody) -> JSONResponse:
    """Bring a booking, a change, a no-show or a visit to the case of the referral."""
    told = body.model_dump(mode="json", exclude={"variables"})
    when = {"attended": "seen_at"}.get(body.status, "slot")
    start = {when: told["start"]} if body.start else {}
    message = Inbound(
        name=f"appointment.{body.status}",
        correlation_key=body.referral_id,
        message_id=f"appointment.{body.status}:{body.referral_id}:{body.appointment_id}:{told['start']}",
        variables={"appointment": told, **start, **body.variables},
    )
    return await _deliver(change, message)


@router.get("/messages", summary="Messages by what became of them")
async def listed(
    asked: Asked, status: Status = "unmatched", limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[MessageView]:
    """Give inbound messages, the newest first; those that need a person are in `/dead-letters`, with the reason.

    `taken_back`: told of a death that was an error, with the reason.
    """
    asked.require(allowed=asked.here.access.oversees(asked.me), what="read messages")
    async with asked.here.database.reader() as session:
        found = await messages(session, status=status, side=side_of(asked), limit=limit)
    await asked.read("messages.read", status=status)
    return [message_view(row) for row in found]


async def outcome(asked: Visit, delivered: Delivered) -> MessageOutcome:
    """Show what became of a message; of the cases it reached, those of the person's organisation."""
    mine = await those_of_mine(asked, [*delivered.cases, *(task.case_id for task in delivered.opened)])
    return MessageOutcome(
        message_id=delivered.message_id.removeprefix(scope_of(asked)),
        status=delivered.status,
        cases=[case_id for case_id in delivered.cases if case_id in mine],
        opened=[opened(task) for task in delivered.opened if task.case_id in mine],
        reason=delivered.reason,
    )


async def _deliver(change: Change, message: Inbound) -> JSONResponse:
    change.visit.require(allowed=change.here.access.may_send_messages(change.me), what="send messages")
    if message.name == MERGED:
        require_index(change.visit)
    if message.name in SAID_ELSEWHERE:
        raise Problem("invalid", f"No message says '{message.name}': {SAID_ELSEWHERE[message.name]}")
    if message.name == ABORT_ANSWERED:
        await require_answer(change.visit, referral_id=message.correlation_key)
    await require_their_patients(change.visit, message)
    change = change.owing()

    async def once() -> Answer:
        delivered = await deliver(post_of(change.here), _brought(change, message), actor=change.me.id)
        await _note(change, delivered, "message.sent")
        return said(await outcome(change.visit, delivered), 202 if delivered.status in NOT_DELIVERED else 200)

    return await change.once(once)


async def require_their_patients(asked: Visit, message: Inbound) -> None:
    """Go on only when a message does not speak of a patient whom only others treat, nor begins a case in their name.

    Raises:
        Problem: 422, it does.
    """
    about, named = message.name in ABOUT_A_PATIENT, message.variables.get("patient_id")
    if not (about and not asked.me.organisation and named == message.correlation_key):
        await require_patient(asked, message.variables)
    if not about:
        await require_keys(asked, message.correlation_key)
    elif asked.me.organisation:
        for patient_id in (message.correlation_key, message.variables.get("surviving_patient_id")):
            await require_patient(asked, {"patient_id": patient_id})


def _brought(change: Change, message: Inbound) -> Inbound:
    """The message as this person brings it: to the cases of their organisation, unless it is about a patient."""
    reach = None if message.name in ABOUT_A_PATIENT else side_of(change.visit).organisations
    return replace(message, message_id=f"{scope_of(change.visit)}{message.message_id}", organisations=reach)


async def _note(change: Change, delivered: Delivered, action: str) -> None:
    case_id = delivered.cases[0] if delivered.cases else ""
    async with change.here.database.session() as session:
        await change.visit.audit(session, action, case_id, message_id=delivered.message_id, status=delivered.status)
