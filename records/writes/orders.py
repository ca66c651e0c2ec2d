"""What becomes of an order? Noted when it is checked, active when it is sent, final when it is reported."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import OrderRecord, OrderWithdrawal
from records.upsert import insert_missing


async def note_order(session: AsyncSession, order: OrderRecord) -> OrderRecord:
    """Note an order; a further check of the same one changes what it is of, not what became of it."""
    is_new = await insert_missing(session, order)
    known = await session.get_one(OrderRecord, (order.order_id, order.requester))
    if is_new:
        return known
    known.code_family, known.body_site, known.laterality = order.code_family, order.body_site, order.laterality
    if known.status == "held":
        known.status = order.status
    session.add(known)
    return known


async def change_order(
    session: AsyncSession, order_id: str, requester: str, status: str, *, now: datetime, report_id: str = ""
) -> bool:
    """Note what became of an order; say whether it is known. The moment of its first final report stays."""
    order = await session.get(OrderRecord, (order_id, requester), with_for_update=True)
    if order is None:
        return False
    order.status = status
    if status == "final":
        order.reported_at = order.reported_at or now
        order.report_id = report_id or order.report_id
    session.add(order)
    return True


async def end_order(session: AsyncSession, order_id: str, case_id: str) -> None:
    """Note that the case of an order was ended from outside: unless reported it is cancelled, and if sent withdrawn."""
    its = (col(OrderRecord.order_id) == order_id, col(OrderRecord.case_id) == case_id)
    unreported = select(OrderRecord).where(*its, col(OrderRecord.status).in_(("active", "held")))
    for order in await session.exec(unreported):
        if order.status == "active":
            withdrawal = OrderWithdrawal(case_id=case_id, order_id=order_id, requester=order.requester)
            await insert_missing(session, withdrawal)
        order.status = "cancelled"
        session.add(order)


async def note_told(session: AsyncSession, withdrawn: OrderWithdrawal, *, now: datetime) -> None:
    """Note that whoever was to do an order is being told that it is withdrawn, or that nobody has to be."""
    key = (withdrawn.case_id, withdrawn.order_id, withdrawn.requester)
    row = await session.get_one(OrderWithdrawal, key)
    row.told_at = now
    session.add(row)


async def activate_orders(session: AsyncSession, order_ids: Collection[str], requester: str) -> None:
    """Note that orders of a requester that were held are sent all the same: a person has decided it."""
    for order_id in order_ids:
        order = await session.get(OrderRecord, (order_id, requester), with_for_update=True)
        if order is not None and order.status == "held":
            order.status = "active"
            session.add(order)
