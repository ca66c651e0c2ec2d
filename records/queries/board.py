"""Where does every open case stand? Counted by pathway and by the step at which it waits."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.cases import somewhere
from records.tables import Case, OpenActivation

_PART = aliased(Case)


@dataclass(frozen=True, slots=True)
class Step:
    """A step at which cases wait. A case that waits at two steps counts at both; `process`: whose diagram has it.

    `overdue`: cases that should have gone on from here by now. `since`: of the one that waits longest.
    """

    process: str
    element: str
    title: str
    kind: str
    role: str
    cases: int
    overdue: int
    next_due: datetime | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The open cases of a pathway that no other case called, each counted once; the cases they called folded in."""

    pathway: str
    name: str
    cases: int
    stuck: int
    incident: int
    steps: tuple[Step, ...]


async def board(
    session: AsyncSession, mine: ColumnElement[bool], *, now: datetime, pathway: str | None = None
) -> tuple[Standing, ...]:
    """Give how the open cases stand for which `mine` holds, by pathway; the step that is due first stands first."""
    open_cases = [col(Case.caller).is_(None), Case.status == "running", mine]
    conditions = [*open_cases, *([Case.key == pathway] if pathway else [])]
    steps = await _steps(session, conditions, now)
    found = await session.exec(_counted(conditions))
    return tuple(
        Standing(key, name, cases, stuck, incident, tuple(steps[key])) for key, name, cases, stuck, incident in found
    )


def _counted(conditions: Sequence[Any]) -> Any:
    flags = [func.sum(case((somewhere(flag), 1), else_=0)) for flag in ("stuck", "incident")]
    counting = select(Case.key, func.max(col(Case.name)), func.count(), *flags).where(*conditions)
    return counting.group_by(col(Case.key)).order_by(col(Case.key))


async def _steps(session: AsyncSession, conditions: Sequence[Any], now: datetime) -> dict[str, list[Step]]:
    where = (col(_PART.key), col(OpenActivation.element), col(OpenActivation.title), col(OpenActivation.wait))
    at = (col(Case.key), *where, col(OpenActivation.role))
    late = func.count(case((col(OpenActivation.until) < now, col(Case.case_id))).distinct())
    due, since = func.min(col(OpenActivation.until)), func.min(col(OpenActivation.since))
    counting: Any = (
        select(*at, func.count(col(Case.case_id).distinct()), late, due, since)  # type: ignore[call-overload]  # nine columns
        .join(OpenActivation, col(OpenActivation.root_case_id) == col(Case.case_id))
        .join(_PART, col(_PART.case_id) == col(OpenActivation.case_id))
        .where(col(OpenActivation.wait).not_in(("", "call")), *conditions)
        .group_by(*at)
        .order_by(due.is_(None), due, *at)
    )
    found: dict[str, list[Step]] = defaultdict(list)
    for row in await session.exec(counting):
        found[row[0]].append(Step(*row[1:]))
    return found
