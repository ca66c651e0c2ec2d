"""Whose is a case? Of the organisations that take part in it, of who broke the glass, of its patient and their carers.

`within` is the condition that every list of cases, tasks and messages carries; the API asks nothing without it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, exists, false, func, literal, or_, true
from sqlalchemy.sql.selectable import NamedFromClause
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from records.tables import (
    OPEN_STATES,
    BrokenGlass,
    CareTeamMember,
    Case,
    CaseParty,
    FactRecord,
    Handoff,
    Message,
    ProxyGrant,
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


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a case: `party` by their organisation, `opened` by the glass, `named` as this person.

    `sealed`: it was made for the wrong patient. `kept_out`: consent or agreements keep their organisation out of it;
    `referred`: it is such a one, and has made the referral. `unsent`: we treat there, and what is written is sent to
    nobody outside. `outside`: what they may read is limited as what they may be sent.
    """

    party: bool = False
    opened: bool = False
    named: bool = False
    sealed: bool = False
    kept_out: bool = False
    referred: bool = False
    unsent: bool = False
    outside: bool = False


async def first_party(session: AsyncSession, root_case_id: str) -> str:
    """Give the organisation that takes part in a case since the longest time; empty: the installation's own."""
    parties = select(CaseParty.organisation).where(
        CaseParty.root_case_id == root_case_id, col(CaseParty.until).is_(None)
    )
    longest = parties.order_by(col(CaseParty.since), col(CaseParty.organisation)).limit(1)
    return (await session.exec(longest)).first() or ""


async def first_parties(session: AsyncSession, roots: Collection[str]) -> Mapping[str, str]:
    """Give the same of each of these cases in which anybody takes part."""
    found, asked = dict[str, str](), tuple(roots)
    for start in range(0, len(asked), AT_ONCE):
        some = col(CaseParty.root_case_id).in_(asked[start : start + AT_ONCE])
        parties = select(CaseParty.root_case_id, CaseParty.organisation).where(some, col(CaseParty.until).is_(None))
        for root, name in await session.exec(parties.order_by(col(CaseParty.since), col(CaseParty.organisation))):
            found.setdefault(root, name)
    return found


async def let_in_through(session: AsyncSession, roots: Collection[str], side: Side) -> Mapping[str, str]:
    """Give by what (`service:…`, a role, a case) somebody's organisation was let into each of these cases."""
    rows = select(CaseParty.root_case_id, CaseParty.through).where(
        col(CaseParty.root_case_id).in_(roots), col(CaseParty.organisation).in_(side.organisations)
    )
    return dict((await session.exec(rows)).all())


async def parties_of(session: AsyncSession, roots: Collection[str], *, at: datetime) -> Mapping[str, Collection[str]]:
    """Give the organisations that take part in each of these cases at `at`; the installation's own where none does."""
    found, asked = defaultdict[str, set[str]](set), tuple({*roots})
    lasts = and_(or_(col(CaseParty.until).is_(None), col(CaseParty.until) > at), col(CaseParty.via) != WITHDRAWN)
    for start in range(0, len(asked), AT_ONCE):
        some = col(CaseParty.root_case_id).in_(asked[start : start + AT_ONCE])
        for root, name in await session.exec(select(CaseParty.root_case_id, CaseParty.organisation).where(some, lasts)):
            found[root].add(name)
    return {root: found[root] or {OURS} for root in asked}


async def beside(session: AsyncSession, case_id: str, others: Collection[str], *, at: datetime) -> frozenset[str]:
    """Give those of these cases that are of one tree with a case, or have an organisation in common with it."""
    root, roots = case_id.partition("/")[0], {other: other.partition("/")[0] for other in others}
    parties = await parties_of(session, {root, *roots.values()}, at=at)
    return frozenset(o for o, its in roots.items() if its == root or not {*parties[its]}.isdisjoint(parties[root]))


async def unsealed(session: AsyncSession, case_ids: Collection[str]) -> frozenset[str]:
    """Give those of these cases that were not made for the wrong patient."""
    roots = {case_id: case_id.partition("/")[0] for case_id in case_ids}
    marked = select(_SEAL.c.root_case_id).where(_SEAL.c.root_case_id.in_(roots.values()), _SEAL.c.via == SEAL)
    hidden = frozenset(await session.exec(marked))
    return frozenset(case_id for case_id, root in roots.items() if root not in hidden)


async def standing(session: AsyncSession, root_case_id: str, side: Side) -> Standing:
    """Say how somebody stands to a case that began it all; all of it false when there is no such case."""
    return (await standing_in_each(session, (root_case_id,), side))[root_case_id]


async def standing_in_each(session: AsyncSession, roots: Collection[str], side: Side) -> Mapping[str, Standing]:
    """Say how somebody stands to each of these cases, in one question for all of them."""
    root: Any = col(Case.case_id)
    conditions: Any = (
        within(root, side),
        opened_to(root, side),
        named_in(root, side),
        sealed(root),
        kept_out(root, side),
        referred(root, side),
        unsent(root, side),
        outside(root, side),
    )
    found = await session.exec(select(root, *conditions).where(root.in_(roots)))
    known = {case_id: Standing(*map(bool, stands)) for case_id, *stands in found}
    return {case_id: known.get(case_id, Standing()) for case_id in roots}


async def theirs(
    session: AsyncSession, case_ids: Collection[str], side: Side, *, whose: Condition = within
) -> frozenset[str]:
    """Give those of these cases, called ones among them, that are of somebody's organisation (or as `whose` says)."""
    found, wanted = set[str](), tuple(case_ids)
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        mine = select(Case.case_id).where(col(Case.case_id).in_(some), whose(Case.root_case_id, side))
        found.update(await session.exec(mine))
    return frozenset(found)


async def reachable(session: AsyncSession, names: Collection[str], side: Side) -> frozenset[str]:
    """Give those of these ids of cases that began it all that are somebody's, whether or not a case shows already."""
    return frozenset([name for name in names if (await session.exec(select(within(literal(name), side)))).one()])


async def patient_of(session: AsyncSession, case: Case) -> str:
    """Give the opaque id of the patient of a case that began it all; empty when it is about nobody.

    A sealed case is about nobody: the patient whom it names is the wrong one.
    """
    if (await session.exec(select(sealed(literal(case.case_id))))).one():
        return ""
    row = await session.get(ScopeVariables, (case.case_id, case.process_scope))
    found = row.variables.get("patient_id") if row else None
    return found if isinstance(found, str) else ""


async def cases_of_patients(session: AsyncSession, side: Side) -> tuple[Case, ...]:
    """Give the cases, called ones left out, about the patients whose records are somebody's own; the newest first."""
    return tuple(await session.exec(_newest(*_of_own(side))))


async def page_of_patients(
    session: AsyncSession, side: Side, *, but: Collection[str], limit: int, offset: int
) -> tuple[tuple[Case, ...], int]:
    """Give one page of those cases without those of the pathways `but`, and how many there are."""
    if not side.patients:
        return (), 0
    conditions = (*_of_own(side), col(Case.key).not_in(but))
    total = await session.exec(select(func.count()).select_from(Case).where(*conditions))
    return tuple(await session.exec(_newest(*conditions).limit(limit).offset(offset))), total.one()


def _of_own(side: Side) -> tuple[ColumnElement[bool], ...]:
    return col(Case.caller).is_(None), of_patients(Case.case_id, side)


def _newest(*conditions: ColumnElement[bool]) -> SelectOfScalar[Case]:
    return select(Case).where(*conditions).order_by(col(Case.started_at).desc(), col(Case.case_id))


async def requester_of(session: AsyncSession, root_case_id: str) -> str:
    """Give the organisation that a case was begun for; empty is the installation's own."""
    first = select(CaseParty.organisation).where(CaseParty.root_case_id == root_case_id, CaseParty.via == "requester")
    return (await session.exec(first.order_by(col(CaseParty.since)))).first() or ""


async def unreviewed(session: AsyncSession) -> Sequence[BrokenGlass]:
    """Give what was opened by breaking the glass and has no review yet, the oldest first."""
    found = select(BrokenGlass).where(BrokenGlass.review_case_id == "")
    return tuple(await session.exec(found.order_by(col(BrokenGlass.since), col(BrokenGlass.grant_id))))


async def glasses_broken(
    session: AsyncSession, side: Side, *, limit: int, offset: int
) -> tuple[Sequence[tuple[BrokenGlass, Case | None]], int]:
    """Give one page of who broke the glass of the cases of somebody's organisation, and how many did.

    The newest first, each with the review.
    """
    ours = within(BrokenGlass.root_case_id, side)
    total = await session.exec(select(func.count()).select_from(BrokenGlass).where(ours))
    found = (
        select(BrokenGlass, Case)
        .outerjoin(Case, col(Case.case_id) == col(BrokenGlass.review_case_id))
        .where(ours)
        .order_by(col(BrokenGlass.since).desc(), col(BrokenGlass.grant_id))
    )
    page = await session.exec(found.limit(limit).offset(offset))
    return tuple((grant, review) for grant, review in page), total.one()


async def proxies_for(session: AsyncSession, patient_ids: Collection[str]) -> Sequence[ProxyGrant]:
    """Give every grant of a patient, those that ended too, the newest first."""
    given = select(ProxyGrant).where(col(ProxyGrant.patient_id).in_(patient_ids))
    return tuple(await session.exec(given.order_by(col(ProxyGrant.since).desc(), col(ProxyGrant.grant_id))))


async def proxies_of(session: AsyncSession, person: str, *, now: datetime) -> Sequence[ProxyGrant]:
    """Give the grants by which a person acts for patients now."""
    given = select(ProxyGrant).where(
        col(ProxyGrant.person) == person,
        col(ProxyGrant.withdrawn_at).is_(None),
        col(ProxyGrant.since) <= now,
        or_(col(ProxyGrant.until).is_(None), col(ProxyGrant.until) > now),
    )
    return tuple(await session.exec(given.order_by(col(ProxyGrant.since), col(ProxyGrant.grant_id))))
