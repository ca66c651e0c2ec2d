"""Who was let into a case by name, by a task or its care team, though consent or agreements may keep them out?

Whose somebody is stands in their tokens only: they are of the organisation for which they were here last, of those
that take part in the case, or have, where they were ever here for one.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import TREATING
from records.tables import OPEN_STATES, CareTeamMember, CaseParty, PersonSeen, Task


async def organisation_of(session: AsyncSession, person: str, root_case_id: str) -> str | None:
    """Give for which organisation somebody was here last, of those of a case that began it all; None: nobody knows."""
    of_case = exists().where(
        col(CaseParty.root_case_id) == root_case_id, col(CaseParty.organisation) == col(PersonSeen.organisation)
    )
    seen = select(PersonSeen.organisation).where(PersonSeen.person == person)
    return (await session.exec(seen.order_by(of_case.desc(), col(PersonSeen.seen_at).desc()).limit(1))).first()


async def others_taking_part(session: AsyncSession) -> tuple[str, ...]:
    """Give every organisation but our own that was let into any case."""
    let_in = select(CaseParty.organisation).where(col(CaseParty.via).in_(TREATING), CaseParty.organisation != "")
    return tuple(await session.exec(let_in.distinct().order_by(CaseParty.organisation)))


async def held_where_some_are_out(
    session: AsyncSession, *, lapsed: Collection[str], now: datetime
) -> tuple[tuple[Task, ...], tuple[CareTeamMember, ...]]:
    """Give the open tasks that people hold, and the care teams, of cases that some organisation is kept out of.

    `lapsed`: organisations with which no agreement stands.
    """
    held = select(Task).where(
        col(Task.assignee).is_not(None), col(Task.state).in_(OPEN_STATES), _some_are_out(Task, lapsed, now)
    )
    team = select(CareTeamMember).where(col(CareTeamMember.until).is_(None), _some_are_out(CareTeamMember, lapsed, now))
    return tuple(await session.exec(held)), tuple(await session.exec(team))


def _some_are_out(table: Any, lapsed: Collection[str], now: datetime) -> ColumnElement[bool]:
    lapses = and_(col(CaseParty.via).in_(TREATING), col(CaseParty.organisation).in_(lapsed))
    return exists().where(col(CaseParty.root_case_id) == table.root_case_id, or_(col(CaseParty.until) <= now, lapses))
