"""Which open tasks and urgent alerts are for a role, and which organisations take part in their cases?

Who works in a role stands in tokens only; that somebody has done so lately, in the audit.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, exists
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import AT_ONCE, TREATING, WITHDRAWN, sealed
from records.tables import Audit, Case, CaseParty, Notification, Task, TaskCandidate

NOBODY: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Pool:
    """An open task that nobody holds, offered to a role, or an alert (`page`) that a role was told of.

    `kind`: `unknown` is a task of whose roles nobody is known to have people.
    `activation`: of the task; the key of the alert. `parties`: organisations of its case; empty: our own alone; of
    them, `let_in`: those that an agreement has to let read it.
    """

    root_case_id: str
    case_id: str
    activation: str
    role: str
    parties: frozenset[str]
    let_in: frozenset[str] = frozenset()
    kind: Literal["task", "page", "unknown"] = "task"


async def pools_of(session: AsyncSession, roles: Collection[str], *, at: datetime) -> tuple[Pool, ...]:
    """Give every open task in the pool of one of these roles; those of a sealed case are nobody's."""
    of_task = and_(col(Task.case_id) == TaskCandidate.case_id, col(Task.activation) == TaskCandidate.activation)
    offered = (
        select(Task.root_case_id, Task.case_id, Task.activation, TaskCandidate.name)
        .join(TaskCandidate, of_task)
        .where(Task.state == "ready", TaskCandidate.kind == "role", col(TaskCandidate.name).in_(roles))
        .where(~sealed(col(Task.root_case_id)))
    )
    found = list(await session.exec(offered))
    parties = await _parties(session, {root for root, *_ in found}, at)
    return tuple(Pool(*each, *parties.get(each[0], NOBODY)) for each in found)


async def unknown_pools(session: AsyncSession, *, known: Collection[str], at: datetime) -> tuple[Pool, ...]:
    """Give, role by role, the open tasks that are for nobody by name and for none of the roles that are `known`.

    Tasks of which somebody was told already (`told_key`) and those of a sealed case are left out.
    """
    other = aliased(TaskCandidate)
    found_otherwise = exists().where(
        col(other.case_id) == col(Task.case_id),
        col(other.activation) == col(Task.activation),
        or_(other.kind == "user", and_(col(other.kind) == "role", col(other.name).in_(known))),
    )
    told = exists().where(col(Notification.idempotency_key) == told_key(col(Task.case_id), col(Task.activation)))
    of_task = and_(col(Task.case_id) == TaskCandidate.case_id, col(Task.activation) == TaskCandidate.activation)
    offered = (
        select(Task.root_case_id, Task.case_id, Task.activation, TaskCandidate.name)
        .join(TaskCandidate, of_task)
        .where(Task.state == "ready", TaskCandidate.kind == "role")
        .where(~found_otherwise, ~told, ~sealed(col(Task.root_case_id)))
    )
    found = list(await session.exec(offered))
    parties = await _parties(session, {root for root, *_ in found}, at)
    return tuple(Pool(*each, *parties.get(each[0], NOBODY)) for each in found)


async def specialist_pools(session: AsyncSession) -> tuple[Pool, ...]:
    """Give, specialty by specialty (`role`), the open tasks that nobody holds and that need one.

    Tasks of which somebody was told already (`called_key`) and those of a sealed case are left out.
    """
    told = exists().where(col(Notification.idempotency_key) == called_key(col(Task.case_id), col(Task.activation)))
    of_task = and_(col(Task.case_id) == TaskCandidate.case_id, col(Task.activation) == TaskCandidate.activation)
    needing = (
        select(Task.root_case_id, Task.case_id, Task.activation, TaskCandidate.name)
        .join(TaskCandidate, of_task)
        .where(Task.state == "ready", TaskCandidate.kind == "specialty", ~told, ~sealed(col(Task.root_case_id)))
    )
    found = list(await session.exec(needing.order_by(col(Task.created_at), col(TaskCandidate.name))))
    return tuple(Pool(*each, frozenset()) for each in found)


def called_key(case_id: Any, activation: Any) -> Any:
    """Give the key of what the first is told who is told of a task that needs a specialty."""
    return "specialty:" + case_id + ":" + activation


def told_key(case_id: Any, activation: Any) -> Any:
    """Give the key of what the coordinator is told of a pool: of columns as of texts."""
    return "pool:" + case_id + ":" + activation


async def does_tasks(session: AsyncSession, root_case_id: str, role: str) -> bool:
    """Say whether a task of a case, done or open, was for a role."""
    groups = await session.exec(select(Task.groups).where(Task.root_case_id == root_case_id))
    return any(role in each for each in groups)


async def worked_in(session: AsyncSession, role: str, organisations: Collection[str], *, since: datetime) -> bool:
    """Say whether anybody acted for one of these organisations in a role since then."""
    roles: Any = col(Audit.context)["roles"].as_string()
    acted = select(Audit.id).where(
        col(Audit.organisation).in_(organisations), Audit.at >= since, roles.contains(f'"{role}"', autoescape=True)
    )
    return (await session.exec(acted.order_by(col(Audit.id).desc()).limit(1))).first() is not None


async def pages_of(
    session: AsyncSession, roles: Collection[str], levels: Collection[str], *, since: datetime, at: datetime
) -> tuple[Pool, ...]:
    """Give the alerts of these levels that one of these roles was told of since then and nobody has acknowledged."""
    told = (
        select(Case.root_case_id, Notification.case_id, Notification.idempotency_key, Notification.recipient)
        .join(Case, col(Case.case_id) == Notification.case_id)
        .where(Notification.recipient_kind == "role", col(Notification.recipient).in_(roles))
        .where(col(Notification.created_at) >= since, col(Notification.level).in_(levels))
        .where(Notification.acknowledged_by == "", ~sealed(col(Case.root_case_id)))
    )
    found = list(await session.exec(told))
    parties = await _parties(session, {root for root, *_ in found}, at)
    return tuple(Pool(*each, *parties.get(each[0], NOBODY), kind="page") for each in found)


async def _parties(
    session: AsyncSession, roots: Collection[str], at: datetime
) -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """Give the organisations that take part in each of these cases at `at`, and those of them that were let in."""
    known, let_in, asked = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set), sorted(roots)
    lasts = and_(or_(col(CaseParty.until).is_(None), col(CaseParty.until) > at), col(CaseParty.via) != WITHDRAWN)
    for start in range(0, len(asked), AT_ONCE):
        some = select(CaseParty).where(col(CaseParty.root_case_id).in_(asked[start : start + AT_ONCE]), lasts)
        for party in await session.exec(some):
            known[party.root_case_id].add(party.organisation)
            if party.via in TREATING:
                let_in[party.root_case_id].add(party.organisation)
    return {root: (frozenset(names), frozenset(let_in[root])) for root, names in known.items()}
