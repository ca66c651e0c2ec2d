"""Who is away, who may act for whom, who looks after a case?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.parties import parties_of
from records.tables import OPEN_STATES, Absence, Authority, CareTeamMember, FactRecord, PersonSeen, Task

KEY_WORKER, COORDINATOR = "key_worker", "coordinator"
GIVEN = ("offered", "claimed", "delegated", "released")
"""The facts by which somebody may get a task: a rung may take it from one and leave it to another."""

Recipient = tuple[str, str]
"""Kind (`role` or `person`) and name."""


async def absences(session: AsyncSession, *, person: str | None = None, at: datetime) -> tuple[Absence, ...]:
    """Give the absences that are under way or to come, of one person or of all."""
    found = select(Absence).where(Absence.until > at, col(Absence.ended_at).is_(None))
    if person is not None:
        found = found.where(Absence.person == person)
    return tuple(await session.exec(found.order_by(col(Absence.since), col(Absence.absence_id))))


async def absent_now(session: AsyncSession, *, at: datetime, heard_by: Collection[str]) -> dict[str, Absence]:
    """Give who is away at `at`, by person, as far as these organisations hear; of several the one that began last.

    What somebody says of themselves is heard everywhere, what others say of them in their own organisation.
    """
    return _heard(await _believed(session, at=at), heard_by)


async def absences_between(
    session: AsyncSession, since: datetime, until: datetime, *, heard_by: Collection[str]
) -> list[Absence]:
    """Give the absences that are under way at any time from `since` to `until`, as far as these organisations hear."""
    return [row for row in await _believed(session, at=since, until=until) if _is_heard(row, heard_by)]


async def _believed(session: AsyncSession, *, at: datetime, until: datetime | None = None) -> list[Absence]:
    """Give the absences that are under way, without what an organisation says of the people of another.

    Whose somebody is stands in their token only: they are of every organisation for which they were ever here. Of whom
    nobody has seen, every organisation may say it.
    """
    here = col(PersonSeen.person) == col(Absence.person)
    of = col(PersonSeen.organisation) == col(Absence.organisations)[0].as_string()
    believed = or_(col(Absence.recorded_by) == col(Absence.person), exists().where(here, of), ~exists().where(here))
    said = select(Absence).where(
        Absence.since <= (until or at), Absence.until > at, col(Absence.ended_at).is_(None), believed
    )
    return list(await session.exec(said.order_by(col(Absence.since), col(Absence.absence_id))))


def _heard(away: Sequence[Absence], heard_by: Collection[str]) -> dict[str, Absence]:
    return {row.person: row for row in away if _is_heard(row, heard_by)}


def _is_heard(row: Absence, heard_by: Collection[str]) -> bool:
    return row.recorded_by == row.person or not {*row.organisations}.isdisjoint(heard_by)


async def absent_in(session: AsyncSession, case_id: str, *, at: datetime) -> dict[str, Absence]:
    """Give who is away at `at` for a case: as far as the organisations hear that take part in it."""
    return (await absent_in_each(session, (case_id,), at=at))[case_id]


async def absent_in_each(
    session: AsyncSession, case_ids: Collection[str], *, at: datetime
) -> dict[str, dict[str, Absence]]:
    """Give who is away at `at` for each of these cases, in two questions for thousands of them."""
    roots = {name: name.partition("/")[0] for name in case_ids}
    hearing, said = await parties_of(session, roots.values(), at=at), await _believed(session, at=at)
    return {name: _heard(said, hearing[root]) for name, root in roots.items()}


async def tasks_held_by(session: AsyncSession, people: Collection[str]) -> tuple[tuple[Task, FactRecord], ...]:
    """Give the open tasks that these people hold, each with the fact by which they got it, the oldest task first.

    A task whose facts are just being written again is left out.
    """
    same = and_(col(FactRecord.case_id) == col(Task.case_id), col(FactRecord.activation) == col(Task.activation))
    held = (
        select(Task, FactRecord)
        .join(FactRecord, same)
        .where(col(Task.assignee).in_(people), col(Task.state).in_(OPEN_STATES), col(FactRecord.fact).in_(GIVEN))
    )
    order = (col(Task.created_at), col(Task.case_id), col(Task.activation), col(FactRecord.seq))
    last = {(task.case_id, task.activation): (task, fact) for task, fact in await session.exec(held.order_by(*order))}
    return tuple(last.values())


async def authorities(
    session: AsyncSession, *, at: datetime, person: str | None = None, delegate: str | None = None
) -> tuple[Authority, ...]:
    """Give the standing authorities that hold at `at`, given by `person` or to `delegate`."""
    found = select(Authority).where(Authority.since <= at, _lasts(Authority, at))
    for column, value in ((Authority.person, person), (Authority.delegate, delegate)):
        if value is not None:
            found = found.where(column == value)
    return tuple(await session.exec(found.order_by(col(Authority.since), col(Authority.authority_id))))


async def care_team(session: AsyncSession, root_case_id: str, *, at: datetime) -> tuple[CareTeamMember, ...]:
    """Give who looks after a case at `at`, the key worker first."""
    team = select(CareTeamMember).where(CareTeamMember.root_case_id == root_case_id, _lasts(CareTeamMember, at))
    first = (col(CareTeamMember.role) != KEY_WORKER, col(CareTeamMember.since), col(CareTeamMember.member_id))
    return tuple(await session.exec(team.order_by(*first)))


async def key_worker(session: AsyncSession, root_case_id: str, *, at: datetime) -> CareTeamMember | None:
    """Give the named key worker of a case; None when nobody is named."""
    return (await key_workers(session, (root_case_id,), at=at)).get(root_case_id)


async def key_workers(session: AsyncSession, roots: Collection[str], *, at: datetime) -> Mapping[str, CareTeamMember]:
    """Give the named key worker of each of these cases that has one."""
    named = select(CareTeamMember).where(
        col(CareTeamMember.root_case_id).in_(roots), CareTeamMember.role == KEY_WORKER, _lasts(CareTeamMember, at)
    )
    newest_first = (col(CareTeamMember.since).desc(), col(CareTeamMember.member_id).desc())
    return {member.root_case_id: member for member in await session.exec(named.order_by(*newest_first))}


async def reached(
    session: AsyncSession, case_id: str, told: Sequence[Recipient], *, at: datetime
) -> tuple[Recipient, ...]:
    """Give who is reached when these are told about a case: of the role `key_worker` the one who is named for it.

    For one who is away it is their cover, and when nobody covers the role, and the coordinator too.
    """
    if ("role", KEY_WORKER) not in told:
        return tuple(told)
    others = [each for each in told if each != ("role", KEY_WORKER)]
    named = await key_worker(session, case_id.partition("/")[0], at=at)
    if named is None:
        return (*others, ("role", KEY_WORKER))
    person = _there(named.person, await absent_in(session, case_id, at=at))
    instead = [("person", person)] if person else [("role", KEY_WORKER), ("role", COORDINATOR)]
    return tuple(dict.fromkeys((*others, *instead)))


def _there(person: str, absent: Mapping[str, Absence]) -> str:
    """The person, or who covers for them; empty: nobody."""
    asked: set[str] = set()
    while person in absent and person not in asked:
        asked.add(person)
        person = absent[person].cover
    return "" if person in absent else person


async def is_in_care_team(session: AsyncSession, root_case_id: str, person: str, *, at: datetime) -> bool:
    """Say whether a person looks after a case at `at`."""
    return any(member.person == person for member in await care_team(session, root_case_id, at=at))


def _lasts(table: Any, at: datetime) -> ColumnElement[bool]:
    return or_(table.until.is_(None), table.until > at)
