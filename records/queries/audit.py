"""Which rows of the audit are about a patient, a case or a person? Those of somebody's organisation, newest first."""

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import Side, in_case, within
from records.queries.own_record import cases_of_patients
from records.queries.patients import same_patient
from records.queries.standing import theirs
from records.tables import Audit, AuditedCase, Case, Idempotency, ScopeVariables
from records.writes.audit import SUCCESS

OWED = timedelta(minutes=15)
"""Within this time a sweep has noted what was never finished (`records/writes/unfinished.py`)."""

MOST_OWED = 1_000


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is looked for; what is empty is not asked. `since` is within, `until` is not.

    `before`: only rows that are older than this one.
    """

    patient_id: str = ""
    case_id: str = ""
    actor: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


async def audit_rows(session: AsyncSession, wanted: AuditFilter, side: Side, *, limit: int) -> Sequence[Audit]:
    """Give the rows that fit, of cases of somebody's organisation and of what its people did beside cases."""
    conditions = [_theirs(side), *_plain(wanted)]
    if wanted.case_id:
        conditions.append(await _about_case(session, wanted.case_id, side))
    if wanted.patient_id:
        conditions.append(await _about_patient(session, wanted.patient_id, side))
    found = select(Audit).where(*conditions).order_by(col(Audit.id).desc())
    return tuple(await session.exec(found.limit(limit)))


async def done_by(session: AsyncSession, actor: str, action: str) -> Sequence[Audit]:
    """Give the rows in which somebody did something, and was let do it, the oldest first."""
    found = select(Audit).where(Audit.actor == actor, Audit.action == action, Audit.outcome == SUCCESS)
    return tuple(await session.exec(found.order_by(col(Audit.id))))


async def is_noted(session: AsyncSession, actor: str, action: str, case_id: str, activation: str) -> bool:
    """Say whether a row says that somebody did something to an activation of a case."""
    found = select(Audit.detail).where(Audit.case_id == case_id, Audit.actor == actor, Audit.action == action)
    details = await session.exec(found.where(Audit.outcome == SUCCESS))
    return any(detail.get("activation") == activation for detail in details)


async def unnoted(session: AsyncSession, *, now: datetime) -> Sequence[str]:
    """Give the cases (empty: none was named) of requests that were never finished and should be in the audit by now."""
    owed = select(Idempotency.intent).where(
        col(Idempotency.intent).is_not(None), col(Idempotency.begun_at) < now - OWED
    )
    return tuple(str((intent or {}).get("case_id", "")) for intent in await session.exec(owed.limit(MOST_OWED)))


async def audit_batches(
    session: AsyncSession, *, after: int, until: int, size: int = 1_000
) -> AsyncIterator[Sequence[Audit]]:
    """Give every row after a number and up to another, the oldest first, some at a time."""
    while True:
        following = select(Audit).where(col(Audit.id) > after, col(Audit.id) <= until)
        rows = tuple(await session.exec(following.order_by(col(Audit.id)).limit(size)))
        if not rows:
            return
        yield rows
        after = rows[-1].id or 0
        session.expunge_all()


async def seen_at_work(
    session: AsyncSession, side: Side, since: datetime, until: datetime
) -> dict[str, frozenset[str]]:
    """Give who acted for somebody's organisation in a time, and in which roles."""
    context: Any = Audit.context
    acted = select(Audit.actor, context["roles"].as_string()).where(
        col(Audit.at) >= since, col(Audit.at) < until, col(Audit.organisation).in_(side.organisations)
    )
    seen: dict[str, frozenset[str]] = {}
    for actor, roles in await session.exec(acted.distinct()):
        seen[actor] = seen.get(actor, frozenset()) | frozenset(json.loads(roles or "[]"))
    return seen


def about_cases(root_case_ids: Collection[str]) -> ColumnElement[bool]:
    """Say whether a row is about one of these cases or a case that they called, by itself or in a list."""
    listed = aliased(AuditedCase)
    in_list = exists().where(col(listed.audit_id) == col(Audit.id), _among(col(listed.case_id), root_case_ids))
    return or_(_among(col(Audit.case_id), root_case_ids), in_list)


async def patients_of(session: AsyncSession, case_ids: Collection[str]) -> Mapping[str, str]:
    """Give the opaque id of the patient by case; called cases are about the patient of the case that began them."""
    roots = {case_id: case_id.partition("/")[0] for case_id in case_ids if case_id}
    asked = select(Case.case_id, ScopeVariables.variables).join(
        ScopeVariables,
        and_(col(ScopeVariables.case_id) == col(Case.case_id), col(ScopeVariables.scope) == col(Case.process_scope)),
    )
    rows = (await session.exec(asked.where(col(Case.case_id).in_(set(roots.values()))))).all()
    known = {case_id: variables.get("patient_id") for case_id, variables in rows}
    return {each: patient for each, root in roots.items() if isinstance(patient := known.get(root), str)}


def _among(column: Any, root_case_ids: Collection[str]) -> ColumnElement[bool]:
    called = (column.startswith(f"{each}/", autoescape=True) for each in root_case_ids)
    return or_(column.in_(root_case_ids), *called) if root_case_ids else false()


def _theirs(side: Side) -> ColumnElement[bool]:
    """A row about a case is whose the case is; one about none, whose the person was who did it."""
    listed, case = aliased(AuditedCase), aliased(Case)
    in_list = exists().where(col(listed.audit_id) == col(Audit.id), in_case(listed.case_id, within, side))
    no_case = ~exists().where(col(case.case_id) == col(Audit.case_id))
    theirs = col(Audit.organisation).in_(side.organisations)
    return or_(in_case(Audit.case_id, within, side), in_list, and_(no_case, theirs))


def _plain(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    asked = (
        col(Audit.actor) == wanted.actor if wanted.actor else None,
        col(Audit.outcome) == wanted.outcome if wanted.outcome else None,
        col(Audit.at) >= wanted.since if wanted.since else None,
        col(Audit.at) < wanted.until if wanted.until else None,
        col(Audit.id) < wanted.before if wanted.before else None,
    )
    return [each for each in asked if each is not None]


async def _about_case(session: AsyncSession, case_id: str, side: Side) -> ColumnElement[bool]:
    """Of a list only who may see the case learns that the case was in it."""
    mine = await theirs(session, (case_id,), side)
    return or_(_among(col(Audit.case_id), (case_id,)), about_cases(mine))


async def _about_patient(session: AsyncSession, patient_id: str, side: Side) -> ColumnElement[bool]:
    ids = await same_patient(session, patient_id)
    cases = [case.case_id for case in await cases_of_patients(session, replace(side, patients=ids))]
    said: Any = Audit.detail
    return or_(about_cases(await theirs(session, cases, side)), said["patient_id"].as_string().in_(ids))
