"""Which orders has a patient, under every id of the person, that another one may repeat? Which have a number?"""

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.patients import same_patient
from records.tables import Case, OrderRecord


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
