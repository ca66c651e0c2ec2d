"""What does the host do for each command of the engine? It begins an errand now, or lets it wait its turn.

User tasks, subscriptions, timers and incidents need no errand of their own: they stand in the state, from which the
read model, the alarm and the search attributes are made.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, assert_never

from temporalio import workflow

from pathways.bpmn.model import Definition
from workflows.contract.handover import CalledReport, Carried, Errand
from workflows.contract.requests import OUTLASTING, PROMPT, CaseEnded, StartCase
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
from workflows.engine.events import Event
from workflows.host.calls import Calls
from workflows.host.errands import Errands
from workflows.host.leaving import Leaving, out_of_patience
from workflows.host.turns import Load, Turns

_IN_APP = frozenset({"inbox", "digest"})
"""Channels that need no activity: the read model makes their notifications from the fact that the rung fired."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An errand that was begun; `command` is what begins it again, None when it ends by itself at once."""

    command: Errand | None
    size: int = 0


class Dispatch:
    """The errands of one case: those under way, and those that wait for their turn."""

    def __init__(self, case: StartCase, carried: Carried, receive: Callable[[Event], None], leaving: Leaving) -> None:
        self._errands = Errands(case, receive)
        self._errands.ended = carried.ended is not None
        self._calls = Calls(case, carried, receive, self._freed)
        self._leaving = leaving
        self._turns = Turns(carried.errands)
        self._under_way: dict[asyncio.Task[None], UnderWay] = {}
        self._bytes = 0
        self._ended = carried.ended
        self._host = case.host
        self._waking: asyncio.Task[None] | None = None
        self.fault: BaseException | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or waits for its turn."""
        return not (self._turns or self._under_way)

    @property
    def waiting(self) -> int:
        """How many errands wait for their turn."""
        return len(self._turns)

    @property
    def movable(self) -> bool:
        """Whether the case can be carried over: called cases report, and no activity is under way for long enough."""
        begun = [each.command for each in self._under_way.values()]
        settled = all(begun) if self._leaving.overdue else not begun
        return settled and self._calls.handed_over

    @property
    def must_ask(self) -> bool:
        """Whether called cases must be asked to report because the case wants to leave."""
        return self._leaving.wanted and bool(self._calls.unasked)

    @property
    def errands(self) -> tuple[Errand, ...]:
        """What is not done, in order: to be carried over."""
        begun = [each.command for each in self._under_way.values() if each.command is not None]
        return (*begun, *self._turns.errands)

    @property
    def served(self) -> tuple[str, ...]:
        """The activations whose work is under way, rests between two tries, or waits its turn; calls that begin too."""
        return tuple(name for errand in self.errands if (name := _served(errand)) is not None)

    @property
    def called(self) -> dict[str, str]:
        """The called cases that are waited for."""
        return dict(self._calls.open)

    @property
    def reports(self) -> bool:
        """Whether this case was asked to report its end."""
        return self._calls.reports

    def go_by(self, definition: Definition) -> None:
        """Let calls begin in the versions that this version of the pathway pins."""
        self._calls.pins = definition.calls

    def carry_out(self, command: Command) -> None:
        """Begin what `command` asks for, or call off what it no longer wants."""
        match command:
            case PerformWork() | CallProcess() | SendMessage() | BroadcastSignal() | EscalateToCaller():
                self._queue(command)
            case Notify() if not _IN_APP.issuperset(command.channel):
                self._queue(command)
            case CancelWork() | CancelCalledProcess():
                self._call_off(command.activation)
            case EndCase():
                self._end(CaseEnded(command.outcome, command.variables, command.error_code))
            case StartTimer() | CancelTimer() | Subscribe() | Unsubscribe():
                pass
            case OfferUserTask() | WithdrawUserTask() | Notify() | RaiseIncident():
                pass
            case _:
                assert_never(command)

    def go_on(self) -> None:
        """Begin what waits, as far as there is room; nothing new while the case wants to leave."""
        if self._leaving.wanted and self._ended is None:
            self._wake_in_time()
            return
        while (each := self._turns.next(self._load)) is not None:
            self._begin(self._run(each.command), UnderWay(each.command, each.size))

    def ask_to_report(self) -> None:
        """Ask every called case that does not know yet to report its end by a signal."""
        for activation in self._calls.unasked:
            self._begin(self._calls.ask_to_report(activation), UnderWay(None))

    def hear(self, report: CalledReport) -> None:
        """Take the report of a called case."""
        self._calls.hear(report)

    def be_asked_to_report(self) -> None:
        """From now on this case tells its caller of its end itself, also when it has just ended."""
        self._calls.reports = True
        if self._ended is not None:
            self._begin(self._calls.report(self._ended), UnderWay(None))

    def refuse_to_begin(self, why: str) -> None:
        """Tell a caller that waits for it that this case could not begin."""
        self._begin(self._calls.report(None, why), UnderWay(None))

    def _queue(self, errand: Errand) -> None:
        self._turns.add(errand)
        self.go_on()
        if len(self._turns) == 1:
            workflow.logger.warning("Errands wait their turn: %d are under way", len(self._under_way))

    def _freed(self) -> None:
        """Let the next call begin that waits for another to end."""
        if self._host >= OUTLASTING:
            self.go_on()

    def _wake_in_time(self) -> None:
        """Wake a case that wants to leave when its patience is over: till then nothing else may happen to it."""
        if self._turns and self._under_way and self._waking is None and self._host >= PROMPT:
            self._waking = asyncio.create_task(out_of_patience())
            self._waking.add_done_callback(lambda _: self.go_on())

    @property
    def _load(self) -> Load:
        return Load(len(self._calls.open), len(self._under_way), self._bytes)

    def _run(self, errand: Errand) -> Coroutine[Any, Any, None]:
        return self._calls.call(errand) if isinstance(errand, CallProcess) else self._errands.run(errand)

    def _begin(self, errand: Coroutine[Any, Any, None], under_way: UnderWay) -> None:
        task = asyncio.create_task(errand)
        self._under_way[task] = under_way
        self._bytes += under_way.size
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._bytes -= self._under_way.pop(task).size
        if not task.cancelled() and task.exception() is not None:
            self.fault = task.exception()
        self.go_on()

    def _call_off(self, activation: str) -> None:
        self._turns.drop(lambda errand: _served(errand) == activation)
        for task, each in self._under_way.items():
            if isinstance(each.command, PerformWork) and each.command.activation == activation:
                task.cancel()
        if self._calls.call_off(activation):
            self._begin(self._calls.cancel(activation), UnderWay(None))

    def _end(self, ended: CaseEnded) -> None:
        self._ended = ended
        self._errands.ended = True
        if self._calls.reports:
            self._begin(self._calls.report(ended), UnderWay(None))
        self.go_on()


def _served(errand: Errand) -> str | None:
    return errand.activation if isinstance(errand, PerformWork | CallProcess) else None
