"""How is a row written only if it is not there yet, on both databases? INSERT … ON CONFLICT DO NOTHING."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession


async def insert_missing(session: AsyncSession, row: SQLModel) -> bool:
    """Insert a row unless its key exists; say whether it was inserted."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert(type(row)) if on_sqlite else postgresql.insert(type(row))
    result = await session.exec(insert.values(_columns(row)).on_conflict_do_nothing())
    return cast("CursorResult[Any]", result).rowcount == 1


def _columns(row: SQLModel) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in type(row).model_fields}
