"""How does a batch move? Planned once; worked on by one process at a time, some items per turn; paused, ended, undone.

A turn is taken under a lease: when the process that holds it dies, another goes on after `LEASE`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from records.database import one_at_a_time
from records.queries.batches import OVER
from records.tables import Batch, BatchItem
from records.upsert import insert_missing

LEASE = timedelta(seconds=90)
"""After this time without a turn, whoever worked on a batch has died. Longer than a case may take to answer."""

Move = Literal["pause", "resume", "cancel", "undo"]

MOVES: dict[Move, dict[str, str]] = {
    "pause": {"running": "paused"},
    "resume": {"planned": "running", "paused": "running", "completed": "running"},
    "cancel": {"planned": "cancelled", "running": "cancelled", "paused": "cancelled"},
    "undo": dict.fromkeys(("running", "paused", "completed", "cancelled", "undone"), "undoing"),
}
"""From which status a person may bring a batch to which other."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The items to act on now; `undoing` those that are done already.

    `again`: numbers of those that were begun before, and of which nobody knows what came of it.
    """

    batch: Batch
    items: tuple[BatchItem, ...]
    undoing: bool
    again: frozenset[int] = frozenset()


async def create_batch(session: AsyncSession, batch: Batch, items: Sequence[BatchItem]) -> Batch:
    """Write a batch with its items, unless there is one with its id; give the one on record."""
    if await insert_missing(session, batch):
        session.add_all(items)
    return await session.get_one(Batch, batch.batch)


async def move_batch(session: AsyncSession, batch_id: str, move: Move, *, now: datetime) -> Batch | None:
    """Pause, resume, cancel or undo a batch; None when its status does not allow it.

    Resuming takes up what had failed as well; undoing again, what was kept: it may only not have answered.
    """
    batch = await _alone(session, batch_id)
    to = MOVES[move].get(batch.status)
    if to is None:
        return None
    batch.status, batch.status_reason = to, ""
    if to == "running":
        batch.started_at, batch.finished_at = batch.started_at or now, None
        failed = update(BatchItem).where(col(BatchItem.batch) == batch_id, col(BatchItem.status) == "failed")
        await session.exec(failed.values(status="pending", tries=0, reason=""))
    if to == "undoing":
        kept = update(BatchItem).where(col(BatchItem.batch) == batch_id, col(BatchItem.status) == "kept")
        await session.exec(kept.values(status="done", tries=0))
    if to == "cancelled":
        batch.finished_at = now
    session.add(batch)
    return batch


async def take_turn(session: AsyncSession, batch_id: str, *, holder: str, now: datetime, limit: int) -> Turn | None:
    """Give the next items to act on and hold the batch; None when there is nothing to do for this holder."""
    batch = await _alone(session, batch_id)
    if _is_held(batch, holder, now) or batch.status not in ("running", "undoing"):
        return None
    undoing = batch.status == "undoing"
    at_most = limit if undoing or not batch.pause_after else min(limit, await _left_of_canary(session, batch))
    items = await _next_items(session, batch_id, "done" if undoing else "pending", at_most)
    if not items:
        await _stop(session, batch, now)
        return None
    batch.lease_holder, batch.lease_until = holder, now + LEASE
    session.add(batch)
    again = frozenset() if undoing else frozenset(item.number for item in items if item.at is not None)
    for item in items:
        item.at = now
    return Turn(batch, items, undoing, again)


async def set_aside(session: AsyncSession, batch_id: str, why: str, *, now: datetime) -> None:
    """Let a batch under way rest that nobody here can work on: where somebody can, a person lets it go on."""
    batch = await _alone(session, batch_id)
    to = {"running": "paused", "undoing": "cancelled"}.get(batch.status)
    if to is not None and not _is_held(batch, "", now):
        batch.status, batch.status_reason = to, why
        session.add(batch)


def _is_held(batch: Batch, holder: str, now: datetime) -> bool:
    """Whether somebody else works on it."""
    return batch.lease_holder not in ("", holder) and batch.lease_until is not None and batch.lease_until > now


async def let_go(session: AsyncSession, batch_id: str, *, holder: str) -> None:
    """Give a batch up, so that another may go on at once."""
    mine = update(Batch).where(col(Batch.batch) == batch_id, col(Batch.lease_holder) == holder)
    await session.exec(mine.values(lease_holder="", lease_until=None))


async def left_unanswered(session: AsyncSession, batch_id: str, *, now: datetime) -> tuple[BatchItem, ...]:
    """Give the items of a batch that is over, and that nobody holds, that were begun and have not answered."""
    batch = await _alone(session, batch_id)
    if batch.status not in OVER or _is_held(batch, "", now):
        return ()
    begun = select(BatchItem).where(BatchItem.batch == batch_id, BatchItem.status == "pending")
    return tuple(await session.exec(begun.where(col(BatchItem.at).is_not(None))))


async def _alone(session: AsyncSession, batch_id: str) -> Batch:
    await one_at_a_time(session, f"batch {batch_id}")
    return await session.get_one(Batch, batch_id, populate_existing=True)


async def _left_of_canary(session: AsyncSession, batch: Batch) -> int:
    tried = select(func.count()).where(BatchItem.batch == batch.batch, BatchItem.status != "pending")
    return batch.pause_after - (await session.exec(tried)).one()


async def _next_items(session: AsyncSession, batch_id: str, status: str, limit: int) -> tuple[BatchItem, ...]:
    waiting = select(BatchItem).where(BatchItem.batch == batch_id, BatchItem.status == status)
    in_order = waiting.order_by(col(BatchItem.tries), col(BatchItem.number))
    return tuple(await session.exec(in_order.limit(limit))) if limit > 0 else ()


async def _stop(session: AsyncSession, batch: Batch, now: datetime) -> None:
    """Nothing is left for now: the canary is through, or everything is."""
    pending = await _next_items(session, batch.batch, "pending", 1)
    if batch.status == "running" and pending:
        batch.status = "paused"
        batch.status_reason = (
            f"The first {batch.pause_after} were tried: look at them, then resume or cancel; some kinds undo."
        )
    else:
        batch.status = "undone" if batch.status == "undoing" else "completed"
        batch.finished_at = now
    batch.pause_after = 0
    batch.lease_holder, batch.lease_until = "", None
    session.add(batch)
