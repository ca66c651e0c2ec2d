"""Of which patient is a case, which cases are about somebody's own patients, and who acts for a patient?"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from records.queries.access import Side, of_patients, sealed
from records.tables import Case, ProxyGrant, ScopeVariables


async def patient_of(session: AsyncSession, case: Case) -> str:
    """Give the opaque id of the patient of a case that began it all; empty when it is about nobody.

    A sealed case is about nobody: the patient whom it names is the wrong one.
    """
    if (await session.exec(select(sealed(literal(case.case_id))))).one():
        return ""
    row = await session.get(ScopeVariables, (case.case_id, case.process_scope))
    found = row.variables.get("patient_id") if row else None
    return found if isinstance(found, str) else ""


async def cases_of_patients(session: AsyncSession, side: Side) -> tuple[Case, ...]:
    """Give the cases, called ones left out, about the patients whose records are somebody's own; the newest first."""
    return tuple(await session.exec(_newest(*_of_own(side))))


async def page_of_patients(
    session: AsyncSession, side: Side, *, but: Collection[str], limit: int, offset: int
) -> tuple[tuple[Case, ...], int]:
    """Give one page of those cases without those of the pathways `but`, and how many there are."""
    if not side.patients:
        return (), 0
    conditions = (*_of_own(side), col(Case.key).not_in(but))
    total = await session.exec(select(func.count()).select_from(Case).where(*conditions))
    return tuple(await session.exec(_newest(*conditions).limit(limit).offset(offset))), total.one()


def _of_own(side: Side) -> tuple[ColumnElement[bool], ...]:
    return col(Case.caller).is_(None), of_patients(Case.case_id, side)


def _newest(*conditions: ColumnElement[bool]) -> SelectOfScalar[Case]:
    return select(Case).where(*conditions).order_by(col(Case.started_at).desc(), col(Case.case_id))


async def proxies_for(session: AsyncSession, patient_ids: Collection[str]) -> Sequence[ProxyGrant]:
    """Give every grant of a patient, those that ended too, the newest first."""
    given = select(ProxyGrant).where(col(ProxyGrant.patient_id).in_(patient_ids))
    return tuple(await session.exec(given.order_by(col(ProxyGrant.since).desc(), col(ProxyGrant.grant_id))))


async def proxies_of(session: AsyncSession, person: str, *, now: datetime) -> Sequence[ProxyGrant]:
    """Give the grants by which a person acts for patients now."""
    given = select(ProxyGrant).where(
        col(ProxyGrant.person) == person,
        col(ProxyGrant.withdrawn_at).is_(None),
        col(ProxyGrant.since) <= now,
        or_(col(ProxyGrant.until).is_(None), col(ProxyGrant.until) > now),
    )
    return tuple(await session.exec(given.order_by(col(ProxyGrant.since), col(ProxyGrant.grant_id))))
