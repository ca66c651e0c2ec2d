"""When is a case somebody's? Of an organisation that takes part, named in it, its glass broken, its patient or carer.

`within` is the condition that every list of cases, tasks and messages carries; the API asks nothing without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, exists, false, or_, true
from sqlalchemy.sql.selectable import NamedFromClause
from sqlmodel import SQLModel, col

from records.tables import (
    OPEN_STATES,
    BrokenGlass,
    CareTeamMember,
    Case,
    CaseParty,
    FactRecord,
    Handoff,
    Message,
    ScopeVariables,
    Task,
    TaskCandidate,
)

READ_AFTER_END = timedelta(days=90)
"""So long after its end the organisations of a case still read it."""

SEAL = "wrong-patient"
"""By what (`via`) a row of `case_party` is no organisation but the seal of a case; `through` says who set it."""

WITHDRAWN = "sharing-withdrawn"
"""By what (`via`) a row is no organisation but says that a patient shares a case with nobody outside, since `until`."""

REQUESTER, TREATING = "requester", ("service", "role")
"""By what the organisation takes part that a case was begun for, and those whose people treat there."""

FOR_THE_SEAL, REVIEW = "wrong-patient", "review:"
"""Through what an organisation looks at a sealed case, and how that begins by which it reviews a broken glass."""

OURS = ""
"""The installation's own organisation, whose is a case that notes none. Here it has no name, however tokens call it."""

Condition = Callable[[Any, "Side"], ColumnElement[bool]]
"""Of the id of a case that began it all: is it, in some sense, somebody's?"""

AT_ONCE = 5_000
"""Ids in one question."""


def another(table: type[SQLModel]) -> NamedFromClause[Any]:
    """Another look at a table: made once, since an alias of a mapped class costs more than the whole question."""
    found: Table = SQLModel.metadata.tables[str(table.__tablename__)]
    return found.alias()


_SEAL, _PARTY, _ANYONE, _OUT = another(CaseParty), another(CaseParty), another(CaseParty), another(CaseParty)
_PART, _WHOLE, _ABOUT, _ENDED = another(Case), another(Case), another(Case), another(Case)
_GLASS, _SCOPE, _MEMBER = another(BrokenGlass), another(ScopeVariables), another(CareTeamMember)
_TASK, _CANDIDATE, _HANDOFF, _POOL = another(Task), another(TaskCandidate), another(Handoff), another(TaskCandidate)
_HELD, _GIVEN = another(Task), another(FactRecord)


@dataclass(frozen=True, slots=True)
class Side:
    """Who looks: a person, with the names of their organisation (empty: the installation's own), at a time.

    `patients`: whose records are theirs, as the patient or for them; `any_age`: also cases that ended long ago;
    `sealed_too`: also cases that were sealed; `requesters`: roles whose tasks are only for those who made the referral
    (`records/queries/requesters.py`); `own_roles`: roles of theirs that lead to their own record only; `agreed`: of
    their services (`service:…`) those with which an agreement stands, where none stands with all of them.
    """

    person: str
    organisations: tuple[str, ...]
    now: datetime
    patients: tuple[str, ...] = ()
    any_age: bool = False
    sealed_too: bool = False
    requesters: tuple[str, ...] = ()
    own_roles: tuple[str, ...] = ()
    agreed: tuple[str, ...] | None = None


def sealed(root: Any) -> ColumnElement[bool]:
    """Say whether a case was sealed: it was made for the wrong patient, and is hidden from all but a few officers."""
    return exists().where(_SEAL.c.root_case_id == root, _SEAL.c.via == SEAL)


def in_sealed(case_id: Any) -> ColumnElement[bool]:
    """Say of the id of any case whether the case that began it all was sealed."""
    return exists().where(_PART.c.case_id == case_id, sealed(_PART.c.root_case_id))


def within(root: Any, side: Side) -> ColumnElement[bool]:
    """Say of the id of a case that began it all whether the case is of somebody's organisation, and not long over."""
    return and_(_takes_part(root, side), _not_long_over(root, side), _unsealed(root, side))


def _takes_part(root: Any, side: Side) -> ColumnElement[bool]:
    takes_part = exists().where(
        _PARTY.c.root_case_id == root,
        _PARTY.c.organisation.in_(side.organisations),
        or_(_PARTY.c.until.is_(None), _PARTY.c.until > side.now),
        _is_agreed(side),
    )
    ours = ~exists().where(_ANYONE.c.root_case_id == root) if "" in side.organisations else false()
    return or_(takes_part, ours)


def _is_agreed(side: Side) -> ColumnElement[bool]:
    """Whether an agreement lets them read, where they take part by nothing else; who made the referral needs none."""
    if side.agreed is None:
        return true()
    looks = or_(_PARTY.c.through == FOR_THE_SEAL, _PARTY.c.through.startswith(REVIEW))
    otherwise = ~_PARTY.c.through.startswith("service:") if side.agreed else false()
    return or_(_PARTY.c.via.not_in(TREATING), looks, otherwise, _PARTY.c.through.in_(side.agreed))


def referred(root: Any, side: Side) -> ColumnElement[bool]:
    """Say of a case that is not long over whether they made its referral, and the patient shares no more with them."""
    made = exists().where(
        _OUT.c.root_case_id == root,
        _OUT.c.organisation.in_(side.organisations),
        _OUT.c.via == REQUESTER,
        _OUT.c.until <= side.now,
    )
    return and_(made, _not_long_over(root, side), _unsealed(root, side))


def heard_from(root: Any, side: Side) -> ColumnElement[bool]:
    """Say whether a case hears what somebody's organisation brings: it takes part, or has before it was kept out."""
    took_part = exists().where(
        _OUT.c.root_case_id == root,
        _OUT.c.organisation.in_(side.organisations),
        _OUT.c.via.in_((REQUESTER, *TREATING)),
    )
    return or_(within(root, side), and_(took_part, _not_long_over(root, side), _unsealed(root, side)))


def kept_out(root: Any, side: Side) -> ColumnElement[bool]:
    """Say whether consent or agreements keep somebody's organisation out of a case: then nothing lets its people in."""
    return and_(exists().where(_out(root, side)), ~_takes_part(root, side))


def unsent(root: Any, side: Side) -> ColumnElement[bool]:
    """Say of a case in which we take part whether what is written there is sent to nobody of another organisation."""
    if OURS in side.organisations:
        return false()
    withdrawn = exists().where(_OUT.c.root_case_id == root, _OUT.c.via == WITHDRAWN, _OUT.c.until <= side.now)
    return and_(withdrawn, exists().where(_ANYONE.c.root_case_id == root, _ANYONE.c.organisation == OURS))


def outside(root: Any, side: Side) -> ColumnElement[bool]:
    """Say whether somebody is outside of a case: it was not begun for them, nor are they ours where we take part."""
    inside = _PARTY.c.via == REQUESTER
    if OURS in side.organisations:
        inside = or_(inside, _PARTY.c.organisation == OURS)
    taking_part = and_(_PARTY.c.root_case_id == root, _PARTY.c.organisation.in_(side.organisations))
    nobodys = ~exists().where(_ANYONE.c.root_case_id == root) if OURS in side.organisations else false()
    return ~or_(exists().where(taking_part, inside), nobodys)


def _out(root: Any, side: Side) -> ColumnElement[bool]:
    """Of a row: it says how long somebody's organisation takes part, or that the case is shared with nobody outside."""
    took_part = and_(_OUT.c.organisation.in_(side.organisations), _OUT.c.via.in_((REQUESTER, *TREATING)))
    withdrawn = and_(_OUT.c.via == WITHDRAWN, _OUT.c.until <= side.now)
    return and_(_OUT.c.root_case_id == root, or_(took_part, withdrawn))


def opened_to(root: Any, side: Side) -> ColumnElement[bool]:
    """Say whether a person has broken the glass of a case, and the time for it runs."""
    opened = exists().where(_GLASS.c.root_case_id == root, _GLASS.c.person == side.person, _GLASS.c.until > side.now)
    return and_(opened, _unsealed(root, side))


def of_patients(root: Any, side: Side) -> ColumnElement[bool]:
    """Say whether a case is about one of the patients whose records are somebody's own."""
    theirs = exists().where(
        _ABOUT.c.case_id == root,
        _SCOPE.c.case_id == _ABOUT.c.case_id,
        _SCOPE.c.scope == _ABOUT.c.process_scope,
        _SCOPE.c.variables["patient_id"].as_string().in_(side.patients),
    )
    return and_(theirs, ~sealed(root))


def named_in(root: Any, side: Side) -> ColumnElement[bool]:
    """Say whether a case that is not long over names this very person: for an open task, a result, or in its team.

    Of people whose organisation is kept out of it only whom somebody has handed a task since.
    """
    of_task = and_(_CANDIDATE.c.case_id == _TASK.c.case_id, _CANDIDATE.c.activation == _TASK.c.activation)
    candidates = exists().where(of_task, _CANDIDATE.c.kind == "user", _CANDIDATE.c.name == side.person)
    doing = exists().where(
        _TASK.c.root_case_id == root,
        _TASK.c.state.in_(OPEN_STATES),
        or_(_TASK.c.assignee == side.person, candidates),
        at_work(_TASK.c, side),
    )
    looks_after = exists().where(
        _MEMBER.c.root_case_id == root,
        _MEMBER.c.person == side.person,
        or_(_MEMBER.c.until.is_(None), _MEMBER.c.until > side.now),
    )
    within_it = or_(_HANDOFF.c.case_id == root, _HANDOFF.c.case_id.startswith(root + "/"))
    handed = exists().where(within_it, _HANDOFF.c.recipient_kind == "person", _HANDOFF.c.recipient == side.person)
    named = or_(and_(or_(doing, handed, looks_after), ~kept_out(root, side)), _handed_since(root, side))
    return and_(named, _not_long_over(root, side), _unsealed(root, side))


def _handed_since(root: Any, side: Side) -> ColumnElement[bool]:
    """Whether they hold a task that was handed to them after their organisation was kept out: somebody decided that."""
    later = exists().where(_out(_HELD.c.root_case_id, side), _OUT.c.until <= side.now, _OUT.c.until > _GIVEN.c.at)
    return exists().where(
        _HELD.c.root_case_id == root,
        _HELD.c.state.in_(OPEN_STATES),
        _HELD.c.assignee == side.person,
        _GIVEN.c.case_id == _HELD.c.case_id,
        _GIVEN.c.activation == _HELD.c.activation,
        _GIVEN.c.fact == "delegated",
        _GIVEN.c.detail["assignee"].as_string() == side.person,
        ~later,
        at_work(_HELD.c, side),
    )


def at_work(task: Any, side: Side) -> ColumnElement[bool]:
    """Say of a task that somebody holds whether they hold it at work: a patient's, or for one, opens nothing there."""
    if not side.own_roles:
        return true()
    theirs = and_(_POOL.c.case_id == task.case_id, _POOL.c.activation == task.activation)
    return ~exists().where(theirs, _POOL.c.kind == "role", _POOL.c.name.in_(side.own_roles))


def in_case(case_id: Any, condition: Any, side: Side) -> ColumnElement[bool]:
    """Say of the id of any case whether `condition` holds for the case that began it all."""
    return exists().where(_WHOLE.c.case_id == case_id, condition(_WHOLE.c.root_case_id, side))


def brought_to(side: Side) -> ColumnElement[bool]:
    """Say whether a message reached a case of somebody's organisation; one that reached none is whose it was told.

    What nobody's organisation was noted for, the installation's own people deal with.
    """
    for_a_case = and_(col(Message.case_id).is_not(None), col(Message.case_id) != "")
    said: Any = Message.payload
    of_mine = or_(*(said["organisations"][0].as_string() == name for name in side.organisations))
    ours = said["organisations"][0].as_string().is_(None) if "" in side.organisations else false()
    return or_(and_(for_a_case, in_case(Message.case_id, within, side)), and_(~for_a_case, or_(of_mine, ours)))


def _unsealed(root: Any, side: Side) -> ColumnElement[bool]:
    return true() if side.sealed_too else ~sealed(root)


def _not_long_over(root: Any, side: Side) -> ColumnElement[bool]:
    ended = exists().where(_ENDED.c.case_id == root, _ENDED.c.ended_at <= side.now - READ_AFTER_END)
    return true() if side.any_age else ~ended
