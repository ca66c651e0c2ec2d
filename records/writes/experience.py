"""How is kept what people tell of the collaboration, shared by their wish, and taken back?"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Experience
from records.upsert import insert_missing


async def keep_experience(session: AsyncSession, row: Experience) -> bool:
    """Keep what somebody told; say whether it is new."""
    return await insert_missing(session, row)


async def share_experience(session: AsyncSession, row: Experience, *, shared: bool, named: bool) -> None:
    """Let whoever leads read it from now on, or no longer."""
    row.shared, row.named = shared, shared and named
    session.add(row)


async def withdraw_experience(session: AsyncSession, row: Experience, *, now: datetime) -> None:
    """Take it back: its words are gone, that there was something stays."""
    row.shared, row.named, row.text = False, False, ""
    row.withdrawn_at = row.withdrawn_at or now
    session.add(row)
