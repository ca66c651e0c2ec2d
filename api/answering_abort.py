"""Who answers that a referral in progress is stopped? Whoever carries it out, by any door; never who asked for it.

A person answers who holds or may take the task. A system speaks for the organisation of its token: not for the other
side, when its own has made the referral and others take part. The gateway of the installation itself speaks for all.
"""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Visit
from api.referral_standing import ABORT_ANSWERED as ABORT_ANSWERED
from api.referral_standing import Standing, standing_of
from api.sides import side_of
from api.task_sight import task_sight
from records.queries.parties import parties_of
from records.queries.referral import case_of_referral
from records.queries.referral_acts import tasks_that
from records.queries.requesters import is_made_by
from records.tables import Case

SYSTEMS = frozenset({"integration"})
WHAT = "answer an abort"


async def answers_abort(asked: Visit, found: Standing) -> bool:
    """Say whether somebody may answer for those who carry a referral out."""
    async with asked.here.database.reader() as session:
        if asked.me.has_any(SYSTEMS):
            return not asked.me.organisation or not await _is_other_side(session, asked, found.case)
        tasks = await tasks_that(session, found.aborting or found.answering, "answer-abort")
    return any([(await task_sight(asked, task)).do for task in tasks])


async def require_answer(asked: Visit, *, referral_id: str = "", case_id: str = "") -> None:
    """Go on only when a message that answers comes from who may answer; of a case that is not theirs it says nothing.

    Raises:
        Problem: 403.
    """
    async with asked.here.database.reader() as session:
        by_id = await session.get(Case, case_id) if case_id else None
        case = by_id or await case_of_referral(session, referral_id, side_of(asked))
        stands = await standing_of(session, case) if case else None
    allowed = await answers_abort(asked, stands) if stands else asked.me.has_any(SYSTEMS)
    asked.require(allowed=allowed, what=WHAT)


async def _is_other_side(session: AsyncSession, asked: Visit, case: Case) -> bool:
    side = side_of(asked)
    if not any([await is_made_by(session, each, side) for each in {case.case_id, case.root_case_id}]):
        return False
    parties = await parties_of(session, (case.root_case_id,), at=side.now)
    return not set(parties[case.root_case_id]) <= set(side.organisations)
