"""What does one round do? Lists all running cases, looks at those that may have changed, repairs, marks, reports.

A case is looked at when its mark in the read model has changed, when something was found or under way the last time,
and now and then anyhow; so many per round at most. A lag is not drift: a difference counts when it stays.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from api.surroundings import Clock
from api.turns import few_at_once
from api.watchdog.drift import differences
from api.watchdog.invariant import failing_activity, failing_task, is_orphan
from api.watchdog.repair import UNREPAIRED, Repairs
from api.watchdog.report import TROUBLE, Finding, Repair, Report
from api.watchdog.temporal import Closed, RunningCase, TemporalView, Underway
from records.database import Database
from records.queries.audit import unnoted
from records.queries.watch import Mark, Standing, marks, standings, told_twice
from records.writes.trouble import set_trouble, tell_of_trouble
from workflows.engine.state import State
from workflows.host.gateway import CannotSay, CaseGateway

logger = structlog.get_logger(__name__)
SILENT = "it cannot say how it stands: no worker can carry on with it"
PASSING = frozenset({"unanswered", "lagging"})
"""Findings with which nobody can say yet whether a case is well."""
UNNOTED = "a request was begun and never finished, and the audit does not say so: does an API run?"


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a round does. `looks`: cases looked at; `anyhow`: of those that have not changed.

    `grace`: a difference is looked at again after this time before it counts. `lag`: how long the read model may be
    behind (the host tries to reach it every half minute). `newcomer`: how long a new case may be unknown to it.
    `settled`: after this time what a case told twice is compared with its history, `compared` cases in a round.
    """

    looks: int = 300
    anyhow: int = 20
    at_once: int = 8
    unanswered: int = 16
    answer: timedelta = timedelta(seconds=5)
    grace: timedelta = timedelta(seconds=2)
    lag: timedelta = timedelta(seconds=35)
    newcomer: timedelta = timedelta(seconds=60)
    settled: timedelta = timedelta(seconds=15)
    compared: int = 20


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a case the last time. `lagging_since`: when its rows were first seen at another moment.

    `trouble`: what the case knows of its own; None when it did not say how it stands.
    """

    mark: Mark
    at: datetime
    findings: tuple[Finding, ...] = ()
    busy: bool = False
    lagging_since: datetime | None = None
    trouble: str | None = None


@dataclass(slots=True)
class _Round:
    """What one round gathers."""

    now: datetime
    running: Mapping[str, RunningCase]
    marks: Mapping[str, Mark]
    findings: list[Finding] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    asked: int = 0
    unanswered: int = 0


class Watchdog:
    """Makes rounds; remembers what it saw, so that a case that has not changed need not be asked again."""

    def __init__(
        self,
        database: Database,
        client: Client,
        task_queue: str,
        *,
        clock: Clock,
        pace: Pace | None = None,
        tell: Iterable[str] = (),
    ) -> None:
        self._database = database
        self._pace = pace or Pace()
        self._temporal = TemporalView(client, task_queue)
        self._gateway = CaseGateway(client, task_queue, self._pace.answer)
        self._repairs = Repairs(database, client, clock)
        self._clock = clock
        self._tell = tuple(tell)
        self._seen: dict[str, Look] = {}
        self._failing: dict[str, Finding] = {}

    async def round(self) -> Report:
        """Make one round.

        Raises:
            RPCError: Temporal does not answer.
            SQLAlchemyError: the database does not.
        """
        begun = self._clock()
        running, polled = await self._temporal.running(), await self._temporal.polled()
        async with self._database.reader() as session:
            known = await marks(session)
        made = _Round(begun, running, known)
        self._forget(made)
        if polled:
            await self._look_at_all(made)
        await self._meet_unknown(made)
        await self._close_ended(made)
        await self._compare_told_twice(made)
        made.findings += await self._unnoted(made)
        made.findings += await self._cannot_go_on(made)
        made.findings += [found for look in self._seen.values() for found in look.findings]
        await self._mark(made)
        return self._report(made, polled=polled)

    def _forget(self, made: _Round) -> None:
        self._seen = {name: look for name, look in self._seen.items() if name in made.running and name in made.marks}

    async def _look_at_all(self, made: _Round) -> None:
        chosen = self._choose(made)
        async with self._database.reader() as session:
            stand = await standings(session, chosen)
        looks = [partial(self._look_at, made, stand[case_id]) for case_id in chosen if case_id in stand]
        await few_at_once(looks, most=self._pace.at_once)

    def _choose(self, made: _Round) -> list[str]:
        """Give the cases to look at: those in doubt, those that changed, a few that were not seen for long."""
        both = [case_id for case_id in made.marks if case_id in made.running and not made.running[case_id].problems]
        doubtful = [name for name in both if self._in_doubt(name, made.marks[name])]
        changed = [name for name in both if name not in self._seen or self._seen[name].mark != made.marks[name]]
        oldest = sorted((name for name in both if name in self._seen), key=lambda name: self._seen[name].at)
        chosen = dict.fromkeys([*doubtful, *changed, *oldest[: self._pace.anyhow]])
        return list(chosen)[: self._pace.looks]

    def _in_doubt(self, case_id: str, mark: Mark) -> bool:
        look = self._seen.get(case_id)
        again = look is not None and (bool(look.findings) or look.busy or look.lagging_since is not None)
        return again or bool(mark.trouble) or not any(mark.rows[1:])

    async def _look_at(self, made: _Round, standing: Standing) -> None:
        """Look at one case: what is under way in Temporal, how it stands, whether the read model says the same."""
        case_id = standing.case_id
        underway = await self._temporal.look(case_id)
        if not isinstance(underway, Underway):
            return  # it has ended since it was listed
        failing = failing_activity(case_id, underway)
        findings = [failing] if failing else []
        state = await self._state(made, case_id)
        lagging_since = None
        if not isinstance(state, State):
            findings.append(state)
        else:
            made.asked += 1
            if is_orphan(state, underway):
                findings.append(Finding(case_id, "orphan", "it waits for nothing: no task, timer, message or work"))
            lagging_since = await self._compare(made, standing, state, findings)
        trouble = state.trouble if isinstance(state, State) else None
        look = Look(made.marks[case_id], made.now, tuple(findings), underway.busy, lagging_since, trouble)
        self._seen[case_id] = look

    async def _state(self, made: _Round, case_id: str) -> State | Finding:
        """Ask a case how it stands; when many did not answer, the others are asked in a later round."""
        unanswered = Finding(case_id, "unanswered", "it did not say how it stands")
        if made.unanswered >= self._pace.unanswered:
            return unanswered
        try:
            return await self._gateway.state(case_id)
        except Exception as error:  # whatever is the matter with one case, the others are looked at
            logger.warning("a case did not say how it stands", case_id=case_id, error=type(error).__name__)
            made.unanswered += 1
            twice = isinstance(error, CannotSay) and self._did_not_say(case_id)
            return Finding(case_id, "silent", SILENT) if twice else unanswered

    def _did_not_say(self, case_id: str) -> bool:
        look = self._seen.get(case_id)
        return look is not None and look.trouble is None

    async def _compare(
        self, made: _Round, standing: Standing, state: State, findings: list[Finding]
    ) -> datetime | None:
        """Compare and repair; give since when the two are not of the same moment, None when they are."""
        wrong = differences(standing, state)
        if not wrong:
            return None
        case_id = standing.case_id
        if wrong[0] in ("behind", "ahead"):
            since = self._lagging_since(case_id, standing) or made.now
            if made.now - since < self._pace.lag:
                findings.append(Finding(case_id, "lagging", f"the read model is {wrong[0]}"))
                return since
        elif not await self._stays(standing, state):
            return None
        await self._mend(made, case_id, state, wrong, findings)
        return None

    def _lagging_since(self, case_id: str, standing: Standing) -> datetime | None:
        look = self._seen.get(case_id)
        return look.lagging_since if look is not None and look.mark.seq == standing.seq else None

    async def _stays(self, standing: Standing, state: State) -> bool:
        """Look again after a moment: only what is still wrong of the same moment of the case is drift."""
        await asyncio.sleep(self._pace.grace.total_seconds())
        again = await self._standing(standing.case_id)
        return again is not None and again.seq == state.seq and bool(differences(again, state))

    async def _mend(
        self, made: _Round, case_id: str, state: State, wrong: tuple[str, ...], findings: list[Finding]
    ) -> None:
        await self._note(made, case_id, self._repairs.mend(case_id, state, wrong), findings)

    async def _note(
        self, made: _Round, case_id: str, repairing: Awaitable[Repair | Finding | None], findings: list[Finding]
    ) -> None:
        """Note what came of a repair; one that cannot be done must not keep the others from theirs."""
        try:
            outcome = await repairing
        except Exception as error:
            logger.exception("a repair failed", case_id=case_id)
            outcome = Finding(case_id, "drift", f"{UNREPAIRED}: {type(error).__name__}")
        if outcome is None:
            return
        if isinstance(outcome, Finding):
            findings.append(outcome)
            return
        made.repairs.append(outcome)
        logger.warning("watchdog repaired a case", case_id=case_id, repair=outcome.kind, reason=outcome.reason)

    async def _meet_unknown(self, made: _Round) -> None:
        """Make known the cases that run and have no row, once they should have had one."""
        for case_id in [name for name in made.running if name not in made.marks][: self._pace.looks]:
            case = made.running[case_id]
            if case.problems or made.now - case.started_at < self._pace.newcomer:
                continue
            underway = await self._temporal.look(case_id)
            if isinstance(underway, Underway):
                await self._meet(made, case_id, underway)

    async def _meet(self, made: _Round, case_id: str, underway: Underway) -> None:
        state, standing = await self._state(made, case_id), await self._standing(case_id)
        if not isinstance(state, State):
            made.findings.append(Finding(case_id, "unknown", "the read model has never heard of it"))
            return
        wrong = differences(standing, state) if standing is not None else ("behind",)
        if wrong:
            await self._mend(made, case_id, state, wrong, made.findings)
        elif state.status != "running" and not underway.busy:
            made.findings.append(
                Finding(case_id, "unsent", "it is over, and cannot send what it threw last: it tries on")
            )

    async def _close_ended(self, made: _Round) -> None:
        """End in the read model what has ended in Temporal, and say what Temporal does not know at all."""
        for case_id in [name for name in made.marks if name not in made.running][: self._pace.looks]:
            found = await self._temporal.look(case_id)
            if found is None:
                made.findings.append(Finding(case_id, "gone", "Temporal does not know it any more"))
            elif isinstance(found, Closed) and await self._still_running(case_id):
                await self._note(made, case_id, self._repairs.end(case_id, found), made.findings)

    async def _compare_told_twice(self, made: _Round) -> None:
        """Compare with its history what told something twice, ended or not, once no workflow task of then is open."""
        async with self._database.reader() as session:
            before = made.now - self._pace.settled
            doubtful = await told_twice(session, before=before, most=self._pace.compared)
        for case_id in doubtful:
            await self._note(made, case_id, self._repairs.compare(case_id), made.findings)

    async def _unnoted(self, made: _Round) -> list[Finding]:
        """Say what the sweep of an API should have brought into the audit by now."""
        async with self._database.reader() as session:
            return [Finding(case_id, "unnoted", UNNOTED) for case_id in await unnoted(session, now=made.now)]

    async def _cannot_go_on(self, made: _Round) -> list[Finding]:
        """Say with which cases no worker can carry on. The reason stays until that is over: people are told once."""
        failing = [name for name, case in made.running.items() if failing_task(case) is not None]
        self._failing = {name: self._failing[name] for name in failing if name in self._failing}
        new = [made.running[name] for name in failing if name not in self._failing]
        self._failing |= {case.case_id: found for case in new if (found := failing_task(case)) is not None}
        looks = [partial(self._ask_why, case) for case in new[: self._pace.looks]]
        await few_at_once(looks, most=self._pace.at_once)
        return list(self._failing.values())

    async def _ask_why(self, case: RunningCase) -> None:
        found = failing_task(case, await self._temporal.failure(case.case_id))
        if found is not None:
            self._failing[case.case_id] = found

    async def _still_running(self, case_id: str) -> bool:
        """Say whether the read model still has it running: it may have heard since the round began."""
        standing = await self._standing(case_id)
        return standing is not None and standing.status == "running"

    async def _standing(self, case_id: str) -> Standing | None:
        async with self._database.reader() as session:
            return (await standings(session, [case_id])).get(case_id)

    async def _mark(self, made: _Round) -> None:
        """Mark cases that cannot go on as stuck, tell of them, and clear the mark of those that can again."""
        troubles: dict[str, str] = {}
        for finding in made.findings:
            if finding.kind in TROUBLE:
                troubles.setdefault(finding.case_id, finding.reason)
        cleared = [name for name, mark in made.marks.items() if mark.trouble and self._is_well(name, made)]
        for case_id in {*troubles, *cleared}:
            await self._set(case_id, troubles.get(case_id, ""))
        await self._let_them_know(made, troubles)

    async def _let_them_know(self, made: _Round, troubles: Mapping[str, str]) -> None:
        """Tell the cases that say how they stand what is the matter with them: Temporal shows what they know."""
        for case_id, look in self._seen.items():
            wanted = troubles.get(case_id, "" if self._is_well(case_id, made) else look.trouble)
            if look.at != made.now or look.trouble is None or wanted is None or wanted == look.trouble:
                continue
            try:
                await self._gateway.note_trouble(case_id, wanted, now=self._clock())
            except RPCError as error:  # the next round tells it again
                logger.warning("a case was not told", case_id=case_id, error=error.status.name)

    def _is_well(self, case_id: str, made: _Round) -> bool:
        """Whether it was looked at in this round, and nobody has to wait to know; without a look, a mark stays."""
        look = self._seen.get(case_id)
        answered = look is not None and look.at == made.now and PASSING.isdisjoint(f.kind for f in look.findings)
        return answered or case_id not in made.running

    async def _set(self, case_id: str, trouble: str) -> None:
        now = self._clock()
        async with self._database.session() as session:
            if not await set_trouble(session, case_id, trouble):
                return
            for role in self._tell if trouble else ():
                await tell_of_trouble(session, case_id, trouble, role=role, now=now)
        if trouble:
            logger.error("a case is stuck", case_id=case_id, reason=trouble)
        else:
            logger.info("a case goes on again", case_id=case_id)

    def _report(self, made: _Round, *, polled: bool) -> Report:
        looked = [name for name, look in self._seen.items() if made.marks[name] == look.mark]
        return Report(
            at=made.now,
            seconds=(self._clock() - made.now).total_seconds(),
            running=len(made.running),
            asked=made.asked,
            unasked=len(made.running) - len(looked),
            polled=polled,
            findings=tuple(made.findings),
            repairs=tuple(made.repairs),
        )
