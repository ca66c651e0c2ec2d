"""What is open in a case beside a conversation about it: what was called for, and what waits to be told of a no?"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from records.queries.referral_chain import FOR_THE_PATIENT
from records.tables import Audit, Case, Lineage, Subscription

STOPPED = "case.begun_stopped"
"""The action of the audit by which it is known that what a cancelled case has begun was stopped."""


async def called_cases(session: AsyncSession, case: Case, keys: Collection[str]) -> tuple[Case, ...]:
    """Give what runs of what the tree of a case has called as these processes, or has begun; the oldest first.

    Those that the case is itself part of are none of them.
    """
    called = and_(col(Case.root_case_id) == case.root_case_id, col(Case.key).in_(keys))
    in_tree = or_(called, col(Case.case_id).in_(_begun_in(case.root_case_id)))
    inside = f"{case.case_id}/"
    running = _in_order().where(in_tree, Case.status == "running")
    return tuple(each for each in await session.exec(running) if not inside.startswith(f"{each.case_id}/"))


async def begun_cases(session: AsyncSession, case_id: str) -> tuple[Case, ...]:
    """Give what a case, or what it called, has begun or sent on for its patient, ended ones too; the oldest first."""
    return tuple(await session.exec(_in_order().where(col(Case.case_id).in_(_begun_in(case_id)))))


async def called_off_with_begun(session: AsyncSession, *, since: datetime) -> tuple[Case, ...]:
    """Give the cases that were cancelled as a whole since then, have begun others, and did not stop them yet."""
    has_begun = (
        select(Case.root_case_id)
        .join(Lineage, col(Lineage.parent_case_id) == col(Case.case_id))
        .where(col(Lineage.kind).in_(FOR_THE_PATIENT))
    )
    its = (Audit.case_id == Case.case_id, Audit.action == STOPPED)
    called_off = _in_order().where(Case.status == "cancelled", col(Case.caller).is_(None), col(Case.ended_at) >= since)
    left = called_off.where(col(Case.case_id).in_(has_begun), ~select(Audit.id).where(*its).exists())
    return tuple(await session.exec(left))


async def came_before(session: AsyncSession, case_id: str) -> frozenset[str]:
    """Give the case that began all of which a case is part, and what that came of, as far as it is older.

    What begins a case under a number that runs already comes to that one: so a line may lead back to its beginning.
    """
    line = [case_id.partition("/")[0]]
    for each in line:
        came_of = await session.get(Lineage, each)
        before = came_of.parent_case_id.partition("/")[0] if came_of else each
        if before not in line:
            line.append(before)
    own = await session.get_one(Case, line[0])
    found = select(Case.case_id).where(col(Case.case_id).in_(line), col(Case.started_at) < own.started_at)
    return frozenset([own.case_id, *await session.exec(found)])


def _in_order() -> SelectOfScalar[Case]:
    return select(Case).order_by(col(Case.started_at), col(Case.case_id))


def _begun_in(case_id: str) -> SelectOfScalar[str]:
    parent = col(Lineage.parent_case_id)
    within = or_(parent == case_id, parent.startswith(f"{case_id}/", autoescape=True))
    return select(Lineage.case_id).where(within, col(Lineage.kind).in_(FOR_THE_PATIENT))


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
