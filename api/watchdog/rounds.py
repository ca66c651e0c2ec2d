"""What does one round do? Lists all running cases, looks at those that may have changed, repairs, marks, reports.

A case is looked at when its mark in the read model has changed, when something was found the last time, and now and
then anyhow; so many per round at most, those first that were not seen for longest. Where work is under way and nothing
has changed, a glance at Temporal suffices. A lag is not drift: a difference counts when it stays.
"""

import asyncio
import random
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from api.surroundings import Clock
from api.turns import few_at_once
from api.watchdog.drift import differences
from api.watchdog.invariant import failing_activity, failing_task, is_orphan
from api.watchdog.looks import Look, Pace, Round
from api.watchdog.repair import UNREPAIRED, Repairs
from api.watchdog.report import TROUBLE, Finding, Repair, Report
from api.watchdog.stand_in import StandIns
from api.watchdog.temporal import Closed, RunningCase, TemporalView, Underway
from records.database import Database
from records.queries.audit import unnoted
from records.queries.watch import Standing, marks, standings, told_twice
from records.writes.trouble import set_trouble, tell_of_trouble
from workflows.engine.state import State
from workflows.host.gateway import CannotSay, CaseGateway, GatewayError

logger = structlog.get_logger(__name__)
SILENT = "it cannot say how it stands: no worker can carry on with it"
UNANSWERED = "it did not say how it stands"
_NEVER = datetime.min.replace(tzinfo=UTC)
PASSING = frozenset({"unanswered", "lagging"})
"""Findings with which nobody can say yet whether a case is well."""
UNNOTED = "a request was begun and never finished, and the audit does not say so: does an API run?"


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
        self._stand_ins = StandIns(client, task_queue)
        self._gateway = CaseGateway(client, task_queue, self._pace.answer)
        self._repairs = Repairs(database, client, clock)
        self._clock = clock
        self._tell = tuple(tell)
        self._seen: dict[str, Look] = {}
        self._failing: dict[str, Finding] = {}
        self._mute: set[str] = set()
        self.is_alarmed = False

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
        made = Round(begun, running, known)
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
        await self._stand_ins.agree({name: found.reason for name, found in self._failing.items()})
        self.is_alarmed = made.newly_silent > 0
        return self._report(made, polled=polled)

    def _forget(self, made: Round) -> None:
        self._seen = {name: look for name, look in self._seen.items() if name in made.running and name in made.marks}
        self._mute.intersection_update(made.running)

    async def _look_at_all(self, made: Round) -> None:
        both = [case_id for case_id in made.marks if case_id in made.running and not made.running[case_id].problems]
        both.sort(key=self._last_look)
        at_work = [case_id for case_id in both if self._is_at_work(case_id, made)]
        chosen = self._choose(made, both, set(at_work))
        async with self._database.reader() as session:
            stand = await standings(session, chosen)
        looks = [partial(self._look_at, made, stand[case_id]) for case_id in chosen if case_id in stand]
        glances = [partial(self._glance_at, made, case_id) for case_id in at_work if case_id not in stand]
        await few_at_once([*looks, *glances[: self._pace.glances]], most=self._pace.at_once)

    def _last_look(self, case_id: str) -> datetime:
        look = self._seen.get(case_id)
        return look.at if look is not None else _NEVER

    def _has_changed(self, case_id: str, made: Round) -> bool:
        look = self._seen.get(case_id)
        return look is None or look.mark != made.marks[case_id]

    def _is_at_work(self, case_id: str, made: Round) -> bool:
        look = self._seen.get(case_id)
        return look is not None and look.is_at_work and not self._has_changed(case_id, made)

    def _choose(self, made: Round, both: Sequence[str], at_work: Collection[str]) -> list[str]:
        """Give the cases to look at: a few that were not seen for longest, those that changed, those in doubt."""
        most, anyhow = (self._pace.widened,) * 2 if self.is_alarmed else (self._pace.looks, self._pace.anyhow)
        known = [case_id for case_id in both if case_id in self._seen]
        due = [name for name in both if self._has_changed(name, made) or self._in_doubt(name, made)]
        chosen = dict.fromkeys([*known[:anyhow], *(name for name in due if name not in at_work)])
        return list(chosen)[: max(most, self._pace.looks)]

    def _in_doubt(self, case_id: str, made: Round) -> bool:
        """Whether something was found, or nothing is to be seen that will move the case."""
        look, mark = self._seen.get(case_id), made.marks[case_id]
        again = look is not None and look.is_in_doubt
        moves = any(mark.rows[1:]) or case_id in made.calling
        return again or bool(mark.trouble) or not moves

    async def _glance_at(self, made: Round, case_id: str) -> None:
        """See how the work of a case goes that has not changed."""
        underway = await self._temporal.look(case_id)
        if isinstance(underway, Underway):
            failing = failing_activity(case_id, underway)
            findings = (failing,) if failing else ()
            self._seen[case_id] = replace(self._seen[case_id], at=made.now, underway=underway, findings=findings)

    async def _look_at(self, made: Round, standing: Standing) -> None:
        """Look at one case: what is under way in Temporal, how it stands, whether the read model says the same."""
        case_id = standing.case_id
        underway = await self._temporal.look(case_id)
        if not isinstance(underway, Underway):
            return  # it has ended since it was listed
        failing = failing_activity(case_id, underway)
        findings = [failing] if failing else []
        is_asked = made.unanswered < self._pace.unanswered
        state = await self._state(made, case_id)
        lagging_since = None
        if not isinstance(state, State):
            findings.append(state)
        else:
            made.asked += 1
            if is_orphan(state, underway, made.running) and not await self._has_errands(case_id):
                findings.append(Finding(case_id, "orphan", "it waits for nothing: no task, timer, message or work"))
            lagging_since = await self._compare(made, standing, state, findings)
        trouble = state.trouble if isinstance(state, State) else None
        at = made.now if is_asked else self._last_look(case_id)
        self._seen[case_id] = Look(made.marks[case_id], at, underway, tuple(findings), lagging_since, trouble)

    async def _state(self, made: Round, case_id: str) -> State | Finding:
        """Ask a case how it stands; when many did not answer, the others are asked in a later round."""
        unanswered = Finding(case_id, "unanswered", UNANSWERED)
        if made.unanswered >= self._pace.unanswered:
            return unanswered
        try:
            state = await self._gateway.state(case_id)
        except CannotSay:
            logger.warning("a case cannot say how it stands", case_id=case_id)
            return Finding(case_id, "silent", SILENT) if self._is_silent(made, case_id) else unanswered
        except Exception as error:  # whatever is the matter with one case, the others are looked at
            logger.warning("a case did not say how it stands", case_id=case_id, error=type(error).__name__)
            made.unanswered += 1
            return unanswered
        self._mute.discard(case_id)
        return state

    def _is_silent(self, made: Round, case_id: str) -> bool:
        """Say of a case that cannot say how it stands whether that counts: twice, or when others just became so."""
        if case_id in self._mute:
            return True
        self._mute.add(case_id)
        made.newly_silent += 1
        return self.is_alarmed

    async def _has_errands(self, case_id: str) -> bool:
        """Whether work that nobody sees in Temporal is under way: it rests between two tries, or waits its turn."""
        try:
            return bool(await self._gateway.errands(case_id))
        except GatewayError as error:
            logger.warning("a case did not say what it has under way", case_id=case_id, error=type(error).__name__)
            return True

    async def _compare(self, made: Round, standing: Standing, state: State, findings: list[Finding]) -> datetime | None:
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
        self, made: Round, case_id: str, state: State, wrong: tuple[str, ...], findings: list[Finding]
    ) -> None:
        await self._note(made, case_id, self._repairs.mend(case_id, state, wrong), findings)

    async def _note(
        self, made: Round, case_id: str, repairing: Awaitable[Repair | Finding | None], findings: list[Finding]
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

    async def _meet_unknown(self, made: Round) -> None:
        """Make known the cases that run and have no row, once they should have had one."""
        for case_id in self._some([name for name in made.running if name not in made.marks]):
            case = made.running[case_id]
            if case.problems or made.now - case.started_at < self._pace.newcomer:
                continue
            underway = await self._temporal.look(case_id)
            if isinstance(underway, Underway):
                await self._meet(made, case_id, underway)

    def _some(self, names: Sequence[str]) -> Sequence[str]:
        """Give as many as a round looks at, in no order: those that stay so do not stand before the others."""
        return random.sample(names, min(len(names), self._pace.looks))

    async def _meet(self, made: Round, case_id: str, underway: Underway) -> None:
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

    async def _close_ended(self, made: Round) -> None:
        """End in the read model what has ended in Temporal, and say what Temporal does not know at all."""
        for case_id in self._some([name for name in made.marks if name not in made.running]):
            found = await self._temporal.look(case_id)
            if found is None:
                made.findings.append(Finding(case_id, "gone", "Temporal does not know it any more"))
            elif isinstance(found, Closed) and await self._still_running(case_id):
                await self._note(made, case_id, self._repairs.end(case_id, found), made.findings)

    async def _compare_told_twice(self, made: Round) -> None:
        """Compare with its history what told something twice, ended or not, once no workflow task of then is open."""
        async with self._database.reader() as session:
            before = made.now - self._pace.settled
            doubtful = await told_twice(session, before=before, most=self._pace.compared)
        for case_id in doubtful:
            await self._note(made, case_id, self._repairs.compare(case_id), made.findings)

    async def _unnoted(self, made: Round) -> list[Finding]:
        """Say what the sweep of an API should have brought into the audit by now."""
        async with self._database.reader() as session:
            return [Finding(case_id, "unnoted", UNNOTED) for case_id in await unnoted(session, now=made.now)]

    async def _cannot_go_on(self, made: Round) -> list[Finding]:
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

    async def _mark(self, made: Round) -> None:
        """Mark cases that cannot go on as stuck, tell of them, and clear the mark of those that can again."""
        troubles: dict[str, str] = {}
        for finding in made.findings:
            if finding.kind in TROUBLE:
                troubles.setdefault(finding.case_id, finding.reason)
        cleared = [name for name, mark in made.marks.items() if mark.trouble and self._is_well(name, made)]
        for case_id in {*troubles, *cleared}:
            await self._set(case_id, troubles.get(case_id, ""))
        await self._let_them_know(made, troubles)

    async def _let_them_know(self, made: Round, troubles: Mapping[str, str]) -> None:
        """Tell the cases that say how they stand what is the matter with them: Temporal shows what they know."""
        telling = []
        for case_id, look in self._seen.items():
            wanted = troubles.get(case_id, "" if self._is_well(case_id, made) else look.trouble)
            if look.at == made.now and look.trouble is not None and wanted not in (None, look.trouble):
                telling.append(partial(self._tell_case, case_id, wanted))
        await few_at_once(telling, most=self._pace.at_once)

    async def _tell_case(self, case_id: str, trouble: str) -> None:
        try:
            await self._gateway.note_trouble(case_id, trouble, now=self._clock())
        except RPCError as error:  # the next round tells it again
            logger.warning("a case was not told", case_id=case_id, error=error.status.name)

    def _is_well(self, case_id: str, made: Round) -> bool:
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

    def _report(self, made: Round, *, polled: bool) -> Report:
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
