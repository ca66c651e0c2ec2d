"""What is in whole trees of cases, each that began it all with all that it called? For many at once."""

from collections.abc import Collection

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import REQUESTER
from records.queries.withheld import asks_for_withheld
from records.tables import Case, CaseParty, Task


async def cases_of_trees(session: AsyncSession, roots: Collection[str]) -> tuple[Case, ...]:
    """Give every case of these trees, callers before what they called."""
    inside = select(Case).where(col(Case.root_case_id).in_(roots))
    return tuple(sorted(await session.exec(inside), key=lambda case: case.case_id.count("/")))


async def tasks_of_trees(session: AsyncSession, roots: Collection[str]) -> tuple[Task, ...]:
    """Give every task of these trees, closed ones among them."""
    return tuple(await session.exec(select(Task).where(col(Task.root_case_id).in_(roots))))


async def never_sent_in(session: AsyncSession, roots: Collection[str], roles: Collection[str]) -> tuple[Task, ...]:
    """Give the tasks of these trees that ask these roles, of none but such outside, for what was withheld from them."""
    asks = select(Task).where(col(Task.root_case_id).in_(roots), asks_for_withheld(roles))
    return tuple(await session.exec(asks))


async def requested_by(session: AsyncSession, roots: Collection[str], organisation: str) -> frozenset[str]:
    """Give those of these cases that were begun for an organisation."""
    begun = select(CaseParty.root_case_id).where(
        col(CaseParty.root_case_id).in_(roots), CaseParty.organisation == organisation, CaseParty.via == REQUESTER
    )
    return frozenset(await session.exec(begun))
