"""How is a case shown? In one line, whole, and as a timeline; of its variables what somebody may see."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, AwareDatetime, Field, JsonValue

from api.ids import task_id
from api.shapes.base import Body, OnePage, Shape, Values, case_link
from api.shapes.incidents import IncidentView, incident
from api.shapes.modifications import DryRun, Reason
from pathways.bpmn.model import Definition
from policy.data_classes import Visible
from records.queries.case import CaseDetail
from records.queries.cases import CaseLine, flag_of
from records.queries.timeline import TimelineEntry
from records.tables import Case, OpenActivation


class WaitView(Shape):
    """What a case waits for, of whom, since when and until when; `overdue`: why it is late, once it is.

    `kind`: task, work, message, timer or event.
    """

    case_id: str
    activation: str
    step: str
    kind: str
    waiting_for: str
    of: str
    since: AwareDatetime
    until: AwareDatetime | None
    escalation_level: int
    failure: str
    overdue: str


class CaseLineView(Shape):
    """A case in one line, the cases that it called folded in."""

    case_id: str
    pathway: str
    pathway_name: str
    referral_id: str
    urgency: str
    status: str
    outcome: str
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    waiting: WaitView | None
    escalation_level: int
    stuck: bool
    incident: bool
    flag: str = Field(description="what it is marked as: `uncontactable`, or empty")
    links: dict[str, str]


class CasesPage(OnePage):
    """One page of cases."""

    items: list[CaseLineView]


class CalledCase(Shape):
    """A case that this one called."""

    case_id: str
    pathway: str
    status: str
    called_by: str | None
    link: str


class CaseView(Shape):
    """A case whole: where it stands, in it and in the cases it called."""

    case_id: str
    root_case_id: str
    pathway: str
    pathway_name: str
    version: str
    sha256: str
    referral_id: str
    urgency: str
    status: str
    outcome: str
    started_at: AwareDatetime
    started_by: str
    ended_at: AwareDatetime | None
    escalation_level: int
    stuck: list[str]
    flag: str = Field(description="what it is marked as: `uncontactable`, or empty")
    waits: list[WaitView]
    tasks: list[dict[str, Any]]
    messages: list[dict[str, str]]
    signals: list[str]
    incidents: list[IncidentView]
    called: list[CalledCase]
    variables: dict[str, JsonValue] | None = Field(description="of the classes of data that you may see; else null")
    withheld: list[str] = Field(description="names of the variables that you may not see")
    key_worker: str = Field(default="", description="the named key worker of the case; more: its care team")
    links: dict[str, str]


class TimelineView(Shape):
    """One thing that happened, as a sentence; `detail` only for those who see the whole episode."""

    case_id: str
    seq: int
    at: AwareDatetime
    fact: str
    step: str
    text: str
    actor: str
    detail: dict[str, JsonValue] | None


class Cancellation(Body):
    """Why a case is called off."""

    reason: Reason
    dry_run: DryRun = False


class VariableChange(Body):
    """Variables by name: of the process, or of the open scope that is named (then a reason is needed)."""

    variables: Values = Field(min_length=1)
    scope: str = Field(default="", description="id of an activation, or an element of which one is open")
    reason: str = Field(default="", max_length=1_000, description="kept in the audit")
    dry_run: DryRun = False


def _on_a_day(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("must be a day of the calendar; a time may follow it") from error
    return text


class DateChange(Body):
    """A date of treatment that was set anew. `variables` go along with the message."""

    treatment: str = Field(min_length=1, max_length=200, examples=["radiotherapy"])
    new_date: Annotated[str, AfterValidator(_on_a_day)] = Field(
        pattern=r"^\d{4}-\d{2}-\d{2}", max_length=40, examples=["2027-03-01"]
    )
    old_date: str | None = None
    reason: str = ""
    variables: dict[str, JsonValue] = Field(default_factory=dict)


def wait(row: OpenActivation) -> WaitView:
    """Show one wait."""
    return WaitView(
        case_id=row.case_id,
        activation=row.activation,
        step=row.title,
        kind=row.wait,
        waiting_for=row.waiting_for,
        of=row.role,
        since=row.since,
        until=row.until,
        escalation_level=row.escalation_level,
        failure=row.failure,
        overdue=row.overdue,
    )


def case_line(found: CaseLine) -> CaseLineView:
    """Show a case in one line."""
    case = found.case
    return CaseLineView(
        **_common(case),
        waiting=wait(found.waiting) if found.waiting else None,
        escalation_level=found.escalation_level,
        stuck=found.stuck,
        incident=found.incident,
        flag=found.flag,
    )


def case_view(
    found: CaseDetail,
    shown: Visible,
    reads: Mapping[tuple[str, str], Mapping[str, Any]],
    definitions: Mapping[str, Definition | None],
) -> CaseView:
    """Show a case whole; `shown`: what may be seen of its variables, `reads`: of what its incidents had read.

    `definitions`: by case id, of the cases that have incidents.
    """
    case = found.case
    scopes = {each.case_id: each.process_scope for each in (case, *found.called)}
    return CaseView(
        **_common(case),
        root_case_id=case.root_case_id,
        version=case.version_tag,
        sha256=case.sha256,
        started_by=case.started_by,
        escalation_level=max(each.escalation_level for each in (case, *found.called)),
        stuck=list(found.stuck_reasons),
        flag=flag_of((case, *found.called)),
        waits=[wait(each) for each in found.waits],
        tasks=[_task(each.case_id, each.activation, each.title, each.assignee) for each in found.tasks],
        messages=[
            {"name": each.name, "correlation_key": each.correlation_key}
            for each in found.subscriptions
            if each.event == "message"
        ],
        signals=sorted({each.name for each in found.subscriptions if each.event == "signal"}),
        incidents=[
            incident(
                each,
                scopes[each.case_id],
                definitions[each.case_id],
                read=reads.get((each.case_id, each.incident)),
            )
            for each in found.incidents
        ],
        called=[_called(each) for each in found.called],
        variables=dict(shown.values) or None,
        withheld=list(shown.withheld),
    )


def timeline_entry(entry: TimelineEntry, *, with_detail: bool) -> TimelineView:
    """Show one thing that happened."""
    return TimelineView(
        case_id=entry.case_id,
        seq=entry.seq,
        at=entry.at,
        fact=entry.fact,
        step=entry.title,
        text=entry.text,
        actor=entry.actor,
        detail=dict(entry.detail) if with_detail else None,
    )


def _common(case: Case) -> dict[str, Any]:
    link = case_link(case.case_id)
    parts = ("timeline", "timers", "diagram.svg", "page")
    return {
        "case_id": case.case_id,
        "pathway": case.key,
        "pathway_name": case.name,
        "referral_id": case.business_key,
        "urgency": case.urgency,
        "status": case.status,
        "outcome": case.outcome,
        "started_at": case.started_at,
        "ended_at": case.ended_at,
        "links": {
            "self": link,
            **{part.partition(".")[0]: f"{link}/{part}" for part in parts},
            "tasks": f"/tasks?case={quote(case.case_id)}",
        },
    }


def _task(case_id: str, activation: str, title: str, assignee: str | None) -> dict[str, Any]:
    identity = task_id(case_id, activation)
    return {"id": identity, "title": title, "assignee": assignee, "link": f"/tasks/{identity}"}


def _called(case: Case) -> CalledCase:
    return CalledCase(
        case_id=case.case_id,
        pathway=case.key,
        status=case.status,
        called_by=case.caller_activation,
        link=case_link(case.case_id),
    )
