"""How does the hand-written side write the worklist? The rows that our worklist query reads, by plain SQL, at once."""

from typing import Any

from sqlalchemy import update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity

from bench.host.by_hand import SHOW
from bench.host.shapes import CHECK, Change, Completion, Opened, Question
from records.database import Database
from records.tables import Case, Task, TaskCandidate
from records.upsert import insert_missing
from workflows.contract.requests import Work, WorkResult


class Show:
    """The read model of the hand-written side: case, task and who may do it."""

    def __init__(self, database: Database) -> None:
        """Write into this database."""
        self._database = database

    @activity.defn(name=SHOW)
    async def show(self, change: Change) -> None:
        """Write one change in one transaction; safe to repeat."""
        async with self._database.session() as session:
            await _case(session, change)
            if change.closed is not None:
                await _close(session, change, change.closed)
            if change.opened is not None:
                await _open(session, change, change.opened)


async def _case(session: AsyncSession, change: Change) -> None:
    if not change.begins:
        await session.exec(update(Case).where(col(Case.case_id) == change.case_id).values(status=_status(change)))
        return
    begun = Case(
        case_id=change.case_id,
        root_case_id=change.case_id,
        key=change.pathway,
        name=change.pathway,
        sha256="",
        started_at=change.at,
        status=_status(change),
    )
    await insert_missing(session, begun)


async def _close(session: AsyncSession, change: Change, closed: Completion) -> None:
    this = (col(Task.case_id) == change.case_id, col(Task.activation) == closed.task)
    values = {
        "state": "completed",
        "closed_at": change.at,
        "completed_by": closed.actor,
        "outcome": dict(closed.values),
    }
    await session.exec(update(Task).where(*this).values(values))


async def _open(session: AsyncSession, change: Change, opened: Opened) -> None:
    task = Task(
        case_id=change.case_id,
        activation=opened.task,
        root_case_id=change.case_id,
        pathway=change.pathway,
        urgency="routine",
        element=opened.element,
        title=opened.title,
        groups=[opened.role],
        created_at=change.at,
        due_at=opened.due_at,
    )
    candidate = TaskCandidate(case_id=change.case_id, activation=opened.task, kind="role", name=opened.role)
    await insert_missing(session, task)
    await insert_missing(session, candidate)


def _status(change: Change) -> str:
    return "completed" if change.ended else "running"


@activity.defn(name=CHECK)
async def check_by_hand(question: Question) -> dict[str, Any]:
    """Serve the service task of the hand-written side."""
    return {f"checked_{question.element}": True}


@activity.defn(name=CHECK)
async def check_ours(work: Work) -> WorkResult:
    """Serve the service task of ours."""
    return WorkResult({f"checked_{work.element}": True})
