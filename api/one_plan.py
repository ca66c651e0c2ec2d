"""What is one plan for a patient made of? The problems, next steps and dates of all their cases that somebody may see.

Each value is shown as far as its class of data is theirs in that case, as on the page of the case itself.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pydantic import AwareDatetime, Field, JsonValue
from sqlalchemy import ColumnElement

from api.deps import Visit
from api.moments import moment_in
from api.problems import Problem
from api.redacting import shown_in_each
from api.shapes.base import Shape, case_link
from api.sides import side_of, working_roles
from api.step_titles import unnamed_in, wait_without_title
from pathways.one_plan import plan_names
from pathways.patient_texts import in_language, words
from policy.data_classes import APPOINTMENT, class_of
from records.queries.api_cases import seen_by
from records.queries.cases import reached_by
from records.queries.one_plan import Dated, dates_of, patient_cases, tasks_ahead, variables_of_each
from records.queries.people import key_workers
from records.tables import CareTeamMember, Case, OpenActivation

LANGUAGE = "en"


class NextStep(Shape):
    """What somebody has to do: `of` a role, until when."""

    step: str
    of: str
    until: AwareDatetime | None
    overdue: bool


class DateAhead(Shape):
    """A date that an open case holds: an appointment, a procedure, a review."""

    what: str
    at: str
    place: str
    pathway_name: str
    case_id: str


class ProblemView(Shape):
    """One problem of a patient: a case, what the matter is, what is done about it, and who does what next."""

    case_id: str
    pathway: str
    pathway_name: str
    referral_id: str
    urgency: str
    status: str
    outcome: str
    since: AwareDatetime
    key_worker: str
    problem: dict[str, JsonValue] = Field(description="by variable, of the classes of data that you may see")
    plan: dict[str, JsonValue] = Field(description="by variable, of the classes of data that you may see")
    next_steps: list[NextStep]
    link: str


def visible_cases(asked: Visit) -> ColumnElement[bool]:
    """Say of a case that began it all whether it is in the lists of whoever asks, as in `GET /cases`."""
    side = side_of(asked)
    if asked.here.access.oversees(asked.me):
        return reached_by(side)
    return seen_by(side, working_roles(asked.me))


async def cases_seen(asked: Visit, patient_id: str, *, what: str) -> Sequence[Case]:
    """Give the cases of a patient that somebody of the staff may see, open ones first, then the newest.

    Raises:
        Problem: 403, they are no staff, and so may not do `what`; 404, they see no case of such a patient.
    """
    asked.require(allowed=bool(working_roles(asked.me)), what=what)
    async with asked.here.database.reader() as session:
        cases = await patient_cases(session, patient_id, visible_cases(asked))
    if not cases:
        raise Problem("not-found", "There is no such patient.")
    return cases


async def problems(asked: Visit, cases: Sequence[Case]) -> list[ProblemView]:
    """Give what the matter is in each of these cases, what is done about it, and what comes next."""
    ids = [case.case_id for case in cases]
    ahead: defaultdict[str, list[OpenActivation]] = defaultdict(list)
    unnamed = await unnamed_in(asked, ids)
    async with asked.here.database.reader() as session:
        for wait in await tasks_ahead(session, ids):
            ahead[wait.root_case_id].append(wait_without_title(wait, unnamed))
        held = await variables_of_each(session, cases)
        leads = await key_workers(session, ids, at=asked.here.clock())
    seen = await shown_in_each(asked, [(case, held[case.case_id]) for case in cases])
    return [
        _problem(asked, case, each.values, ahead[case.case_id], leads.get(case.case_id))
        for case, each in zip(cases, seen, strict=True)
    ]


def _problem(
    asked: Visit,
    case: Case,
    values: Mapping[str, JsonValue],
    ahead: Sequence[OpenActivation],
    leads: CareTeamMember | None,
) -> ProblemView:
    return ProblemView(
        case_id=case.case_id,
        pathway=case.key,
        pathway_name=case.name,
        referral_id=case.business_key,
        urgency=case.urgency,
        status=case.status,
        outcome=case.outcome,
        since=case.started_at,
        key_worker=leads.name if leads else "",
        problem=_held(values, plan_names().problem),
        plan=_held(values, plan_names().plan),
        next_steps=[_step(asked, wait) for wait in ahead],
        link=case_link(case.case_id),
    )


def _held(values: Mapping[str, JsonValue], names: Collection[str]) -> dict[str, JsonValue]:
    return {name: values[name] for name in names if values.get(name) not in (None, "", [], {})}


def _step(asked: Visit, wait: OpenActivation) -> NextStep:
    late = wait.until is not None and wait.until < asked.here.clock()
    return NextStep(step=wait.title, of=wait.role, until=wait.until, overdue=late)


async def itinerary(asked: Visit, cases: Sequence[Case]) -> list[DateAhead]:
    """Give the dates that these cases hold, and those that they called, in one list, the earliest first."""
    return [_date_ahead(each, values) for each, values in await _dates_seen(asked, cases)]


async def visits_ahead(asked: Visit, cases: Sequence[Case]) -> list[tuple[Dated, datetime]]:
    """Give those of the same dates at which the patient is somewhere at a time: appointments, with their moments."""
    seen = [each for each, _ in await _dates_seen(asked, cases) if class_of(each.name) == APPOINTMENT]
    return [(each, moment) for each in seen if (moment := moment_in(each.at)) is not None]


async def _dates_seen(asked: Visit, cases: Sequence[Case]) -> list[tuple[Dated, Mapping[str, JsonValue]]]:
    """The dates that somebody may see, each with what they see of its case, at once for all cases."""
    async with asked.here.database.reader() as session:
        found = await dates_of(session, [case.case_id for case in cases], words().dates)
    held = [(each.case, {**each.variables, each.name: each.at}) for each in found]
    seen = zip(found, await shown_in_each(asked, held), strict=True)
    return [(each, visible.values) for each, visible in seen if each.name in visible.values]


def _date_ahead(dated: Dated, values: Mapping[str, JsonValue]) -> DateAhead:
    return DateAhead(
        what=in_language(words().dates[dated.name], LANGUAGE),
        at=dated.at,
        place=place_of(dated, values),
        pathway_name=dated.case.name,
        case_id=dated.case.root_case_id,
    )


def place_of(dated: Dated, values: Mapping[str, JsonValue]) -> str:
    """Give where it is, which is known of appointments only; `values`: of the case, as far as they are shown."""
    return str(values.get("site") or "") if dated.name == "slot" else ""
