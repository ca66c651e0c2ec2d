"""How does a case call another, and hear once how it ended, though both leave their histories meanwhile?

While the caller is in the history in which it called, Temporal tells it of the end of its child. Before it leaves that
history it asks every called case to report by a signal; what was called goes on (parent close policy: abandon).
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, ChildWorkflowError, WorkflowAlreadyStartedError

from workflows.contract import names
from workflows.contract.handover import CalledReport, Carried
from workflows.contract.requests import HOST, PROMPT, REPINNED, CaseEnded, StartCase
from workflows.engine.commands import CallProcess
from workflows.engine.events import CalledProcessEnded, Event, WorkFailed
from workflows.host import definitions
from workflows.host.errands import reason_of
from workflows.host.public import PublicText

KEY_VARIABLES = ("referral_id", "order_id")
"""Inputs of a called process that are its correlation keys."""

Child = workflow.ChildWorkflowHandle[Any, CaseEnded]


class Calls:
    """The cases that one case has called and waits for. `open`: activation → first run of the called case.

    `freed` is told when one of them has ended. `pins`: by process, the versions that the case calls now; a call that
    waited for its turn, or whose definition was being read, begins in what its caller has migrated to meanwhile.
    """

    def __init__(
        self, case: StartCase, carried: Carried, receive: Callable[[Event], None], freed: Callable[[], None]
    ) -> None:
        self._case = case
        self._receive = receive
        self._freed = freed
        self.open: dict[str, str] = dict(carried.called)
        self._told: set[str] = set(carried.called)
        self._asked: set[str] = set(carried.called)
        self._called_off: set[str] = set()
        self._listening: set[asyncio.Task[None]] = set()
        self.starting: set[str] = set()
        self.reports = carried.reports
        self.pins: Mapping[str, str] = {}

    @property
    def unasked(self) -> list[str]:
        """The called cases that do not know yet that they shall report."""
        return [activation for activation in self.open if activation not in self._asked]

    @property
    def handed_over(self) -> bool:
        """Whether every called case reports to whichever run of this case is the current one."""
        return not self.starting and self._told.issuperset(self.open)

    def call(self, command: CallProcess) -> Coroutine[Any, Any, None]:
        """Give the errand that starts the called case; its end is heard later. Called off before, it does not begin."""
        self._called_off.discard(command.activation)
        return self._call(command)

    async def _call(self, command: CallProcess) -> None:
        if self._case.host < PROMPT:
            self._called_off.discard(command.activation)
        try:
            child = await self._start(command)
        except (ActivityError, ApplicationError, ChildWorkflowError, WorkflowAlreadyStartedError) as failure:
            self._receive(WorkFailed(workflow.now(), command.activation, reason_of(command.process_id, failure)))
            return
        finally:
            self.starting.discard(command.activation)
        if child is None or command.detached:
            return
        self.open[command.activation] = child.first_execution_run_id or ""
        listening = asyncio.create_task(self._listen(command, child))
        self._listening.add(listening)
        listening.add_done_callback(self._listening.discard)
        if command.activation in self._called_off:
            await self.cancel(command.activation)

    def call_off(self, activation: str) -> bool:
        """Say whether a called case is to be cancelled; one that is not started yet is not started."""
        self._called_off.add(activation)
        return activation in self.open

    async def cancel(self, activation: str) -> None:
        """Ask a called case to end; how it ended no longer matters."""
        self._close(activation)
        try:
            await self._handle(activation).cancel()
        except ApplicationError as failure:
            workflow.logger.info("The called case of %s was over before it was cancelled: %s", activation, failure.type)

    async def ask_to_report(self, activation: str) -> None:
        """Ask a called case to report its end by a signal; one that is over is heard of without."""
        self._asked.add(activation)
        try:
            await self._handle(activation).signal("report_to_caller")
        except ApplicationError as failure:
            workflow.logger.info("The called case of %s was over before it was asked: %s", activation, failure.type)
            return
        if activation in self.open:
            self._told.add(activation)

    def hear(self, report: CalledReport) -> None:
        """Take the report of a called case, once."""
        if self.open.get(report.activation) != report.run:
            return
        self._close(report.activation)
        self._freed()
        if report.ended is not None:
            self._receive(_ended(report.activation, report.ended))
        else:
            self._receive(WorkFailed(workflow.now(), report.activation, report.failure))

    async def report(self, ended: CaseEnded | None, failure: str = "") -> None:
        """Tell the caller how this case ended."""
        if not self.reports or self._case.caller is None or self._case.caller_activation is None:
            return
        told = CalledReport(
            self._case.caller_activation, workflow.info().first_execution_run_id, ended, failure=failure
        )
        try:
            await workflow.get_external_workflow_handle(self._case.caller).signal("called_process_ended", told)
        except ApplicationError as gone:
            workflow.logger.warning("The caller of this case was over before it heard of its end: %s", gone.type)

    async def _start(self, command: CallProcess) -> Child | None:
        definition = await definitions.load(command.sha256)
        if (pinned := self._pinned(command)) != command:
            return await self._start(pinned)
        if command.activation in self._called_off:
            return None
        self.starting.add(command.activation)
        return await workflow.start_child_workflow(
            definition.name,
            args=[self._called_case(command, definition.key)],
            id=names.called_case_id(self._case.case_id, command.activation),
            result_type=CaseEnded,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=PublicText.label(command.title),
        )

    def _pinned(self, command: CallProcess) -> CallProcess:
        """Give the call in the version that is pinned now; what is called without waiting stays in its own."""
        if self._case.host < REPINNED or command.detached:
            return command
        return replace(command, sha256=self.pins.get(command.process_id, command.sha256))

    async def _listen(self, command: CallProcess, child: Child) -> None:
        run = child.first_execution_run_id or ""
        try:
            ended = await asyncio.shield(child)
        except ChildWorkflowError as failure:
            self.hear(CalledReport(command.activation, run, None, reason_of(command.process_id, failure)))
            return
        self.hear(CalledReport(command.activation, run, ended))

    def _close(self, activation: str) -> None:
        self.open.pop(activation, None)
        self._told.discard(activation)
        self._asked.discard(activation)

    def _handle(self, activation: str) -> workflow.ExternalWorkflowHandle[Any]:
        return workflow.get_external_workflow_handle(names.called_case_id(self._case.case_id, activation))

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
            host=HOST,
        )


def _ended(activation: str, ended: CaseEnded) -> CalledProcessEnded:
    """A terminate end event ends the called process normally for its caller (§10.5.6)."""
    outcome = "completed" if ended.outcome == "terminated" else ended.outcome
    return CalledProcessEnded(workflow.now(), activation, outcome, ended.variables, ended.error_code)


def _keys(variables: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the keys by which messages find a called process before it waits for them."""
    given = (variables.get(name) for name in KEY_VARIABLES)
    return tuple(dict.fromkeys(key for key in given if isinstance(key, str) and key))
