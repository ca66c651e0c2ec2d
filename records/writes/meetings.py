"""How does a case get onto the list of a meeting, and off it? By a seat that nobody else has."""

from collections.abc import Iterable
from datetime import date

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import ListedCase
from records.upsert import insert_missing


async def list_case(session: AsyncSession, wanted: ListedCase, seats: Iterable[int]) -> ListedCase | None:
    """Give a case the first free one of these seats; it keeps one that it has. None when all are taken.

    Two who list at the same time get two seats: a seat is the key of its row.
    """
    there = await _listed(session, wanted)
    if there is not None:
        return there
    on_date = (ListedCase.series == wanted.series, ListedCase.held_on == wanted.held_on)
    taken = set(await session.exec(select(ListedCase.seat).where(*on_date)))
    for seat in seats:
        if seat not in taken and await insert_missing(session, _at(wanted, seat)):
            return _at(wanted, seat)
    return await _listed(session, wanted)


def _at(wanted: ListedCase, seat: int) -> ListedCase:
    return ListedCase.model_validate({**wanted.model_dump(), "seat": seat})


async def _listed(session: AsyncSession, wanted: ListedCase) -> ListedCase | None:
    found = select(ListedCase).where(
        ListedCase.series == wanted.series,
        ListedCase.held_on == wanted.held_on,
        ListedCase.root_case_id == wanted.root_case_id,
    )
    return (await session.exec(found)).first()


async def take_off(session: AsyncSession, series: str, held_on: date, root_case_id: str) -> bool:
    """Take a case off a list; say whether it was on it."""
    gone = delete(ListedCase).where(
        col(ListedCase.series) == series,
        col(ListedCase.held_on) == held_on,
        col(ListedCase.root_case_id) == root_case_id,
    )
    return bool((await session.exec(gone)).rowcount)
