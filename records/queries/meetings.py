"""Which cases are listed for which dates?"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import ListedCase


async def listed_cases(
    session: AsyncSession, series: Collection[str], *, since: date, until: date
) -> Mapping[tuple[str, date], Sequence[ListedCase]]:
    """Give by series and date what is listed, by seat."""
    found = select(ListedCase).where(
        col(ListedCase.series).in_(series), col(ListedCase.held_on) >= since, col(ListedCase.held_on) <= until
    )
    lists: defaultdict[tuple[str, date], list[ListedCase]] = defaultdict(list)
    for each in await session.exec(found.order_by(col(ListedCase.seat))):
        lists[each.series, each.held_on].append(each)
    return lists
