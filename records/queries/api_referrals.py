"""Which referral did a case come from, and which were stored but never became one? Those are finished from here."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Case, Referral


async def referral_of(session: AsyncSession, case_id: str) -> Referral | None:
    """Give the referral that a case was begun with, as it came; None when none brought it."""
    return (await session.exec(select(Referral).where(Referral.case_id == case_id))).first()


async def unstarted_referrals(session: AsyncSession, *, limit: int = 1_000) -> tuple[Referral, ...]:
    """Give the referrals whose case the read model does not know, the oldest first."""
    stored = (
        select(Referral)
        .outerjoin(Case, col(Case.case_id) == col(Referral.case_id))
        .where(col(Case.case_id).is_(None))
        .order_by(col(Referral.received_at), col(Referral.case_id))
    )
    return tuple(await session.exec(stored.limit(limit)))
