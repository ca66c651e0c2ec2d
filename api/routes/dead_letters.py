"""Which messages found no case, why, and what does a person do about them?"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.answering_abort import ABORT_ANSWERED, require_answer
from api.dead_letters import Correction, correlate, discard, foresee_correlation, inbound, open_letter
from api.deps import Answer, Asked, Changing, said
from api.ids import text
from api.moments import Duration
from api.paging import Paged
from api.post import post_of
from api.problems import Problem
from api.reach import ABOUT_A_PATIENT
from api.routes.messages import outcome, require_their_patients
from api.safeguarded_messages import MERGED, require_index
from api.seeing import require_theirs
from api.shapes.dead_letters import CorrectionBody, DeadLetterPage, DeadLetterView, DiscardBody, dead_letter_view
from api.shapes.exchange import MessageOutcome
from api.sides import side_of
from pathways.calendar import working_add
from records.queries.dead_letters import DeadLetterFilter, Handled, Why, dead_letter_of, dead_letters
from records.tables import Message

router = APIRouter(prefix="/dead-letters", tags=["Messages"])
MinAge = Annotated[Duration | None, Query(description="received at least this long ago, ISO 8601: P2D")]


@router.get("", summary="Dead letters")
async def listed(
    asked: Asked,
    page: Paged,
    status: Why | None = None,
    name: str | None = None,
    key: str | None = None,
    min_age: MinAge = None,
    handled: Handled = "open",
) -> DeadLetterPage:
    """Give the messages that found no case, the oldest first; `repeated` shows those that came more than once."""
    asked.require(allowed=asked.here.access.oversees(asked.me), what="read dead letters")
    before = _before(asked, min_age) if min_age else None
    async with asked.here.database.reader() as session:
        wanted = DeadLetterFilter(status, name, key, before, handled)
        found = await dead_letters(session, wanted, side_of(asked), limit=page.size, offset=page.offset)
    await asked.read("dead_letters.read", status=status or "", handled=handled)
    items = [dead_letter_view(row) for row in found.rows]
    return DeadLetterPage(items=items, **page.of(found.total))


@router.get("/{identifier}", summary="A dead letter")
async def shown(asked: Asked, identifier: str) -> DeadLetterView:
    """Give one message: why it found no case, what can be done, and what was."""
    asked.require(allowed=asked.here.access.oversees(asked.me), what="read dead letters")
    found = await _mine(asked, identifier)
    await asked.read("dead_letter.read", found.case_id or "", message_id=found.message_id)
    return dead_letter_view(found)


@router.post("/{identifier}/correlate", response_model=MessageOutcome, summary="Give a dead letter its case")
async def given_its_case(change: Changing, identifier: str, body: CorrectionBody) -> JSONResponse:
    """Deliver it again, under an id of its own, to a case or under the key that it should have carried."""
    reach = side_of(change.visit).organisations
    correction = Correction(body.correlation_key, body.case_id, body.ttl, reach)
    return await correlated(change, identifier, correction, dry_run=body.dry_run)


@router.post("/{identifier}/discard", response_model=DeadLetterView, summary="Discard a dead letter")
async def discarded(change: Changing, identifier: str, body: DiscardBody) -> JSONResponse:
    """Take it off the list and say why; it stays on record."""
    change.visit.require(allowed=change.here.access.oversees(change.me), what="discard messages")
    dead = await _mine(change.visit, identifier)
    if body.dry_run:
        await open_letter(post_of(change.here), dead.message_id)
        await change.visit.read("message.discarded.foreseen", dead.case_id or "", message_id=dead.message_id)
        return said(dead_letter_view(dead)).response()

    async def once() -> Answer:
        row = await discard(
            post_of(change.here), dead.message_id, body.reason, actor=change.me.id, request_id=change.update_id
        )
        async with change.here.database.session() as session:
            await change.visit.audit(session, "message.discarded", row.case_id or "", message_id=row.message_id)
        return said(dead_letter_view(row))

    return await change.once(once)


async def correlated(
    change: Changing, identifier: str, correction: Correction, *, dry_run: bool = False
) -> JSONResponse:
    """Deliver a dead letter again, for someone who oversees the cases; or only say whom it would reach."""
    change.visit.require(allowed=change.here.access.oversees(change.me), what="correlate messages")
    dead = await _mine(change.visit, identifier)
    message_id = dead.message_id
    if dead.name == MERGED:
        require_index(change.visit)
    if correction.case_id:
        await require_theirs(change.visit, correction.case_id)
    else:
        if dead.name in ABOUT_A_PATIENT:  # as it would have, it reaches every case of the patient
            correction = replace(correction, organisations=None)
        await require_their_patients(change.visit, inbound(dead, correction))
    if dead.name == ABORT_ANSWERED:
        await require_answer(change.visit, referral_id=correction.correlation_key, case_id=correction.case_id)
    if dry_run:
        foreseen = await foresee_correlation(post_of(change.here), message_id, correction)
        await change.visit.read("message.correlated.foreseen", correction.case_id, message_id=message_id)
        return said(await outcome(change.visit, foreseen)).response()

    async def once() -> Answer:
        delivered = await correlate(
            post_of(change.here), message_id, correction, actor=change.me.id, request_id=change.update_id
        )
        case_id = delivered.cases[0] if delivered.cases else correction.case_id
        about = {"message_id": message_id, "redelivered_as": delivered.message_id, "status": delivered.status}
        async with change.here.database.session() as session:
            await change.visit.audit(session, "message.correlated", case_id, **about)
        return said(await outcome(change.visit, delivered), 202 if delivered.status == "unmatched" else 200)

    return await change.once(once)


async def _mine(asked: Asked, identifier: str) -> Message:
    async with asked.here.database.reader() as session:
        found = await dead_letter_of(session, text(identifier) or "", side_of(asked))
    if found is None:
        raise Problem("not-found", f"There is no message '{identifier[:100]}'.")
    return found


def _before(asked: Asked, min_age: str) -> datetime:
    try:
        return working_add(asked.here.clock(), f"-{min_age}", None)
    except (ValueError, OverflowError) as error:
        raise Problem("invalid", f"min_age: {error}") from error
