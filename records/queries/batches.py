"""Which batches are there, how far is each, and what became of what it acts on?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Audit, Batch, BatchItem

UNDER_WAY = ("running", "undoing")
OVER = ("cancelled", "undone")
"""What asks for no item any more, though some may be left."""
PLANNING = timedelta(minutes=5)
"""So far apart a batch and the audit of its planning may be dated."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """A batch, and how many of its items have each status."""

    batch: Batch
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many items ended alike, for the same reason."""

    status: str
    reason: str
    count: int


async def batch_page(
    session: AsyncSession, *, organisation: str, kind: str | None, status: str | None, limit: int, offset: int
) -> tuple[tuple[BatchProgress, ...], int]:
    """Give one page of the batches of an organisation, the newest first, and how many there are."""
    optional = (
        (organisation, col(Batch.organisation) == organisation),
        (kind, col(Batch.kind) == kind),
        (status, col(Batch.status) == status),
    )
    conditions = [condition for value, condition in optional if value is not None]
    total = (await session.exec(select(func.count()).select_from(Batch).where(*conditions))).one()
    newest = select(Batch).where(*conditions).order_by(col(Batch.created_at).desc(), col(Batch.batch))
    found = tuple(await session.exec(newest.limit(limit).offset(offset)))
    counted = await _counts(session, [batch.batch for batch in found])
    return tuple(BatchProgress(batch, counted.get(batch.batch, {})) for batch in found), total


async def batch_progress(session: AsyncSession, batch_id: str) -> BatchProgress | None:
    """Give a batch and how far it is, None when there is none with this id."""
    batch = await session.get(Batch, batch_id)
    if batch is None:
        return None
    return BatchProgress(batch, (await _counts(session, [batch_id])).get(batch_id, {}))


async def reasons(session: AsyncSession, batch_id: str) -> tuple[ReasonCount, ...]:
    """Count what became of a batch's items by status and reason, the most frequent first."""
    grouped = (
        select(BatchItem.status, BatchItem.reason, func.count())
        .where(BatchItem.batch == batch_id, BatchItem.status != "pending")
        .group_by(col(BatchItem.status), col(BatchItem.reason))
        .order_by(func.count().desc(), col(BatchItem.status), col(BatchItem.reason))
    )
    return tuple(ReasonCount(*row) for row in await session.exec(grouped))


async def batch_items(
    session: AsyncSession, batch_id: str, *, status: str | None, limit: int, offset: int
) -> tuple[tuple[BatchItem, ...], int]:
    """Give one page of a batch's items, in their order, and how many there are."""
    conditions = [col(BatchItem.batch) == batch_id]
    conditions += [col(BatchItem.status) == status] if status is not None else []
    total = (await session.exec(select(func.count()).select_from(BatchItem).where(*conditions))).one()
    in_order = select(BatchItem).where(*conditions).order_by(col(BatchItem.number))
    return tuple(await session.exec(in_order.limit(limit).offset(offset))), total


async def is_within_another(session: AsyncSession, batch_id: str, case_id: str, target: str) -> bool:
    """Say whether a batch has another item that is about this very case, or about one that has called it."""
    parts = case_id.split("/")
    around = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    another = or_(col(BatchItem.case_id) != case_id, col(BatchItem.target) != target)
    found = select(BatchItem.number).where(BatchItem.batch == batch_id, col(BatchItem.case_id).in_(around), another)
    return (await session.exec(found.limit(1))).first() is not None


async def unattended(session: AsyncSession, *, now: datetime) -> Sequence[str]:
    """Give the batches that nobody works on and that are under way, or over with items of which nothing is known.

    The oldest first.
    """
    free = or_(col(Batch.lease_until).is_(None), col(Batch.lease_until) <= now)
    begun = (BatchItem.batch == Batch.batch, BatchItem.status == "pending", col(BatchItem.at).is_not(None))
    unsettled = and_(col(Batch.status).in_(OVER), select(BatchItem.number).where(*begun).exists())
    found = select(Batch.batch).where(or_(col(Batch.status).in_(UNDER_WAY), unsettled), free)
    return tuple(await session.exec(found.order_by(col(Batch.created_at))))


async def context_of_planner(session: AsyncSession, batch: Batch) -> dict[str, Any]:
    """Give in which roles and for which purposes a batch was planned, as the audit noted it then."""
    about = (Audit.actor == batch.actor, Audit.action == "batch.planned")
    then = col(Audit.at).between(batch.created_at - PLANNING, batch.created_at + PLANNING)
    planned = select(Audit.context).where(*about, then, col(Audit.detail)["batch"].as_string() == batch.batch)
    context = (await session.exec(planned.order_by(col(Audit.at)).limit(1))).first() or {}
    return {name: context[name] for name in ("roles", "purposes") if name in context}


async def _counts(session: AsyncSession, batch_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    grouped = (
        select(BatchItem.batch, BatchItem.status, func.count())
        .where(col(BatchItem.batch).in_(batch_ids))
        .group_by(col(BatchItem.batch), col(BatchItem.status))
    )
    counted: dict[str, dict[str, int]] = {}
    for batch, status, number in await session.exec(grouped):
        counted.setdefault(batch, {})[status] = number
    return counted
