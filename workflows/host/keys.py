"""Which data key is at hand? One per case with all it called: made at first use, read together, forgotten once erased.

A process keeps the keys it has used. Every few seconds, before it uses one again, it asks the database which keys were
erased since, and forgets those. While the database cannot be reached it goes on with what it has: an outage must not
stop a case, and what an erased key opens is a case that was over before.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg  # type: ignore[import-untyped]  # no type stubs are published
import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.exc import SQLAlchemyError

from records.database import Database
from records.queries.keys import data_keys, erased_after, is_on_record, last_erasure
from records.tables import DataKey
from records.writes.keys import add_data_key
from workflows.host.keys_errors import KeyErased, KeysUnavailable, KeyUnknown
from workflows.host.keys_wrapping import KeyEncryption, Wrapped, new_data_key

INSTALLATION = "installation"
"""The name of the key for payloads that belong to no case."""

LOOK_SECONDS = 10.0
"""How often a process asks which keys were erased. Erasing a key takes effect everywhere within 15 seconds."""

LOOK_PATIENCE, READ_PATIENCE = 1.0, 5.0
"""Seconds to wait for the database: not long for what may as well be asked ten seconds later."""

CAPACITY = 20_000
Found = AESGCM | KeyErased | KeyUnknown
"""A cipher with the data key, or why there is none."""

logger = structlog.get_logger(__name__)


def key_name(case_id: str | None) -> str:
    """Give the name of the key of a case: called cases share the key of the case that began it all."""
    return case_id.partition("/")[0] if case_id else INSTALLATION


class DataKeys:
    """The data keys of one process. `capacity`: how many it keeps; `clock`: seconds, rising."""

    def __init__(
        self,
        database: Database,
        encryption: KeyEncryption,
        *,
        capacity: int = CAPACITY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.database = database
        self.encryption = encryption
        self._capacity = capacity
        self._clock = clock
        self._kept: OrderedDict[str, AESGCM] = OrderedDict()
        self._look_at = 0.0
        self._erasure: int | None = None
        self._lost: set[str] = set()

    async def sealing(self, name: str) -> AESGCM:
        """Give the cipher that encrypts under this name; the first time, make its key.

        Raises:
            KeyErased: the key was erased; nothing is ever written under this name again.
            KeyUnknown: there was a key, and it is lost: another one could not open what was written before.
            KeysUnavailable: the database cannot be reached, and the key is not at hand.
        """
        found = (await self._at_hand((name,)))[name]
        if isinstance(found, KeyUnknown) and name not in self._lost:
            found = await self._made(name)
        if not isinstance(found, AESGCM):
            raise found
        return found

    async def opening(self, names: Iterable[str]) -> Mapping[str, Found]:
        """Give the ciphers that decrypt what was written under these names, in one reading.

        Raises:
            KeyRingError: a key-encryption key is missing.
            KeysUnavailable: the database cannot be reached, and a key is not at hand.
        """
        found = await self._at_hand(names)
        self._lost.update(name for name, each in found.items() if isinstance(each, KeyUnknown))
        return found

    async def _at_hand(self, names: Iterable[str]) -> Mapping[str, Found]:
        wanted = frozenset(names)
        if self._clock() >= self._look_at:
            await self._forget_erased()
        found: dict[str, Found] = {name: self._kept[name] for name in wanted if name in self._kept}
        for name in found:
            self._kept.move_to_end(name)
        if len(found) < len(wanted):
            found |= await self._read(wanted - found.keys())
        return found

    def forget(self, name: str) -> None:
        """Forget a key at once: this process has just erased it."""
        self._kept.pop(name, None)

    async def _forget_erased(self) -> None:
        """Whoever comes meanwhile goes on with what is kept: it is as old as this question at most."""
        self._look_at = self._clock() + LOOK_SECONDS
        try:
            async with asyncio.timeout(LOOK_PATIENCE), self.database.reader() as session:
                if self._erasure is None:
                    self._erasure = await last_erasure(session)
                    return
                erased = await erased_after(session, self._erasure)
        except _UNREACHABLE as error:
            logger.warning("erased keys cannot be looked up; keys at hand stay in use", error=type(error).__name__)
            return
        for name in erased:
            self.forget(name)
        self._erasure = max(self._erasure, *erased.values()) if erased else self._erasure

    async def _read(self, names: frozenset[str]) -> Mapping[str, Found]:
        erasure = self._erasure
        async with self._reaching(), asyncio.timeout(READ_PATIENCE), self.database.reader() as session:
            rows = await data_keys(session, names)
        found = {name: await self._found(name, rows.get(name)) for name in names}
        if erasure is not None and erasure == self._erasure:
            self._keep(found)
        return found

    async def _found(self, name: str, row: DataKey | None) -> Found:
        if row is None:
            return KeyUnknown(name)
        if row.erasure is not None:
            return KeyErased(name, row.erased_at, row.erased_by)
        return AESGCM(await self.encryption.unwrap(name, Wrapped(row.kek, row.wrapped)))

    async def _made(self, name: str) -> Found:
        """Make the key of a new case; of two processes that do so, both take the key of the first.

        What is on record already had one.
        """
        key = new_data_key()
        wrapped = await self.encryption.wrap(name, key)
        row = DataKey(root_case_id=name, wrapped=wrapped.data, kek=wrapped.kek, created_at=_now())
        async with self._reaching(), self.database.session() as session:
            if await is_on_record(session, name):
                return KeyUnknown(name)
            is_first = await add_data_key(session, row)
        if not is_first:
            return (await self._read(frozenset({name})))[name]
        made = AESGCM(key)
        self._keep({name: made})
        return made

    def _keep(self, found: Mapping[str, Found]) -> None:
        self._kept.update((name, cipher) for name, cipher in found.items() if isinstance(cipher, AESGCM))
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[None]:
        try:
            yield
        except _UNREACHABLE as error:
            why = type(error).__name__
            raise KeysUnavailable(f"The data keys cannot be read: the database does not answer ({why}).") from error


_UNREACHABLE = (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""How the two drivers say that the database is not there; a time-out is an OSError."""


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - when a key was made is for people; nothing is decided by it
