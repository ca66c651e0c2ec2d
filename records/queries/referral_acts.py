"""What can be done with a referral at a step of its diagram, and is it asked to be taken back?"""

from collections.abc import Collection

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.library import definition_of_case
from records.tables import OPEN_STATES, Case, FactRecord, OpenActivation, Task, Timer

ACTION = "loopAction"

ABORT = "abort_request"
"""What a pathway calls to ask those who do it whether a referral is stopped."""

ASKING = "ask-abort"
"""What a step says as its `loopAction` that asks the service itself, before whoever answers has the task."""

CANCELLED, ABORT_REQUESTED = "referral.cancelled", "referral.abort_requested"

TAKES_BACK = frozenset({CANCELLED, ABORT_REQUESTED})
"""Messages that take a referral back, under whichever of the two names they come."""


async def tasks_that(session: AsyncSession, case: Case, action: str) -> tuple[Task, ...]:
    """Give the open tasks of a case whose element has the property `loopAction` with this value."""
    wanted = await _acting(session, case, action)
    found = select(Task).where(
        Task.case_id == case.case_id, col(Task.element).in_(wanted), col(Task.state).in_(OPEN_STATES)
    )
    return tuple(await session.exec(found.order_by(col(Task.created_at))))


async def done_tasks_that(session: AsyncSession, case: Case, action: str) -> tuple[Task, ...]:
    """Give the tasks of a case that people have completed, of elements with this `loopAction`, the oldest first."""
    wanted = await _acting(session, case, action)
    found = select(Task).where(
        Task.case_id == case.case_id, col(Task.element).in_(wanted), Task.state == "completed", Task.completed_by != ""
    )
    return tuple(await session.exec(found.order_by(col(Task.closed_at))))


async def timers_that(session: AsyncSession, case: Case, action: str) -> tuple[Timer, ...]:
    """Give the armed timers of a case whose element has the property `loopAction` with this value."""
    wanted = await _acting(session, case, action)
    found = select(Timer).where(Timer.case_id == case.case_id, col(Timer.node).in_(wanted))
    return tuple(await session.exec(found.order_by(col(Timer.due_at))))


async def times_taken_back(session: AsyncSession, case_ids: Collection[str]) -> int:
    """Count how often these cases have heard that their referral is to be taken back."""
    taken = select(func.count()).where(
        col(FactRecord.case_id).in_(case_ids),
        FactRecord.fact == "message_received",
        col(FactRecord.detail)["message"].as_string().in_(TAKES_BACK),
    )
    return (await session.exec(taken)).one()


async def asks_to_abort(session: AsyncSession, case: Case) -> bool:
    """Whether a case asks if its referral is stopped; the task of whoever answers follows a moment later."""
    definition = await definition_of_case(session, case)
    nodes = definition.nodes.values() if definition else ()
    asking = [
        node.id
        for node in nodes
        if (node.call and node.call.process_id == ABORT) or node.properties.get(ACTION) == ASKING
    ]
    asked = select(OpenActivation).where(
        OpenActivation.case_id == case.case_id, col(OpenActivation.element).in_(asking)
    )
    return (await session.exec(asked.limit(1))).first() is not None


async def _acting(session: AsyncSession, case: Case, action: str) -> tuple[str, ...]:
    definition = await definition_of_case(session, case)
    nodes = definition.nodes.values() if definition else ()
    return tuple(node.id for node in nodes if node.properties.get(ACTION) == action)
