"""How are the rows of a case loaded and saved? All that is open, by a fixed number of statements."""

from typing import TypeVar

from sqlalchemy import bindparam
from sqlmodel import SQLModel, col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from records.projection.rows import CaseRows
from records.projection.summary import summarise
from records.tables import (
    OPEN_STATES,
    Case,
    Incident,
    Message,
    OpenActivation,
    ScopeVariables,
    Subscription,
    Task,
    TaskCandidate,
    Timer,
)
from records.upsert import insert_missing
from workflows.contract.requests import StartCase

Row = TypeVar("Row", bound=SQLModel)


async def case_row(session: AsyncSession, case_id: str) -> Case | None:
    """Give the row of a case."""
    return (await session.exec(_CASE, params={"case_id": case_id})).first()


async def load(session: AsyncSession, start: StartCase, case: Case | None) -> CaseRows:
    """Load what is open of a case; nothing when it has no row yet."""
    rows = CaseRows(start=start, case=case)
    if case is None:
        return rows
    this = {"case_id": start.case_id}
    rows.activations = {row.activation: row for row in await session.exec(_ACTIVATIONS, params=this)}
    rows.timers = {row.timer: row for row in await session.exec(_TIMERS, params=this)}
    rows.subscriptions = {row.subscription: row for row in await session.exec(_SUBSCRIPTIONS, params=this)}
    rows.scopes = {row.scope: row for row in await session.exec(_SCOPES, params=this)}
    rows.tasks = {row.activation: row for row in await session.exec(_TASKS, params=this)}
    if case.incident:
        rows.incidents = {row.incident: row for row in await session.exec(_INCIDENTS, params=this)}
    return rows


async def save(session: AsyncSession, rows: CaseRows, *, loaded: list[SQLModel]) -> None:
    """Write the rows of a case and its summary: what left them is deleted, messages and notifications are noted."""
    if rows.case is not None:
        summarise(rows, rows.case)
    kept = transient_rows(rows)
    kept_ids = {id(row) for row in kept}
    for row in loaded:
        if id(row) not in kept_ids:
            await session.delete(row)
    await _forget_candidates(session, rows)
    lasting = [*rows.tasks.values(), *rows.incidents.values(), *rows.keys, *rows.candidates]
    session.add_all([row for row in (rows.case, *kept, *lasting) if row is not None])
    for notification in rows.notifications.values():
        await insert_missing(session, notification)
    for message_id, status in rows.messages.items():
        noted = update(Message).where(col(Message.message_id) == message_id)
        if status != "delivered":  # the copy of a case that did not use what another case has
            noted = noted.where(col(Message.status) != "delivered")
        await session.exec(noted.values(status=status, case_id=rows.case_id))
    await session.flush()


async def _forget_candidates(session: AsyncSession, rows: CaseRows) -> None:
    for activation in sorted(rows.offered_anew):
        of_task = (col(TaskCandidate.case_id) == rows.case_id, col(TaskCandidate.activation) == activation)
        await session.exec(delete(TaskCandidate).where(*of_task))


def transient_rows(rows: CaseRows) -> list[SQLModel]:
    """Give the rows that are deleted when what they describe ends."""
    return [
        *rows.activations.values(),
        *rows.timers.values(),
        *rows.subscriptions.values(),
        *rows.scopes.values(),
    ]


def _of(table: type[Row]) -> SelectOfScalar[Row]:
    """Select what a table has of one case; made once, for making a statement costs as much as running it."""
    return select(table).where(table.__table__.c.case_id == bindparam("case_id"))  # type: ignore[attr-defined]


_CASE = _of(Case)
_ACTIVATIONS = _of(OpenActivation)
_TIMERS = _of(Timer)
_SUBSCRIPTIONS = _of(Subscription)
_SCOPES = _of(ScopeVariables)
_TASKS = _of(Task).where(col(Task.state).in_(OPEN_STATES))
_INCIDENTS = _of(Incident).where(col(Incident.resolved_at).is_(None))
