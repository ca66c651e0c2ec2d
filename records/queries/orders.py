"""Which orders has a patient? Those that another one may repeat, under every id of the person."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.patients import same_patient
from records.tables import Case, OrderRecord


async def orders_of(
    session: AsyncSession, patient_id: str, code_family: str, *, without: str
) -> tuple[tuple[OrderRecord, bool], ...]:
    """Give a patient's orders of a kind but the one `without`, each with whether its case still runs."""
    found = (
        select(OrderRecord, Case.status)
        .outerjoin(Case, col(Case.case_id) == col(OrderRecord.case_id))
        .where(col(OrderRecord.patient_id).in_(await same_patient(session, patient_id)))
        .where(OrderRecord.code_family == code_family, OrderRecord.order_id != without)
        .order_by(col(OrderRecord.ordered_at).desc(), col(OrderRecord.order_id))
    )
    return tuple((order, status == "running") for order, status in await session.exec(found))
