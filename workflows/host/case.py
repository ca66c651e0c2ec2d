"""What runs a case? One Temporal workflow that hosts any definition: an inbox, one loop, one `step` per event.

Handlers, activities, timers and child workflows only append an event to the inbox. The loop steps the engine, sends
what it commands and hands its facts to the ledger. A handler answers when its own event was stepped and projected.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pathways.bpmn.model import Definition
    from workflows.contract.handover import CalledReport, Carried, Former
    from workflows.contract.requests import (
        DUE_FIRST,
        HOST,
        OUTLASTING,
        WATCHING,
        CaseEnded,
        DeliverSignal,
        Receipt,
        Request,
        StartCase,
    )
    from workflows.engine.authority import check_grounds
    from workflows.engine.commands import EndCase
    from workflows.engine.errors import EventRejected
    from workflows.engine.events import (
        CalledProcessEscalated,
        CancelRequested,
        Event,
        Migrated,
        TimerFired,
        WaitOverdue,
    )
    from workflows.engine.overdue import late_waits
    from workflows.engine.state import State
    from workflows.engine.step import Step
    from workflows.engine.triggers.message import known_as
    from workflows.engine.trouble import TroubleNoted
    from workflows.engine.unsent import ThrowFailed

from workflows.host import definitions, intake
from workflows.host.alarm import Alarm, due_by
from workflows.host.answering import Answers, Entry
from workflows.host.asking import carried_by, idempotency_key, refused, request_of
from workflows.host.dispatch import Dispatch
from workflows.host.foresight import Foresight
from workflows.host.leaving import Leaving
from workflows.host.ledger import Ledger
from workflows.host.public import PublicText
from workflows.host.receipt import receipt_of
from workflows.host.sizes import TooLarge, failure_instead
from workflows.host.versions import asked_for, former, known, must_be_read, portable
from workflows.host.visibility import Shown
from workflows.host.waits import Wait

SETTLINGS = 3
"""So often a case that is asked without a pause waits for a workflow task in which it projects nothing."""

NEWEST_BUILD = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
"""A fresh history begins on the newest build (docs/upgrades.md)."""


@workflow.defn(dynamic=True)
class Case:
    """A case of any pathway; its workflow type is the pathway's name."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        self._case: StartCase = workflow.payload_converter().from_payload(args[0].payload, StartCase)
        carried = carried_by(args)
        self._state: State | None = self._case.state
        self._inbox: list[Entry] = []
        self._signal_ids = list(self._case.signal_ids)
        self._ended: CaseEnded | None = carried.ended
        self._shown = Shown()
        self._first = Entry(intake.started(self._case, workflow.now()))
        self._leaving = Leaving()
        self._dispatch = Dispatch(self._case, carried, self._receive, self._leaving)
        self._ledger = Ledger(self._case, carried.facts)
        self._foresight = Foresight()
        self._answers = Answers(carried.answers, self._ledger, self._leaving)
        self._alarm = Alarm(self._ring)
        self._watch = Alarm(self._look)
        self._definition: Definition | None = None
        self._former: Former | None = carried.former

    @workflow.run
    async def run(self, _args: Sequence[RawValue]) -> CaseEnded:
        """Live until the case has ended or its history has grown long."""
        await self._open()
        await self._live()
        for _ in range(SETTLINGS):
            if not self._is_over and self._ledger.unsettled:
                await self._settle()
                await self._live()
        if self._ended is None or not self._is_over:
            workflow.continue_as_new(args=self._carried_over(), initial_versioning_behavior=NEWEST_BUILD)
        return self._ended

    async def _live(self) -> None:
        while not self._may_leave():
            await self._until(lambda: bool(self._inbox) or self._may_leave() or self._dispatch.must_ask)
            self._drain()
            if self._dispatch.must_ask:
                self._dispatch.ask_to_report()

    async def _settle(self) -> None:
        """Let the workflow task end that has projected facts.

        Temporal takes back a workflow task that continues as new when something arrives meanwhile: what the case then
        does may differ from what the read model was told. So what arrives waits for this timer too, a second at most.
        """
        self._ledger.unsettled = False
        pause = asyncio.create_task(workflow.sleep(timedelta(milliseconds=1), summary=PublicText("Settle")))
        await self._until(pause.done)

    def _carried_over(self) -> list[StartCase | Carried]:
        taken = tuple(self._signal_ids)
        case = replace(self._case, variables={}, state=self._state, signal_ids=taken, host=HOST)
        dispatch = self._dispatch
        carried = Carried(
            errands=dispatch.errands,
            called=dispatch.called,
            reports=dispatch.reports,
            answers=self._answers.last,
            facts=self._ledger.unprojected,
            ended=self._ended,
            former=portable(self._former),
        )
        return [case, carried]

    async def _open(self) -> None:
        has_begun = self._state is not None
        loading = asyncio.create_task(definitions.load_own(self._case.sha256, has_begun=has_begun))
        await self._until(loading.done)
        self._go_by(loading.result())
        if self._state is None:
            self._inbox.insert(0, self._first)
        self._drain()
        self._dispatch.go_on()
        if self._first.refusal is not None:
            self._dispatch.refuse_to_begin(f"{self._case.key} failed: {self._first.refusal.code}")
            await self._until(lambda: self._dispatch.idle and workflow.all_handlers_finished())
            raise refused(self._first.refusal)

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Wait; a cancellation of the workflow becomes an event of the case instead of an abrupt end.

        A fault of ours fails the workflow task, which is tried again, and never the case.
        """
        while True:
            try:
                await workflow.wait_condition(lambda: condition() or self._fault() is not None)
            except asyncio.CancelledError:
                reason = workflow.cancellation_reason() or "cancelled in Temporal"
                self._receive(CancelRequested(workflow.now(), reason, actor="temporal"))
                continue
            fault = self._fault()
            if fault is not None:
                raise RuntimeError("What the case asked for failed in a way that it does not know.") from fault
            return

    def _fault(self) -> BaseException | None:
        return self._dispatch.fault or self._ledger.fault

    def _may_leave(self) -> bool:
        """Leave only at rest: nothing to step or to answer; what is under way is done, or can be taken along.

        A case that is over leaves too while it insists: a history that grows for days is ended by Temporal.
        """
        if self._inbox or not workflow.all_handlers_finished():
            return False
        if self._ended is not None and (self._is_over or self._case.host < OUTLASTING):
            return self._is_over
        return self._leaving.wanted and (self._ledger.empty or self._ledger.stalled) and self._dispatch.movable

    @property
    def _is_over(self) -> bool:
        """Whether the case has ended, and the read model and all that it told know it."""
        return self._ended is not None and self._ledger.empty and self._dispatch.idle

    def _receive(self, event: Event) -> None:
        self._inbox.append(Entry(event))

    def _keep_watch(self) -> None:
        """Arm the look for overdue waits, in histories that began with it."""
        if self._case.host >= WATCHING and self._definition is not None and self._state is not None:
            self._watch.watch(self._definition, self._state)

    def _ring(self) -> None:
        self._inbox.extend(self._due())

    def _due(self) -> list[Entry]:
        now = workflow.now()
        timers = self._state.timers.values() if self._state is not None else ()
        return [Entry(TimerFired(now, timer.id)) for timer in due_by(now, timers, host=self._case.host)]

    def _look(self) -> None:
        """Note what is overdue."""
        if self._state is None or self._definition is None:
            return
        now = workflow.now()
        for moment, activation in late_waits(self._definition, self._state):
            if moment <= now:
                self._receive(WaitOverdue(now, activation))
        if not self._inbox:
            self._keep_watch()

    def _put_due_first(self) -> None:
        """Let fire what is due before what arrived is taken.

        Temporal hands both to one workflow task when it was done again, or no worker was there. People may have read
        already that a timer fired: the task before, which was taken back, told so.
        """
        arrived = [entry for entry in self._inbox if not isinstance(entry.event, TimerFired)]
        self._inbox = [*self._due(), *arrived]

    def _drain(self) -> None:
        if self._case.host >= DUE_FIRST:
            self._put_due_first()
        while self._inbox:
            self._take(self._inbox.pop(0))
        if self._definition is not None and self._state is not None:
            self._alarm.set(self._definition, self._state)
            self._keep_watch()
            self._shown.show(self._definition, self._case, self._state, turns=self._dispatch.waiting)

    def _take(self, entry: Entry) -> None:
        self._leaving.stepped = True
        try:
            taken = self._step(entry.event, entry.definition)
        except EventRejected as refusal:
            workflow.logger.info("%s refused: %s", entry.event.kind, refusal.code)
            entry.refusal = refusal
            if isinstance(refusal, TooLarge) and (failed := failure_instead(entry.event, refusal, workflow.now())):
                self._receive(failed)
            if isinstance(entry.event, ThrowFailed):
                self._dispatch.carry_out(entry.event.thrown)
            return
        self._change_version(entry, taken.state)
        self._state = taken.state
        self._foresight.forget()
        self._ledger.add(taken.facts)
        self._carry_out(taken)
        entry.receipt = receipt_of(self._case.case_id, taken)

    def _change_version(self, entry: Entry, after: State) -> None:
        """Go on with another version if the entry led to one; any other step closes the way back."""
        was, self._former = self._state, None
        if entry.definition is None or was is None:
            return
        if isinstance(entry.event, Migrated):
            self._former = former(was, after)
        self._go_by(entry.definition)
        self._case = replace(self._case, sha256=entry.definition.sha256)

    def _go_by(self, definition: Definition) -> None:
        self._definition = definition
        self._dispatch.go_by(definition)

    def _step(self, event: Event, definition: Definition | None = None) -> Step:
        assert self._definition is not None
        return self._foresight.step(definition or self._definition, self._state, event)

    def _carry_out(self, taken: Step) -> None:
        for command in taken.commands:
            if isinstance(command, EndCase):
                self._ended = CaseEnded(command.outcome, command.variables, command.error_code)
            self._dispatch.carry_out(command)

    async def _enter(self, request: Request) -> Entry:
        try:
            definition = await asked_for(request, self._former)
            entry = Entry(intake.event_of(request, workflow.now(), self._former), definition)
        except EventRejected as refusal:
            raise refused(refusal) from refusal
        self._inbox.append(entry)
        return entry

    def _check(self, request: Request) -> None:
        """Refuse, before anything is written to history, what the engine would refuse.

        Before the definition is read the engine cannot be asked: the request waits in the inbox.
        """
        if idempotency_key() in self._answers:
            return
        try:
            event = intake.event_of(request, workflow.now(), self._former)
            check_grounds(event)
            if self._definition is not None and not must_be_read(request, self._former):
                self._step(event, known(request, self._former))
        except EventRejected as refusal:
            raise refused(refusal) from refusal

    @workflow.update
    async def started(self) -> Receipt:
        """Answer when the first step is projected: the call that starts a case sends this along."""
        if self._case.state is not None:
            raise ApplicationError("The case has begun before.", type="not-open", non_retryable=True)
        return await self._answers.to(self._first)

    @workflow.update(dynamic=True)
    async def ask(self, name: str, args: Sequence[RawValue]) -> Receipt:
        """Do what a request asks for; the update's name says which of `REQUESTS` it is."""
        request = request_of(name, args)
        if isinstance(request, DeliverSignal):
            return await self._hear(request)
        return await self._answers.once(lambda: self._enter(request))

    async def _hear(self, request: DeliverSignal) -> Receipt:
        """Take a signal that was thrown elsewhere; once, however often it is told."""
        if self._has_heard(request) and self._state is not None:
            return Receipt(self._case.case_id, self._state.seq, self._state.status, outcome="duplicate")
        receipt = await self._answers.once(lambda: self._enter(request))
        self._signal_ids.append(known_as(request.signal_id))
        return receipt

    def _has_heard(self, signal: DeliverSignal) -> bool:
        """Whether the case has taken it; histories of before carry over whole ids."""
        return not {signal.signal_id, known_as(signal.signal_id)}.isdisjoint(self._signal_ids)

    @ask.validator
    def _check_ask(self, name: str, args: Sequence[RawValue]) -> None:
        request = request_of(name, args)
        if not (isinstance(request, DeliverSignal) and self._has_heard(request)):
            self._check(request)

    @workflow.signal
    def report_to_caller(self) -> None:
        """From now on tell the caller by a signal how this case ends: it has left the history in which it called."""
        self._dispatch.be_asked_to_report()

    @workflow.signal
    def called_process_ended(self, report: CalledReport) -> None:
        """Hear how a called case ended that was asked to report."""
        self._dispatch.hear(report)

    @workflow.signal
    def called_process_escalated(self, event: CalledProcessEscalated) -> None:
        """Hear of an escalation that left a process this case called."""
        self._receive(replace(event, occurred_at=workflow.now()))

    @workflow.signal
    def note_trouble(self, event: TroubleNoted) -> None:
        """Hear from the watchdog what the case cannot see itself, or that it is over."""
        self._receive(replace(event, occurred_at=workflow.now()))

    @workflow.query
    def state(self) -> State | None:
        """Give the whole state of the case."""
        return self._state

    @workflow.query
    def errands(self) -> tuple[str, ...]:
        """Give the activations for which work is under way, rests between two tries, or waits its turn."""
        return self._dispatch.served

    @workflow.query
    def answer(self, key: str) -> Receipt | None:
        """Give the answer to a request that was sent before under this key."""
        return self._answers.to_key(key)

    @workflow.query
    def way_back(self) -> Former | None:
        """Give where the case stood before it was migrated, as long as nothing has moved in it since."""
        return self._former

    @workflow.query
    def waits(self) -> tuple[Wait, ...]:
        """Give what the case waits for."""
        return self._shown.waits
