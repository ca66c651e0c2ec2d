"""How did a number change in a case? Every value of a variable of its process, such as the pain at each review."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Case, FactRecord


@dataclass(frozen=True, slots=True)
class Measured:
    """A value, and when it was noted."""

    at: datetime
    value: int | float


async def measured(session: AsyncSession, case: Case, name: str) -> tuple[Measured, ...]:
    """Give the numbers that a variable of a case's process was set to, the oldest first; what is none is left out."""
    said: Any = FactRecord.detail
    named = said["name"].as_string() == name
    noted = select(FactRecord).where(FactRecord.case_id == case.case_id, FactRecord.fact == "variable_set", named)
    return tuple(_numbers(await session.exec(noted.order_by(col(FactRecord.seq))), case.process_scope))


def _numbers(noted: Iterable[FactRecord], scope: str) -> Iterator[Measured]:
    for fact in noted:
        value = fact.detail.get("value")
        if fact.detail.get("scope") == scope and isinstance(value, int | float) and not isinstance(value, bool):
            yield Measured(fact.at, value)
