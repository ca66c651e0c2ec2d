"""How does somebody see a case in an emergency that is not theirs? By a reason, for four hours, and under review.

The glass opens at once; the review is a case of its own (`break_glass_review`), begun by the same call or, if that
fails, by the sweep. A grant ends by itself, and opens reading only. Who reviews it: `activities/reviewers.py`; the
privacy officer of the organisation whose case it is may do so too, if there is one after all.
"""

from datetime import timedelta
from functools import partial

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import Directory
from activities.reviewers import OFFICER, reviewer
from api.delivery import post_of
from api.deps import Change
from api.directory import directory_of
from api.problems import Problem
from api.starting_by_key import Wanted, begin_by_key
from api.surroundings import Surroundings
from api.turns import finish_left
from policy.matrix import BREAK_GLASS
from records.queries.access import OURS
from records.queries.broken_glass import unreviewed
from records.queries.parties import requester_of
from records.tables import BrokenGlass, Case
from records.writes.parties import break_glass, note_party, note_review
from workflows.engine.errors import EventRejected
from workflows.host.gateway import GatewayError

logger = structlog.get_logger(__name__)
OPEN_FOR = timedelta(hours=4)
REVIEW = "break_glass_review"
SYSTEM = "break-glass"
"""Who begins the review: not the person whose access is reviewed."""


async def open_case(change: Change, case: Case, reason: str) -> BrokenGlass:
    """Open a case to whoever asks, for a reason that stays on record; sent again it is the same grant."""
    now = change.here.clock()
    grant = BrokenGlass(
        grant_id=change.update_id[:32],
        root_case_id=case.root_case_id,
        person=change.me.id,
        name=change.me.name,
        organisation=change.me.organisation,
        reason=reason,
        since=now,
        until=now + OPEN_FOR,
    )
    async with change.here.database.session() as session:
        stored = await break_glass(session, grant)
        about = {"grant": stored.grant_id, "purpose": BREAK_GLASS, "reason": reason, "until": stored.until.isoformat()}
        await change.visit.audit(session, "case.glass_broken", case.case_id, **about)
    try:
        await _reviewed(change.here, stored)
    except GatewayError as error:  # that keeps nobody from the case: the sweep begins the review
        logger.warning("a broken glass has no review yet", grant=stored.grant_id, error=type(error).__name__)
    return stored


async def finish_reviews(here: Surroundings) -> int:
    """Begin the reviews that no call could begin; give their number."""
    async with here.database.reader() as session:
        waiting = await unreviewed(session)
    return await finish_left([partial(_reviewed, here, grant) for grant in waiting])


async def _reviewed(here: Surroundings, grant: BrokenGlass) -> bool:
    """Begin the review of a grant; say whether that was possible.

    Raises:
        GatewayError: no answer in time; the next sweep begins it.
    """
    try:
        async with here.database.reader() as session:
            wanted = await _review_of(session, grant, directory_of(here))
        begun = await begin_by_key(post_of(here), wanted, secret=here.settings.case_secret)
        await _let_in(here, begun.case_id, grant)
    except (EventRejected, Problem) as error:
        logger.error("a broken glass has no review yet", grant=grant.grant_id, error=type(error).__name__)
        return False
    async with here.database.session() as session:
        await note_review(session, grant.grant_id, begun.case_id)
    return True


async def _let_in(here: Surroundings, review: str, grant: BrokenGlass) -> None:
    async with here.database.session() as session:
        await let_reviewers_in(session, here, review, of=grant.root_case_id, through=f"review:{grant.grant_id}")


async def let_reviewers_in(session: AsyncSession, here: Surroundings, case_id: str, *, of: str, through: str) -> None:
    """Let the organisation into a case whose people review for the one whose case `of` is, unless that has its own."""
    directory = directory_of(here)
    organisation = _named(directory, await requester_of(session, of))
    reviewing = reviewer(directory, organisation).organisation
    if reviewing != organisation:
        name = OURS if reviewing == directory.organisation else reviewing
        await note_party(session, case_id, name, via="role", through=through, now=here.clock())


def _named(directory: Directory, organisation: str) -> str:
    """An organisation as the directory calls it."""
    return directory.organisation if organisation == OURS else organisation


async def _review_of(session: AsyncSession, grant: BrokenGlass, directory: Directory) -> Wanted:
    """The review is a case of the organisation whose case was opened."""
    organisation = await requester_of(session, grant.root_case_id)
    reviewing = reviewer(directory, _named(directory, organisation))
    about = {
        "grant_id": grant.grant_id,
        "opened_case": grant.root_case_id,
        "opened_by": grant.person,
        "opened_by_name": grant.name,
        "opened_organisation": grant.organisation,
        "opened_at": grant.since.isoformat(),
        "opened_reason": grant.reason,
        "reviewer_roles": ",".join(dict.fromkeys((OFFICER, reviewing.role))),
        "reviewer_why": reviewing.why,
    }
    key = f"BTG-{grant.grant_id}"
    return Wanted(REVIEW, key, f"review:{grant.grant_id}", SYSTEM, about, "urgent", organisation)
