"""Which tasks does a role, a person or a team see? Filtered, sorted and paged."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, assert_never

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, at_work, kept_out, named_in, of_patients, referred, sealed, within
from records.queries.cases import flags
from records.queries.requesters import made_by, parted
from records.queries.withheld import asks_for_withheld
from records.tables import OPEN_STATES, Case, Task, TaskCandidate

Sort = Literal["due", "priority", "created"]


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """What a worklist shows. What is empty does not filter.

    `person` and `roles` together: what the person holds, and what anyone of these roles may still take.
    `person` alone: what they hold or are named for. `roles` alone: everything of these roles, whoever holds it.
    `team`: a lane of the diagram. `pathway`: of the case itself or of the case that began it all.
    `side`: who looks; only tasks that are theirs to see are shown, and a role of `own_record` leads them to tasks about
    their own patients only, one of `side.requesters` to referrals that their organisation made. `overdue_at`: due
    before this time. `states`: open ones by default, else any of ready, claimed, completed, cancelled. `specialties`:
    of who looks; tasks that need one of them come first (None: nobody asks which tasks need one). `never_sent`: roles
    of who looks; a task that asks them for a result that was withheld from them is left out.
    """

    roles: tuple[str, ...] = ()
    person: str | None = None
    team: str | None = None
    pathway: str | None = None
    urgency: str | None = None
    case_id: str | None = None
    overdue_at: datetime | None = None
    due_before: datetime | None = None
    states: tuple[str, ...] = OPEN_STATES
    side: Side | None = None
    own_record: tuple[str, ...] = ()
    specialties: tuple[str, ...] | None = None
    never_sent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorklistItem:
    """A task and the case that began it all (None only while that case is not projected yet), and its `flag`.

    `needs`: the specialties of which who does it should have one.
    """

    task: Task
    root: Case | None
    flag: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """One page of a worklist; `total` counts all pages."""

    items: tuple[WorklistItem, ...]
    total: int


async def worklist(
    session: AsyncSession, wanted: WorklistFilter, *, sort: Sort = "due", limit: int = 50, offset: int = 0
) -> WorklistPage:
    """Give one page of the tasks that match; the order is total, so pages do not overlap."""
    conditions = _conditions(wanted)
    total = await session.exec(_joined(select(func.count()).select_from(Task)).where(*conditions))
    ordered = _joined(select(Task, Case)).where(*conditions).order_by(*_first(wanted), *_order(sort))
    found = list(await session.exec(ordered.limit(limit).offset(offset)))
    flag = await flags(session, {task.root_case_id for task, _ in found})
    needed = await specialties_of(session, [task for task, _ in found] if wanted.specialties is not None else [])
    items = tuple(WorklistItem(task, root, flag.get(task.root_case_id, ""), needed(task)) for task, root in found)
    return WorklistPage(items, total.one())


async def specialties_of(session: AsyncSession, tasks: Sequence[Task]) -> Callable[[Task], tuple[str, ...]]:
    """Give, for each of these tasks, the specialties of which who does it should have one."""
    some = col(TaskCandidate.case_id).in_({task.case_id for task in tasks})
    rows = select(TaskCandidate).where(some, TaskCandidate.kind == "specialty").order_by(col(TaskCandidate.name))
    needed = defaultdict[tuple[str, str], list[str]](list)
    for row in await session.exec(rows) if tasks else ():
        needed[row.case_id, row.activation].append(row.name)
    return lambda task: tuple(needed.get((task.case_id, task.activation), ()))


def _joined(query: Any) -> Any:
    return query.outerjoin(Case, col(Case.case_id) == col(Task.root_case_id))


def _conditions(wanted: WorklistFilter) -> Sequence[ColumnElement[bool]]:
    optional = (
        (wanted.team, col(Task.lane) == wanted.team),
        (wanted.pathway, or_(col(Case.key) == wanted.pathway, col(Task.pathway) == wanted.pathway)),
        (wanted.urgency, col(Task.urgency) == wanted.urgency),
        (wanted.case_id, or_(col(Task.root_case_id) == wanted.case_id, col(Task.case_id) == wanted.case_id)),
    )
    limits = [limit for limit in (wanted.overdue_at, wanted.due_before) if limit is not None]
    return [
        col(Task.state).in_(wanted.states),
        *_of_people(wanted),
        *([_reached_by(wanted.side, wanted.own_record)] if wanted.side else []),
        *([~asks_for_withheld(wanted.never_sent)] if wanted.never_sent else []),
        *(condition for value, condition in optional if value is not None),
        *(col(Task.due_at) < limit for limit in limits),
    ]


def _of_people(wanted: WorklistFilter) -> Sequence[ColumnElement[bool]]:
    if wanted.person is None:
        return [_pool(wanted)] if wanted.roles else []
    may_take = or_(_pool(wanted), _candidate("user", (wanted.person,)))
    return [or_(_held(wanted, wanted.person), and_(col(Task.assignee).is_(None), may_take))]


def _held(wanted: WorklistFilter, person: str) -> ColumnElement[bool]:
    """What somebody holds; of what patients are asked, as long as they are still asked it for their own record."""
    if not wanted.side or not wanted.own_record:
        return col(Task.assignee) == person
    still = or_(at_work(Task, wanted.side), _pool(wanted), of_patients(Task.root_case_id, wanted.side))
    return and_(col(Task.assignee) == person, still)


def _pool(wanted: WorklistFilter) -> ColumnElement[bool]:
    """Tasks of these roles; a patient's only about their own record, a referrer's only of referrals of their own."""
    own = tuple(role for role in wanted.roles if role in wanted.own_record)
    roles, requesters = parted(tuple(role for role in wanted.roles if role not in own), wanted.side)
    pools = [_candidate("role", roles)]
    if wanted.side and requesters:
        pools.append(and_(_candidate("role", requesters), made_by(Task.case_id, wanted.side)))
    if wanted.side and own:
        pools.append(and_(_candidate("role", own), of_patients(Task.root_case_id, wanted.side)))
    return or_(*pools)


def _reached_by(side: Side, own_record: tuple[str, ...]) -> ColumnElement[bool]:
    """Of the organisation of who looks, or naming this very person while it is open, or about their own record.

    Whom consent or agreements keep out has what they are asked as who made the referral, or were handed since.
    """
    named = or_(col(Task.assignee) == side.person, _candidate("user", (side.person,)))
    unsealed = or_(literal(side.sealed_too), ~sealed(Task.root_case_id))
    let_in = or_(~kept_out(Task.root_case_id, side), named_in(Task.root_case_id, side))
    in_person = and_(col(Task.state).in_(OPEN_STATES), named, at_work(Task, side), unsealed, let_in)
    reached = or_(within(Task.root_case_id, side), in_person)
    if side.requesters:
        asked = and_(_candidate("role", side.requesters), made_by(Task.case_id, side))
        reached = or_(reached, and_(referred(Task.root_case_id, side), asked))
    return or_(reached, of_patients(Task.root_case_id, side)) if own_record and side.patients else reached


def _candidate(kind: str, names: tuple[str, ...]) -> ColumnElement[bool]:
    return exists().where(
        col(TaskCandidate.case_id) == col(Task.case_id),
        col(TaskCandidate.activation) == col(Task.activation),
        col(TaskCandidate.kind) == kind,
        col(TaskCandidate.name).in_(names),
    )


def _first(wanted: WorklistFilter) -> Sequence[Any]:
    return [~_candidate("specialty", wanted.specialties)] if wanted.specialties else []


def _order(sort: Sort) -> Sequence[Any]:
    due = (col(Task.due_at).is_(None), col(Task.due_at))
    unique = (col(Task.created_at), col(Task.case_id), col(Task.activation))
    match sort:
        case "due":
            return (*due, col(Task.priority).desc(), *unique)
        case "priority":
            return (col(Task.priority).desc(), *due, *unique)
        case "created":
            return unique
        case _:
            assert_never(sort)
