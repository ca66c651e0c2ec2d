"""What is there to know of one task? The task, the case that began it all, and what the person typed so far."""

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.cases import flags
from records.tables import Case, Draft, Task


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """A task with its context; `draft` is the asking person's own, `flag` what its case is marked as.

    `needs`: the specialties of which who does it should have one, where that was asked.
    """

    task: Task
    root: Case | None
    draft: Draft | None
    flag: str = ""
    needs: tuple[str, ...] = ()


async def task_detail(session: AsyncSession, case_id: str, activation: str, *, person: str) -> TaskDetail | None:
    """Give a task in any state, None when there never was one."""
    task = await session.get(Task, (case_id, activation))
    if task is None:
        return None
    root = await session.get(Case, task.root_case_id)
    flag = (await flags(session, [task.root_case_id])).get(task.root_case_id, "")
    return TaskDetail(task, root, await session.get(Draft, (case_id, activation, person)), flag)


async def done_in(session: AsyncSession, case_id: str, element: str) -> str:
    """Give who did the newest task of an element; empty when nobody has."""
    tasks = select(Task).where(Task.case_id == case_id, Task.element == element)
    newest = (await session.exec(tasks.order_by(col(Task.created_at).desc()).limit(1))).first()
    return newest.completed_by if newest is not None else ""
