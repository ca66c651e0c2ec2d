"""Which cases does reach what somebody brings? Those of their organisations; what the system itself says, any."""

from collections.abc import Collection

from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, theirs
from records.tables import Message, Signal


async def within_reach(
    session: AsyncSession, brought: Message | Signal, case_ids: Collection[str], *, any_age: bool = False
) -> frozenset[str]:
    """Give those of these cases that a message or signal may reach. `any_age`: also those that ended long ago."""
    organisations = brought.payload.get("organisations")
    if organisations is None:
        return frozenset(case_ids)
    side = Side(brought.source, tuple(organisations), brought.received_at, any_age=any_age)
    return await theirs(session, case_ids, side)
