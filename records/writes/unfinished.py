"""What was begun and never finished? It leaves a row in the audit all the same: nobody knows whether it was done.

A request is on record with its key before it does anything, and what it means to do until its answer is kept. What is
still there after a while was of a process that died, or was not answered by Temporal or the database. Likewise items
of a batch that rests: whoever worked on them has died, and nobody may ever ask again.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Batch, BatchItem, Case, Idempotency
from records.writes.audit import UNKNOWN, append_audit

ACTION = "access.unfinished"
AFTER = timedelta(minutes=5)
"""No request and no turn of a batch takes as long."""

AT_ONCE = 100
UNSURE = "it was asked, and its answer was lost: it may have been done"
"""Stands as the reason of an item of a batch once the audit says so."""

_RESTS = ("paused", "cancelled", "completed", "undone")


async def note_unfinished(session: AsyncSession, *, now: datetime) -> int:
    """Note in the audit the requests that were begun long ago and not finished, each once; give their number."""
    begun = select(Idempotency).where(col(Idempotency.intent).is_not(None), col(Idempotency.begun_at) < now - AFTER)
    oldest = begun.order_by(col(Idempotency.begun_at)).limit(AT_ONCE).with_for_update(skip_locked=True)
    rows = (await session.exec(oldest)).all()
    for row in rows:
        await _note(session, row.actor, row.intent or {}, now)
        row.intent = None
        session.add(row)
    return len(rows)


async def _note(session: AsyncSession, actor: str, intent: dict[str, Any], now: datetime) -> None:
    """Of what the address named, only a case that there is: anything else may be a patient's."""
    case = await session.get(Case, intent["case_id"]) if intent["case_id"] else None
    activation = {"activation": intent["activation"]} if case and intent["activation"] else {}
    await append_audit(
        session,
        actor=actor,
        action=ACTION,
        now=now,
        case_id=case.case_id if case else "",
        detail={"request_id": intent["request_id"], "begun_at": intent["begun_at"], **activation},
        organisation=intent["organisation"],
        outcome=UNKNOWN,
        context=intent["context"],
    )


async def note_unsure_items(session: AsyncSession, *, now: datetime) -> int:
    """Note in the audit the items of resting batches that were begun and not finished, each once; give their number."""
    begun = (
        select(BatchItem, Batch)
        .join(Batch, col(Batch.batch) == col(BatchItem.batch))
        .where(BatchItem.status == "pending", BatchItem.reason == "", col(BatchItem.at) < now - AFTER)
        .where(col(Batch.status).in_(_RESTS))
    )
    oldest = begun.order_by(col(BatchItem.at)).limit(AT_ONCE).with_for_update(skip_locked=True, of=BatchItem)
    rows = (await session.exec(oldest)).all()
    for item, batch in rows:
        item.reason = UNSURE
        session.add(item)
        detail = {"batch": item.batch, "item": item.number, "target": item.target, "outcome": "unknown"}
        await append_audit(
            session,
            actor=batch.actor,
            action=batch.kind,
            now=now,
            case_id=item.case_id,
            detail=detail,
            organisation=batch.organisation,
            outcome=UNKNOWN,
        )
    return len(rows)
