"""Which open tasks and urgent alerts are for a role, and which organisations take part in their cases?"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import AT_ONCE, sealed
from records.tables import Case, CaseParty, Notification, Task, TaskCandidate


@dataclass(frozen=True, slots=True)
class Pool:
    """An open task that nobody holds, offered to a role, or an alert (`page`) that a role was told of.

    `activation`: of the task; the key of the alert. `parties`: organisations of its case; empty: our own alone.
    """

    root_case_id: str
    case_id: str
    activation: str
    role: str
    parties: frozenset[str]
    kind: Literal["task", "page"] = "task"


async def pools_of(session: AsyncSession, roles: Collection[str]) -> tuple[Pool, ...]:
    """Give every open task in the pool of one of these roles; those of a sealed case are nobody's."""
    of_task = and_(col(Task.case_id) == TaskCandidate.case_id, col(Task.activation) == TaskCandidate.activation)
    offered = (
        select(Task.root_case_id, Task.case_id, Task.activation, TaskCandidate.name)
        .join(TaskCandidate, of_task)
        .where(Task.state == "ready", TaskCandidate.kind == "role", col(TaskCandidate.name).in_(roles))
        .where(~sealed(col(Task.root_case_id)))
    )
    found = list(await session.exec(offered))
    parties = await _parties(session, {root for root, *_ in found})
    return tuple(Pool(*each, parties.get(each[0], frozenset())) for each in found)


async def pages_of(
    session: AsyncSession, roles: Collection[str], levels: Collection[str], *, since: datetime
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
    parties = await _parties(session, {root for root, *_ in found})
    return tuple(Pool(*each, parties.get(each[0], frozenset()), kind="page") for each in found)


async def _parties(session: AsyncSession, roots: Collection[str]) -> Mapping[str, frozenset[str]]:
    known, asked = defaultdict[str, set[str]](set), sorted(roots)
    for at in range(0, len(asked), AT_ONCE):
        some = select(CaseParty).where(col(CaseParty.root_case_id).in_(asked[at : at + AT_ONCE]))
        for party in await session.exec(some):
            known[party.root_case_id].add(party.organisation)
    return {root: frozenset(names) for root, names in known.items()}
