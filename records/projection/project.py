"""How are the facts of a case written? In order, each once, one transaction per batch; a gap is an error."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import bindparam
from sqlmodel import SQLModel, col, delete, insert, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from pathways import codec
from records.database import one_at_a_time
from records.projection.apply import apply
from records.projection.rows import CaseRows
from records.projection.summary import summarise
from records.projection.values import recorded
from records.tables import (
    OPEN_STATES,
    Case,
    CaseStart,
    FactRecord,
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
from workflows.contract.requests import CaseFacts, StartCase
from workflows.engine.facts import Fact

Row = TypeVar("Row", bound=SQLModel)


class MissingFacts(Exception):
    """Facts came before those that belong in front of them: project the batch that begins with `expected`."""

    def __init__(self, case_id: str, *, expected: int, received: int) -> None:
        super().__init__(
            f"case {case_id}: fact {expected} is missing, fact {received} came instead; "
            f"project the batch with fact {expected} first, then this one again"
        )
        self.case_id = case_id
        self.expected = expected
        self.received = received


async def project(session: AsyncSession, batch: CaseFacts) -> int:
    """Write a batch of facts in the session's transaction; give the number of the last fact of the case.

    Facts that were projected before are passed over, so a batch may come again, wholly or in part.

    Raises:
        MissingFacts: a fact between the last one projected and this batch is missing; nothing is changed.
    """
    await one_at_a_time(session, f"case:{batch.case.case_id}")
    case = (await session.exec(_CASE, params={"case_id": batch.case.case_id})).first()
    new = unprojected(batch, last_seq=case.last_seq if case else 0)
    if not new:
        return case.last_seq if case else 0
    if case is None:
        session.add(CaseStart(case_id=batch.case.case_id, start=identity_of(batch.case)))
    rows = await _load(session, batch.case, case)
    loaded = _transient_rows(rows)
    await keep_facts(session, rows, new)
    for fact in new:
        apply(rows, fact)
    await save(session, rows, loaded=loaded)
    return new[-1].seq


def unprojected(batch: CaseFacts, *, last_seq: int) -> list[Fact]:
    """Give the facts after `last_seq`, in order and without gaps.

    Raises:
        MissingFacts: there is a gap.
    """
    new: list[Fact] = []
    for fact in batch.facts:
        if fact.seq <= last_seq:
            continue
        if fact.seq != last_seq + 1:
            raise MissingFacts(batch.case.case_id, expected=last_seq + 1, received=fact.seq)
        new.append(recorded(fact))
        last_seq = fact.seq
    return new


async def save(session: AsyncSession, rows: CaseRows, *, loaded: list[SQLModel]) -> None:
    """Write the rows of a case and its summary: what left them is deleted, messages and notifications are noted."""
    if rows.case is not None:
        summarise(rows, rows.case)
    kept = _transient_rows(rows)
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


def _transient_rows(rows: CaseRows) -> list[SQLModel]:
    return [
        *rows.activations.values(),
        *rows.timers.values(),
        *rows.subscriptions.values(),
        *rows.scopes.values(),
    ]


def identity_of(start: StartCase) -> str:
    """Who the case is, as JSON: without variables (`case_started` has them) and carried state."""
    return codec.dump(replace(start, variables={}, state=None)).decode()


async def keep_facts(session: AsyncSession, rows: CaseRows, facts: Iterable[Fact]) -> None:
    """Put facts on record; as plain values, for a step has many and nothing reads them as objects."""
    values = [
        {
            "case_id": rows.case_id,
            "seq": fact.seq,
            "root_case_id": rows.root_case_id,
            "at": fact.at,
            "fact": fact.fact,
            "element": fact.element,
            "name": fact.name,
            "type": fact.type,
            "activation": fact.activation,
            "detail": dict(fact.detail),
        }
        for fact in facts
    ]
    if values:
        await (await session.connection()).execute(insert(FactRecord), values)


async def _load(session: AsyncSession, start: StartCase, case: Case | None) -> CaseRows:
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
