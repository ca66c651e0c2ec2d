"""What stopped, and where? Open incidents by kind, pathway, element, age and words, the oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, or_, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, within
from records.tables import Case, Incident

EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which open incidents to show; what is None does not filter.

    `incidents`: (case id, incident) of each. `pathway`: key of the case it is in. `text`: in its reason or its step.
    """

    incidents: tuple[tuple[str, str], ...] | None = None
    case_id: str | None = None
    kind: str | None = None
    pathway: str | None = None
    element: str | None = None
    raised_before: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """An incident, with the case it is in."""

    incident: Incident
    case: Case


async def incident_page(
    session: AsyncSession, wanted: IncidentFilter, side: Side | None = None, *, limit: int, offset: int
) -> tuple[tuple[IncidentLine, ...], int]:
    """Give one page of open incidents, the oldest first, and how many there are; of a `side`, or of all."""
    conditions = [*_conditions(wanted), *([within(Incident.root_case_id, side)] if side else [])]
    total = select(func.count()).select_from(Incident).join(Case, _in_case()).where(*conditions)
    oldest = (
        select(Incident, Case)
        .join(Case, _in_case())
        .where(*conditions)
        .order_by(col(Incident.raised_at), col(Incident.case_id), col(Incident.incident))
    )
    found = await session.exec(oldest.limit(limit).offset(offset))
    return tuple(IncidentLine(*row) for row in found), (await session.exec(total)).one()


async def incident_line(session: AsyncSession, case_id: str, incident: str) -> IncidentLine | None:
    """Give one incident, open or not; None when there is none."""
    found = select(Incident, Case).join(Case, _in_case())
    one = found.where(Incident.case_id == case_id, Incident.incident == incident)
    row = (await session.exec(one)).first()
    return IncidentLine(*row) if row else None


def _in_case() -> ColumnElement[bool]:
    return col(Case.case_id) == col(Incident.case_id)


def _conditions(wanted: IncidentFilter) -> Sequence[ColumnElement[bool]]:
    optional = (
        (wanted.incidents, tuple_(col(Incident.case_id), col(Incident.incident)).in_(wanted.incidents or ())),
        (wanted.case_id, _inside(wanted.case_id or "")),
        (wanted.kind, col(Incident.kind) == wanted.kind),
        (wanted.pathway, col(Case.key) == wanted.pathway),
        (wanted.element, col(Incident.element) == wanted.element),
        (wanted.raised_before, col(Incident.raised_at) <= (wanted.raised_before or EVER)),
        (wanted.text, _says(wanted.text or "")),
    )
    return [col(Incident.resolved_at).is_(None), *(condition for value, condition in optional if value is not None)]


def _inside(case_id: str) -> ColumnElement[bool]:
    return or_(col(Incident.case_id) == case_id, col(Incident.case_id).startswith(f"{case_id}/", autoescape=True))


def _says(text: str) -> ColumnElement[bool]:
    return or_(
        col(Incident.reason).icontains(text, autoescape=True), col(Incident.title).icontains(text, autoescape=True)
    )
