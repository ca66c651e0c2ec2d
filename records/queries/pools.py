"""Which open tasks wait in the pool of a role, and which organisations take part in their cases?"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import sealed
from records.tables import CaseParty, Task, TaskCandidate


@dataclass(frozen=True, slots=True)
class Pool:
    """An open task that nobody holds, offered to a role. `parties`: organisations of its case; empty: our own alone."""

    root_case_id: str
    case_id: str
    activation: str
    role: str
    parties: frozenset[str]


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


async def _parties(session: AsyncSession, roots: Collection[str]) -> Mapping[str, frozenset[str]]:
    known: dict[str, set[str]] = defaultdict(set)
    for party in await session.exec(select(CaseParty).where(col(CaseParty.root_case_id).in_(roots))):
        known[party.root_case_id].add(party.organisation)
    return {root: frozenset(names) for root, names in known.items()}
