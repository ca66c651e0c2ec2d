"""How is the key-encryption key changed? Every data key is wrapped anew by the active one; no history is touched.

Interrupted, it goes on where it stopped: what is left is every key that another key-encryption key still wraps.
"""

from collections.abc import AsyncIterator

from records.database import Database
from records.queries.keys import keys_under_others
from records.writes.keys import rewrap_data_key
from workflows.host.keys_wrapping import KeyEncryption, Wrapped

AT_ONCE = 200
"""Data keys in one transaction."""


async def rewrap_all(database: Database, encryption: KeyEncryption, *, at_once: int = AT_ONCE) -> AsyncIterator[int]:
    """Wrap every data key by the active key-encryption key; give how many are done after each transaction.

    Raises:
        KeyRingError: a key-encryption key that still wraps data keys is not in the ring any more.
    """
    done = 0
    while rewrapped := await _rewrap_some(database, encryption, at_once):
        done += rewrapped
        yield done


async def _rewrap_some(database: Database, encryption: KeyEncryption, at_once: int) -> int:
    async with database.reader() as session:
        rows = await keys_under_others(session, encryption.active, limit=at_once)
    wrapped = {}
    for row in rows:
        key = await encryption.unwrap(row.root_case_id, Wrapped(row.kek, row.wrapped))
        wrapped[row.root_case_id] = await encryption.wrap(row.root_case_id, key)
    async with database.session() as session:
        for row in rows:
            new = wrapped[row.root_case_id]
            await rewrap_data_key(session, row.root_case_id, old=row.wrapped, new=new.data, kek=new.kek)
    return len(rows)
