"""What is under way for one patient? All their cases, what these wait for, which dates they hold."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import sealed
from records.queries.patients import same_patients
from records.tables import Case, CaseKey, OpenActivation, ScopeVariables


@dataclass(frozen=True, slots=True)
class Dated:
    """A date that an open case holds under a name, with the other variables of its process."""

    case: Case
    name: str
    at: str
    variables: Mapping[str, Any]


async def patient_cases(session: AsyncSession, patient_id: str, mine: ColumnElement[bool]) -> tuple[Case, ...]:
    """Give the cases of a patient, called ones left out, for which `mine` holds; open ones first, then the newest.

    A sealed case is about somebody else.
    """
    return (await cases_of_each(session, (patient_id,), mine))[patient_id]


async def cases_of_each(
    session: AsyncSession, patient_ids: Collection[str], mine: ColumnElement[bool]
) -> Mapping[str, tuple[Case, ...]]:
    """Give those cases for each of these patients; the questions do not grow with the patients."""
    same = await same_patients(session, patient_ids)
    keyed = select(CaseKey.correlation_key, Case).join(Case, col(CaseKey.case_id) == col(Case.case_id))
    known = col(CaseKey.correlation_key).in_({each for ids in same.values() for each in ids})
    found = keyed.where(known, col(Case.caller).is_(None), mine, ~sealed(Case.case_id))
    in_order = found.order_by(col(Case.ended_at).is_not(None), col(Case.started_at).desc(), col(Case.case_id))
    rows = (await session.exec(in_order)).all()
    return {
        patient: tuple({case.case_id: case for key, case in rows if key in ids}.values())
        for patient, ids in same.items()
    }


async def variables_of_each(session: AsyncSession, cases: Collection[Case]) -> Mapping[str, Mapping[str, Any]]:
    """Give the variables of the process of each of these cases, by case id, in one question."""
    process = (col(ScopeVariables.case_id) == col(Case.case_id)) & (
        col(ScopeVariables.scope) == col(Case.process_scope)
    )
    held = select(Case.case_id, ScopeVariables.variables).join(ScopeVariables, process)
    found = dict((await session.exec(held.where(col(Case.case_id).in_({case.case_id for case in cases})))).all())
    return {case.case_id: found.get(case.case_id, {}) for case in cases}


async def dates_of(session: AsyncSession, roots: Collection[str], names: Collection[str]) -> tuple[Dated, ...]:
    """Give the dates of these names that open cases hold, those that they called among them, the earliest first.

    What a case was called with is its caller's date; it is given once.
    """
    process = (col(ScopeVariables.case_id) == col(Case.case_id)) & (
        col(ScopeVariables.scope) == col(Case.process_scope)
    )
    open_cases = col(Case.root_case_id).in_(roots), Case.status == "running"
    found = select(Case, ScopeVariables.variables).join(ScopeVariables, process).where(*open_cases)
    held = await session.exec(found.order_by(col(Case.case_id)))
    once = {(each.case.root_case_id, each.name, each.at): each for each in reversed([*_dates(held, names)])}
    return tuple(sorted(once.values(), key=lambda each: (each.at, each.name, each.case.case_id)))


def _dates(held: Any, names: Collection[str]) -> Iterator[Dated]:
    for case, variables in held:
        for name in names:
            if isinstance(at := variables.get(name), str) and at:
                yield Dated(case, name, at, variables)


async def tasks_ahead(session: AsyncSession, roots: Collection[str]) -> Sequence[OpenActivation]:
    """Give what people have to do now in these cases and those they called, what is due first first."""
    waits = select(OpenActivation).where(col(OpenActivation.root_case_id).in_(roots), OpenActivation.wait == "task")
    order = (col(OpenActivation.until).is_(None), col(OpenActivation.until), col(OpenActivation.since))
    return tuple(await session.exec(waits.order_by(*order)))
