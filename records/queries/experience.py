"""Whose is what was told of the collaboration, and what of it may whoever leads read?"""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, within
from records.tables import Case, Experience

CARER = "carer"


async def experiences_of(
    session: AsyncSession, person: str, patient_ids: Collection[str], *, only: str = "", limit: int = 1
) -> Sequence[Experience]:
    """Give what a person told, and what carers told of them as a patient, the newest first; `only`: this one."""
    told = select(Experience).where(_theirs(person, patient_ids))
    found = told.where(Experience.experience_id == only) if only else told
    newest = found.order_by(col(Experience.told_at).desc(), col(Experience.experience_id))
    return tuple(await session.exec(newest.limit(limit)))


async def shared_experiences(
    session: AsyncSession, side: Side, *, limit: int, offset: int
) -> tuple[Sequence[tuple[Experience, Case]], int]:
    """Give one page of what was shared in cases of somebody's organisation, the newest first, and how much there is."""
    mine = (col(Experience.shared).is_(True), within(Case.case_id, side))
    of_case = col(Case.case_id) == col(Experience.root_case_id)
    total = await session.exec(select(func.count()).select_from(Experience).join(Case, of_case).where(*mine))
    found = select(Experience, Case).join(Case, of_case).where(*mine)
    newest = found.order_by(col(Experience.told_at).desc(), col(Experience.experience_id))
    return tuple(await session.exec(newest.limit(limit).offset(offset))), total.one()


def _theirs(person: str, patient_ids: Collection[str]) -> ColumnElement[bool]:
    by_carers = and_(col(Experience.side) == CARER, col(Experience.patient_id).in_(patient_ids))
    return or_(col(Experience.told_by) == person, by_carers)
