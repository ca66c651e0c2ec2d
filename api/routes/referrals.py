"""How do referrals come in as JSON and over IHE 360X? Each becomes one case, however often it is sent."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from api.deps import Answer, Change, Sending, said
from api.description import described
from api.patients import require_keys
from api.problems import Problem
from api.routes.bodies import json_body
from api.seeing import those_of_mine
from api.shapes.base import Shape, case_link
from api.shapes.referrals import CompletenessView, completeness_view
from api.shapes.tasks import Opened, opened
from api.starting import Begun, begin_case
from interop.errors import InteropError
from interop.intake import from_360x, from_json
from interop.referral import Intake, LossNote, Referral
from interop.x360.outbound import Postmark, acknowledgement
from policy.completeness import completeness

router = APIRouter(tags=["Referrals"])

Pathway = Annotated[
    str | None,
    Query(max_length=200, description="The pathway to start, instead of the one that the rules choose."),
]
Keys = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=300)]] | None,
    Query(alias="key", max_length=20, description="Further business keys by which messages find the case."),
]


class Received(Shape):
    """The case that a referral became. `losses`: what of the referral is not carried. `patient_id`: opaque.

    `completeness`: what of what its pathway asks for it brought along; nothing is refused because something is missing.
    """

    case_id: str
    patient_id: str
    pathway: str
    pathway_name: str
    referral_id: str
    status: str
    opened: list[Opened]
    losses: list[LossNote]
    completeness: CompletenessView
    links: dict[str, str]


class Acknowledged(Shape):
    """The answer to a 360X message: the acknowledgement to send back (null without an address), and the case."""

    acknowledgement: dict[str, Any] | None
    case: Received


EXAMPLE = {
    "referral_id": "REF-1001",
    "assigner": "example-clinic",
    "reason": [{"text": "Neck lump for six weeks"}],
    "clinical_question": "Suspected head and neck cancer?",
    "priority": "urgent_suspected_cancer",
    "patient": {"identifiers": [{"value": "MRN-1"}], "name": "Testina Sample"},
    "requester": {"name": "Dr Doe", "reply_to": "answers@practice.example"},
}
ENVELOPE = {
    "direct_message_id": "<1@clinic.example>",
    "submission_set_id": "2.999.1",
    "sender_direct_address": "referrals@clinic.example",
    "recipient_direct_address": "intake@pathways.example",
    "transaction": "PCC-55",
    "hl7v2": "MSH|^~\\&|…",
    "documents": [{"id": "doc-1", "mime_type": "text/xml", "content": "<ClinicalDocument …/>"}],
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    409: {"description": "This referral is a case already: `case` names it."},
    422: {"description": "The referral cannot be read: `errors` says where and what to do."},
}


@router.post(
    "/referrals",
    status_code=201,
    response_model=Received,
    responses=ANSWERS,
    summary="Refer a patient",
    openapi_extra=described("PlainReferral", EXAMPLE),
)
async def refer(request: Request, change: Sending, pathway: Pathway = None, key: Keys = None) -> JSONResponse:
    """Start a case from our own JSON; the same referral again is answered 409 with its case."""
    require_sender(change)

    async def once() -> Answer:
        intake, begun = await receive(request, change, from_json, pathway=pathway, keys=key or ())
        found = received(intake.referral, begun)
        return said(found, 201, Location=found.links["case"])

    return await change.once(once)


@router.post(
    "/ihe/360x",
    status_code=201,
    response_model=Acknowledged,
    responses=ANSWERS,
    summary="Refer over IHE 360X (PCC-55)",
    openapi_extra=described("object", ENVELOPE),
)
async def refer_over_360x(request: Request, change: Sending, pathway: Pathway = None, key: Keys = None) -> JSONResponse:
    """Start a case from the JSON envelope of a PCC-55; the answer holds the acknowledgement to send back."""
    require_sender(change)

    async def once() -> Answer:
        intake, begun = await receive(request, change, from_360x, pathway=pathway, keys=key or ())
        found = received(intake.referral, begun)
        answer = Acknowledged(acknowledgement=_acknowledgement(change, intake.referral, begun), case=found)
        return said(answer, 201, Location=found.links["case"])

    return await change.once(once)


def require_sender(change: Change) -> None:
    """Go on only for who may refer, also where they have sent the same before.

    Raises:
        Problem: 403.
    """
    change.visit.require(allowed=change.here.access.may_refer(change.me), what="send referrals")


async def receive(
    request: Request,
    change: Change,
    read: Callable[[object], Intake],
    *,
    pathway: str | None,
    keys: Sequence[str],
    body: Callable[[Request], Awaitable[tuple[bytes, Any]]] = json_body,
) -> tuple[Intake, Begun]:
    """Read a referral and begin its case. `body`: how what was sent is parsed.

    Raises:
        InteropError: the referral cannot be read.
        Problem: no pathway or a key of others (422), or it was there before (409).
    """
    raw, value = await body(request)
    intake = await to_thread(read, value)
    await require_keys(change.visit, intake.referral.referral_id, *keys)
    begun = await begin_case(
        change.here,
        intake,
        raw,
        pathway=pathway,
        keys=keys,
        actor=change.me.id,
        request_id=change.visit.request_id,
        organisation=change.me.organisation,
        context=change.visit.context,
        sent_as=change.update_id if change.key else "",
    )
    if begun.repeated:
        mine = await those_of_mine(change.visit, [begun.case_id])
        raise _duplicate(intake.referral, begun) if mine else _sent_by_others(intake.referral)
    return intake, begun


def received(referral: Referral, begun: Begun) -> Received:
    """Show the case that a referral became."""
    link = case_link(begun.case_id)
    receipt = begun.receipt
    return Received(
        case_id=begun.case_id,
        patient_id=begun.patient_id,
        pathway=begun.pathway,
        pathway_name=begun.name,
        referral_id=referral.referral_id,
        status=receipt.status if receipt else "running",
        opened=[opened(task) for task in receipt.opened] if receipt else [],
        losses=list(referral.losses),
        completeness=completeness_view(completeness(referral.model_dump(mode="json"), begun.pathway)),
        links={"case": link, "page": f"{link}/page"},
    )


def _duplicate(referral: Referral, begun: Begun) -> Problem:
    link = case_link(begun.case_id)
    words = "the same content" if begun.same_content else "other content; the case goes on with the first"
    return Problem(
        "duplicate-referral",
        f"Referral {referral.referral_id} was received before, with {words}.",
        headers={"Location": link},
        case=link,
        case_id=begun.case_id,
        same_content=begun.same_content,
    )


def _sent_by_others(referral: Referral) -> Problem:
    """Another organisation sent it: one number is one case, of which nothing more is said."""
    return Problem("duplicate-referral", f"Referral {referral.referral_id} was received before, from others.")


def _acknowledgement(change: Change, referral: Referral, begun: Begun) -> dict[str, object] | None:
    settings = change.here.settings
    postmark = Postmark(message_id=f"ack-{begun.case_id}", sent_at=change.here.clock(), sender=settings.address)
    try:
        return acknowledgement(referral, postmark)
    except InteropError:  # it names no address for answers: the case itself is the answer
        return None
