"""Which case conferences are open: when they decide, and whose opinion is still missing?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, within
from records.queries.case import process_variables
from records.tables import Case, Task

CONFERENCE = "case_conference"
OPINION = "opinions"
"""The step of the conference in which each role that is asked gives its opinion: one task per role."""


@dataclass(frozen=True, slots=True)
class Conference:
    """An open conference, the variables that it began with, and its tasks, done ones included."""

    case: Case
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


async def open_conferences(session: AsyncSession, side: Side) -> Sequence[Conference]:
    """Give the open conferences about cases of somebody's organisation, the one that decides first before."""
    running = select(Case).where(Case.key == CONFERENCE, Case.status == "running", within(Case.root_case_id, side))
    found = [await _conference(session, case) for case in await session.exec(running)]
    return sorted(found, key=lambda each: (str(each.variables.get("decide_by") or "9"), each.case.case_id))


async def _conference(session: AsyncSession, case: Case) -> Conference:
    tasks = select(Task).where(Task.case_id == case.case_id).order_by(col(Task.created_at), col(Task.activation))
    return Conference(case, await process_variables(session, case), tuple(await session.exec(tasks)))
