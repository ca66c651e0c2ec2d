"""Which rungs of escalation ladders have asked for a case that is not begun yet, and which have begun one?"""

from sqlalchemy import and_, exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Case, FactRecord, RungStart

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


async def begun_for_what_is_over(session: AsyncSession, process: str) -> tuple[RungStart, ...]:
    """Give the rungs whose case, of this process, still runs although the step that was late has ended since.

    The timeline says that it has: a step that is not among the open ones may be about to be projected again.
    """
    its_end = exists().where(
        col(FactRecord.case_id) == col(RungStart.case_id),
        col(FactRecord.activation) == col(RungStart.activation),
        col(FactRecord.fact).in_(("completed", "terminated")),
    )
    begun = (
        select(RungStart)
        .join(Case, col(Case.case_id) == col(RungStart.begun_case_id))
        .where(RungStart.process == process, Case.status == "running", its_end)
    )
    return tuple(await session.exec(begun.order_by(col(RungStart.rung_key))))
