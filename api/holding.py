"""Who holds a case? Our own organisation each that it takes part in, any other who began it.

Administrators of others who take part retry what stopped, and stop and move its clocks; what the case does, is or was
stays with who holds it.
"""

from collections.abc import Collection

from api.deps import Visit
from api.seeing import require_theirs
from api.shapes.base import Body
from api.sides import side_of
from records.queries.access import OURS
from records.queries.parties import first_parties, parties_of

FOR_ANY_PART = frozenset({"dead_letter", "timer", "clock"})
"""What batches of these kinds change is open to administrators of whoever takes part."""


def is_for_holders(kind: str, request: Body) -> bool:
    """Say whether what a batch does to each item (`kind`, as `incident.retry`) is for those alone who hold the case."""
    if kind == "incident.retry":
        return bool(request.model_dump().get("variables"))
    return kind.partition(".")[0] not in FOR_ANY_PART


async def require_holder(asked: Visit, case_id: str, *, what: str, any_age: bool = False) -> None:
    """Go on only when a case is held by the person's own organisation: who only takes part takes it from nobody.

    Raises:
        Problem: 404, there is no such case, or it is another organisation's; 403, others hold it.
    """
    await require_theirs(asked, case_id, any_age=any_age)
    asked.require(allowed=case_id in await those_held(asked, [case_id]), what=f"{what} of a case that others hold")


async def those_held(asked: Visit, case_ids: Collection[str]) -> frozenset[str]:
    """Give those of these cases that the person's own organisation holds."""
    roots = {case_id: case_id.partition("/")[0] for case_id in case_ids}
    mine = side_of(asked).organisations
    async with asked.here.database.reader() as session:
        parties = await parties_of(session, {*roots.values()}, at=asked.here.clock())
        beginners = await first_parties(session, [root for root, taking in parties.items() if OURS not in taking])
    return frozenset(case_id for case_id, root in roots.items() if beginners.get(root, OURS) in mine)
