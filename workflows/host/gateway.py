"""How does the API reach a running case? Start it, ask something of it, look at it; with errors it can answer with.

GatewayError
├── CaseNotFound      no such case
├── AlreadyStarted    the same referral was started before; `case_id` is that case
└── HostUnavailable   Temporal or the worker did not answer in time; the request may still take effect
`EventRejected` of the engine passes through: the case refused the request and nothing changed.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NoReturn, TypeVar, get_args
from weakref import WeakValueDictionary

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from workflows.contract import names
from workflows.contract.handover import Former
from workflows.contract.requests import HOST, CaseEnded, Receipt, Request, StartCase, update_name
from workflows.engine.errors import EventRejected
from workflows.engine.state import State
from workflows.engine.trouble import TroubleNoted
from workflows.host.keys_errors import KeyUnknown
from workflows.host.public import PublicText
from workflows.host.signs import Signs
from workflows.host.sizes import check_message
from workflows.host.waits import Wait

T = TypeVar("T")
BUSY = frozenset(
    {
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.FAILED_PRECONDITION,
        RPCStatusCode.ABORTED,
    }
)
"""What Temporal answers while ten requests of a case are in flight, or while the case changes its history."""

SOON = timedelta(seconds=3)
"""When nothing was answered for so long, and from then on, the gateway asks whether a worker is there at all."""

MOST_IN_FLIGHT = 8
"""Requests of one case that one gateway has under way; more wait their turn here. Temporal takes ten, from all callers,
and with each one that it refuses it may drop the workflow task that serves the others."""

Refusal = Literal["not-open", "not-yours", "not-running", "invalid"]


class GatewayError(Exception):
    """Base of what the gateway raises."""


class CaseNotFound(GatewayError):
    """There is no case with this id."""

    def __init__(self, case_id: str) -> None:
        super().__init__(f"There is no case '{case_id}': look for it in the worklist.")
        self.case_id = case_id


class AlreadyStarted(GatewayError):
    """This referral was started before: the same referral twice is one case."""

    def __init__(self, case_id: str) -> None:
        super().__init__(f"The case '{case_id}' was started before: use it.")
        self.case_id = case_id


class HostUnavailable(GatewayError):
    """The case did not answer in time; send the request again with the same idempotency key."""


class CannotSay(HostUnavailable):
    """A worker tried to say how the case stands and could not: it cannot carry on with the case either."""


@dataclass(frozen=True, slots=True)
class CaseDescription:
    """A case as Temporal knows it; `waits` is empty once it is closed."""

    case_id: str
    pathway: str
    status: str
    started_at: datetime
    closed_at: datetime | None
    waits: tuple[Wait, ...]


class CaseGateway:
    """The only way from the API to a case."""

    def __init__(
        self, client: Client, task_queue: str = names.TASK_QUEUE, patience: timedelta = timedelta(seconds=30)
    ) -> None:
        self._client = client
        self._task_queue = task_queue
        self._patience = patience
        self._signs = Signs(client, task_queue)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @property
    def client(self) -> Client:
        """The connection, for whoever looks at all cases at once: the watchdog."""
        return self._client

    @property
    def task_queue(self) -> str:
        """Where the workers of these cases ask for work."""
        return self._task_queue

    async def start(self, case: StartCase, *, pathway: str) -> Receipt:
        """Start a case of the pathway named `pathway`; answer when its first step is in the read model.

        Raises:
            AlreadyStarted: a case with this id runs or has run.
            EventRejected: it cannot begin so, or what it shall begin with is too large.
            HostUnavailable: no answer in time; starting again is safe.
        """
        check_message(case, "What the case begins with")
        operation: WithStartWorkflowOperation[Any, CaseEnded] = WithStartWorkflowOperation(
            pathway,
            replace(case, host=HOST),
            id=case.case_id,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            result_type=CaseEnded,
            static_summary=PublicText.label(pathway),
        )
        return await self._asking(case.case_id, lambda: self._begun(operation))

    async def _begun(self, operation: WithStartWorkflowOperation[Any, CaseEnded]) -> Receipt:
        """Start a workflow."""
        try:
            receipt: Receipt = await self._client.execute_update_with_start_workflow(
                "started",
                start_workflow_operation=operation,
                result_type=Receipt,
                rpc_timeout=self._patience,
            )
        except (WorkflowAlreadyStartedError, WorkflowUpdateRPCTimeoutOrCancelledError, RPCError):
            await _hear(operation)
            raise
        return receipt

    async def send(self, case_id: str, request: Request, idempotency_key: str) -> Receipt:
        """Ask something of a case; answer when what it did is in the read model.

        The same `idempotency_key` again gets the answer of the first time, within one run of the workflow.

        Raises:
            EventRejected: the case refused; nothing changed.
            CaseNotFound: there is no such case.
            HostUnavailable: no answer in time; the request may still take effect.
        """
        check_message(request, "The request")
        handle = self._client.get_workflow_handle(case_id)

        async def ask() -> Receipt:
            receipt: Receipt = await handle.execute_update(
                update_name(request),
                request,
                id=idempotency_key,
                result_type=Receipt,
                rpc_timeout=self._patience,
            )
            return receipt

        turn = self._turns.setdefault(case_id, asyncio.Semaphore(MOST_IN_FLIGHT))
        return await self._asking(case_id, lambda: _in_turn(turn, ask))

    async def describe(self, case_id: str) -> CaseDescription:
        """Say how Temporal sees a case.

        Raises:
            CaseNotFound: there is no such case.
            HostUnavailable: no answer in time.
        """
        found = (await self._asking(case_id, lambda: self._look_up(case_id))).workflow_execution_info
        status = WorkflowExecutionStatus(found.status)
        return CaseDescription(
            case_id=case_id,
            pathway=found.type.name,
            status=status.name.lower(),
            started_at=found.start_time.ToDatetime(UTC),
            closed_at=found.close_time.ToDatetime(UTC) if found.HasField("close_time") else None,
            waits=await self._waits(case_id) if status is WorkflowExecutionStatus.RUNNING else (),
        )

    async def running_below(self, case_id: str) -> tuple[str, ...]:
        """Give what runs of all that a case has called, as Temporal lists it: within a moment of its beginning.

        Raises:
            HostUnavailable: no answer in time.
        """
        query = f"WorkflowId STARTS_WITH '{case_id}/' AND ExecutionStatus = 'Running'"

        async def ask() -> tuple[str, ...]:
            return tuple([each.id async for each in self._client.list_workflows(query)])

        return await self._asking(case_id, ask)

    async def state(self, case_id: str) -> State:
        """Give the whole state of a case, also of one that has ended, as long as its history is kept.

        Raises:
            CaseNotFound: there is no such case.
            HostUnavailable: no answer in time.
        """
        handle = self._client.get_workflow_handle(case_id)
        state: State | None = await self._asking(
            case_id, lambda: handle.query("state", result_type=State, rpc_timeout=self._patience)
        )
        if state is None:
            raise HostUnavailable(f"Case '{case_id}' has not begun yet.")
        return state

    async def errands(self, case_id: str) -> tuple[str, ...]:
        """Give the activations for which a case has work under way, resting between two tries, or waiting its turn.

        Raises:
            CaseNotFound, HostUnavailable: as for `state`.
        """
        handle = self._client.get_workflow_handle(case_id)
        query = handle.query("errands", result_type=tuple[str, ...], rpc_timeout=self._patience)
        found: tuple[str, ...] = await self._asking(case_id, lambda: query)
        return found

    async def note_trouble(self, case_id: str, reason: str, *, now: datetime) -> None:
        """Tell a case why it cannot go on as it should, or (no `reason`) that it can again.

        Raises:
            RPCError: Temporal does not answer, or the case has ended.
        """
        handle = self._client.get_workflow_handle(case_id)
        await handle.signal("note_trouble", TroubleNoted(now, reason), rpc_timeout=self._patience)

    async def way_back(self, case_id: str) -> Former | None:
        """Give where a case stood before its migration; None when it was not migrated, or something moved since.

        Raises:
            CaseNotFound: there is no such case.
            HostUnavailable: no answer in time.
        """
        handle = self._client.get_workflow_handle(case_id)
        found: Former | None = await self._asking(
            case_id, lambda: handle.query("way_back", result_type=Former, rpc_timeout=self._patience)
        )
        return found

    async def answer(self, case_id: str, key: str) -> Receipt | None:
        """Give what a case answered to a request under this idempotency key; None when it answered none.

        Raises:
            CaseNotFound, HostUnavailable: as for `state`.
        """
        handle = self._client.get_workflow_handle(case_id)
        query = handle.query("answer", key, result_type=Receipt, rpc_timeout=self._patience)
        found: Receipt | None = await self._asking(case_id, lambda: query)
        return found

    async def _waits(self, case_id: str) -> tuple[Wait, ...]:
        handle = self._client.get_workflow_handle(case_id)
        query = handle.query("waits", result_type=tuple[Wait, ...], rpc_timeout=self._patience)
        waits: tuple[Wait, ...] = await self._asking(case_id, lambda: query)
        return waits

    async def _look_up(self, case_id: str) -> DescribeWorkflowExecutionResponse:
        request = DescribeWorkflowExecutionRequest(
            namespace=self._client.namespace, execution=WorkflowExecution(workflow_id=case_id)
        )
        return await self._client.workflow_service.describe_workflow_execution(request, timeout=self._patience)

    async def _asking(self, case_id: str, call: Callable[[], Awaitable[T]]) -> T:
        """Ask, within our own patience: while no worker is there, Temporal's client asks again without end."""
        try:
            async with asyncio.timeout(self._patience.total_seconds()) as limit:
                watching = asyncio.create_task(self._end_without_a_worker(limit))
                try:
                    return await call()
                finally:
                    watching.cancel()
        except TimeoutError as error:
            raise HostUnavailable(f"Case '{case_id}' did not answer in time.") from error
        except WorkflowAlreadyStartedError as error:
            raise AlreadyStarted(case_id) from error
        except WorkflowUpdateFailedError as error:
            _raise_refusal(case_id, error)
        except WorkflowQueryFailedError as error:
            raise CannotSay(f"Case '{case_id}' cannot say how it stands: no worker can carry on with it.") from error
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            raise HostUnavailable(f"Case '{case_id}' did not answer in time.") from error
        except KeyUnknown as error:
            await self._raise_lost(case_id, error)
        except RPCError as error:
            await self._raise_rpc(case_id, error)
        raise AssertionError("unreachable")

    async def _end_without_a_worker(self, limit: asyncio.Timeout) -> None:
        """End our patience where no worker gives a sign of life any more: while one may come back, we wait for it."""
        is_there = True
        while is_there:
            await asyncio.sleep(SOON.total_seconds())
            with suppress(RPCError):  # Temporal does not say: it is asked again
                is_there = await self._signs.of_life(within=self._patience)
        if not limit.expired():
            limit.reschedule(asyncio.get_running_loop().time())

    async def _raise_rpc(self, case_id: str, error: RPCError) -> NoReturn:
        if error.status is RPCStatusCode.ALREADY_EXISTS:
            raise AlreadyStarted(case_id) from error
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise HostUnavailable(f"Temporal did not answer for case '{case_id}': {error.status.name}") from error
        status = await self._status(case_id)
        if status is None:
            raise CaseNotFound(case_id) from error
        if status is WorkflowExecutionStatus.RUNNING:
            raise HostUnavailable(f"Case '{case_id}' is just beginning.") from error
        raise EventRejected("not-running", f"Case '{case_id}' has ended: nothing can be asked of it.") from error

    async def _raise_lost(self, case_id: str, error: KeyUnknown) -> NoReturn:
        if await self._status(case_id) is None:
            raise CaseNotFound(case_id) from error
        raise CannotSay(f"Case '{case_id}' cannot be asked: its data key is lost.") from error

    async def _status(self, case_id: str) -> WorkflowExecutionStatus | None:
        try:
            return WorkflowExecutionStatus((await self._look_up(case_id)).workflow_execution_info.status)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise HostUnavailable(f"Temporal did not answer for case '{case_id}'.") from error


async def _hear(failed: WithStartWorkflowOperation[Any, CaseEnded]) -> None:
    """Hear that a start failed from its operation too: unheard, asyncio logs it at any later moment."""
    with suppress(WorkflowAlreadyStartedError, RPCError, asyncio.CancelledError):
        await failed.workflow_handle()


async def _in_turn(turn: asyncio.Semaphore, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask when it is our turn, and again while the case is busy; whoever calls sets the end of our patience."""
    pause = 0.05
    async with turn:
        while True:
            try:
                return await ask()
            except RPCError as error:
                if not _is_busy(error):
                    raise
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, 2.0)


def _is_busy(error: RPCError) -> bool:
    """Also a request that Temporal has forgotten while we waited for its answer: asked again, it acts once."""
    forgotten = error.status is RPCStatusCode.NOT_FOUND and str(error).startswith("update ")
    return forgotten or error.status in BUSY


def _raise_refusal(case_id: str, error: WorkflowUpdateFailedError) -> NoReturn:
    cause = error.cause
    if not isinstance(cause, ApplicationError):
        raise HostUnavailable(f"Case '{case_id}' ended before it could answer.") from error
    for code in get_args(Refusal):
        if cause.type == code:
            raise EventRejected(code, cause.message) from error
    raise HostUnavailable(f"Case '{case_id}' could not answer: {cause.type}.") from error
