"""Has a person read the report where a diagram says that it is acknowledged? A step passed by hand does not say so.

A loop closes only when a named clinician has acknowledged the result. A step that was skipped, moved past, migrated
away or completed by an administrator or coordinator for whoever was to read it has been read by nobody.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, literal, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from pathways.bpmn.model import Definition, FlowNode
from records.queries.access import in_sealed
from records.tables import OPEN_STATES, FactRecord, Handoff, Task

READ = "LAD-RESULT"
"""The ladder of steps in which somebody reads a result and acknowledges it by name."""

REPORT_OF = "report_of"
"""The member of a handed-over report that says in which case its referral stands."""

INSTEAD_OF = "instead_of"
"""The member of what is handed over that names the step of reading which was passed by hand."""

MOST = 100
"""So many are given at once; the next sweep gives the next."""

BY_HAND = ("skipped", "modified", "migrated")
"""Facts of what somebody changes about a case by hand; they have the time of what they bring about."""


@dataclass(frozen=True, slots=True)
class Step:
    """An activation of a case, and its element in the diagram."""

    case_id: str
    activation: str
    node: FlowNode
    definition: Definition


async def readers(session: AsyncSession, step: Step, since: datetime, until: datetime) -> tuple[Task, ...]:
    """Give the tasks in which people have acknowledged by name what a step says is acknowledged, the oldest first.

    A user task is its own evidence, a call what it has called; before any other step somebody has read the report.
    """
    done = select(Task).where(Task.state == "completed", Task.completed_by != "", ~passed_by_hand())
    read = done.where(col(Task.closed_at).between(since, until), await _evidence(session, step))
    return tuple(await session.exec(read.order_by(col(Task.closed_at), col(Task.case_id), col(Task.activation))))


def passed_by_hand() -> ColumnElement[bool]:
    """Whether a task was closed by a change of its case or of its call, or by who only oversees or administers it."""
    fact, detail = col(FactRecord.fact), col(FactRecord.detail)
    for_another = and_(
        fact == "delegated",
        col(FactRecord.activation) == col(Task.activation),
        detail["grounds"].as_string().startswith("rank:"),
    )
    of_tree = col(FactRecord.root_case_id) == col(Task.root_case_id)
    at_once = and_(of_tree, col(FactRecord.at) == col(Task.closed_at), col(FactRecord.case_id) == col(Task.case_id))
    in_it = exists().where(at_once, or_(fact.in_(BY_HAND), for_another))
    call = col(FactRecord.case_id) + literal("/") + col(FactRecord.activation)
    around = exists().where(of_tree, call == col(Task.case_id), fact.in_(BY_HAND))
    return or_(in_it, and_(col(Task.state) == "cancelled", around))


async def was_passed_by_hand(session: AsyncSession, task: Task) -> bool:
    """Say whether a task that is closed was passed by hand."""
    this = select(Task.activation).where(Task.case_id == task.case_id, Task.activation == task.activation)
    return (await session.exec(this.where(passed_by_hand()))).first() is not None


async def _evidence(session: AsyncSession, step: Step) -> ColumnElement[bool]:
    here = col(Task.case_id) == step.case_id
    if step.node.user is not None:
        return and_(here, col(Task.activation) == step.activation)
    if step.node.call is not None:
        inside = _within(f"{step.case_id}/{step.activation}")
        asked = select(Task.activation).where(inside, Task.ladder == READ)
        is_asked = (await session.exec(asked.limit(1))).first() is not None
        return and_(inside, col(Task.ladder) == READ) if is_asked else inside
    nodes = step.definition.nodes.values()
    asks = any(ladder.name == READ for node in nodes for ladder in (node.ladder, *node.ladders) if ladder)
    return and_(_within(step.case_id), col(Task.ladder) == READ) if asks else here


def _within(case_id: str) -> ColumnElement[bool]:
    return or_(col(Task.case_id) == case_id, col(Task.case_id).startswith(f"{case_id}/", autoescape=True))


async def unread_by_hand(session: AsyncSession, *, closed_since: datetime) -> tuple[Task, ...]:
    """Give the steps of reading that were passed by hand, the oldest first, instead of which nothing was handed over.

    Left out: while it asks somebody to read it all the same, when somebody has read it since, and sealed cases.
    """
    again = aliased(Task)
    anew = and_(col(again.element) == col(Task.element), col(again.created_at) >= col(Task.closed_at))
    its = and_(col(again.root_case_id) == col(Task.root_case_id), col(again.ladder) == READ)
    since = and_(col(again.completed_by) != "", col(again.closed_at) > col(Task.closed_at))
    here = and_(its, or_(col(again.case_id) == col(Task.case_id), anew))
    asked_again = exists().where(here, or_(col(again.state).in_(OPEN_STATES), since))
    instead = col(Handoff.result)[INSTEAD_OF].as_string() == col(Task.activation)
    handed = exists().where(col(Handoff.case_id) == col(Task.case_id), instead)
    closed = and_(col(Task.state).not_in(OPEN_STATES), col(Task.closed_at) >= closed_since)
    passed = select(Task).where(Task.ladder == READ, closed, passed_by_hand())
    found = passed.where(~asked_again, ~handed, ~in_sealed(Task.case_id)).limit(MOST)
    return tuple(await session.exec(found.order_by(col(Task.closed_at), col(Task.case_id))))


async def handed_reports(session: AsyncSession, case_id: str) -> tuple[Handoff, ...]:
    """Give what was handed over of the report of the referral that stands in a case, the oldest first."""
    of_it = col(Handoff.result)[REPORT_OF].as_string() == case_id
    tree = case_id.partition("/")[0]
    inside = or_(col(Handoff.case_id) == tree, col(Handoff.case_id).startswith(f"{tree}/", autoescape=True))
    found = select(Handoff).where(inside, of_it)
    return tuple(await session.exec(found.order_by(col(Handoff.sent_at), col(Handoff.idempotency_key))))
