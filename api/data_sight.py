"""Which classes of a case's data does this person see? By role and purpose, as consent and agreements let them."""

from collections.abc import Collection, Mapping

from api.deps import Visit
from api.narrowing import kept_back_outside
from api.seeing import as_asked
from api.sides import side_of, working_roles
from policy.matrix import BREAK_GLASS, EVERYTHING, matrix
from records.queries.access import Side
from records.queries.api_cases import taken_part_in
from records.queries.standing import Standing, standing_in_each
from records.tables import Case

LETTER = "outcome_letter"
"""Of which class a result is that is sent to who referred: what was not sent to them they do not read in the case."""

OWN_WORDS = frozenset({"own_referral", "demographics"})
"""What somebody goes on reading who made a referral, when the patient shares no more with them: what they wrote."""


async def classes_in(asked: Visit, case: Case) -> frozenset[str]:
    """Give the classes of data that somebody sees in a case which they may see: by their roles and purpose."""
    return (await classes_in_each(asked, (case.root_case_id,)))[case.root_case_id]


async def classes_in_each(asked: Visit, roots: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Give the classes that somebody sees in each of these cases that began it all, in two questions for all of them.

    Raises:
        Problem: 403, they would change one that nothing but a broken glass opens to them.
    """
    if not roots:
        return {}
    async with asked.here.database.reader() as session:
        side, roles = side_of(asked), working_roles(asked.me)
        stands = {
            root: as_asked(asked, found) for root, found in (await standing_in_each(session, roots, side)).items()
        }
        theirs = [root for root, found in stands.items() if found.party and not found.named]
        taken = await taken_part_in(session, theirs, side, roles=roles) if theirs else frozenset[str]()
    kept = await _kept_back(asked, side, stands)
    return {root: _classes(asked, found, takes_part=root in taken) - kept[root] for root, found in stands.items()}


async def kept_back_in_each(asked: Visit, roots: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Give the classes that consent and agreements keep from somebody in each of these cases that began it all."""
    if not roots:
        return {}
    side = side_of(asked)
    async with asked.here.database.reader() as session:
        return await _kept_back(asked, side, await standing_in_each(session, roots, side))


async def _kept_back(asked: Visit, side: Side, stands: Mapping[str, Standing]) -> Mapping[str, frozenset[str]]:
    """Of a case that they have opened by breaking the glass nothing."""
    limited = [root for root, found in stands.items() if found.outside and not found.opened]
    found = await kept_back_outside(asked, side, limited, roles=working_roles(asked.me))
    return {root: found.get(root, frozenset()) for root in stands}


def _classes(asked: Visit, stands: Standing, *, takes_part: bool) -> frozenset[str]:
    opened = matrix().seen_by(asked.me.roles, BREAK_GLASS, granted=True) if stands.opened else frozenset[str]()
    if stands.referred and not (stands.party or stands.named):
        return opened | (matrix().seen_by(working_roles(asked.me), asked.me.purpose) & OWN_WORDS)
    if stands.named or takes_part:
        seen = matrix().seen_by(working_roles(asked.me), asked.me.purpose)
        return opened | (seen - {LETTER} if stands.unsent and EVERYTHING not in seen else seen)
    overseen = matrix().seen_by(asked.me.roles & asked.here.access.overseers, asked.me.purpose)
    return opened | overseen if stands.party else opened


async def sees_variables(asked: Visit, case: Case) -> bool:
    """Say whether all of a case is theirs to see."""
    return matrix().expanded((EVERYTHING,)) <= await classes_in(asked, case)
