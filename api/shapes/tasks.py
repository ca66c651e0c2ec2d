"""How is a task shown? In one line of a worklist, and whole with its form."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field, JsonValue

from api.ids import task_id
from api.shapes.base import Body, OnePage, Shape, Values, case_link, task_link
from policy.data_classes import Visible
from records.queries.task import TaskDetail
from records.queries.worklist import WorklistItem
from records.tables import Case, Task
from workflows.contract.requests import OpenedTask, Receipt

UNSENT = "unsent"
"""The process for a message that did not leave in time: its tasks link to a page to print."""


class TaskLine(Shape):
    """A task in a worklist. `state`: ready, claimed, completed, cancelled. `team`: a lane of the diagram."""

    id: str
    step: str = Field(description="id of the element in the diagram")
    title: str
    form_id: str
    state: str
    pathway: str
    pathway_name: str
    case_id: str
    referral_id: str
    urgency: str
    priority: int
    team: str
    roles: list[str]
    people: list[str]
    assignee: str | None
    created_at: AwareDatetime
    due_at: AwareDatetime | None
    overdue: bool
    escalation_level: int
    flag: str = Field(description="what the case is marked as: `uncontactable`, or empty")
    specialty: list[str] = Field(description="who does it should have one of these (`specialties` of the directory)")
    links: dict[str, str]


class TaskPage(OnePage):
    """One page of a worklist."""

    items: list[TaskLine]


class TaskView(TaskLine):
    """A task whole. `form`: the form-js schema pinned with the case; `values`: what to show in it."""

    instructions: str
    form: dict[str, Any] | None
    values: dict[str, JsonValue]
    withheld: list[str] = Field(description="names of the values that you may not see")
    draft: dict[str, JsonValue] | None
    draft_saved_at: AwareDatetime | None
    ladder: str
    may_do: bool
    completed_by: str
    closed_at: AwareDatetime | None


class Opened(Shape):
    """A task that a change opened."""

    id: str
    title: str
    roles: list[str]
    assignee: str | None
    due_at: AwareDatetime | None
    link: str


class Changed(Shape):
    """The answer to a change: how its case stands, and the tasks that it opened. Worklists show both already."""

    case_id: str
    status: str = Field(examples=["running"])
    opened: list[Opened]
    links: dict[str, str]


class Completion(Body):
    """The values of a task's form, by field."""

    values: Values = Field(default_factory=dict, examples=[{"triage": "accept"}])


class SignedCompletion(Completion):
    """The values, and on whose behalf: of whoever holds the task, with cover, deputyship or a standing authority."""

    on_behalf_of: str = Field(default="", max_length=200, examples=["dr.heron"])


class Delegation(Body):
    """Who is to do the task."""

    to: str = Field(min_length=1, max_length=200, examples=["dr.elm"])


def line(item: WorklistItem, *, now: datetime) -> TaskLine:
    """Show a task in one line."""
    return TaskLine(**_line(item.task, item.root, item.flag, now), specialty=list(item.needs))


def view(detail: TaskDetail, *, form: dict[str, Any] | None, shown: Visible | None, now: datetime) -> TaskView:
    """Show a task whole; whoever may not do it (`shown` is None) sees neither form nor values."""
    may_do = shown is not None
    task, draft = detail.task, detail.draft
    return TaskView(
        **_line(task, detail.root, detail.flag, now),
        specialty=list(detail.needs),
        instructions=task.patient_text if may_do else "",
        form=form if may_do else None,
        values=dict(shown.values) if shown else {},
        withheld=list(shown.withheld) if shown else [],
        draft=draft.variables if draft and may_do else None,
        draft_saved_at=draft.saved_at if draft and may_do else None,
        ladder=task.ladder,
        may_do=may_do,
        completed_by=task.completed_by,
        closed_at=task.closed_at,
    )


def opened(task: OpenedTask) -> Opened:
    """Show a task that was opened."""
    return Opened(
        id=task_id(task.case_id, task.activation),
        title=task.title,
        roles=list(task.groups),
        assignee=task.assignee,
        due_at=task.due_at,
        link=task_link(task.case_id, task.activation),
    )


def changed(receipt: Receipt) -> Changed:
    """Show what a change did."""
    return Changed(
        case_id=receipt.case_id,
        status=receipt.status,
        opened=[opened(task) for task in receipt.opened],
        links={"case": case_link(receipt.case_id)},
    )


def _line(task: Task, root: Case | None, flag: str, now: datetime) -> dict[str, Any]:
    link = task_link(task.case_id, task.activation)
    actions = ("claim", "release", "delegate", "draft", "complete") if task.is_open else ()
    pages = ("printable",) if task.is_open and root is not None and root.key == UNSENT else ()
    return {
        "id": task_id(task.case_id, task.activation),
        "step": task.element,
        "title": task.title,
        "form_id": task.form_id,
        "state": task.state,
        "pathway": root.key if root else task.pathway,
        "pathway_name": root.name if root else task.pathway,
        "case_id": task.root_case_id,
        "referral_id": root.business_key if root else "",
        "urgency": task.urgency,
        "priority": task.priority,
        "team": task.lane,
        "roles": task.groups,
        "people": task.users,
        "assignee": task.assignee,
        "created_at": task.created_at,
        "due_at": task.due_at,
        "overdue": task.is_overdue(now),
        "escalation_level": task.escalation_level,
        "flag": flag,
        "links": {
            "self": link,
            "case": case_link(task.case_id),
            **{name: f"{link}/{name}" for name in (*actions, *pages)},
        },
    }
