"""How does the case for the right patient begin, after one was made for the wrong one, and what if it was right?"""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.deps import Answer, Changing, Sending, said
from api.description import described
from api.patients import require_keys
from api.problems import Problem
from api.routes.bodies import json_body
from api.routes.referrals import ANSWERS, EXAMPLE, Pathway, Received, received
from api.seeing import those_of_mine
from api.shapes.base import case_link
from api.shapes.referrals import Reason, UnsealedView
from api.sides import side_of
from api.starting import begin_case
from api.wrong_patient import lift, note_correction, organisation_of
from interop.intake import from_json
from records.queries.referral import case_of_referral
from records.tables import Case
from records.writes.parties import sealed_by

router = APIRouter(prefix="/referrals", tags=["Referrals"])


@router.post(
    "/{referral_id}/corrected",
    status_code=201,
    response_model=Received,
    responses=ANSWERS,
    summary="Refer the right patient",
    openapi_extra=described("PlainReferral", EXAMPLE),
)
async def correct(request: Request, change: Sending, referral_id: str, pathway: Pathway = None) -> JSONResponse:
    """Begin the case that should have been made: a referral of its own, whose chain says which one it corrects.

    For who marked the wrong patient, and the officers who see such cases. Sent again it is the same case.
    """

    async def once() -> Answer:
        wrong = await _sealed(change, referral_id)
        raw, value = await json_body(request)
        intake = from_json(value)
        await require_keys(change.visit, intake.referral.referral_id)
        organisation = await organisation_of(change, wrong.root_case_id)
        begun = await begin_case(
            change.here,
            intake,
            raw,
            pathway=pathway or wrong.key,
            keys=(),
            actor=change.me.id,
            request_id=change.visit.request_id,
            organisation=organisation,
            context=change.visit.context,
        )
        if begun.case_id == wrong.root_case_id:
            raise Problem("duplicate-referral", "This is the wrong referral: give the right one an id of its own.")
        is_ours = await organisation_of(change, begun.case_id) == organisation
        if begun.receipt is None and not (begun.same_content and is_ours):
            raise Problem("duplicate-referral", "A referral of this id was received before: give this one its own.")
        await note_correction(change, wrong, begun.case_id, intake.referral.referral_id, begun.pathway)
        return said(received(intake.referral, begun), 201, Location=f"/cases/{begun.case_id}")

    return await change.once(once)


@router.post(
    "/{referral_id}/wrong-patient/lifted", response_model=UnsealedView, summary="Take off the seal of a wrong patient"
)
async def unseal(change: Changing, referral_id: str, body: Reason) -> JSONResponse:
    """Open a case again that was sealed by mistake, and let its clocks run on, with the reason.

    For the officers who see such cases, not for who set the seal. What was withheld meanwhile is not sent; what was
    retracted is named in a task for the coordinator, who has it sent again.
    """

    async def once() -> Answer:
        officer = change.me.has_any(change.here.access.wrong_patients)
        change.visit.require(allowed=officer, what="take off the seal of a case")
        root = await _sealed(change, referral_id)
        done = await lift(change, root.case_id, body.reason)
        links = {"referral": f"/referrals/{referral_id}", "case": case_link(root.case_id)}
        return said(
            UnsealedView(
                case_id=root.case_id,
                clocks=done.clocks,
                withheld=done.withheld,
                retracted=done.retracted,
                links=links,
            )
        )

    return await change.once(once)


async def _sealed(change: Sending, referral_id: str) -> Case:
    """The root of the case that was made for the wrong patient.

    Raises:
        Problem: 404, there is none, or it is not for whoever asks to correct it.
    """
    async with change.here.database.reader() as session:
        found = await case_of_referral(session, referral_id, side_of(change.visit))
        root = await session.get(Case, found.root_case_id) if found else None
        marked_by = await sealed_by(session, root.case_id) if root else ""
    officer = change.me.has_any(change.here.access.wrong_patients) and root is not None and await _theirs(change, root)
    if root is None or not marked_by or not (officer or marked_by == change.me.id):
        raise Problem("not-found", f"No referral '{referral_id[:200]}' was marked as made for the wrong patient.")
    return root


async def _theirs(change: Sending, root: Case) -> bool:
    return root.case_id in await those_of_mine(change.visit, [root.case_id])
