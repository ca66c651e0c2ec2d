"""Which case conferences are open: when they decide, and whose opinion is still missing?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, within
from records.tables import Case, ScopeVariables, Task, Thread

CONFERENCE = "case_conference"
OPINION = "opinions"
"""The step of the conference in which each role that is asked gives its opinion: one task per role."""

MOST = 20
"""So many conferences of one case are shown, the newest."""


@dataclass(frozen=True, slots=True)
class Conference:
    """An open conference, the variables that it began with, and its tasks, done ones included.

    `about`: the case that called it, or in whose thread it was begun.
    """

    case: Case
    about: str
    variables: dict[str, Any]
    tasks: tuple[Task, ...]

    @property
    def given(self) -> tuple[str, ...]:
        """The roles that have given their opinion."""
        return _roles(task for task in self.tasks if task.element == OPINION and task.state == "completed")

    @property
    def missing(self) -> tuple[str, ...]:
        """The roles that the conference needs and that have given no opinion."""
        return tuple(role for role in self.required if role not in self.given)

    @property
    def required(self) -> tuple[str, ...]:
        """The roles that the conference needs."""
        return tuple(str(role) for role in self.variables.get("required_roles") or ())

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """What is to be done now."""
        return tuple(task for task in self.tasks if task.is_open)


def _roles(tasks: Iterable[Task]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(role for task in tasks for role in task.groups))


async def open_conferences(
    session: AsyncSession, side: Side, *, limit: int, offset: int
) -> tuple[Sequence[Conference], int]:
    """Give one page of the open conferences about cases of somebody's organisation, and how many there are.

    The one that decides first comes before; those that nobody gave a time come last.
    """
    conditions = (Case.key == CONFERENCE, Case.status == "running", within(Case.root_case_id, side))
    total = await session.exec(select(func.count()).select_from(Case).where(*conditions))
    said: Any = ScopeVariables.variables
    decide_by = func.coalesce(func.nullif(said["decide_by"].as_string(), ""), "9")
    ordered = _conferences().where(*conditions).order_by(decide_by, col(Case.case_id))
    return await _shown(session, ordered.limit(limit).offset(offset)), total.one()


async def conferences_about(session: AsyncSession, root_case_id: str) -> Sequence[Conference]:
    """Give the conferences about a case, also those that are over, the newest first."""
    about = or_(col(Case.root_case_id) == root_case_id, col(Thread.root_case_id) == root_case_id)
    found = _conferences().where(Case.key == CONFERENCE, about)
    return await _shown(session, found.order_by(col(Case.started_at).desc(), col(Case.case_id)).limit(MOST))


def _conferences() -> Any:
    of_process = and_(
        col(ScopeVariables.case_id) == col(Case.case_id), col(ScopeVariables.scope) == col(Case.process_scope)
    )
    begun_in = col(Thread.thread_id) == col(Case.business_key)
    return select(Case, ScopeVariables, Thread).outerjoin(ScopeVariables, of_process).outerjoin(Thread, begun_in)


async def _shown(session: AsyncSession, wanted: Any) -> Sequence[Conference]:
    page = tuple(await session.exec(wanted))
    tasks = await _tasks(session, [case.case_id for case, _, _ in page])
    return [
        Conference(
            case=case,
            about=thread.root_case_id if thread else case.root_case_id,
            variables=row.variables if row else {},
            tasks=tuple(tasks[case.case_id]),
        )
        for case, row, thread in page
    ]


async def _tasks(session: AsyncSession, case_ids: Collection[str]) -> Mapping[str, Sequence[Task]]:
    found: dict[str, list[Task]] = defaultdict(list)
    tasks = select(Task).where(col(Task.case_id).in_(case_ids)).order_by(col(Task.created_at), col(Task.activation))
    for task in await session.exec(tasks):
        found[task.case_id].append(task)
    return found
