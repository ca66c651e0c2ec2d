"""Where does a referral stand, in every vocabulary, and whose move is it?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.moments import moment_in
from api.shapes.base import case_link
from api.shapes.referrals import (
    ClockView,
    CompletenessView,
    ContactView,
    OwnerView,
    StandingView,
    link_view,
    state_view,
)
from policy.referral_loop import Loop
from policy.referral_states import LoopStateName, loop_state
from records.queries.api_cases import waiting_in
from records.queries.case import open_waits, process_variables
from records.queries.referral import NUMBERS, unacknowledged
from records.queries.referral_acts import asks_to_abort, tasks_that, times_taken_back
from records.queries.referral_chain import Link, chain_of
from records.queries.referral_loop import answering_case, loop_of
from records.tables import Case, OpenActivation

ABORT_ANSWERED = "referral.abort_answered"
Owner = Literal["placer", "performer", "nobody"]
PLACERS: frozenset[LoopStateName] = frozenset({"draft", "awaiting_info", "rejected", "reported"})
"""States in which it is the placer's move; in those of `NOBODYS` it is nobody's, else the performer's."""

NOBODYS: frozenset[LoopStateName] = frozenset({"acknowledged", "cancelled"})


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is known of where a referral stands. `loop` is None when its pathway marks no states.

    `answering`: the case that is asked about it; it is the referral's own or one that it called. `aborting`: the
    one that waits for the performer to answer the request for an abort; `asks_to_abort`: the pathway has called it.
    `taken_back`: how often it was to be taken back. `goes_without`: what the placer was asked for has not come, and the
    performer decides without it.
    """

    case: Case
    answering: Case
    referral_id: str
    received_at: datetime
    loop: Loop | None
    waits: tuple[OpenActivation, ...]
    unacknowledged: tuple[str, ...]
    aborting: Case | None
    asks_to_abort: bool
    taken_back: int
    goes_without: bool
    chain: tuple[Link, ...]
    variables: dict[str, Any]

    @property
    def is_closed(self) -> bool:
        """Whether the loop is closed: acknowledged by the placer, and by everyone to whom a result was handed."""
        return self.loop is not None and self.loop.is_closed and not self.unacknowledged

    @property
    def abort_asked(self) -> bool:
        """Whether the performer was asked to stop it and has not answered."""
        return self.aborting is not None or self.asks_to_abort


async def standing_of(session: AsyncSession, case: Case) -> Standing:
    """Give where the referral of a case stands.

    The case moves on meanwhile: so the rounds are read before who asks for the answer, and that before who answers.
    """
    told, answering = await loop_of(session, case), await answering_case(session, case)
    taken_back = await times_taken_back(session, {case.case_id, answering.case_id})
    asking = await asks_to_abort(session, case) or await asks_to_abort(session, answering)
    variables = await process_variables(session, case)
    called = variables.get(NUMBERS.get(case.key, "referral_id")) if case.caller else None
    referral_id = str(called or case.business_key)
    return Standing(
        case=case,
        answering=answering,
        referral_id=referral_id,
        received_at=moment_in(variables.get("referral_received_at")) or case.started_at,
        loop=told[0] if told else None,
        waits=await open_waits(session, (case.case_id, *await _called(session, case))),
        unacknowledged=await unacknowledged(session, case),
        aborting=await _asked_to_abort(session, case, referral_id),
        asks_to_abort=asking,
        taken_back=taken_back,
        goes_without=bool(await tasks_that(session, answering, "go-without")),
        chain=await chain_of(session, case),
        variables=variables,
    )


async def awaited_by(session: AsyncSession, case: Case, message: str) -> bool:
    """Whether a case itself waits for a message; what it called has referrals and orders of its own."""
    return any(each.case_id == case.case_id for each in await waiting_in(session, case.case_id, message))


def standing_view(found: Standing, contact: ContactView, complete: CompletenessView | None) -> StandingView:
    """Show where a referral stands."""
    loop = found.loop
    row = loop_state(loop.state) if loop else None
    link = case_link(found.case.case_id)
    return StandingView(
        referral_id=found.referral_id,
        case_id=found.case.case_id,
        pathway=found.case.key,
        status=found.case.status,
        state=state_view(row) if row else None,
        closed=found.is_closed,
        unacknowledged=list(found.unacknowledged),
        abort_asked=found.abort_asked,
        clock=_clock(found.received_at, loop or Loop()),
        owner=owner_of(found),
        contact=contact,
        completeness=complete,
        chain=[link_view(each) for each in found.chain],
        links={"case": link, "timeline": f"{link}/timeline"},
    )


async def _asked_to_abort(session: AsyncSession, case: Case, referral_id: str) -> Case | None:
    """The case that waits for the answer: what is called for further referrals waits under ids of its own."""
    waits = await waiting_in(session, case.case_id, ABORT_ANSWERED)
    asked = next((each.case_id for each in waits if each.correlation_key == referral_id), None)
    return await session.get(Case, asked) if asked else None


async def _called(session: AsyncSession, case: Case) -> tuple[str, ...]:
    from_here = await session.exec(select(Case.case_id).where(Case.root_case_id == case.root_case_id))
    return tuple(each for each in from_here if each.startswith(f"{case.case_id}/"))


def _clock(received_at: datetime, loop: Loop) -> ClockView:
    return ClockView(
        received_at=received_at,
        sent_at=loop.sent_at,
        since=loop.since,
        returned_for_information=loop.returns,
        reported_at=loop.reported_at,
        acknowledged_at=loop.acknowledged_at,
    )


def owner_of(found: Standing) -> OwnerView:
    """Say whose move it is, and which role or person the case waits for."""
    first = found.waits[0] if found.waits else None
    return OwnerView(
        party=_party(found),
        role=first.role if first else "",
        waiting_for=first.waiting_for or first.title if first else "",
        until=first.until if first else None,
    )


def _party(found: Standing) -> Owner:
    if found.case.status != "running" and not found.unacknowledged:
        return "nobody"
    state = found.loop.state if found.loop and not found.goes_without else "received"
    return "nobody" if state in NOBODYS else "placer" if state in PLACERS else "performer"
