"""For whose people are the tasks of a referrer? Those of the organisation that made this very referral.

A case knows who sent its referral (`case_party`, via requester). A referral that the case makes itself is a called
process whose `referral_id` is neither its caller's referral nor its order: it was made by those who treat the patient
there, who take part as a service or a role since before it began, or are the installation's own; not by who referred to
them. Where nobody else takes part, it is theirs after all: no task is left without people.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import OURS, REQUESTER, TREATING, Side, another
from records.tables import Case, CaseParty, ScopeVariables

_IT, _CALLED, _CALLER = another(Case), another(Case), another(Case)
_ITS, _CALLERS = another(ScopeVariables), another(ScopeVariables)
_SENDER, _NOBODY, _PARTY = another(CaseParty), another(CaseParty), another(CaseParty)


def parted(roles: tuple[str, ...], side: Side | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part roles into those whose tasks anybody of them may do, and those that are only for who made the referral."""
    requesters = frozenset(side.requesters) if side else frozenset[str]()
    return (
        tuple(role for role in roles if role not in requesters),
        tuple(role for role in roles if role in requesters),
    )


def made_by(case_id: Any, side: Side) -> ColumnElement[bool]:
    """Say of the id of any case whether the referral that it is about was made for somebody's organisation."""
    sent = exists().where(_IT.c.case_id == case_id, _sent_by(side))
    treats = _made_within(case_id, and_(_treats(), _PARTY.c.organisation.in_(side.organisations)))
    return or_(and_(~_made_within(case_id, _treats()), sent), treats)


async def is_made_by(session: AsyncSession, case_id: str, side: Side) -> bool:
    """Say whether the referral that a case, or one that it called, is about was made for somebody's organisation."""
    return bool(await session.scalar(select(made_by(literal(case_id), side))))


def _sent_by(side: Side) -> ColumnElement[bool]:
    """Of a case: it was begun for somebody's organisation; one that nobody takes part in is the installation's own."""
    begun = exists().where(
        _SENDER.c.root_case_id == _IT.c.root_case_id,
        _SENDER.c.via == REQUESTER,
        _SENDER.c.organisation.in_(side.organisations),
    )
    ours = ~exists().where(_NOBODY.c.root_case_id == _IT.c.root_case_id) if OURS in side.organisations else false()
    return or_(begun, ours)


def _made_within(case_id: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of a case: it is, or lies within, a called process with a referral of its own for which `condition` holds."""
    inside = func.substr(case_id, 1, func.length(_CALLED.c.case_id) + 1) == _CALLED.c.case_id.concat("/")
    its, callers = _ITS.c.variables["referral_id"].as_string(), _CALLERS.c.variables
    return exists().where(
        _IT.c.case_id == case_id,
        _CALLED.c.root_case_id == _IT.c.root_case_id,
        or_(_CALLED.c.case_id == case_id, inside),
        _CALLER.c.case_id == _CALLED.c.caller,
        and_(_ITS.c.case_id == _CALLED.c.case_id, _ITS.c.scope == _CALLED.c.process_scope),
        and_(_CALLERS.c.case_id == _CALLER.c.case_id, _CALLERS.c.scope == _CALLER.c.process_scope),
        its != callers["referral_id"].as_string(),
        its != func.coalesce(callers["order_id"].as_string(), ""),
        condition,
    )


def _treats() -> ColumnElement[bool]:
    """Of a called process: an organisation took part when it began that is not only the one who referred there."""
    return and_(
        _PARTY.c.root_case_id == _CALLED.c.root_case_id,
        or_(_PARTY.c.organisation == OURS, _PARTY.c.via.in_(TREATING)),
        _PARTY.c.since <= _CALLED.c.started_at,
    )
