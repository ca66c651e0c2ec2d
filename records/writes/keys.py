"""How does a case get its data key, once; how is the key wrapped anew; how is it erased for good?"""

from datetime import datetime

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from records.database import one_at_a_time
from records.queries.keys import last_erasure
from records.tables import DataKey
from records.upsert import insert_missing


async def add_data_key(session: AsyncSession, row: DataKey) -> bool:
    """Keep a new key; say whether it is the first of its name. Of two processes, one is first."""
    return await insert_missing(session, row)


async def rewrap_data_key(session: AsyncSession, name: str, *, old: bytes, new: bytes, kek: str) -> None:
    """Replace the wrapped key, unless someone else has replaced or erased it meanwhile."""
    same = (col(DataKey.root_case_id) == name, col(DataKey.wrapped) == old)
    await session.exec(update(DataKey).where(*same).values(wrapped=new, kek=kek))


async def erase_data_key(session: AsyncSession, name: str, *, actor: str, now: datetime) -> DataKey | None:
    """Erase a key and keep when and by whom; erasing again changes nothing. None: there is no such key."""
    await one_at_a_time(session, "erase data keys")
    row = await session.get(DataKey, name, with_for_update=True)
    if row is not None and row.erasure is None:
        row.wrapped, row.kek = b"", ""
        row.erasure = await last_erasure(session) + 1
        row.erased_at, row.erased_by = now, actor
        session.add(row)
        await session.flush()
    return row
