"""What can be done about what stopped, and about a case as a whole? Requests to a case, singly and as batches.

| kind | what it does | to |
|---|---|---|
| incident.retry | tries again, after changing variables if given | incidents |
| incident.cancel | calls the whole case off | incidents |
| case.cancel | calls the whole case off | cases |
| case.set_variables | changes variables of the process | cases |
"""

from collections.abc import Sequence

from pydantic import AwareDatetime, Field, JsonValue
from sqlmodel.ext.asyncio.session import AsyncSession

from api.batches import Job, Kind, Target, asking
from api.ids import case_and_activation
from api.shapes.base import Body
from api.shapes.batches import CaseFilterBody
from records.queries.incidents import IncidentFilter, incident_page
from records.queries.selection import CaseSelection, select_cases
from workflows.contract.requests import CancelCase, ResolveIncident, SetVariables

MOST = 100_000
"""Items of one batch."""


class IncidentFilterBody(Body):
    """Which open incidents; at least one member."""

    incidents: list[str] | None = Field(default=None, max_length=10_000, description="ids of incidents")
    kind: str | None = None
    pathway: str | None = None
    element: str | None = None
    raised_before: AwareDatetime | None = None
    text: str | None = Field(default=None, description="in its reason or the name of its step")


class NoRequest(Body):
    """Nothing more to say."""


class WithVariables(Body):
    """Variables to change first; those not named stay."""

    variables: dict[str, JsonValue] = Field(default_factory=dict)


class SomeVariables(Body):
    """Variables of the process, by name."""

    variables: dict[str, JsonValue] = Field(min_length=1)


async def _incidents(session: AsyncSession, wanted: IncidentFilterBody) -> Sequence[Target]:
    named = None if wanted.incidents is None else tuple(filter(None, map(case_and_activation, wanted.incidents)))
    by = IncidentFilter(
        incidents=named,
        **wanted.model_dump(include={"kind", "pathway", "element", "raised_before", "text"}),
    )
    found, _ = await incident_page(session, by, limit=MOST, offset=0)
    return [Target(line.incident.case_id, line.incident.incident) for line in found]


async def _cases_of_incidents(session: AsyncSession, wanted: IncidentFilterBody) -> Sequence[Target]:
    found = await _incidents(session, wanted)
    return [Target(case_id) for case_id in dict.fromkeys(target.case_id for target in found)]


async def _cases(session: AsyncSession, wanted: CaseFilterBody) -> Sequence[Target]:
    by = wanted.model_dump(exclude={"cases"})
    selection = CaseSelection(cases=None if wanted.cases is None else tuple(wanted.cases), **by)
    return [Target(case_id) for case_id in await select_cases(session, selection)]


def _retry(job: Job, target: Target) -> ResolveIncident:
    return ResolveIncident(target.target, job.actor, dict(job.request.variables))


def _cancel(job: Job, _target: Target) -> CancelCase:
    return CancelCase(job.reason, job.actor)


def _set_variables(job: Job, _target: Target) -> SetVariables:
    return SetVariables(dict(job.request.variables), job.actor)


KINDS: tuple[Kind, ...] = (
    asking(
        "incident.retry",
        "try again what stopped, after changing variables if given",
        filter=IncidentFilterBody,
        request=WithVariables,
        select=_incidents,
        request_of=_retry,
    ),
    asking(
        "incident.cancel",
        "call the whole case off",
        filter=IncidentFilterBody,
        request=NoRequest,
        select=_cases_of_incidents,
        request_of=_cancel,
    ),
    asking(
        "case.cancel",
        "call the whole case off",
        filter=CaseFilterBody,
        request=NoRequest,
        select=_cases,
        request_of=_cancel,
    ),
    asking(
        "case.set_variables",
        "change variables of the process",
        filter=CaseFilterBody,
        request=SomeVariables,
        select=_cases,
        request_of=_set_variables,
    ),
)
