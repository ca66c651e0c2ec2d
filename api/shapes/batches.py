"""How is a batch asked for and shown? What it is to do, how far it is, what became of each item and why."""

from collections.abc import Collection
from typing import Any, Literal

from pydantic import AwareDatetime, Field, JsonValue

from api.ids import word
from api.moments import Moment
from api.shapes.base import LARGEST, Body, OnePage, Shape, case_link
from policy.data_classes import visible_within
from records.queries.batches import BatchProgress, ReasonCount
from records.tables import BatchItem
from records.writes.batches import MOVES
from workflows.contract.urgency import Urgency

VARIABLES = ("variables", "values")
"""Under these names a request holds variables of a case."""

Status = Literal["planned", "running", "paused", "completed", "cancelled", "undoing", "undone"]
ItemStatus = Literal["pending", "done", "refused", "failed", "undone", "kept"]


class CaseFilterBody(Body):
    """Which running cases, called ones included; at least one member. `element`: a token stands at it."""

    cases: list[str] | None = Field(default=None, max_length=10_000, description="case ids")
    pathway: str | None = None
    sha256: str | None = Field(default=None, description="of the version that a case pins")
    version_tag: str | None = None
    element: str | None = None
    urgency: Urgency | None = None
    stuck: bool | None = None
    incident: bool | None = None
    started_before: Moment | None = None


class BatchBody(Body):
    """What to do to which cases, and why. `filter` and `request` are of the kind: see `GET /batches/kinds`."""

    kind: str = Field(examples=["incident.retry"])
    filter: dict[str, JsonValue] = Field(examples=[{"pathway": "two_tasks", "kind": "work-failed"}])
    request: dict[str, JsonValue] = Field(default_factory=dict)
    reason: str = Field(min_length=1, max_length=1_000, description="kept in the audit; nothing of a patient")
    dry_run: bool = Field(default=False, description="say what would happen; change nothing")
    canary: int = Field(default=0, ge=0, le=LARGEST, description="pause after so many items; 0: never")
    expect: int | None = Field(default=None, ge=0, le=LARGEST, description="refuse when another number is selected")
    start: bool = Field(default=True, description="false: plan only; `resume` starts it")


class ReasonView(Shape):
    """How many items ended, or would end, alike."""

    outcome: str
    reason: str
    count: int
    examples: list[str] = Field(default_factory=list, description="of a dry run: case ids, or ids of messages")


class Foresight(Shape):
    """What a batch would do now; nothing was changed. `foreseen` is less than `selected` when there are very many."""

    kind: str
    selected: int
    foreseen: int
    counts: dict[str, int]
    reasons: list[ReasonView]


class BatchView(Shape):
    """A batch and how far it is; `counts` by status of its items."""

    id: str
    kind: str
    what: str
    status: Status
    status_reason: str
    reason: str
    actor: str
    filter: dict[str, JsonValue]
    request: dict[str, JsonValue] | None = Field(
        description="null in a list: it may hold variables, of which those that you may not see are null"
    )
    canary: int
    total: int
    tried: int
    counts: dict[str, int]
    reasons: list[ReasonView] | None = Field(description="null in a list")
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    links: dict[str, str]


class BatchesPage(OnePage):
    """One page of batches."""

    items: list[BatchView]


class BatchItemView(Shape):
    """One item of a batch: what it acts on, and what became of it."""

    number: int
    case_id: str
    target: str
    status: ItemStatus
    reason: str
    result: dict[str, JsonValue]
    at: AwareDatetime | None
    links: dict[str, str]


class BatchItemsPage(OnePage):
    """One page of the items of a batch."""

    items: list[BatchItemView]


class KindView(Shape):
    """A kind of batch, with the JSON schemas of its `filter` and `request`."""

    name: str
    what: str
    filter: dict[str, Any]
    request: dict[str, Any]
    may_undo: bool


def batch_view(
    found: BatchProgress,
    *,
    what: str,
    may_undo: bool,
    reasons: tuple[ReasonCount, ...] | None = None,
    classes: Collection[str] = (),
) -> BatchView:
    """Show a batch; `reasons` when it is shown whole, then of its variables those of these `classes`."""
    batch = found.batch
    link = f"/batches/{batch.batch}"
    moves = [move for move, allowed in MOVES.items() if batch.status in allowed and (move != "undo" or may_undo)]
    return BatchView(
        id=batch.batch,
        kind=batch.kind,
        what=what,
        status=batch.status,
        status_reason=batch.status_reason,
        reason=batch.reason,
        actor=batch.actor,
        filter=batch.filter,
        request=None if reasons is None else visible_within(batch.request, classes, holders=VARIABLES),
        canary=batch.canary,
        total=batch.total,
        tried=batch.total - found.counts.get("pending", 0),
        counts=found.counts,
        reasons=None if reasons is None else [reason_view(each) for each in reasons],
        created_at=batch.created_at,
        started_at=batch.started_at,
        finished_at=batch.finished_at,
        links={"self": link, "items": f"{link}/items", **{move: f"{link}/{move}" for move in moves}},
    )


def reason_view(found: ReasonCount) -> ReasonView:
    """Show how many items ended alike."""
    return ReasonView(outcome=found.status, reason=found.reason, count=found.count)


def item_view(row: BatchItem) -> BatchItemView:
    """Show one item."""
    return BatchItemView(
        number=row.number,
        case_id=row.case_id,
        target=row.target,
        status=row.status,
        reason=row.reason,
        result=row.result,
        at=row.at,
        links={"case": case_link(row.case_id)} if row.case_id else {"dead_letter": f"/dead-letters/{word(row.target)}"},
    )
