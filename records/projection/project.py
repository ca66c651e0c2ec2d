"""How are the facts of a case written? In order, each once, one transaction per batch; a gap is an error."""

from sqlalchemy import RowMapping
from sqlmodel.ext.asyncio.session import AsyncSession

from records.database import one_at_a_time
from records.projection.apply import apply
from records.projection.facts import MissingFacts, identity_of, keep_facts, stored_facts, strike_facts
from records.projection.rebuild import rebuild_case
from records.projection.recent import RecentCases
from records.projection.rows import CaseRows
from records.projection.saving import brought_up, load, save, standing
from records.projection.values import recorded
from records.tables import CaseStart, ToldTwice
from records.upsert import insert_missing
from workflows.contract.requests import CaseFacts
from workflows.engine.facts import Fact


async def project(session: AsyncSession, batch: CaseFacts, recent: RecentCases | None = None) -> int:
    """Write a batch of facts in the session's transaction; give the number of the last fact of the case.

    Facts that were projected before are passed over, so a batch may come again, wholly or in part. A batch that tells
    otherwise what was projected replaces it: Temporal had taken back the workflow task that told it first. What is open
    of a case is loaded unless `recent` has it.

    Raises:
        MissingFacts: a fact between the last one projected and this batch is missing; nothing is changed.
    """
    case_id = batch.case.case_id
    await one_at_a_time(session, f"case:{case_id}")
    found = await standing(session, case_id)
    if found is not None and batch.facts and batch.facts[0].seq <= found["last_seq"]:
        if await _is_stale(session, batch):
            return int(found["last_seq"])
        found = await standing(session, case_id)
    new = unprojected(batch, last_seq=found["last_seq"] if found else 0)
    if not new:
        return int(found["last_seq"]) if found else 0
    if found is None:
        await insert_missing(session, CaseStart(case_id=case_id, start=identity_of(batch.case)))
    rows = await _rows(session, batch, found, recent)
    await keep_facts(session, rows, new)
    for fact in new:
        apply(rows, fact)
    await save(session, rows)
    if recent is not None:
        recent.put(rows, new[-1].at)
    return new[-1].seq


async def _rows(
    session: AsyncSession, batch: CaseFacts, found: RowMapping | None, recent: RecentCases | None
) -> CaseRows:
    """Give what is open of the case: from what is at hand if that is where the case stands, else loaded."""
    at_hand = None
    if recent is not None and found is not None:
        at_hand = recent.take(batch.case.case_id, last_seq=found["last_seq"], told_at=found["told_at"])
    return brought_up(at_hand, found) if at_hand and found else await load(session, batch.case, found)


def unprojected(batch: CaseFacts, *, last_seq: int) -> list[Fact]:
    """Give the facts after `last_seq`, in order and without gaps.

    Raises:
        MissingFacts: there is a gap.
    """
    new: list[Fact] = []
    for fact in batch.facts:
        if fact.seq <= last_seq:
            continue
        if fact.seq != last_seq + 1:
            raise MissingFacts(batch.case.case_id, expected=last_seq + 1, received=fact.seq)
        new.append(recorded(fact))
        last_seq = fact.seq
    return new


async def _is_stale(session: AsyncSession, batch: CaseFacts) -> bool:
    """Say whether the case has taken this batch back; what it took back for this batch is struck.

    Of two tellings the later one happened: the time of a workflow task that is done again is later. The watchdog
    compares both with the case's history afterwards.
    """
    case_id = batch.case.case_id
    known = {fact.seq: fact for fact in await stored_facts(session, case_id, since=batch.facts[0].seq)}
    otherwise = (fact for fact in map(recorded, batch.facts) if known.get(fact.seq, fact) != fact)
    first = next(otherwise, None)
    if first is None:
        return False
    await insert_missing(session, ToldTwice(case_id=case_id, at=max(first.at, known[first.seq].at)))
    if first.at <= known[first.seq].at:
        return True
    await strike_facts(session, case_id, since=first.seq)
    await rebuild_case(session, batch.case)
    return False
