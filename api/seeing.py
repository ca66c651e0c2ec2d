"""May this person see this case, and its variables? Asked of the read model before anything of a case is shown."""

from api.deps import Visit
from api.problems import Problem
from records.queries.api_cases import takes_part
from records.queries.case import CaseDetail, case_detail
from records.tables import Case


async def case_for(asked: Visit, case_id: str, action: str) -> CaseDetail:
    """Give a case to someone who oversees or takes part in it, and note in the audit what they do.

    Raises:
        Problem: there is no such case (404), or it is not theirs to see (403).
    """
    async with asked.here.database.reader() as session:
        found = await case_detail(session, case_id)
    if found is None:
        raise Problem("not-found", f"There is no case '{case_id[:200]}'.")
    allowed = asked.here.access.oversees(asked.me) or await _takes_part(asked, found.case)
    asked.require(allowed=allowed, what="see this case")
    await asked.read(action, case_id)
    return found


async def sees_variables(asked: Visit, case: Case) -> bool:
    """Say whether the variables are theirs to see: a role that may, in a case that they take part in."""
    return asked.me.has_any(asked.here.access.see_variables) and await _takes_part(asked, case)


async def _takes_part(asked: Visit, case: Case) -> bool:
    roles = tuple(sorted(asked.me.roles))
    async with asked.here.database.reader() as session:
        return await takes_part(session, case.root_case_id, person=asked.me.id, roles=roles)
