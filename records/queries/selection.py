"""Which running cases does a batch act on? By pathway, version, where they stand, how long they have run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, exists
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Case, OpenActivation

EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CaseSelection:
    """Which running cases, called ones included; what is None does not filter.

    `element`: a token stands at it. `sha256`: of the definition that the case pins.
    """

    cases: tuple[str, ...] | None = None
    pathway: str | None = None
    sha256: str | None = None
    version_tag: str | None = None
    element: str | None = None
    urgency: str | None = None
    stuck: bool | None = None
    incident: bool | None = None
    started_before: datetime | None = None


async def select_cases(session: AsyncSession, wanted: CaseSelection) -> tuple[str, ...]:
    """Give the ids of the running cases that are wanted, the oldest first."""
    running = select(Case.case_id).where(col(Case.status) == "running", *_conditions(wanted))
    return tuple(await session.exec(running.order_by(col(Case.started_at), col(Case.case_id))))


async def select_steps(session: AsyncSession, wanted: CaseSelection) -> tuple[tuple[str, str], ...]:
    """Give the open activations of the wanted element, as (case id, activation), those of the oldest cases first."""
    cases = replace(wanted, element=None)
    steps = (
        select(OpenActivation.case_id, OpenActivation.activation)
        .join(Case, col(Case.case_id) == col(OpenActivation.case_id))
        .where(col(Case.status) == "running", OpenActivation.element == wanted.element, *_conditions(cases))
    )
    in_order = steps.order_by(col(Case.started_at), col(Case.case_id), col(OpenActivation.activation))
    return tuple((case_id, activation) for case_id, activation in await session.exec(in_order))


def _conditions(wanted: CaseSelection) -> Sequence[ColumnElement[bool]]:
    stands = exists().where(
        col(OpenActivation.case_id) == col(Case.case_id), col(OpenActivation.element) == wanted.element
    )
    optional = (
        (wanted.cases, col(Case.case_id).in_(wanted.cases or ())),
        (wanted.pathway, col(Case.key) == wanted.pathway),
        (wanted.sha256, col(Case.sha256) == wanted.sha256),
        (wanted.version_tag, col(Case.version_tag) == wanted.version_tag),
        (wanted.element, stands),
        (wanted.urgency, col(Case.urgency) == wanted.urgency),
        (wanted.stuck, col(Case.stuck) == wanted.stuck),
        (wanted.incident, col(Case.incident) == wanted.incident),
        (wanted.started_before, col(Case.started_at) <= (wanted.started_before or EVER)),
    )
    return [condition for value, condition in optional if value is not None]
