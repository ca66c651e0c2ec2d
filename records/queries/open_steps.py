"""What is open in a case beside a conversation about it: what was called for, and what waits to be told of a no?"""

from collections.abc import Collection

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from records.tables import Case, Lineage, Subscription


async def called_cases(session: AsyncSession, case: Case, keys: Collection[str]) -> tuple[Case, ...]:
    """Give the running cases of these processes that the tree of a case has called or begun, the oldest first.

    Those that the case is itself part of are none of them.
    """
    in_tree = or_(col(Case.root_case_id) == case.root_case_id, col(Case.case_id).in_(_begun_in(case.root_case_id)))
    running = _running(keys).where(in_tree)
    inside = f"{case.case_id}/"
    return tuple(each for each in await session.exec(running) if not inside.startswith(f"{each.case_id}/"))


async def begun_cases(session: AsyncSession, case_id: str, keys: Collection[str]) -> tuple[Case, ...]:
    """Give the running cases of these processes that a case, or what it called, has begun; the oldest first."""
    return tuple(await session.exec(_running(keys).where(col(Case.case_id).in_(_begun_in(case_id)))))


def _running(keys: Collection[str]) -> SelectOfScalar[Case]:
    running = select(Case).where(Case.status == "running", col(Case.key).in_(keys))
    return running.order_by(col(Case.started_at), col(Case.case_id))


def _begun_in(case_id: str) -> SelectOfScalar[str]:
    parent = col(Lineage.parent_case_id)
    within = or_(parent == case_id, parent.startswith(f"{case_id}/", autoescape=True))
    return select(Lineage.case_id).where(within)


async def made_within(session: AsyncSession, case: Case, keys: Collection[str]) -> tuple[Case, ...]:
    """Give the cases of these processes that a case has called, or what it called, ended ones too."""
    inside = col(Case.case_id).startswith(f"{case.case_id}/", autoescape=True)
    made = select(Case).where(Case.root_case_id == case.root_case_id, inside, col(Case.key).in_(keys))
    return tuple(await session.exec(made.order_by(col(Case.started_at), col(Case.case_id))))


async def steps_waiting(session: AsyncSession, case: Case, message: str) -> tuple[Subscription, ...]:
    """Give what waits for a message anywhere in the tree of a case, the oldest first."""
    waiting = select(Subscription).where(
        Subscription.root_case_id == case.root_case_id, Subscription.event == "message", Subscription.name == message
    )
    return tuple(await session.exec(waiting.order_by(col(Subscription.since), col(Subscription.case_id))))
