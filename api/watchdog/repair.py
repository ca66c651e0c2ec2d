"""How is a case put right of which the read model says something else? By its facts, or else by Temporal's history.

1. Its rows are built anew from its facts. 2. Facts that are missing are recovered by replaying its history. 3. Facts
that it has never told are replaced: a worker may die after projecting what it could not commit, or a person may have
reset the case in Temporal. What none of these puts right is said. Every repair is in the audit.
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from api.surroundings import Clock
from api.watchdog.drift import differences
from api.watchdog.report import Finding, FindingKind, Repair, RepairKind
from api.watchdog.temporal import Closed
from pathways import codec
from records.database import Database, one_at_a_time
from records.projection import project
from records.projection.facts import stored_facts, strike_facts
from records.projection.rebuild import rebuild_case, restore_facts
from records.projection.values import recorded
from records.queries.watch import standings
from records.tables import Case, CaseStart, ToldTwice
from records.writes.audit import append_audit
from workflows.contract.handover import CalledReport
from workflows.contract.requests import CaseFacts, StartCase
from workflows.engine.facts import Fact
from workflows.engine.state import State
from workflows.host.recall import Recalled, recall

ACTOR = "watchdog"
TWICE = "told twice"
WENT_ON = "it went on while it was looked at"
UNREPAIRED = "what people read of it is not what it says, and could not be repaired"
IN_HISTORY_ONLY = frozenset({"behind", "ahead", "facts", "start"})
"""Differences that no rows built from the facts on record can put right."""

_OUTCOMES = {
    WorkflowExecutionStatus.COMPLETED: "completed",
    WorkflowExecutionStatus.CANCELED: "cancelled",
    WorkflowExecutionStatus.FAILED: "error",
}


class Repairs:
    """Puts cases right, one at a time."""

    def __init__(self, database: Database, client: Client, clock: Clock) -> None:
        self._database = database
        self._client = client
        self._clock = clock

    async def mend(self, case_id: str, state: State, wrong: tuple[str, ...]) -> Repair | Finding:
        """Make the read model say what the running case says."""
        reason = ", ".join(wrong)
        if IN_HISTORY_ONLY.isdisjoint(wrong) and await self._rebuilt(case_id, state, reason):
            return Repair(case_id, "rebuilt", reason)
        async with self._database.reader() as session:
            before = await stored_facts(session, case_id)
        recalled = await recall(self._client, case_id)
        if wrong != ("ahead",):
            found = await self._recovered(case_id, recalled, reason, state)
            if found is not None:
                return found
        return await self._rewritten(case_id, recalled, reason, state, before)

    async def compare(self, case_id: str) -> Repair | Finding | None:
        """Make the record of a case that told something twice say what its history tells.

        None: it says so, or something on record is not in its history yet; then it is compared again.
        """
        async with self._database.reader() as session:
            before = await stored_facts(session, case_id)
        recalled = await recall(self._client, case_id)
        if recalled.failure or recalled.start is None:
            return Finding(case_id, "drift", f"it told something twice; its history cannot be read {_why(recalled)}")
        async with self._database.session() as session:
            await one_at_a_time(session, f"case:{case_id}")
            if not before or before[-1].seq not in recalled.facts or before != await stored_facts(session, case_id):
                return None
            await session.exec(delete(ToldTwice).where(col(ToldTwice.case_id) == case_id))
            told = (fact for fact in before if fact.seq in recalled.facts)
            first = _first_that_differs(list(told), recalled.facts)
            if first is None:
                return None
            new = await _replaced(session, case_id, recalled.start, recalled, since=first)
            await self._audit(session, case_id, "rewritten", TWICE, facts=new, since=first)
        return Repair(case_id, "rewritten", TWICE, facts=new)

    async def end(self, case_id: str, closed: Closed) -> Repair | Finding:
        """Close a case that ended in Temporal and of which the read model has not heard."""
        reason = f"{closed.status.name.lower()} in Temporal"
        await self._tell_caller(case_id, closed, reason)
        await self._recovered(case_id, await recall(self._client, case_id), reason, None)
        async with self._database.session() as session:
            await one_at_a_time(session, f"case:{case_id}")
            start, case = await session.get(CaseStart, case_id), await session.get(Case, case_id)
            if start is None or case is None:
                return Finding(case_id, "lost-facts", f"{reason}; how it was started is not known any more")
            if case.status == "running":
                told = _end_of(case, closed, reason)
                await project(session, CaseFacts(codec.load(StartCase, start.start), (told,)))
            await self._audit(session, case_id, "ended", reason, facts=1)
        return Repair(case_id, "ended", reason, facts=1)

    async def _tell_caller(self, case_id: str, closed: Closed, reason: str) -> None:
        """Tell the caller, which has not heard of it when it has left the history in which it called; twice is once."""
        async with self._database.reader() as session:
            case = await session.get(Case, case_id)
        if case is None or case.caller is None or case.caller_activation is None:
            return
        report = CalledReport(case.caller_activation, closed.run, None, failure=f"the called case was {reason}")
        try:
            await self._client.get_workflow_handle(case.caller).signal("called_process_ended", report)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def _rebuilt(self, case_id: str, state: State, reason: str) -> bool:
        async with self._database.session() as session:
            await one_at_a_time(session, f"case:{case_id}")
            start = await session.get(CaseStart, case_id)
            if start is None:
                return False
            await rebuild_case(session, codec.load(StartCase, start.start))
            right = await _agrees(session, case_id, state)
            if right:
                await self._audit(session, case_id, "rebuilt", reason)
        return right

    async def _recovered(
        self, case_id: str, recalled: Recalled, reason: str, state: State | None
    ) -> Repair | Finding | None:
        """Fill the gaps of its log; None when the read model still does not agree with the case afterwards."""
        async with self._database.session() as session:
            await one_at_a_time(session, f"case:{case_id}")
            row = await session.get(CaseStart, case_id)
            start = codec.load(StartCase, row.start) if row else recalled.start
            if start is None:
                return Finding(case_id, "lost-facts", f"its history tells nothing any more {_why(recalled)}")
            new = await restore_facts(session, start, recalled.facts.values())
            gap = _gap(await stored_facts(session, case_id), recalled, state)
            if gap:
                return Finding(case_id, gap[0], f"{gap[1]} {_why(recalled)}".strip())
            await rebuild_case(session, start)
            if state is not None and not await _agrees(session, case_id, state):
                return None
            if new or state is not None:
                await self._audit(session, case_id, "recovered", reason, facts=new)
        return Repair(case_id, "recovered", reason, facts=new)

    async def _rewritten(
        self, case_id: str, recalled: Recalled, reason: str, state: State, before: list[Fact]
    ) -> Repair | Finding:
        """Replace what the case has never told; only when its history reaches up to where it stands.

        `before`: what was on record before its history was read; what it has told since is not in there.
        """
        drift = Finding(case_id, "drift", f"{UNREPAIRED}: {reason} {_why(recalled)}".strip())
        latest = max(recalled.facts, default=0)
        if latest > state.seq:
            return Finding(case_id, "lagging", WENT_ON)
        if recalled.start is None or latest < state.seq:
            return drift
        async with self._database.session() as session:
            await one_at_a_time(session, f"case:{case_id}")
            stored = await stored_facts(session, case_id)
            if stored != before:
                return Finding(case_id, "lagging", WENT_ON)
            first = _first_that_differs(stored, recalled.facts)
            if first is None:
                return drift
            new = await _replaced(session, case_id, recalled.start, recalled, since=first)
            await self._audit(session, case_id, "rewritten", reason, facts=new, since=first)
            right = await _agrees(session, case_id, state)
        return Repair(case_id, "rewritten", reason, facts=new) if right else drift

    async def _audit(self, session: AsyncSession, case_id: str, kind: RepairKind, reason: str, **detail: Any) -> None:
        said = {"reason": reason, **detail}
        await append_audit(
            session, actor=ACTOR, action=f"watchdog.{kind}", now=self._clock(), case_id=case_id, detail=said
        )


async def _replaced(session: AsyncSession, case_id: str, start: StartCase, recalled: Recalled, *, since: int) -> int:
    """Put what a case told, from this number on, in the place of what is on record; give how many facts that were."""
    await strike_facts(session, case_id, since=since)
    new = await restore_facts(session, start, recalled.facts.values())
    await rebuild_case(session, start)
    return new


async def _agrees(session: AsyncSession, case_id: str, state: State) -> bool:
    """Say whether the rows say what the state says; a case that went on meanwhile is looked at in the next round."""
    standing = (await standings(session, [case_id])).get(case_id)
    return standing is not None and (standing.seq > state.seq or not differences(standing, state))


def _gap(stored: list[Fact], recalled: Recalled, state: State | None) -> tuple[FindingKind, str] | None:
    """Say which facts are missing still. Those after the last one that history has are only not committed yet."""
    numbers = {fact.seq for fact in stored}
    latest = max(numbers, default=0)
    missing = sorted(set(range(1, max(latest, state.seq if state else 0) + 1)) - numbers)
    if not missing:
        return None
    if missing[0] > latest and recalled.whole:
        return "lagging", f"fact {missing[0]} is not in its history yet"
    return "lost-facts", f"facts {missing[0]} to {missing[-1]} are lost: no history has them any more"


def _first_that_differs(stored: list[Fact], told: Mapping[int, Fact]) -> int | None:
    """Give the first fact on record that is not what the case told."""
    return next((fact.seq for fact in stored if fact.seq not in told or recorded(told[fact.seq]) != fact), None)


def _end_of(case: Case, closed: Closed, reason: str) -> Fact:
    """Tell the end that the case itself could not tell any more."""
    return Fact(
        seq=case.last_seq + 1,
        at=max(closed.at, case.started_at),
        fact="case_ended",
        element=case.process_scope.partition("#")[0],
        name=case.name,
        type="process",
        activation=case.process_scope,
        detail={
            "outcome": _OUTCOMES.get(closed.status, "terminated"),
            "reason": f"{reason}: {closed.reason}" if closed.reason else reason,
            "actor": "temporal",
        },
    )


def _why(recalled: Recalled) -> str:
    """Say what the recollection lacks."""
    if recalled.failure:
        return f"({recalled.failure} on replay)"
    return "" if recalled.whole else "(its older runs are not kept any more)"
