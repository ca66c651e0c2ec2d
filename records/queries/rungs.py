"""Which rungs of escalation ladders have asked for a case that is not begun yet?"""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import RungStart

AT_ONCE = 50
"""How many are begun in one go."""


async def rungs_to_begin(session: AsyncSession) -> tuple[RungStart, ...]:
    """Give what is still to begin, the oldest first."""
    left = select(RungStart).where(RungStart.begun_case_id == "").order_by(col(RungStart.climbed_at), "rung_key")
    return tuple(await session.exec(left.limit(AT_ONCE)))


async def note_begun(session: AsyncSession, rung_key: str, case_id: str) -> None:
    """Note which case a rung has begun."""
    rung = await session.get_one(RungStart, rung_key)
    rung.begun_case_id = case_id
    session.add(rung)
