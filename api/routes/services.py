"""What does a service do with the referrals in its inbox? It acknowledges, accepts, declines or sends them back."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from api.absences import standing_in
from api.access import speaks_for
from api.delivery import Inbound, deliver, post_of
from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.ids import text
from api.patients import require_patient
from api.problems import Problem
from api.redacting import known_of, referral_shown
from api.seeing import those_of_mine
from api.shapes.exchange import DeliveryView, ServiceAnswer, delivery_view
from api.sides import side_of
from records.queries.api_cases import waiting_in
from records.queries.inbox import MOST, asked_since, service_inbox
from records.queries.people import COORDINATOR, absences
from records.queries.referral_loop import loop_of
from records.tables import Case, ServiceInbox
from records.writes.handovers import acknowledge_delivery, tell_role

router = APIRouter(prefix="/services", tags=["Services"])
RECEIVED = "referral.received"
ANSWERS = {
    "acknowledge": "",
    "accept": "referral.status.accepted",
    "decline": "referral.status.declined",
    "return": "referral.info_requested",
}
"""Which message each answer sends; every answer also acknowledges, by the name of who answers."""

Action = Literal["acknowledge", "accept", "decline", "return"]

UNHEARD = {
    "accept": "A service has accepted a referral, and the case does not wait for that: do what it waits for instead.",
    "decline": "A service has declined a referral, and the case does not wait for that: see who takes the patient on.",
    "return": "A service wants information for a referral, and the case does not wait for that: ask what is missing.",
}
"""What the coordinator is told of an answer that the case at most keeps."""


@router.get("/{service}/inbox", summary="Referrals to a service")
async def inbox(
    asked: Asked,
    service: str,
    state: Annotated[Literal["delivered", "acknowledged"] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
) -> list[DeliveryView]:
    """Give the referrals delivered to a service: those that wait for an answer first, and of each the oldest first."""
    allowed = service in asked.me.teams or asked.here.access.administers(asked.me)
    async with asked.here.database.reader() as session:
        away = [] if allowed else await absences(session, at=asked.here.clock())
        found = await service_inbox(
            session,
            service,
            state=state,
            side=side_of(asked),
            named=None if allowed else {asked.me.id, *(row.person for row in away)},
            limit=limit if allowed else None,
        )
    answered = await _answered_for(asked, found)
    mine = found if allowed else [row for row in found if row.idempotency_key in answered][:limit]
    asked.require(allowed=allowed or bool(mine), what=f"read the inbox of {service[:100]}")
    await asked.read("service_inbox.read", service=service, cases=sorted({row.case_id for row in mine}))
    return await _views(asked, mine, answered)


@router.post("/{service}/inbox/{identifier}/{action}", response_model=DeliveryView, summary="Answer a referral")
async def answer(
    change: Changing, service: str, identifier: str, action: Action, body: ServiceAnswer | None = None
) -> JSONResponse:
    """Acknowledge, accept, decline or return a referral: the case that sent it hears of it."""
    found = await _delivery(change, service, identifier)
    await require_patient(change.visit, body.variables if body else {})

    async def once() -> Answer:
        if ANSWERS[action]:
            await _require_still_asked(change, found)
        now = change.here.clock()
        async with change.here.database.session() as session:
            row = await acknowledge_delivery(session, found.idempotency_key, actor=change.me.id, now=now)
            assert row is not None
            await change.visit.audit(session, f"referral.{action}", row.case_id, service=service)
        await _tell(change, row, RECEIVED, {}, only_if_awaited=True)
        if ANSWERS[action]:
            words = body.model_dump(exclude={"variables"}, exclude_defaults=True) if body else {}
            who = {"service": service, "answered_by": change.me.id}
            reason = {"answer_reason": words.get("reason")}
            answered = {**reason, **(body.variables if body else {}), **words, **who}
            if not await _tell(change, row, ANSWERS[action], answered):
                await _tell_unheard(change, row, action)
        return said((await _views(change.visit, [row], await _answered_for(change.visit, [row])))[0])

    return await change.once(once)


async def _delivery(change: Change, service: str, identifier: str) -> ServiceInbox:
    async with change.here.database.reader() as session:
        found = await session.get(ServiceInbox, text(identifier) or "")
    theirs = await those_of_mine(change.visit, [found.case_id]) if found else frozenset[str]()
    if found is None or found.service != service or found.case_id not in theirs:
        words, about = f"There is no such referral in the inbox of {service[:100]}.", found.case_id if found else ""
        raise Problem("not-found", words, about=about)
    allowed = change.here.access.administers(change.me) or await _answers_for(change.visit, found)
    change.visit.require(allowed=allowed, what=f"answer for {service}")
    return found


async def _views(asked: Visit, rows: Sequence[ServiceInbox], answered: frozenset[str]) -> list[DeliveryView]:
    """Show deliveries. `answered`: keys of those for whose service somebody answers."""
    known = await known_of(asked, rows)
    shown = [referral_shown(asked, row, known, addressed=row.idempotency_key in answered) for row in rows]
    return [delivery_view(row, each) for row, each in zip(rows, shown, strict=True)]


async def _answers_for(asked: Visit, row: ServiceInbox) -> bool:
    return bool(await _answered_for(asked, [row]))


async def _answered_for(asked: Visit, rows: Sequence[ServiceInbox]) -> frozenset[str]:
    """Which of these somebody answers: the team, the named contact, the deputy, and who stands in for the contact."""
    own = {row.idempotency_key for row in rows if speaks_for(asked.me, row)}
    others = [row for row in rows if row.idempotency_key not in own]
    return frozenset({*own, *(row.idempotency_key for row in await standing_in(asked.here, asked.me.id, others))})


async def _require_still_asked(change: Change, row: ServiceInbox) -> None:
    """Go on only while the referral is open and no other service was asked since: one service takes a patient on.

    Raises:
        Problem: 409.
    """
    async with change.here.database.reader() as session:
        since = await asked_since(session, row)
        taken_back = await _is_cancelled(session, row)
    if taken_back:
        words = "This referral is cancelled: no visit is wanted. Acknowledge it, and talk to who referred if in doubt."
        raise Problem("not-now", words, state="cancelled")
    if since is not None:
        raise Problem("not-now", "This referral has gone to another service since: talk to who referred.", state="sent")


async def _is_cancelled(session: AsyncSession, row: ServiceInbox) -> bool:
    case = await session.get(Case, row.case_id)
    loop = await loop_of(session, case) if case is not None else None
    return loop is not None and loop[0].state == "cancelled"


async def _tell_unheard(change: Change, row: ServiceInbox, action: Action) -> None:
    """Let no answer of a service rest in silence in a case that does not act on it."""
    root, key = row.case_id.partition("/")[0], f"unheard:{action}:{row.idempotency_key}"
    async with change.here.database.session() as session:
        now = change.here.clock()
        await tell_role(session, COORDINATOR, root, UNHEARD[action], level="warning", key=key, now=now)


async def _tell(
    change: Change, row: ServiceInbox, name: str, variables: dict[str, Any], *, only_if_awaited: bool = False
) -> bool:
    """Bring a message to the case that sent the referral, say whether it waited; others with the key hear nothing."""
    async with change.here.database.reader() as session:
        awaited = await waiting_in(session, row.case_id, name)
        case = await session.get(Case, row.case_id)
    if only_if_awaited and not awaited:
        return False
    message = Inbound(
        name=name,
        correlation_key=str(row.referral.get("referral_id") or (case.business_key if case else row.case_id)),
        message_id=f"{name}:{row.idempotency_key}:{change.update_id if name != RECEIVED else ''}",
        variables=variables,
        case_id=row.case_id,
    )
    return (await deliver(post_of(change.here), message, actor=change.me.id)).status == "delivered"
