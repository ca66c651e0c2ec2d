"""Where does a referral stand, and how do placer and performer cancel, answer, resend and redirect it?

The table of `policy/referral_loop.py` decides what may be asked; the diagram of the case does it. What a diagram does
not provide for is refused with a 409, and nothing changes.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from activities.pathway_start import NotStartable, Onward
from api.amended_letters import send_anew
from api.amending import AMENDED, hand_over_anew, written_report
from api.answering_abort import ABORT_ANSWERED, SYSTEMS, WHAT, answers_abort
from api.completing import completed_values
from api.delivery import Inbound, deliver, post_of
from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.frozen_clocks import MARKED
from api.problems import Problem
from api.referral_contact import contact_of
from api.referral_standing import Standing, awaited_by, standing_of, standing_view
from api.seeing import as_absent, case_for, require_theirs
from api.shapes.base import case_link
from api.shapes.referrals import (
    AbortAnswer,
    Amendment,
    Information,
    Reason,
    Redirected,
    Redirection,
    StandingView,
    Told,
    completeness_view,
)
from api.sides import side_of
from api.starting_onward import begin_onward
from api.step_titles import unnamed_in, wait_without_title
from api.taking_back import ASKED_ALREADY, TTL, TakenBack, refusal, taking_back
from api.wrong_patient import Mark, seal_and_freeze
from policy.completeness import completeness
from records.queries.api_referrals import referral_of
from records.queries.parties import requester_of
from records.queries.referral import case_of_referral
from records.queries.referral_acts import timers_that
from records.queries.referral_chain import Link
from records.queries.requesters import is_made_by
from records.queries.standing import reachable
from records.tables import Case
from records.writes.orders import change_order
from records.writes.parties import sealed_by
from workflows.contract.requests import DeliverMessage, MoveTimer
from workflows.contract.urgency import urgency_of

router = APIRouter(prefix="/referrals", tags=["Referrals"])
CARRIED = (
    "patient_id",
    "patient",
    "requester",
    "reason",
    "clinical_question",
    "priority",
    "sla_triage",
    "sla_first_contact",
    "sla_report",
    "return_at",
    "named_contact",
    "is_child",
    "payload_profile",
    "conditions",
    "medications",
    "allergies",
    "oral_risks",
    "rt_start_date",
    "body_site",
    "laterality",
    "side",
    "supplied_information",
    "attachments",
    "losses",
)
"""What a redirected referral takes along: all of the first but where it went, its clock above all.

The documents that `attachments` names go with it (`api/starting_onward.py`).
"""

MARKING = "mark a wrong patient"
MOVED_ON = "It has moved on meanwhile: read it again."
ABORT_OUTCOMES = {"accept": "abort-accepted", "refuse": "abort-refused"}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    409: {"description": "The referral does not stand where this can be asked: `state` says where it stands."}
}


@router.get("/{referral_id}", summary="Where a referral stands")
async def read(asked: Asked, referral_id: str) -> StandingView:
    """Give the state in every vocabulary, the clock, whose move it is, and the chain of referrals it is part of."""
    return await _view(asked, await _standing(asked, referral_id, "referral.read"))


@router.post("/{referral_id}/cancel", response_model=Told, responses=PROBLEMS, summary="Cancel, or ask for an abort")
async def cancel(change: Changing, referral_id: str, body: Reason) -> JSONResponse:
    """Cancel a referral that is not in progress; ask the performer to abort one that is (`abort-requested`)."""

    async def once() -> Answer:
        found = await _placers(change, referral_id, "cancel a referral")
        async with change.here.database.reader() as session:
            taken = await taking_back(session, found)
        if isinstance(taken, str):
            raise _stands_elsewhere(found, taken)
        return await _take_back(change, found, body.reason, taken)

    return await change.once(once, may=partial(_placers, change, referral_id, "cancel a referral"))


@router.post("/{referral_id}/abort/answer", response_model=Told, responses=PROBLEMS, summary="Answer an abort")
async def answer_abort(change: Changing, referral_id: str, body: AbortAnswer) -> JSONResponse:
    """Accept or refuse, for the performer, what the placer asked for: refused, the referral goes on with its clock."""

    async def once() -> Answer:
        found = await _standing(change.visit, referral_id, "referral.abort_answer")
        if found.aborting is None:
            raise _stands_elsewhere(found, "Nobody has asked for an abort.")
        change.visit.require(allowed=await answers_abort(change.visit, found), what=WHAT)
        answer = {"abort": body.abort, "abort_reason": body.reason}
        return await _tell(change, found, ABORT_ANSWERED, answer, ABORT_OUTCOMES[body.abort], to=found.aborting)

    return await change.once(once, may=partial(_standing, change.visit, referral_id, "referral.abort_answer"))


@router.post(
    "/{referral_id}/report/amendments", response_model=Told, responses=PROBLEMS, summary="Amend a written report"
)
async def amend(change: Changing, referral_id: str, body: Amendment) -> JSONResponse:
    """Give a new version of a report that was written here; everyone who has acknowledged one reads it anew."""

    async def once() -> Answer:
        found = await _standing(change.visit, referral_id, "referral.amend_report")
        values = await completed_values(change.here, await written_report(change.visit, found), body.values)
        async with change.here.database.reader() as session:
            is_unread = await awaited_by(session, found.answering, AMENDED)
        if is_unread:
            return await _tell(change, found, AMENDED, values, "amended")
        await hand_over_anew(change, found, values, body.reason)
        await send_anew(change, found, values, body.reason)
        return await _answer(change, found, AMENDED, "amended")

    return await change.once(once, may=partial(_standing, change.visit, referral_id, "referral.amend_report"))


@router.post("/{referral_id}/information", response_model=Told, responses=PROBLEMS, summary="Supply information")
async def supply(change: Changing, referral_id: str, body: Information) -> JSONResponse:
    """Supply what the performer asked for; the clock has run on."""

    async def once() -> Answer:
        found = await _placers(change, referral_id, "supply information")
        rejected = found.loop is not None and found.loop.state == "rejected"
        if rejected or refusal(found, "received") is not None:
            raise _stands_elsewhere(found, "Nobody waits for information.")
        supplied = {"supplied_information": body.information}
        return await _tell(change, found, "referral.info_supplied", supplied, "supplied")

    return await change.once(once, may=partial(_placers, change, referral_id, "supply information"))


@router.post("/{referral_id}/wrong-patient", response_model=Told, responses=PROBLEMS, summary="Mark as wrong patient")
async def wrong_patient(change: Changing, referral_id: str, body: Reason) -> JSONResponse:
    """Seal and freeze the whole case of a referral that was made for the wrong patient, and retract what was sent.

    Nobody but privacy officer, safety officer and administrators of the organisation sees it from then on.
    """

    async def once() -> Answer:
        found = await _to_mark(change, referral_id)
        await seal_and_freeze(change, Mark(found.case.root_case_id, found.referral_id, body.reason))
        return await _answer(change, found, MARKED, "stopped")

    return await change.once(once, may=partial(_to_mark, change, referral_id))


@router.post("/{referral_id}/resend", response_model=Told, responses=PROBLEMS, summary="Send it again now")
async def resend(change: Changing, referral_id: str) -> JSONResponse:
    """Send a referral again that the service has not acknowledged, under the same id, without waiting for the timer."""

    async def once() -> Answer:
        found = await _placers(change, referral_id, "send a referral again")
        async with change.here.database.reader() as session:
            timers = await timers_that(session, found.answering, "resend")
        if not timers:
            raise _stands_elsewhere(found, "It does not wait for the service to acknowledge it.")
        now = change.here.clock()
        request = MoveTimer(timers[0].timer, now, "sent again by hand", change.me.id)
        await change.here.gateway.send(found.answering.case_id, request, change.update_id)
        return await _answer(change, found, "referral.resent", "resent")

    return await change.once(once, may=partial(_placers, change, referral_id, "send a referral again"))


@router.post(
    "/{referral_id}/redirect", status_code=201, response_model=Redirected, responses=PROBLEMS, summary="Send elsewhere"
)
async def redirect(change: Changing, referral_id: str, body: Redirection) -> JSONResponse:
    """Send a referral that was declined or redirected to another service: a new case, the same clock, in one chain."""

    async def once() -> Answer:
        found = await _placers(change, referral_id, "redirect a referral")
        if found.loop is None or found.loop.state != "rejected":
            raise _stands_elsewhere(found, "Only what a service has declined or redirected goes on elsewhere.")
        if any(link.kind == "redirected" and link.parent_case_id == found.case.case_id for link in found.chain):
            raise _stands_elsewhere(found, "It has gone on elsewhere already: its chain says where.")
        onward = _onward(change, found, body)
        await _close_order(change, found)
        try:
            case_id = await begin_onward(post_of(change.here), onward)
        except NotStartable as refusal:
            raise Problem("not-startable", str(refusal)) from refusal
        async with change.here.database.session() as session:
            about = {"to": case_id, "service": body.service, "reason": body.reason}
            await change.visit.audit(session, "referral.redirected", found.case.case_id, **about)
        links = {"referral": f"/referrals/{onward.referral_id}", "case": case_link(case_id)}
        return said(Redirected(case_id=case_id, referral_id=onward.referral_id, links=links), 201)

    return await change.once(once, may=partial(_placers, change, referral_id, "redirect a referral"))


async def _standing(asked: Visit, referral_id: str, action: str) -> Standing:
    """Where the referral stands, for someone who may see its case.

    Raises:
        Problem: 404, there is no such referral, or it is not theirs.
    """
    absent = f"There is no referral '{referral_id[:200]}'."
    async with asked.here.database.reader() as session:
        case = await case_of_referral(session, referral_id, side_of(asked))
    if case is None:
        raise Problem("not-found", absent)
    with as_absent(absent):
        await _look(asked, case, action)
    async with asked.here.database.reader() as session:
        return await standing_of(session, case)


async def _view(asked: Visit, found: Standing) -> StandingView:
    """Show where it stands; of its chain what is theirs: what came before or after may be of others."""
    roots = {link.case_id: link.case_id.partition("/")[0] for link in found.chain}
    async with asked.here.database.reader() as session:
        mine = {found.case.root_case_id, *await reachable(session, set(roots.values()), side_of(asked))}
        contact = await contact_of(session, asked.here, found)
        came = await referral_of(session, found.case.case_id)
    theirs = tuple(link for link in found.chain if roots[link.case_id] in mine)
    complete = completeness(came.document["referral"], came.pathway) if came else None
    unnamed = await unnamed_in(asked, (found.case.root_case_id,))
    waits = tuple(wait_without_title(each, unnamed) for each in found.waits)
    shown = replace(found, chain=tuple(_linked(link, mine) for link in theirs), waits=waits)
    return standing_view(shown, contact, completeness_view(complete) if complete else None)


def _linked(link: Link, mine: Collection[str]) -> Link:
    return link if link.parent_case_id.partition("/")[0] in mine else replace(link, parent_case_id="")


async def _look(asked: Visit, case: Case, action: str) -> None:
    """Systems speak for whole organisations; a person has to take part, also one who may bring messages."""
    if asked.me.has_any(SYSTEMS):
        await require_theirs(asked, case.case_id, who_referred=True)
        await asked.read(action, case.case_id)
    else:
        await case_for(asked, case.case_id, action, who_referred=True)


async def _placers(change: Change, referral_id: str, what: str) -> Standing:
    """Where the referral stands, for those who made it or whose case it is: who carries it out answers instead."""
    _require_placer(change, what)
    found, side = await _standing(change.visit, referral_id, "referral.looked_up"), side_of(change.visit)
    async with change.here.database.reader() as session:
        theirs = [await is_made_by(session, each, side) for each in {found.case.case_id, found.case.root_case_id}]
    change.visit.require(allowed=any(theirs), what=f"{what} that another organisation has made")
    return found


def _require_placer(change: Change, what: str) -> None:
    access, me = change.here.access, change.me
    change.visit.require(allowed=access.may_refer(me) or access.may_send_messages(me), what=what)


async def _to_mark(change: Change, referral_id: str) -> Standing:
    """The referral that is marked; who has sealed it goes on with what a call that failed has left undone."""
    _require_placer(change, MARKING)
    async with change.here.database.reader() as session:
        case = await case_of_referral(session, referral_id, side_of(change.visit))
        if case is not None and await sealed_by(session, case.root_case_id) == change.me.id:
            return await standing_of(session, case)
    return await _standing(change.visit, referral_id, "referral.looked_up")


def _stands_elsewhere(found: Standing, words: str) -> Problem:
    state = found.loop.state if found.loop else None
    return Problem("not-now", words, state=state, case=case_link(found.case.case_id))


async def _take_back(change: Change, found: Standing, reason: str, taken: TakenBack) -> Answer:
    """Tell the one case that answers, and nothing that it has called: those are referrals and orders of their own."""
    request = DeliverMessage(
        name=taken.message,
        correlation_key=found.referral_id,
        message_id=taken.message_id,
        variables={"cancel_reason": reason, **taken.variables},
        ttl=TTL,
        actor=change.me.id,
    )
    if (await change.here.gateway.send(taken.case_id, request, change.update_id)).outcome == "duplicate":
        raise _stands_elsewhere(found, ASKED_ALREADY if taken.outcome == "abort-requested" else MOVED_ON)
    return await _answer(change, found, taken.message, taken.outcome)


async def _tell(
    change: Change, found: Standing, name: str, variables: Mapping[str, Any], outcome: str, *, to: Case | None = None
) -> Answer:
    """Bring a message to the case of the referral, once, and say where it stands then."""
    told = to or found.answering
    answering = told.case_id
    async with change.here.database.reader() as session:
        is_awaited = await awaited_by(session, told, name)
    if not is_awaited:
        raise _stands_elsewhere(found, f"The pathway does not wait for {name} now.")
    message = Inbound(
        name=name,
        correlation_key=found.referral_id,
        message_id=f"{name}:{answering}:{change.update_id}",
        variables=variables,
        ttl=TTL,
        case_id=answering,
    )
    if (await deliver(post_of(change.here), message, actor=change.me.id)).status != "delivered":
        raise _stands_elsewhere(found, MOVED_ON)
    return await _answer(change, found, name, outcome)


async def _answer(change: Change, found: Standing, action: str, outcome: str) -> Answer:
    async with change.here.database.session() as session:
        await change.visit.audit(session, action, found.case.case_id, result=outcome)
    async with change.here.database.reader() as session:
        now = await standing_of(session, await session.get_one(Case, found.case.case_id))
    return said(Told(outcome=outcome, referral=await _view(change.visit, now)))


async def _close_order(change: Change, found: Standing) -> None:
    """What a service has declined is no order under way: it may be the next one's way back to that service."""
    async with change.here.database.session() as session:
        requester = await requester_of(session, found.case.root_case_id)
        await change_order(session, found.referral_id, requester, "cancelled", now=change.here.clock())


def _onward(change: Change, found: Standing, body: Redirection) -> Onward:
    kept = {name: found.variables[name] for name in CARRIED if found.variables.get(name) is not None}
    number = 1 + sum(link.kind == "redirected" for link in found.chain)
    referral_id = f"{found.referral_id}-R{number}"
    clock = {"referral_received_at": found.received_at.isoformat()}
    return Onward(
        pathway=found.case.key,
        referral_id=referral_id,
        request=f"redirect:{found.case.case_id}",
        kind="redirected",
        from_case=found.case.case_id,
        from_referral=found.referral_id,
        variables={**kept, **clock, "referral_id": referral_id, "service": body.service, "redirected_by": change.me.id},
        urgency=urgency_of(found.case.urgency, found.variables),
    )
