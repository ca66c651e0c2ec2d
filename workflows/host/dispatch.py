"""What does the host do for each command of the engine? One command is one activity, child workflow or signal.

User tasks, subscriptions, timers and incidents need no errand of their own: they stand in the state, from which the
read model, the alarm and the search attributes are made.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, assert_never

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ChildWorkflowError,
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)

from workflows.contract import names
from workflows.contract.requests import CaseEnded, DeliverMessage, DeliverSignal, StartCase, Work, WorkResult
from workflows.engine.commands import (
    BroadcastSignal,
    CallProcess,
    CancelCalledProcess,
    CancelTimer,
    CancelWork,
    Command,
    EndCase,
    EscalateToCaller,
    Notify,
    OfferUserTask,
    PerformWork,
    RaiseIncident,
    SendMessage,
    StartTimer,
    Subscribe,
    Unsubscribe,
    WithdrawUserTask,
)
from workflows.engine.events import (
    BpmnErrorThrown,
    CalledProcessEnded,
    CalledProcessEscalated,
    Event,
    WorkCompleted,
    WorkFailed,
)
from workflows.host import definitions
from workflows.host.patience import MESSAGE, NOTIFICATION, SIGNAL, Patience, patience_of
from workflows.host.public import PublicText

KEY_VARIABLES = ("referral_id", "order_id")
"""Inputs of a called process that are its correlation keys."""

_IN_APP = frozenset({"inbox", "digest"})
"""Channels that need no activity: the read model makes their notifications from the fact that the rung fired."""


class Dispatch:
    """The errands of one case that are under way; each ends with an event in the inbox or with nothing."""

    def __init__(self, case: StartCase, receive: Callable[[Event], None]) -> None:
        self._case = case
        self._receive = receive
        self._errands: list[asyncio.Task[None]] = []
        self.fault: BaseException | None = None

    @property
    def idle(self) -> bool:
        """Whether no activity, child workflow or signal is under way."""
        return not self._errands

    def carry_out(self, command: Command) -> None:
        """Begin what `command` asks for, or call off what it no longer wants."""
        match command:
            case PerformWork():
                self._begin(command.activation, self._perform(command))
            case CallProcess():
                self._begin(command.activation, self._call(command))
            case CancelWork() | CancelCalledProcess():
                self._call_off(command.activation)
            case SendMessage():
                self._begin(f"message {command.message_id}", self._send(command))
            case BroadcastSignal():
                self._begin(f"signal {command.signal_id}", self._broadcast(command))
            case Notify() if not _IN_APP.issuperset(command.channel):
                self._begin(f"notification {command.notification}", self._notify(command))
            case EscalateToCaller():
                self._begin(f"escalation {command.code}", self._escalate(command))
            case StartTimer() | CancelTimer() | Subscribe() | Unsubscribe():
                pass
            case OfferUserTask() | WithdrawUserTask() | Notify() | RaiseIncident() | EndCase():
                pass
            case _:
                assert_never(command)

    def _begin(self, name: str, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand, name=name)
        self._errands.append(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._errands.remove(task)
        if not task.cancelled() and task.exception() is not None:
            self.fault = task.exception()

    def _call_off(self, activation: str) -> None:
        for errand in self._errands:
            if errand.get_name() == activation:
                errand.cancel()

    async def _perform(self, command: PerformWork) -> None:
        try:
            result = await self._run_activity(
                command.task_type,
                self._work(command.activation, command.element, command.title, command.headers, command.variables),
                patience_of(command.headers, command.attempts),
                summary=command.title,
            )
        except (ActivityError, ApplicationError) as failure:
            if not is_cancelled_exception(failure):
                self._receive(WorkFailed(workflow.now(), command.activation, reason_of(command.task_type, failure)))
            return
        self._receive(_answer(command.activation, result))

    async def _call(self, command: CallProcess) -> None:
        try:
            called = await self._start_called(command)
            if command.detached:
                return
            ended = await called
        except (ActivityError, ChildWorkflowError, WorkflowAlreadyStartedError) as failure:
            if not is_cancelled_exception(failure):
                self._receive(WorkFailed(workflow.now(), command.activation, reason_of(command.process_id, failure)))
            return
        self._receive(_called_process_ended(command.activation, ended))

    async def _start_called(self, command: CallProcess) -> workflow.ChildWorkflowHandle[Any, CaseEnded]:
        definition = await definitions.load(command.sha256)
        return await workflow.start_child_workflow(
            definition.name,
            self._called_case(command, definition.key),
            id=names.called_case_id(self._case.case_id, command.activation),
            result_type=CaseEnded,
            cancellation_type=workflow.ChildWorkflowCancellationType.WAIT_CANCELLATION_REQUESTED,
            parent_close_policy=_close_policy(command),
            static_summary=PublicText.label(command.title),
        )

    def _called_case(self, command: CallProcess, key: str) -> StartCase:
        return replace(
            self._case,
            case_id=names.called_case_id(self._case.case_id, command.activation),
            key=key,
            sha256=command.sha256,
            variables=command.variables,
            correlation_keys=_keys(command.variables) or self._case.correlation_keys,
            process=command.process_id,
            message=None,
            start_event=None,
            part=0,
            caller=self._case.case_id,
            caller_activation=None if command.detached else command.activation,
            state=None,
            signal_ids=(),
        )

    async def _send(self, command: SendMessage) -> None:
        message = DeliverMessage(
            name=command.name,
            correlation_key=command.correlation_key,
            message_id=command.message_id,
            variables=command.variables,
            actor=self._case.case_id,
        )
        await workflow.execute_activity(
            names.SEND_MESSAGE,
            message,
            start_to_close_timeout=MESSAGE.timeout,
            retry_policy=MESSAGE.retry,
            summary=PublicText.label(f"Send {command.name}"),
        )

    async def _broadcast(self, command: BroadcastSignal) -> None:
        """Tell all others; the engine has told this case itself."""
        signal = DeliverSignal(
            name=command.name,
            signal_id=command.signal_id,
            variables=command.variables,
            actor=self._case.case_id,
            thrower=self._case.case_id,
        )
        await workflow.execute_activity(
            names.BROADCAST_SIGNAL,
            signal,
            start_to_close_timeout=SIGNAL.timeout,
            retry_policy=SIGNAL.retry,
            summary=PublicText.label(f"Broadcast {command.name}"),
        )

    async def _notify(self, command: Notify) -> None:
        """Tell people; the case does not wait for it. What cannot be told is logged, and marked by the activity."""
        headers = {"level": command.level, "tell": ",".join(command.tell), "channel": ",".join(command.channel)}
        rung = command.notification.removeprefix(f"{self._case.case_id}:")
        work = self._work(rung, command.element, command.title, headers, {})
        try:
            await self._run_activity(names.NOTIFY, work, NOTIFICATION, summary=f"Tell {', '.join(command.tell)}")
        except ActivityError as failure:
            workflow.logger.error("Notification %s not sent: %s", command.notification, reason_of("notify", failure))

    async def _escalate(self, command: EscalateToCaller) -> None:
        if self._case.caller is None or self._case.caller_activation is None:
            return
        event = CalledProcessEscalated(workflow.now(), self._case.caller_activation, command.code, command.variables)
        caller = workflow.get_external_workflow_handle(self._case.caller)
        try:
            await caller.signal("called_process_escalated", event)
        except ApplicationError as failure:
            workflow.logger.warning("Escalation %s did not reach the caller: %s", command.code, failure.type)

    async def _run_activity(self, name: str, work: Work, patience: Patience, *, summary: str) -> WorkResult:
        result: WorkResult = await workflow.execute_activity(
            name,
            work,
            result_type=WorkResult,
            start_to_close_timeout=patience.timeout,
            retry_policy=patience.retry,
            summary=PublicText.label(summary),
        )
        return result

    def _work(
        self, activation: str, element: str, title: str, headers: Mapping[str, str], variables: Mapping[str, Any]
    ) -> Work:
        return Work(
            case_id=self._case.case_id,
            business_key=self._case.business_key,
            activation=activation,
            element=element,
            title=title,
            headers=headers,
            variables=variables,
            pathway=self._case.key,
            urgency=self._case.urgency,
        )


def reason_of(what: str, failure: BaseException) -> str:
    """Say why `what` failed, by the kind of failure only: messages of failures may carry patient data."""
    cause = failure.__cause__ if isinstance(failure, ActivityError | ChildWorkflowError) else failure
    kind = cause.type if isinstance(cause, ApplicationError) and cause.type else type(cause).__name__
    return f"{what} failed: {kind}"


def _answer(activation: str, result: WorkResult) -> WorkCompleted | BpmnErrorThrown:
    if result.error_code:
        return BpmnErrorThrown(workflow.now(), activation, result.error_code, result.error_message, result.variables)
    return WorkCompleted(workflow.now(), activation, result.variables)


def _called_process_ended(activation: str, ended: CaseEnded) -> CalledProcessEnded:
    """A terminate end event ends the called process normally for its caller (§10.5.6)."""
    outcome = "completed" if ended.outcome == "terminated" else ended.outcome
    return CalledProcessEnded(workflow.now(), activation, outcome, ended.variables, ended.error_code)


def _keys(variables: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the keys by which messages find a called process before it waits for them."""
    given = (variables.get(name) for name in KEY_VARIABLES)
    return tuple(dict.fromkeys(key for key in given if isinstance(key, str) and key))


def _close_policy(command: CallProcess) -> workflow.ParentClosePolicy:
    return workflow.ParentClosePolicy.ABANDON if command.detached else workflow.ParentClosePolicy.REQUEST_CANCEL
