"""About which patient is a case, for a list by patient?"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Case, ScopeVariables


@dataclass(frozen=True, slots=True)
class AboutPatient:
    """A case that nobody called, its patient, and the name by which its referral knows them; empty when it has none."""

    case: Case
    patient_id: str
    name: str


async def about_patients(session: AsyncSession, roots: Collection[str]) -> tuple[AboutPatient, ...]:
    """Give the patients of these cases, as the cases themselves say."""
    process = (col(ScopeVariables.case_id) == col(Case.case_id)) & (
        col(ScopeVariables.scope) == col(Case.process_scope)
    )
    found = select(Case, ScopeVariables).outerjoin(ScopeVariables, process).where(col(Case.case_id).in_(roots))
    return tuple(_about(case, row) for case, row in await session.exec(found))


def _about(case: Case, row: ScopeVariables | None) -> AboutPatient:
    variables = row.variables if row else {}
    patient = variables.get("patient")
    name = patient.get("name") if isinstance(patient, dict) else None
    known = variables.get("patient_id")
    return AboutPatient(case, known if isinstance(known, str) else "", name if isinstance(name, str) else "")
