"""Who has broken the glass of which case, and what has the review found?"""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, within
from records.tables import BrokenGlass, Case


async def unreviewed(session: AsyncSession) -> Sequence[BrokenGlass]:
    """Give what was opened by breaking the glass and has no review yet, the oldest first."""
    found = select(BrokenGlass).where(BrokenGlass.review_case_id == "")
    return tuple(await session.exec(found.order_by(col(BrokenGlass.since), col(BrokenGlass.grant_id))))


async def glasses_broken(
    session: AsyncSession, side: Side, *, limit: int, offset: int
) -> tuple[Sequence[tuple[BrokenGlass, Case | None]], int]:
    """Give one page of who broke the glass of the cases of somebody's organisation, and how many did.

    The newest first, each with the review.
    """
    ours = within(BrokenGlass.root_case_id, side)
    total = await session.exec(select(func.count()).select_from(BrokenGlass).where(ours))
    found = (
        select(BrokenGlass, Case)
        .outerjoin(Case, col(Case.case_id) == col(BrokenGlass.review_case_id))
        .where(ours)
        .order_by(col(BrokenGlass.since).desc(), col(BrokenGlass.grant_id))
    )
    page = await session.exec(found.limit(limit).offset(offset))
    return tuple((grant, review) for grant, review in page), total.one()
