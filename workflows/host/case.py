"""What runs a case? One Temporal workflow that hosts any definition: an inbox, one loop, one `step` per event.

Handlers, activities, timers and child workflows only append an event to the inbox. The loop steps the engine, sends
what it commands and hands its facts to the ledger. A handler answers when its own event was stepped and projected.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pathways.bpmn.model import Definition
    from workflows.contract.requests import (
        CancelCase,
        CaseEnded,
        ClaimTask,
        CompleteTask,
        DelegateTask,
        DeliverMessage,
        DeliverSignal,
        Receipt,
        ReleaseTask,
        Request,
        ResolveIncident,
        SetVariables,
        StartCase,
    )
    from workflows.engine.commands import EndCase
    from workflows.engine.errors import EventRejected
    from workflows.engine.events import CalledProcessEscalated, CancelRequested, Event, TimerFired
    from workflows.engine.state import State
    from workflows.engine.step import Step, step

from workflows.host import definitions, intake
from workflows.host.alarm import Alarm, in_order
from workflows.host.dispatch import Dispatch
from workflows.host.ledger import Ledger
from workflows.host.receipt import receipt_of
from workflows.host.visibility import Value, changes, details, search_values
from workflows.host.waits import Wait, waits_of


@dataclass(slots=True)
class Entry:
    """An event in the inbox, and what became of it: a receipt or a refusal."""

    event: Event
    receipt: Receipt | None = None
    refusal: EventRejected | None = None

    @property
    def stepped(self) -> bool:
        """Whether the engine has dealt with it."""
        return self.receipt is not None or self.refusal is not None


@workflow.defn(dynamic=True)
class Case:
    """A case of any pathway; its workflow type is the pathway's name."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        self._case: StartCase = workflow.payload_converter().from_payload(args[0].payload, StartCase)
        self._state: State | None = self._case.state
        self._inbox: list[Entry] = []
        self._signal_ids = list(self._case.signal_ids)
        self._ended: CaseEnded | None = None
        self._shown: dict[str, Value] = {}
        self._waits: tuple[Wait, ...] = ()
        self._first = Entry(intake.started(self._case, workflow.now()))
        self._dispatch = Dispatch(self._case, self._receive)
        self._ledger = Ledger(self._case)
        self._alarm = Alarm(self._ring)
        self._definition: Definition | None = None

    @workflow.run
    async def run(self, _args: Sequence[RawValue]) -> CaseEnded:
        """Live until the case has ended or its history has grown long."""
        await self._open()
        while not self._may_leave():
            await self._until(lambda: bool(self._inbox) or self._may_leave())
            self._drain()
        if self._ended is None:
            workflow.continue_as_new(self._carried_over())
        return self._ended

    def _carried_over(self) -> StartCase:
        return replace(self._case, variables={}, state=self._state, signal_ids=tuple(self._signal_ids))

    async def _open(self) -> None:
        loading = asyncio.create_task(definitions.load(self._case.sha256))
        await self._until(loading.done)
        self._definition = loading.result()
        if self._state is None:
            self._inbox.insert(0, self._first)
        self._drain()
        if self._first.refusal is not None:
            await self._until(workflow.all_handlers_finished)
            raise _refused(self._first.refusal)

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Wait; a cancellation of the workflow becomes an event of the case instead of an abrupt end."""
        while True:
            try:
                await workflow.wait_condition(lambda: condition() or self._fault() is not None)
            except asyncio.CancelledError:
                reason = workflow.cancellation_reason() or "cancelled in Temporal"
                self._receive(CancelRequested(workflow.now(), reason, actor="temporal"))
                continue
            fault = self._fault()
            if fault is not None:
                raise fault
            return

    def _fault(self) -> BaseException | None:
        return self._dispatch.fault or self._ledger.fault

    def _may_leave(self) -> bool:
        """Leave only at rest: nothing to step, to answer, to project, and nothing under way."""
        over = self._ended is not None or workflow.info().is_continue_as_new_suggested()
        at_rest = not self._inbox and self._ledger.empty and self._dispatch.idle
        return over and at_rest and workflow.all_handlers_finished()

    def _receive(self, event: Event) -> None:
        self._inbox.append(Entry(event))

    def _ring(self) -> None:
        timers = self._state.timers.values() if self._state else ()
        now = workflow.now()
        for timer in in_order(timers):
            if timer.due_at <= now:
                self._receive(TimerFired(now, timer.id))

    def _drain(self) -> None:
        while self._inbox:
            self._take(self._inbox.pop(0))
        if self._definition is not None and self._state is not None:
            self._alarm.set(self._definition, self._state)
            self._show(self._definition, self._state)

    def _take(self, entry: Entry) -> None:
        assert self._definition is not None
        try:
            taken = step(self._definition, self._state, entry.event)
        except EventRejected as refusal:
            workflow.logger.info("%s refused: %s", entry.event.kind, refusal.code)
            entry.refusal = refusal
            return
        self._state = taken.state
        self._ledger.add(taken.facts)
        self._carry_out(taken)
        entry.receipt = receipt_of(self._case.case_id, taken)

    def _carry_out(self, taken: Step) -> None:
        for command in taken.commands:
            if isinstance(command, EndCase):
                self._ended = CaseEnded(command.outcome, command.variables, command.error_code)
            self._dispatch.carry_out(command)

    def _show(self, definition: Definition, state: State) -> None:
        self._waits = waits_of(definition, state)
        values = search_values(definition, self._case, state, self._waits)
        updates = changes(self._shown, values)
        if updates:
            workflow.upsert_search_attributes(updates)
            self._shown = values
        workflow.set_current_details(details(self._case, state, self._waits))

    async def _answer(self, request: Request) -> Receipt:
        entry = Entry(intake.event_of(request, workflow.now()))
        self._inbox.append(entry)
        return await self._receipt(entry)

    async def _receipt(self, entry: Entry) -> Receipt:
        """Wait until the entry was stepped and its facts are in the read model."""
        await workflow.wait_condition(lambda: entry.stepped)
        if entry.refusal is not None:
            raise _refused(entry.refusal)
        receipt = entry.receipt
        assert receipt is not None
        await workflow.wait_condition(lambda: self._ledger.projected >= receipt.seq)
        return receipt

    def _check(self, request: Request) -> None:
        """Refuse, before anything is written to history, what the engine would refuse.

        Before the definition is read there is nothing to ask: the request waits in the inbox.
        """
        if self._definition is None:
            return
        try:
            step(self._definition, self._state, intake.event_of(request, workflow.now()))
        except EventRejected as refusal:
            raise _refused(refusal) from refusal

    @workflow.update
    async def started(self) -> Receipt:
        """Answer when the first step is projected: the call that starts a case sends this along."""
        return await self._receipt(self._first)

    @workflow.update
    async def complete_task(self, request: CompleteTask) -> Receipt:
        """Complete a user task."""
        return await self._answer(request)

    @workflow.update
    async def claim_task(self, request: ClaimTask) -> Receipt:
        """Take a user task."""
        return await self._answer(request)

    @workflow.update
    async def release_task(self, request: ReleaseTask) -> Receipt:
        """Give a user task back."""
        return await self._answer(request)

    @workflow.update
    async def delegate_task(self, request: DelegateTask) -> Receipt:
        """Hand a user task on."""
        return await self._answer(request)

    @workflow.update
    async def deliver_message(self, request: DeliverMessage) -> Receipt:
        """Bring a message to the case."""
        return await self._answer(request)

    @workflow.update
    async def deliver_signal(self, request: DeliverSignal) -> Receipt:
        """Tell the case of a signal that was thrown elsewhere; once, however often it is told."""
        if request.signal_id in self._signal_ids and self._state is not None:
            return Receipt(self._case.case_id, self._state.seq, self._state.status, outcome="duplicate")
        receipt = await self._answer(request)
        self._signal_ids.append(request.signal_id)
        return receipt

    @workflow.update
    async def resolve_incident(self, request: ResolveIncident) -> Receipt:
        """Try again what stopped."""
        return await self._answer(request)

    @workflow.update
    async def set_variables(self, request: SetVariables) -> Receipt:
        """Change variables of the case."""
        return await self._answer(request)

    @workflow.update
    async def cancel_case(self, request: CancelCase) -> Receipt:
        """Call the case off."""
        return await self._answer(request)

    @complete_task.validator
    def _check_complete(self, request: CompleteTask) -> None:
        self._check(request)

    @claim_task.validator
    def _check_claim(self, request: ClaimTask) -> None:
        self._check(request)

    @release_task.validator
    def _check_release(self, request: ReleaseTask) -> None:
        self._check(request)

    @delegate_task.validator
    def _check_delegate(self, request: DelegateTask) -> None:
        self._check(request)

    @deliver_message.validator
    def _check_deliver(self, request: DeliverMessage) -> None:
        self._check(request)

    @deliver_signal.validator
    def _check_signal(self, request: DeliverSignal) -> None:
        if request.signal_id not in self._signal_ids:
            self._check(request)

    @resolve_incident.validator
    def _check_resolve(self, request: ResolveIncident) -> None:
        self._check(request)

    @set_variables.validator
    def _check_set(self, request: SetVariables) -> None:
        self._check(request)

    @cancel_case.validator
    def _check_cancel(self, request: CancelCase) -> None:
        self._check(request)

    @workflow.signal
    def called_process_escalated(self, event: CalledProcessEscalated) -> None:
        """Hear of an escalation that left a process this case called."""
        self._receive(replace(event, occurred_at=workflow.now()))

    @workflow.query
    def state(self) -> State | None:
        """Give the whole state of the case."""
        return self._state

    @workflow.query
    def waits(self) -> tuple[Wait, ...]:
        """Give what the case waits for."""
        return self._waits


def _refused(refusal: EventRejected) -> ApplicationError:
    return ApplicationError(str(refusal), type=refusal.code, non_retryable=True)
