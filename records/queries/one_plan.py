"""What is under way for one patient? All their cases, what these wait for, which dates they hold."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import sealed
from records.queries.patients import cases_of
from records.tables import Case, OpenActivation, ScopeVariables


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
    ids = {case.case_id for case in await cases_of(session, patient_id)}
    found = select(Case).where(col(Case.case_id).in_(ids), mine, ~sealed(Case.case_id))
    in_order = found.order_by(col(Case.ended_at).is_not(None), col(Case.started_at).desc(), col(Case.case_id))
    return tuple(await session.exec(in_order))


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
