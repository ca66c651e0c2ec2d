"""Who did what, when? Appended to a chain in which every row seals the one before, and which can be checked."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.database import one_at_a_time
from records.tables import Audit

FIRST = "0" * 64


async def append_audit(
    session: AsyncSession,
    *,
    actor: str,
    action: str,
    now: datetime,
    case_id: str = "",
    detail: Mapping[str, Any] | None = None,
) -> Audit:
    """Append one row. Its hash covers the row before; writers wait for each other until their transaction ends."""
    await one_at_a_time(session, "audit")
    last = (await session.exec(select(Audit).order_by(col(Audit.id).desc()).limit(1))).first()
    row = Audit(
        at=now,
        actor=actor,
        action=action,
        case_id=case_id,
        detail=dict(detail or {}),
        prev_hash=last.hash if last else FIRST,
        hash="",
    )
    row.hash = _seal(row)
    session.add(row)
    await session.flush()
    return row


async def broken_audit(session: AsyncSession) -> int | None:
    """Give the id of the first row that was changed or whose predecessor is missing, None when the chain is whole."""
    previous = FIRST
    for row in await session.exec(select(Audit).order_by(col(Audit.id))):
        if row.prev_hash != previous or row.hash != _seal(row):
            return row.id
        previous = row.hash
    return None


def _seal(row: Audit) -> str:
    content = [row.prev_hash, row.at.timestamp(), row.actor, row.action, row.case_id, row.detail]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
