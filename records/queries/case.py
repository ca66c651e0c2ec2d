"""Where does a case stand? What it waits for and since when and until when, with the cases that it called."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import OPEN_STATES, Case, Incident, OpenActivation, ScopeVariables, Subscription, Task


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case and everything open in it and in the cases it called, at any depth.

    `called`: those cases, oldest first. `variables`: of this case's process. `waits` without the call activities that
    wait for a called case: what that one waits for is listed itself. The first wait is the one that is due first.
    """

    case: Case
    called: tuple[Case, ...]
    waits: tuple[OpenActivation, ...]
    tasks: tuple[Task, ...]
    subscriptions: tuple[Subscription, ...]
    incidents: tuple[Incident, ...]
    variables: dict[str, Any]

    @property
    def stuck_reasons(self) -> tuple[str, ...]:
        """Why it cannot go on, here or in a called case; empty when it is not stuck."""
        return tuple(case.stuck_reason for case in (self.case, *self.called) if case.stuck)


async def case_detail(session: AsyncSession, case_id: str) -> CaseDetail | None:
    """Give a case, None when it is not known."""
    case = await session.get(Case, case_id)
    if case is None:
        return None
    tree = select(Case).where(Case.root_case_id == case.root_case_id).order_by(col(Case.started_at), "case_id")
    called = tuple(other for other in await session.exec(tree) if other.case_id.startswith(f"{case_id}/"))
    inside = (case_id, *(other.case_id for other in called))
    tasks = select(Task).where(col(Task.case_id).in_(inside), col(Task.state).in_(OPEN_STATES))
    subscriptions = select(Subscription).where(col(Subscription.case_id).in_(inside))
    incidents = select(Incident).where(col(Incident.case_id).in_(inside), col(Incident.resolved_at).is_(None))
    return CaseDetail(
        case=case,
        called=called,
        waits=await open_waits(session, inside),
        tasks=tuple(await session.exec(tasks.order_by(col(Task.created_at), col(Task.activation)))),
        subscriptions=tuple(await session.exec(subscriptions.order_by(col(Subscription.since)))),
        incidents=tuple(await session.exec(incidents.order_by(col(Incident.raised_at)))),
        variables=await process_variables(session, case),
    )


async def open_waits(session: AsyncSession, case_ids: tuple[str, ...]) -> tuple[OpenActivation, ...]:
    """Give what these cases wait for, the earliest due first; calls are left out."""
    waits = (
        select(OpenActivation)
        .where(col(OpenActivation.case_id).in_(case_ids), col(OpenActivation.wait).not_in(("", "call")))
        .order_by(col(OpenActivation.until).is_(None), col(OpenActivation.until), col(OpenActivation.since))
    )
    return tuple(await session.exec(waits))


async def tokens(session: AsyncSession, case_id: str) -> tuple[OpenActivation, ...]:
    """Give every open activation of one case: where its tokens stand on the diagram."""
    here = select(OpenActivation).where(OpenActivation.case_id == case_id)
    return tuple(await session.exec(here.order_by(col(OpenActivation.since), col(OpenActivation.activation))))


async def visible_variables(session: AsyncSession, at: OpenActivation) -> dict[str, Any]:
    """Give the variables that an open activation sees: its own, then those of every scope around it."""
    found: dict[str, Any] = {}
    scope: OpenActivation | None = at
    while scope is not None:
        row = await session.get(ScopeVariables, (at.case_id, scope.activation))
        found = {**(row.variables if row else {}), **found}
        scope = await session.get(OpenActivation, (at.case_id, scope.scope)) if scope.scope else None
    return found


async def process_variables(session: AsyncSession, case: Case) -> dict[str, Any]:
    """Give the variables of the case's process, also after it ended."""
    row = await session.get(ScopeVariables, (case.case_id, case.process_scope))
    return row.variables if row else {}


def process_of(case: type[Case]) -> ColumnElement[bool]:
    """Say of a row of variables whether it holds those of the case's process."""
    here = col(ScopeVariables.case_id) == col(case.case_id)
    return and_(here, col(ScopeVariables.scope) == col(case.process_scope))
