"""May this person see this case? Asked of the read model before anything is shown.

A case is somebody's by their organisation (`case_party`) or by a broken glass; within it, they must oversee it or take
part. Whom consent or agreements keep out of a case sees nothing of it; who made the referral sees what it says, and
what they are asked.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from api.deps import Visit
from api.problems import Problem
from api.sides import side_of, working_roles
from policy.matrix import BREAK_GLASS
from records.queries.access import referred
from records.queries.api_cases import takes_part
from records.queries.case import CaseDetail, case_detail
from records.queries.standing import Standing, reachable, standing, theirs
from records.tables import Case

READING = frozenset({"GET", "HEAD"})
"""By these methods nothing is changed."""


async def case_for(asked: Visit, case_id: str, action: str, *, who_referred: bool = False) -> CaseDetail:
    """Give a case to someone who oversees or takes part in it, and note in the audit what they do.

    `who_referred`: also to who made its referral and is kept out of it, without its steps.

    Raises:
        Problem: 404, there is no such case or it is another organisation's; 403, it is not theirs to see.
    """
    async with asked.here.database.reader() as session:
        found = await case_detail(session, case_id)
    if found is None:
        raise no_case(case_id)
    stands = await how_they_stand(asked, found.case.root_case_id)
    only_referred = who_referred and stands.referred and not (stands.opened or stands.named)
    if not stands.opened:
        await _require_part(asked, found.case, stands, is_of_mine=stands.party or stands.named or only_referred)
    await asked.read(action, case_id, **({"purpose": BREAK_GLASS} if stands.opened else {}))
    return replace(found, called=(), waits=(), tasks=(), subscriptions=(), incidents=()) if only_referred else found


async def _require_part(asked: Visit, case: Case, stands: Standing, *, is_of_mine: bool) -> None:
    if not is_of_mine or not working_roles(asked.me):
        raise no_case(case.case_id)
    officer = stands.sealed and asked.me.has_any(asked.here.access.wrong_patients)
    allowed = officer or stands.named or asked.here.access.oversees(asked.me) or await _takes_part(asked, case)
    asked.require(allowed=allowed, what="see this case")


@contextmanager
def as_absent(words: str) -> Iterator[None]:
    """Where a case that is not theirs stands behind an id, answer about that id, as if nothing were there."""
    try:
        yield
    except Problem as refusal:
        if refusal.kind != "not-found":
            raise
        raise Problem("not-found", words, about=refusal.about) from refusal


async def require_theirs(asked: Visit, *case_ids: str, any_age: bool = False, who_referred: bool = False) -> None:
    """Go on only when every case is of the person's own organisation, or (`who_referred`) was referred by it.

    Raises:
        Problem: 404, as for a case that does not exist.
    """
    side = side_of(asked, any_age=any_age)
    async with asked.here.database.reader() as session:
        found = await theirs(session, case_ids, side)
        if who_referred:
            found |= await theirs(session, case_ids, side, whose=referred)
    for case_id in case_ids:
        if case_id not in found:
            raise no_case(case_id)


async def those_of_mine(asked: Visit, case_ids: Collection[str], *, any_age: bool = False) -> frozenset[str]:
    """Give those of these cases that are of the person's own organisation."""
    async with asked.here.database.reader() as session:
        return await theirs(session, case_ids, side_of(asked, any_age=any_age))


async def is_of_mine(asked: Visit, root_case_id: str) -> bool:
    """Say whether a case that began it all is of the person's own organisation, also while it is only being started."""
    async with asked.here.database.reader() as session:
        return bool(await reachable(session, [root_case_id], side_of(asked)))


def no_case(case_id: str) -> Problem:
    """Give the answer about a case that does not exist for whoever asks."""
    return Problem("not-found", f"There is no case '{case_id[:200]}'.", about=case_id)


async def _takes_part(asked: Visit, case: Case) -> bool:
    async with asked.here.database.reader() as session:
        return await takes_part(session, case.root_case_id, side_of(asked), roles=working_roles(asked.me))


async def how_they_stand(asked: Visit, root_case_id: str) -> Standing:
    """Say how somebody stands to a case for what they ask: a broken glass opens it for reading only.

    Raises:
        Problem: 403, they would change what nothing but a broken glass opens to them.
    """
    async with asked.here.database.reader() as session:
        return as_asked(asked, await standing(session, root_case_id, side_of(asked)))


def as_asked(asked: Visit, found: Standing) -> Standing:
    """Give how somebody stands to a case for what they ask, of which a broken glass opens the reading alone.

    Raises:
        Problem: 403, they would change what nothing but a broken glass opens to them.
    """
    if not found.opened or asked.context.get("method") in READING:
        return found
    asked.require(allowed=found.party or found.named, what="change a case that only a broken glass opens")
    return replace(found, opened=False)
