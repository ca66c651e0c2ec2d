"""Which referrals led to a referral, and which came of it? Read from the lineage of cases and from what they called."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.case import process_of
from records.queries.referral import NUMBERS
from records.tables import Case, Lineage, ScopeVariables

FOR_THE_PATIENT = ("started", "redirected")
"""How a case came to be that looks after the same patient as the one before it in the chain."""

LONGEST_CHAIN = 100
"""So many referrals of one chain are looked at; no patient has as many."""


@dataclass(frozen=True, slots=True)
class Link:
    """One referral of a chain. `kind`: first, called (a part of its parent), started or redirected."""

    case_id: str
    referral_id: str
    pathway: str
    status: str
    kind: str
    parent_case_id: str


async def chain_of(session: AsyncSession, case: Case) -> tuple[Link, ...]:
    """Give the chain that a case is part of, from the first referral on; parents come before what came of them."""
    first = await _first(session, case.root_case_id)
    chain: list[Link] = []
    waiting: list[tuple[str, Lineage | None]] = [(first, await session.get(Lineage, first))]
    while waiting and len(chain) < LONGEST_CHAIN:
        root, lineage = waiting.pop(0)
        chain.extend(await _links(session, root, lineage))
        inside = or_(col(Lineage.parent_case_id) == root, col(Lineage.parent_case_id).startswith(f"{root}/"))
        came = select(Lineage).where(inside).order_by(col(Lineage.recorded_at), col(Lineage.case_id))
        waiting.extend((each.case_id, each) for each in await session.exec(came))
    return tuple(chain)


async def begun_by(session: AsyncSession, root_case_id: str) -> tuple[Lineage, ...]:
    """Give what a case has begun or sent on for its patient, and what came of that; what only tells is left out."""
    found: dict[str, Lineage] = {}
    for root in (waiting := [root_case_id]):
        inside = or_(col(Lineage.parent_case_id) == root, col(Lineage.parent_case_id).startswith(f"{root}/"))
        for_patient = select(Lineage).where(inside, col(Lineage.kind).in_(FOR_THE_PATIENT))
        for each in await session.exec(for_patient.order_by(col(Lineage.recorded_at), col(Lineage.case_id))):
            if each.case_id not in found:
                found[each.case_id] = each
                waiting.append(each.case_id)
    return tuple(found.values())


async def _links(session: AsyncSession, root: str, lineage: Lineage | None) -> Sequence[Link]:
    """One case of a chain, and the referrals that it called."""
    begun = await session.get(Case, root)
    if begun is None:  # it is noted, and has not begun yet
        return [_noted(lineage)] if lineage else []
    kind, parent = (lineage.kind, lineage.parent_case_id) if lineage else ("first", "")
    called = (
        select(Case, ScopeVariables)
        .join(ScopeVariables, process_of(Case))
        .where(Case.root_case_id == root, col(Case.caller).is_not(None), col(Case.key).in_(NUMBERS))
        .order_by(col(Case.started_at), col(Case.case_id))
    )
    found = [(case, str(scope.variables.get(NUMBERS[case.key]) or "")) for case, scope in await session.exec(called)]
    first = Link(root, begun.business_key, begun.key, begun.status, kind, parent)
    return [first, *(Link(c.case_id, id, c.key, c.status, "called", c.caller or root) for c, id in found)]


def _noted(lineage: Lineage) -> Link:
    return Link(lineage.case_id, lineage.referral_id, lineage.pathway, "noted", lineage.kind, lineage.parent_case_id)


async def _first(session: AsyncSession, case_id: str) -> str:
    """The root case from which a chain came."""
    for _ in range(LONGEST_CHAIN):
        lineage = await session.get(Lineage, case_id)
        if lineage is None:
            return case_id
        case_id = lineage.parent_case_id.partition("/")[0]
    return case_id
