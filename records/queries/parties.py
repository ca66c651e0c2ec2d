"""Which organisations take part in a case, since when and through what?"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import AT_ONCE, OURS, WITHDRAWN, Side
from records.tables import CaseParty


async def first_party(session: AsyncSession, root_case_id: str) -> str:
    """Give the organisation that takes part in a case since the longest time; empty: the installation's own."""
    parties = select(CaseParty.organisation).where(
        CaseParty.root_case_id == root_case_id, col(CaseParty.until).is_(None)
    )
    longest = parties.order_by(col(CaseParty.since), col(CaseParty.organisation)).limit(1)
    return (await session.exec(longest)).first() or ""


async def first_parties(session: AsyncSession, roots: Collection[str]) -> Mapping[str, str]:
    """Give the same of each of these cases in which anybody takes part."""
    found, asked = dict[str, str](), tuple(roots)
    for start in range(0, len(asked), AT_ONCE):
        some = col(CaseParty.root_case_id).in_(asked[start : start + AT_ONCE])
        parties = select(CaseParty.root_case_id, CaseParty.organisation).where(some, col(CaseParty.until).is_(None))
        for root, name in await session.exec(parties.order_by(col(CaseParty.since), col(CaseParty.organisation))):
            found.setdefault(root, name)
    return found


async def let_in_through(session: AsyncSession, roots: Collection[str], side: Side) -> Mapping[str, str]:
    """Give by what (`service:…`, a role, a case) somebody's organisation was let into each of these cases."""
    rows = select(CaseParty.root_case_id, CaseParty.through).where(
        col(CaseParty.root_case_id).in_(roots), col(CaseParty.organisation).in_(side.organisations)
    )
    return dict((await session.exec(rows)).all())


async def parties_of(session: AsyncSession, roots: Collection[str], *, at: datetime) -> Mapping[str, Collection[str]]:
    """Give the organisations that take part in each of these cases at `at`; the installation's own where none does."""
    found, asked = defaultdict[str, set[str]](set), tuple({*roots})
    lasts = and_(or_(col(CaseParty.until).is_(None), col(CaseParty.until) > at), col(CaseParty.via) != WITHDRAWN)
    for start in range(0, len(asked), AT_ONCE):
        some = col(CaseParty.root_case_id).in_(asked[start : start + AT_ONCE])
        for root, name in await session.exec(select(CaseParty.root_case_id, CaseParty.organisation).where(some, lasts)):
            found[root].add(name)
    return {root: found[root] or {OURS} for root in asked}


async def beside(session: AsyncSession, case_id: str, others: Collection[str], *, at: datetime) -> frozenset[str]:
    """Give those of these cases that are of one tree with a case, or have an organisation in common with it."""
    root, roots = case_id.partition("/")[0], {other: other.partition("/")[0] for other in others}
    parties = await parties_of(session, {root, *roots.values()}, at=at)
    return frozenset(o for o, its in roots.items() if its == root or not {*parties[its]}.isdisjoint(parties[root]))


async def requester_of(session: AsyncSession, root_case_id: str) -> str:
    """Give the organisation that a case was begun for; empty is the installation's own."""
    first = select(CaseParty.organisation).where(CaseParty.root_case_id == root_case_id, CaseParty.via == "requester")
    return (await session.exec(first.order_by(col(CaseParty.since)))).first() or ""
