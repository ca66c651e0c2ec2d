"""Which orders has a patient, under every id of the person, that another one may repeat? Which were withdrawn?"""

from collections.abc import Collection

from sqlalchemy import or_, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.patients import same_patient
from records.tables import Case, Disclosure, OrderRecord, OrderWithdrawal

AT_ONCE = 50
"""How many withdrawals are given in one go."""


async def orders_of(
    session: AsyncSession, patient_id: str, code_family: str, *, without: tuple[str, str]
) -> tuple[tuple[OrderRecord, bool], ...]:
    """Give a patient's orders of a kind, each with whether its case still runs.

    `without`: id and requester of the one that is left out.
    """
    order_id, requester = without
    found = (
        select(OrderRecord, Case.status)
        .outerjoin(Case, col(Case.case_id) == col(OrderRecord.case_id))
        .where(col(OrderRecord.patient_id).in_(await same_patient(session, patient_id)))
        .where(OrderRecord.code_family == code_family)
        .where(or_(col(OrderRecord.order_id) != order_id, col(OrderRecord.requester) != requester))
        .order_by(col(OrderRecord.ordered_at).desc(), col(OrderRecord.order_id), col(OrderRecord.requester))
    )
    return tuple((order, status == "running") for order, status in await session.exec(found))


async def orders_numbered(session: AsyncSession, order_id: str) -> tuple[OrderRecord, ...]:
    """Give the orders with a number, one for each requester who has used it."""
    numbered = select(OrderRecord).where(OrderRecord.order_id == order_id)
    return tuple(await session.exec(numbered.order_by(col(OrderRecord.requester))))


async def untold_withdrawals(
    session: AsyncSession, *, after: OrderWithdrawal | None = None
) -> tuple[OrderWithdrawal, ...]:
    """Give some orders that were withdrawn and nobody was told of; `after`: those that follow this one."""
    key = (col(OrderWithdrawal.case_id), col(OrderWithdrawal.order_id), col(OrderWithdrawal.requester))
    left = select(OrderWithdrawal).where(col(OrderWithdrawal.told_at).is_(None))
    if after is not None:
        left = left.where(tuple_(*key) > (after.case_id, after.order_id, after.requester))
    return tuple(await session.exec(left.order_by(*key).limit(AT_ONCE)))


async def sent_to(session: AsyncSession, case_id: str, messages: Collection[str]) -> tuple[str, ...]:
    """Give the services that one of these messages of a case has reached, or may have."""
    reached = select(Disclosure.recipient).where(
        Disclosure.case_id == case_id,
        col(Disclosure.message).in_(messages),
        col(Disclosure.state).in_(("sent", "pending")),
    )
    return tuple(sorted(set(await session.exec(reached))))
