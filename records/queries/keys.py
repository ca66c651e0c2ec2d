"""Which data keys are there? By name, by key-encryption key, and those that were erased."""

from collections.abc import Iterable, Mapping

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Case, DataKey


async def data_keys(session: AsyncSession, names: Iterable[str]) -> Mapping[str, DataKey]:
    """Give the data keys with these names, those that there are."""
    found = await session.exec(select(DataKey).where(col(DataKey.root_case_id).in_(sorted(names))))
    return {row.root_case_id: row for row in found}


async def is_on_record(session: AsyncSession, name: str) -> bool:
    """Say whether the case of this name has begun, so that it must have had a data key."""
    return (await session.exec(select(Case.case_id).where(Case.case_id == name))).first() is not None


async def last_erasure(session: AsyncSession) -> int:
    """Give the number of the last erasing, 0 when no key was erased."""
    return (await session.exec(select(func.max(DataKey.erasure)))).one() or 0


async def erased_after(session: AsyncSession, erasure: int) -> Mapping[str, int]:
    """Give the names of the keys that were erased after the erasing with this number, with their own numbers."""
    found = await session.exec(select(DataKey).where(col(DataKey.erasure) > erasure))
    return {row.root_case_id: row.erasure for row in found if row.erasure is not None}


async def erased_keys(session: AsyncSession) -> tuple[DataKey, ...]:
    """Give every erased key, the last one first."""
    found = select(DataKey).where(col(DataKey.erasure).is_not(None))
    return tuple(await session.exec(found.order_by(col(DataKey.erasure).desc())))


async def keys_by_kek(session: AsyncSession) -> Mapping[str, int]:
    """Count the keys that are not erased by the key-encryption key that wraps them."""
    counted = select(DataKey.kek, func.count()).where(col(DataKey.erasure).is_(None))
    return dict((await session.exec(counted.group_by(DataKey.kek).order_by(DataKey.kek))).all())


async def keys_under_others(session: AsyncSession, kek: str, *, limit: int) -> tuple[DataKey, ...]:
    """Give keys that another key-encryption key than this one wraps; erased ones have nothing to wrap."""
    others = select(DataKey).where(DataKey.kek != kek, col(DataKey.erasure).is_(None))
    return tuple(await session.exec(others.order_by(col(DataKey.root_case_id)).limit(limit)))
