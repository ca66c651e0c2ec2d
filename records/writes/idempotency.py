"""Was this request answered before? A key and an actor give one effect and one answer, however often they are sent.

Call `begin` in a transaction of its own, do the work, then `finish` in another: the work survives a crash between
the two because everything it does is idempotent itself (case ids, activations, message ids). What never comes to its
`finish` is in the audit all the same: `records/writes/unfinished.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, bindparam, delete, tuple_
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Idempotency
from records.upsert import insert_missing

LEASE = timedelta(seconds=60)
"""After this time, a request that never finished may be done again: whoever did it has died."""

AT_ONCE = 1_000
"""So many are forgotten in one transaction."""


_SETTLE = delete(SQLModel.metadata.tables["idempotency"]).where(
    col(Idempotency.key) == bindparam("which"), col(Idempotency.actor) == bindparam("whose")
)


@dataclass(frozen=True, slots=True)
class Proceed:
    """Nobody has done this yet: do it. `again`: it was begun before, and may have been done then."""

    again: bool = False
    kind: Literal["proceed"] = "proceed"


@dataclass(frozen=True, slots=True)
class Replay:
    """It was done: give this answer again."""

    status: int
    body: Any
    kind: Literal["replay"] = "replay"


@dataclass(frozen=True, slots=True)
class Busy:
    """Someone is doing it right now: ask again later."""

    kind: Literal["busy"] = "busy"


@dataclass(frozen=True, slots=True)
class Reused:
    """The key belongs to a different request: take a new one."""

    kind: Literal["reused"] = "reused"


Begun = Proceed | Replay | Busy | Reused


async def begin(
    session: AsyncSession,
    *,
    key: str,
    actor: str,
    request_hash: str,
    now: datetime,
    intent: Mapping[str, Any] | None = None,
) -> Begun:
    """Say what to do with a request under this key. `intent`: what the audit says of it if it is never finished."""
    first = Idempotency(
        key=key, actor=actor, request_hash=request_hash, begun_at=now, intent=dict(intent) if intent else None
    )
    known = None
    while known is None:  # it may be given back between our two looks
        if await insert_missing(session, first):
            return Proceed()
        known = await session.get(Idempotency, (key, actor), with_for_update=True)
    if known.request_hash != request_hash:
        return Reused()
    if known.status is not None:
        return Replay(known.status, known.body)
    if known.begun_at + LEASE > now:
        return Busy()
    owed = known.intent is not None
    known.begun_at, known.intent = now, known.intent or first.intent
    session.add(known)
    return Proceed(again=owed)


async def finish(session: AsyncSession, *, key: str, actor: str, status: int, body: Any) -> None:
    """Keep the answer (JSON) of a request that was begun, unless its key was given back meanwhile."""
    known = await session.get(Idempotency, (key, actor))
    if known is not None:
        known.status, known.body, known.intent = status, body, None
        session.add(known)


async def abandon(session: AsyncSession, *, key: str, actor: str) -> None:
    """Forget a request that failed without an effect, so that it may be sent again at once."""
    known = await session.get(Idempotency, (key, actor))
    if known is not None and known.status is None:
        await session.delete(known)


async def settle(session: AsyncSession, *, key: str, actor: str) -> None:
    """Take off a request that brought no key, in the transaction of its row in the audit: nobody can send it again."""
    await (await session.connection()).execute(_SETTLE, {"which": key, "whose": actor})


async def give_back(session: AsyncSession, *, key: str, actor: str) -> None:
    """Let a request be sent again at once of which nobody knows what came of it; the audit is still owed a row."""
    known = await session.get(Idempotency, (key, actor))
    if known is not None and known.status is None:
        known.begun_at -= LEASE
        session.add(known)


async def forget(session: AsyncSession, *, before: datetime) -> int:
    """Remove what was begun before this time, so much at once; give the number of requests that were forgotten."""
    key, actor = col(Idempotency.key), col(Idempotency.actor)
    noted = col(Idempotency.intent).is_(None)
    old = select(key, actor).where(col(Idempotency.begun_at) < before, noted).limit(AT_ONCE)
    gone = await session.exec(delete(Idempotency).where(tuple_(key, actor).in_(old)))
    return cast("CursorResult[Any]", gone).rowcount
