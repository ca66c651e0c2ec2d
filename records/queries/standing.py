"""How does somebody stand to a case, by their organisation, by name, by a broken glass? Which cases are theirs?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import (
    AT_ONCE,
    SEAL,
    Condition,
    Side,
    kept_out,
    named_in,
    opened_to,
    outside,
    referred,
    sealed,
    unsent,
    within,
)
from records.tables import Case, CaseParty


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a case: `party` by their organisation, `opened` by the glass, `named` as this person.

    `sealed`: it was made for the wrong patient. `kept_out`: consent or agreements keep their organisation out of it;
    `referred`: it is such a one, and has made the referral. `unsent`: we treat there, and what is written is sent to
    nobody outside. `outside`: what they may read is limited as what they may be sent.
    """

    party: bool = False
    opened: bool = False
    named: bool = False
    sealed: bool = False
    kept_out: bool = False
    referred: bool = False
    unsent: bool = False
    outside: bool = False


async def unsealed(session: AsyncSession, case_ids: Collection[str]) -> frozenset[str]:
    """Give those of these cases that were not made for the wrong patient."""
    roots = {case_id: case_id.partition("/")[0] for case_id in case_ids}
    marked = select(CaseParty.root_case_id).where(
        col(CaseParty.root_case_id).in_(roots.values()), CaseParty.via == SEAL
    )
    hidden = frozenset(await session.exec(marked))
    return frozenset(case_id for case_id, root in roots.items() if root not in hidden)


async def standing(session: AsyncSession, root_case_id: str, side: Side) -> Standing:
    """Say how somebody stands to a case that began it all; all of it false when there is no such case."""
    return (await standing_in_each(session, (root_case_id,), side))[root_case_id]


async def standing_in_each(session: AsyncSession, roots: Collection[str], side: Side) -> Mapping[str, Standing]:
    """Say how somebody stands to each of these cases, in one question for all of them."""
    root: Any = col(Case.case_id)
    conditions: Any = (
        within(root, side),
        opened_to(root, side),
        named_in(root, side),
        sealed(root),
        kept_out(root, side),
        referred(root, side),
        unsent(root, side),
        outside(root, side),
    )
    found = await session.exec(select(root, *conditions).where(root.in_(roots)))
    known = {case_id: Standing(*map(bool, stands)) for case_id, *stands in found}
    return {case_id: known.get(case_id, Standing()) for case_id in roots}


async def theirs(
    session: AsyncSession, case_ids: Collection[str], side: Side, *, whose: Condition = within
) -> frozenset[str]:
    """Give those of these cases, called ones among them, that are of somebody's organisation (or as `whose` says)."""
    found, wanted = set[str](), tuple(case_ids)
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        mine = select(Case.case_id).where(col(Case.case_id).in_(some), whose(Case.root_case_id, side))
        found.update(await session.exec(mine))
    return frozenset(found)


async def reachable(session: AsyncSession, names: Collection[str], side: Side) -> frozenset[str]:
    """Give those of these ids of cases that began it all that are somebody's, whether or not a case shows already."""
    return frozenset([name for name in names if (await session.exec(select(within(literal(name), side)))).one()])
