"""Which case is a referral, and who has not acknowledged yet what it was handed?"""

from sqlalchemy import ColumnElement, and_, true
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, within
from records.queries.case import process_of
from records.queries.patient_view import PATIENT_ROLES
from records.tables import Case, CaseKey, Handoff, ScopeVariables

NUMBERS = {
    "closed_loop_referral": "referral_id",
    "pre_rt_dental_clearance": "referral_id",
    "complex_shared_plan": "referral_id",
    "ent_imaging_oncology": "referral_id",
    "imaging_order": "order_id",
}
"""Processes that are called for a referral or order of their own, and the variable with its number."""


async def case_of_referral(session: AsyncSession, referral_id: str, side: Side) -> Case | None:
    """Give the newest case of a referral, one of the asking side's organisation first; None when there is none.

    It was begun under this id, or called with it.
    """
    for mine in (within(col(Case.root_case_id), side), true()):
        found = await _begun_under(session, referral_id, mine) or await _called_with(session, referral_id, mine)
        if found is not None:
            return found
    return None


async def unacknowledged(session: AsyncSession, case: Case) -> tuple[str, ...]:
    """Give to whom a result of the case was handed who has not acknowledged it yet; patients and carers need not."""
    inside = or_(col(Handoff.case_id) == case.case_id, col(Handoff.case_id).startswith(f"{case.case_id}/"))
    theirs = and_(col(Handoff.recipient_kind) == "role", col(Handoff.recipient).in_(PATIENT_ROLES))
    waiting = select(Handoff.recipient).where(inside, ~theirs, col(Handoff.acknowledged_at).is_(None))
    return tuple(dict.fromkeys(await session.exec(waiting.order_by(col(Handoff.sent_at), col(Handoff.recipient)))))


async def _begun_under(session: AsyncSession, referral_id: str, mine: ColumnElement[bool]) -> Case | None:
    begun = select(Case).where(Case.business_key == referral_id, col(Case.caller).is_(None), mine)
    return (await session.exec(begun.order_by(col(Case.started_at).desc()).limit(1))).first()


async def _called_with(session: AsyncSession, referral_id: str, mine: ColumnElement[bool]) -> Case | None:
    """A called case with this number, one of the keys by which messages find it; not what it called with the same."""
    known, variables = col(CaseKey.case_id) == col(Case.case_id), col(ScopeVariables.variables)
    numbered = (and_(col(Case.key) == key, variables[name].as_string() == referral_id) for key, name in NUMBERS.items())
    called = (
        select(Case)
        .join(CaseKey, and_(known, col(CaseKey.correlation_key) == referral_id))
        .join(ScopeVariables, process_of(Case))
        .where(col(Case.caller).is_not(None), or_(*numbered), mine)
    )
    found = list(await session.exec(called.order_by(col(Case.started_at).desc())))
    return next((case for case in found if not any(_is_inside(case, other) for other in found)), None)


def _is_inside(case: Case, other: Case) -> bool:
    return case.case_id.startswith(f"{other.case_id}/")
