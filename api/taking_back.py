"""Whom does it reach that a referral is taken back, and as what? What is in progress is asked to stop, never stopped.

The table of `policy/referral_loop.py` says whether the placer may cancel. A referral that its pathway has left to a
call is answered there (`referral.cancelled`), until that call has ended; else by the pathway itself
(`referral.abort_requested`), never by what it has called: those are referrals and orders of their own. They end with
the pathway, though: while one of them is in progress, it is asked, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlmodel.ext.asyncio.session import AsyncSession

from api.referral_standing import Standing, awaited_by
from policy.referral_loop import Happened, Refused, advance
from policy.referral_states import IN_PROGRESS, LoopStateName
from records.queries.open_steps import made_within
from records.queries.referral import NUMBERS
from records.queries.referral_acts import ABORT_REQUESTED, CANCELLED
from records.queries.referral_loop import loop_of
from records.tables import Case

TTL = "PT5M"
"""So long a case that has moved on keeps what was asked of it: it must not do later what was refused."""

ASKED_ALREADY = "An abort was asked for already; the performer has to answer."
NOT_AWAITED = (
    "Its pathway takes no cancellation and no request for an abort now: write to its team in a thread of the case "
    "(POST /cases/{case}/threads), or bring patient.declined when it is the patient who wants no more."
)


Outcome = Literal["cancelled", "abort-requested"]
"""What it means for the referral; of one whose pathway says no states nobody knows whether it is in progress."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Which case is told, by which message, and what that means for the referral.

    `round`: how often it was taken back before.
    """

    case_id: str
    message: str
    outcome: Outcome
    round: int
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message_id(self) -> str:
        """The same for all who ask in one round, so that a case hears one of those who ask at the same moment."""
        return f"{self.message}:{self.case_id}:round-{self.round}"


async def taking_back(session: AsyncSession, found: Standing) -> TakenBack | str:
    """Give how a referral is taken back where it stands now, or why it cannot be, in words for whoever asks."""
    refused = refusal(found, "cancelled")
    if refused is not None and refused.reason != "ask-for-an-abort":
        return refused.words
    if found.abort_asked:
        return ASKED_ALREADY
    at_once = found.loop is not None and refused is None
    if await awaited_by(session, found.answering, CANCELLED):
        return TakenBack(found.answering.case_id, CANCELLED, _outcome(at_once=at_once), found.taken_back)
    if await awaited_by(session, found.case, ABORT_REQUESTED):
        at_once = at_once and not await _in_progress_within(session, found.case)
        asked = {"before_progress": at_once}
        return TakenBack(found.case.case_id, ABORT_REQUESTED, _outcome(at_once=at_once), found.taken_back, asked)
    return NOT_AWAITED


async def asking_only(session: AsyncSession, found: Standing) -> TakenBack | None:
    """Give how those who carry out a referral are asked to stop it, also where it could be cancelled; None: not now."""
    if found.abort_asked or not await awaited_by(session, found.case, ABORT_REQUESTED):
        return None
    return TakenBack(
        found.case.case_id, ABORT_REQUESTED, "abort-requested", found.taken_back, {"before_progress": False}
    )


def _outcome(*, at_once: bool) -> Outcome:
    return "cancelled" if at_once else "abort-requested"


async def _in_progress_within(session: AsyncSession, case: Case) -> bool:
    """Whether a referral that the case has called for is in progress: it would end with the case, unasked."""
    loops = [await loop_of(session, each) for each in await made_within(session, case, tuple(NUMBERS))]
    return any(found is not None and found[0].state in IN_PROGRESS for found in loops)


def refusal(found: Standing, to: LoopStateName) -> Refused | None:
    """Why the placer cannot bring the referral there; None when they can, or when its pathway marks no states."""
    if found.loop is None:
        return None
    next_one = advance(found.loop, Happened(to, found.received_at, "placer"))
    return next_one if isinstance(next_one, Refused) else None
