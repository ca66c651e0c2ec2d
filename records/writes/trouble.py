"""How is a case marked that Temporal cannot carry on with? By a reason beside its facts, which say nothing of it."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Case
from records.writes.handovers import tell_role

LEVEL = "incident"


async def set_trouble(session: AsyncSession, case_id: str, trouble: str, *, replacing: bool = True) -> bool:
    """Mark a running case as stuck for this reason, or no longer ("" clears the mark); say whether anything changed.

    `replacing`: also where another reason stands, which goes.
    """
    case = await session.get(Case, case_id, with_for_update=True)
    if case is None or case.trouble == trouble or (trouble and case.status != "running"):
        return False
    if case.trouble and not replacing:
        return False
    others = case.stuck_reason.removesuffix(case.trouble).removesuffix("; ") if case.trouble else case.stuck_reason
    case.trouble = trouble
    case.stuck_reason = "; ".join(reason for reason in (others, trouble) if reason)
    case.stuck = bool(case.stuck_reason)
    session.add(case)
    await session.flush()
    return True


async def tell_of_trouble(session: AsyncSession, case_id: str, trouble: str, *, role: str, now: datetime) -> None:
    """Put the reason into the inbox of a role, once for each time that the case gets into trouble."""
    key = f"watchdog:{case_id}:{role}:{now.isoformat()}"
    await tell_role(session, role, case_id, trouble, level=LEVEL, key=key, now=now)
