"""How is an errand run? Work, messages, signals and notifications are activities; an escalation is a signal."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar, assert_never

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, ChildWorkflowError, is_cancelled_exception

from workflows.contract import names
from workflows.contract.requests import DeliverMessage, DeliverSignal, StartCase, Work, WorkResult
from workflows.engine.commands import BroadcastSignal, EscalateToCaller, Notify, PerformWork, SendMessage
from workflows.engine.events import (
    BpmnErrorThrown,
    CalledProcessEscalated,
    Event,
    WorkCompleted,
    WorkFailed,
)
from workflows.engine.unsent import ThrowFailed
from workflows.host.patience import MESSAGE, NOTIFICATION, SIGNAL, Patience, patience_of
from workflows.host.public import PublicText
from workflows.host.sizes import OVERSIZE

Thrown = TypeVar("Thrown", SendMessage, BroadcastSignal)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=1)
AWAY = {
    names.DATABASE_AWAY: (LONGEST_PAUSE, "Until the database answers"),
    names.SERVICE_AWAY: (timedelta(minutes=5), "Until the service answers"),
}
"""Failures that are none of the work: how long the pauses become until it is tried anew, and what they are called."""
"""Between rounds of tries while the database is away."""

LONGEST_INSISTING = timedelta(minutes=10)
"""A case that is over may go on so for weeks; the watchdog says so meanwhile."""


class Errands:
    """The errands of one case outside; each ends with an event in the inbox or with nothing.

    `ended`: the case is over, and takes no more events.
    """

    def __init__(self, case: StartCase, receive: Callable[[Event], None]) -> None:
        self._case = case
        self._receive = receive
        self.ended = False

    async def run(self, errand: PerformWork | SendMessage | BroadcastSignal | Notify | EscalateToCaller) -> None:
        """Do what the command asks for."""
        match errand:
            case PerformWork():
                await self._perform(errand)
            case SendMessage():
                await self._throw(errand, self._send)
            case BroadcastSignal():
                await self._throw(errand, self._broadcast)
            case Notify():
                await self._notify(errand)
            case EscalateToCaller():
                await self._escalate(errand)
            case _:
                assert_never(errand)

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
                self._receive(_failed(command, failure))
            return
        self._receive(_answer(command.activation, result))

    async def _throw(self, thrown: Thrown, tell: Callable[[Thrown], Awaitable[None]]) -> None:
        """Tell others; when that fails for good it is an incident. A case that is over cannot have one: it insists."""
        pause = FIRST_PAUSE
        while True:
            try:
                await tell(thrown)
            except ActivityError as failure:
                reason = f"{thrown.name} could not be sent: {_kind_of(failure)}"
            else:
                return
            if not self.ended:
                self._receive(ThrowFailed(workflow.now(), thrown, reason))
                return
            workflow.logger.error("Thrown by a case that is over and not sent: %s", reason)
            await workflow.sleep(pause, summary=PublicText("Until it can be sent"))
            pause = min(2 * pause, LONGEST_INSISTING)

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
        """Run an activity; when its tries end with our database or a service away, begin them anew, without end."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await self._try_activity(name, work, patience, summary=summary)
            except ActivityError as failure:
                if _kind_of(failure) not in AWAY:
                    raise
                longest, summary_of_pause = AWAY[_kind_of(failure)]
            await workflow.sleep(pause, summary=PublicText(summary_of_pause))
            pause = min(2 * pause, longest)

    async def _try_activity(self, name: str, work: Work, patience: Patience, *, summary: str) -> WorkResult:
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
    return f"{what} failed: {_kind_of(failure)}"


def _kind_of(failure: BaseException) -> str:
    cause = _cause_of(failure)
    return cause.type if isinstance(cause, ApplicationError) and cause.type else type(cause).__name__


def _cause_of(failure: BaseException) -> BaseException | None:
    return failure.__cause__ if isinstance(failure, ActivityError | ChildWorkflowError) else failure


def _failed(command: PerformWork, failure: BaseException) -> WorkFailed:
    """Name the kind of failure; of a result that is too large also its size, which our own worker has written."""
    kind, cause = _kind_of(failure), _cause_of(failure)
    told = kind == OVERSIZE and isinstance(cause, ApplicationError)
    reason = f"{command.task_type}: {cause}" if told else reason_of(command.task_type, failure)
    return WorkFailed(workflow.now(), command.activation, reason, oversize=kind in (OVERSIZE, "PayloadsTooLarge"))


def _answer(activation: str, result: WorkResult) -> WorkCompleted | BpmnErrorThrown:
    if result.error_code:
        return BpmnErrorThrown(workflow.now(), activation, result.error_code, result.error_message, result.variables)
    return WorkCompleted(workflow.now(), activation, result.variables)
