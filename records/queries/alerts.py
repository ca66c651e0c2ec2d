"""Which alerts did somebody get, and how many did everybody get? Notifications, with what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from policy.alerts import Alert
from records.queries.access import Side, in_case, referred, within
from records.queries.inbox import Addressed, addressed_to
from records.queries.requesters import made_by
from records.tables import CaseParty, Notification, Task


@dataclass(frozen=True, slots=True)
class Received:
    """An alert and who got it: a `role` or a `person`, by name."""

    kind: str
    recipient: str
    alert: Alert


async def is_told(session: AsyncSession, role: str, case_id: str, side: Side) -> bool:
    """Say whether what a role is told about a case is for the people of somebody's organisation."""
    root: Any = literal(case_id.partition("/")[0])
    theirs = within(root, side)
    if role in side.requesters:
        theirs = and_(made_by(literal(case_id), side), or_(theirs, referred(root, side)))
    return bool((await session.exec(select(theirs))).one())


async def let_in_since(session: AsyncSession, told: Notification) -> frozenset[str]:
    """Give the organisations that were let into a case for people of a role after somebody was told of it."""
    root = told.case_id.partition("/")[0]
    let_in = select(CaseParty.organisation).where(CaseParty.root_case_id == root, CaseParty.via == "role")
    later = let_in.where(col(CaseParty.since) > told.created_at, col(CaseParty.until).is_(None))
    return frozenset(await session.exec(later))


async def alerts_for(
    session: AsyncSession, to: Addressed, *, since: datetime, open_only: bool = False
) -> Sequence[Received]:
    """Give what somebody was told since then, as far as it is theirs to see; `open_only`: not acknowledged yet."""
    conditions = [addressed_to(Notification, to), col(Notification.created_at) >= since]
    if open_only:
        conditions.append(col(Notification.acknowledged_at).is_(None))
    return await _received(session, conditions)


async def all_alerts(session: AsyncSession, side: Side, *, since: datetime, until: datetime) -> Sequence[Received]:
    """Give what everybody was told in a time about the cases of somebody's organisation."""
    ours = in_case(col(Notification.case_id), within, side)
    return await _received(session, [ours, col(Notification.created_at) >= since, col(Notification.created_at) < until])


async def _received(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> Sequence[Received]:
    on_task: Any = and_(
        col(Task.case_id) == col(Notification.case_id), col(Task.activation) == col(Notification.activation)
    )
    told = select(Notification, col(Task.closed_at)).outerjoin(Task, on_task).where(*conditions)
    in_order = told.order_by(col(Notification.created_at), col(Notification.idempotency_key))
    return [_alert(row, closed_at) for row, closed_at in await session.exec(in_order)]


def _alert(row: Notification, closed_at: datetime | None) -> Received:
    alert = Alert(
        key=row.idempotency_key,
        case_id=row.case_id.partition("/")[0],
        level=row.level,
        text=row.text,
        channel=row.channel,
        at=row.created_at,
        acted_on=row.acknowledged_at is not None or (closed_at is not None and closed_at >= row.created_at),
    )
    return Received(row.recipient_kind, row.recipient, alert)
