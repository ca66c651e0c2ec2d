"""What has a person typed into a task's form so far? Kept until the task is completed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Draft


async def save_draft(
    session: AsyncSession, case_id: str, activation: str, *, person: str, variables: Mapping[str, Any], now: datetime
) -> Draft:
    """Keep the draft of one person for one task; the last one saved counts."""
    draft = Draft(case_id=case_id, activation=activation, person=person, variables=dict(variables), saved_at=now)
    return await session.merge(draft)


async def delete_drafts(session: AsyncSession, case_id: str, activation: str) -> None:
    """Forget every draft of a task that is done."""
    await session.exec(delete(Draft).where(col(Draft.case_id) == case_id, col(Draft.activation) == activation))
