"""What was said about the steps of a pathway, by whom it may be read?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Case, PublishedDefinition, StepFeedback


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """Which remarks; what is None does not filter. `organisations`: whose people gave them, `given_by`: who did."""

    pathway: str
    version: int | None = None
    status: str | None = None
    organisations: tuple[str, ...] | None = None
    given_by: str | None = None


async def feedback_on(
    session: AsyncSession, wanted: FeedbackFilter, *, limit: int, offset: int
) -> tuple[Sequence[StepFeedback], int]:
    """Give one page of what was said about a pathway, the newest first, and how much there is."""
    conditions = _conditions(wanted)
    total = (await session.exec(select(func.count()).select_from(StepFeedback).where(*conditions))).one()
    newest = select(StepFeedback).where(*conditions)
    newest = newest.order_by(col(StepFeedback.given_at).desc(), col(StepFeedback.feedback_id))
    return list(await session.exec(newest.limit(limit).offset(offset))), total


def _conditions(wanted: FeedbackFilter) -> list[ColumnElement[bool]]:
    optional = (
        (wanted.version, col(StepFeedback.version) == wanted.version),
        (wanted.status, col(StepFeedback.status) == wanted.status),
        (wanted.organisations, col(StepFeedback.organisation).in_(wanted.organisations or ())),
        (wanted.given_by, col(StepFeedback.given_by) == wanted.given_by),
    )
    return [col(StepFeedback.pathway) == wanted.pathway, *(each for value, each in optional if value is not None)]


async def version_run_by(session: AsyncSession, case_id: str) -> tuple[str, int] | None:
    """Give the pathway and the number of the version that a case runs, None when it is not published here."""
    same = (col(Case.sha256) == PublishedDefinition.sha256) & (col(Case.key) == PublishedDefinition.key)
    found = select(PublishedDefinition.key, PublishedDefinition.version).join(Case, same).where(Case.case_id == case_id)
    row = (await session.exec(found)).first()
    return (row[0], row[1]) if row else None
