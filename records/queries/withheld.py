"""Who is asked to acknowledge a result that they were never sent? Consent or an agreement has withheld it from them.

A step that reads a result (its ladder says so) asks for what its own case, or the one that called it, has sent before:
a letter to whoever referred, a hand-off to a role. The newest counts: what was sent after all may be acknowledged.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from policy.consent import outside_roles
from policy.data_classes import READING
from records.queries.access import in_sealed
from records.tables import OPEN_STATES, Case, Disclosure, Notification, Task, TaskCandidate

LETTERS = ("referral.outcome", "referral.interim_note")
"""What tells whoever referred of a result."""

REQUESTER, REFERRER = "requester", "referrer"
KEPT_BACK = ("withheld", "cancelled")
MOST = 100
"""So many are given at once; the next sweep gives the next."""

_ASKED: Any = aliased(TaskCandidate)
_KEPT: Any = aliased(Disclosure)
_CASE: Any = aliased(Case)


async def is_withheld(session: AsyncSession, task: Task, roles: Collection[str]) -> bool:
    """Say whether what a task asks to acknowledge was withheld from those of these roles that may do it.

    Roles that treat the patient here are sent nothing: they read it in the case.
    """
    theirs = set(task.groups).intersection(roles)
    if task.ladder != READING or not theirs or not theirs <= outside_roles():
        return False
    cases = (task.case_id, task.case_id.rpartition("/")[0])
    about = select(Disclosure).where(col(Disclosure.case_id).in_(cases), _to(theirs))
    newest = (await session.exec(about.order_by(col(Disclosure.noted_at).desc()).limit(1))).first()
    return newest is not None and newest.state in KEPT_BACK


def asks_for_withheld(roles: Collection[str]) -> ColumnElement[bool]:
    """Say the same of any task: it asks these roles, of none but such outside, for a result withheld from them."""
    outside = tuple(sorted(set(roles) & outside_roles()))
    if not outside:
        return false()
    asked = and_(_ASKED.case_id == Task.case_id, _ASKED.activation == Task.activation, _ASKED.kind == "role")
    treats = exists().where(asked, _ASKED.name.in_(set(roles) - set(outside)))
    caller = select(_CASE.caller).where(_CASE.case_id == Task.case_id).correlate(Task).scalar_subquery()
    letter = and_(_ASKED.name == REFERRER, _KEPT.recipient == REQUESTER, _KEPT.message.in_(LETTERS))
    handed = and_(_KEPT.channel == "handoff", _KEPT.recipient == literal("role:") + _ASKED.name)
    to_them = exists().where(asked, _ASKED.name.in_(outside), or_(letter, handed)).correlate(Task, _KEPT)
    about = select(_KEPT.state).where(or_(_KEPT.case_id == Task.case_id, _KEPT.case_id == caller), to_them)
    newest = about.order_by(_KEPT.noted_at.desc()).limit(1).correlate(Task).scalar_subquery()
    return and_(col(Task.ladder) == READING, ~treats, func.coalesce(newest, "").in_(KEPT_BACK))


async def withheld_readings(session: AsyncSession, *, told_under: str) -> tuple[Task, ...]:
    """Give open tasks that ask for a result of which something was withheld, and of which nobody was told so far."""
    its = col(Disclosure.case_id).in_((col(Task.case_id), col(Case.caller)))
    of_it = and_(col(Case.case_id) == col(Task.case_id), its, col(Disclosure.state).in_(KEPT_BACK))
    kept_back = exists().where(of_it, _to(outside_roles()))
    key = literal(told_under) + col(Task.case_id) + literal(":") + col(Task.activation)
    told = exists().where(col(Notification.idempotency_key) == key)
    reading = select(Task).where(Task.ladder == READING, col(Task.state).in_(OPEN_STATES))
    found = reading.where(kept_back, ~told, ~in_sealed(Task.case_id))
    return tuple(await session.exec(found.order_by(col(Task.created_at), col(Task.case_id)).limit(MOST)))


def _to(roles: Collection[str]) -> ColumnElement[bool]:
    """Of a disclosure: it was for one of these roles, by letter or by hand-off."""
    handed = and_(
        col(Disclosure.channel) == "handoff", col(Disclosure.recipient).in_([f"role:{each}" for each in roles])
    )
    letter = and_(col(Disclosure.recipient) == REQUESTER, col(Disclosure.message).in_(LETTERS))
    return or_(handed, letter) if REFERRER in roles else handed
