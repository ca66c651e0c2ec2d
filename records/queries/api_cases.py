"""Which cases does a person take part in, and what is done in a case? What the API asks before it shows one."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, at_work, named_in, opened_to, within
from records.queries.case import open_waits
from records.queries.cases import CaseFilter, CaseLine, CasePage, flag_of
from records.queries.inbox import ANSWERED
from records.queries.requesters import made_by, parted
from records.tables import (
    CareTeamMember,
    Case,
    FactRecord,
    Handoff,
    Notification,
    Subscription,
    Task,
    TaskCandidate,
    Thread,
)


async def takes_part(session: AsyncSession, root_case_id: str, side: Side, *, roles: tuple[str, ...]) -> bool:
    """Say whether a person began the case, has or had a task in it, was told of it, or is in its care team."""
    return bool(await taken_part_in(session, (root_case_id,), side, roles=roles))


async def taken_part_in(
    session: AsyncSession, roots: Collection[str], side: Side, *, roles: tuple[str, ...]
) -> frozenset[str]:
    """Give those of these cases in which a person takes part, in one question for all of them."""
    found = select(Case.case_id).where(col(Case.case_id).in_(roots), _involves(side, roles))
    return frozenset(await session.exec(found))


async def cases_of(
    session: AsyncSession, wanted: CaseFilter, side: Side, *, roles: tuple[str, ...], limit: int, offset: int
) -> CasePage:
    """Give one page of the cases that a person takes part in, or has broken the glass of, the newest first."""
    conditions = [*wanted.conditions(), seen_by(side, roles)]
    total = await session.exec(select(func.count()).select_from(Case).where(*conditions))
    newest = select(Case).where(*conditions).order_by(col(Case.started_at).desc(), col(Case.case_id))
    roots = tuple(await session.exec(newest.limit(limit).offset(offset)))
    return CasePage(tuple([await _line(session, root) for root in roots]), total.one())


def seen_by(side: Side, roles: tuple[str, ...]) -> ColumnElement[bool]:
    """Say of a case that began it all whether a person takes part in it, or has broken its glass."""
    root = col(Case.case_id)
    return or_(and_(within(root, side), _involves(side, roles)), named_in(root, side), opened_to(root, side))


async def done_elements(session: AsyncSession, case_id: str) -> tuple[str, ...]:
    """Give the elements of the diagram that a case has been through."""
    done = select(FactRecord.element).where(FactRecord.case_id == case_id, FactRecord.fact == "completed")
    return tuple(await session.exec(done.distinct().order_by(col(FactRecord.element))))


async def waiting_in(session: AsyncSession, case_id: str, message: str) -> tuple[Subscription, ...]:
    """Give the open subscriptions for a message in a case and in the cases it called, the oldest first."""
    inside = or_(
        col(Subscription.case_id) == case_id,
        col(Subscription.case_id).startswith(f"{case_id}/", autoescape=True),
    )
    waiting = select(Subscription).where(inside, Subscription.event == "message", Subscription.name == message)
    return tuple(await session.exec(waiting.order_by(col(Subscription.since), col(Subscription.case_id))))


def _involves(side: Side, roles: tuple[str, ...]) -> ColumnElement[bool]:
    person, (plain, requesters) = side.person, parted(roles, side)
    of_role, name = col(TaskCandidate.kind) == "role", col(TaskCandidate.name)
    offered = [and_(of_role, name.in_(plain)), and_(col(TaskCandidate.kind) == "user", name == person)]
    if requesters:
        offered.append(and_(of_role, name.in_(requesters), made_by(TaskCandidate.case_id, side)))
    candidate = exists().where(
        col(Task.root_case_id) == col(Case.case_id),
        col(TaskCandidate.case_id) == col(Task.case_id),
        col(TaskCandidate.activation) == col(Task.activation),
        or_(*offered),
    )
    held = exists().where(
        col(Task.root_case_id) == col(Case.case_id),
        or_(col(Task.assignee) == person, col(Task.completed_by) == person),
        at_work(Task, side),
    )
    looks_after = exists().where(
        col(CareTeamMember.root_case_id) == col(Case.case_id),
        col(CareTeamMember.person) == person,
        col(CareTeamMember.until).is_(None),
    )
    told = [_told(table, side, roles) for table in (Handoff, Notification)]
    return or_(_began(side), candidate, held, looks_after, *told)


def _began(side: Side) -> ColumnElement[bool]:
    """They began the case; who asks as a patient, or for one, begins the case that answers it as nobody who works."""
    began = col(Case.started_by) == side.person
    return and_(began, ~exists().where(col(Thread.asked_in) == col(Case.case_id))) if side.own_roles else began


def _told(table: Any, side: Side, roles: tuple[str, ...]) -> ColumnElement[bool]:
    here = or_(table.case_id == Case.case_id, table.case_id.startswith(col(Case.case_id) + "/"))
    plain, requesters = parted(roles, side)
    of_role = table.recipient_kind == "role"
    told = [and_(of_role, table.recipient.in_(plain))]
    in_person = and_(table.recipient_kind == "person", table.recipient == side.person)
    told.append(and_(in_person, ~table.idempotency_key.endswith(ANSWERED)))
    if requesters:
        told.append(and_(of_role, table.recipient.in_(requesters), made_by(table.case_id, side)))
    return exists().where(here, or_(*told))


async def _line(session: AsyncSession, root: Case) -> CaseLine:
    tree = list(await session.exec(select(Case).where(Case.root_case_id == root.case_id)))
    waits = await open_waits(session, tuple(case.case_id for case in tree))
    return CaseLine(
        case=root,
        waiting=waits[0] if waits else None,
        escalation_level=max(case.escalation_level for case in tree),
        stuck=any(case.stuck for case in tree),
        incident=any(case.incident for case in tree),
        flag=flag_of(tree),
    )
