"""How is kept what a patient writes down, and how they want to be told?"""

from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import JournalEntry, PatientPreference
from records.upsert import insert_missing


async def write_down(session: AsyncSession, entry: JournalEntry) -> bool:
    """Keep a journal entry; say whether it is new."""
    return await insert_missing(session, entry)


async def prefer(session: AsyncSession, preference: PatientPreference) -> None:
    """Let this be how a patient wants to be told from now on."""
    await session.merge(preference)
