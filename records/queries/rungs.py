"""Which rungs of escalation ladders have asked for a case that is not begun yet, and which has begun one?"""

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import RungStart

AT_ONCE = 50
"""How many are given in one go."""


async def rungs_to_begin(session: AsyncSession, *, after: RungStart | None = None) -> tuple[RungStart, ...]:
    """Give some of what is still to begin, the oldest first; `after`: those that follow this one."""
    climbed_at, key = col(RungStart.climbed_at), col(RungStart.rung_key)
    left = select(RungStart).where(RungStart.begun_case_id == "")
    if after is not None:
        same = and_(climbed_at == after.climbed_at, key > after.rung_key)
        left = left.where(or_(climbed_at > after.climbed_at, same))
    return tuple(await session.exec(left.order_by(climbed_at, key).limit(AT_ONCE)))


async def rung_that_began(session: AsyncSession, case_id: str) -> RungStart | None:
    """Give the rung that a case was begun for; None when no rung has asked for it."""
    return (await session.exec(select(RungStart).where(RungStart.begun_case_id == case_id))).first()
