"""How is a scenario played on the real host? Real worker, activities and read model; a server that skips time.

After every step the player waits until the case and all that it called are at rest: nothing to step, no activity under
way, every fact in the read model, every message that someone now waits for delivered.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.testservice.v1 import LockTimeSkippingRequest, UnlockTimeSkippingRequest
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from api.deliveries_left import finish_deliveries
from api.delivery import Inbound, Post, deliver
from pathways.bpmn.model import Definition
from pathways.feel.values import add_duration, parse_duration
from records.database import Database
from records.queries.case import process_variables
from records.tables import Case, FactRecord, OpenActivation, Task, Timer
from workflows.contract import names
from workflows.contract.requests import CompleteTask, StartCase
from workflows.engine.facts import Fact
from workflows.host.gateway import CaseGateway, HostUnavailable
from workflows.proof.scenario import Case as Scenario
from workflows.proof.scenario import OpenStep, ScenarioFailed, start_message

PLAYER = "player"
AT_REST_WITHIN = 60.0
LOOK_AGAIN = 0.02
STANDS_STILL = 0.5
A_MOMENT = timedelta(seconds=1)
"""A server starts a timer a little after the case asked for it, so that it fires a little after its due time."""


@dataclass(slots=True)
class TemporalPlayer:
    """Plays a scenario on Temporal with time skipped; the work is done by the real activities."""

    environment: WorkflowEnvironment
    database: Database
    gateway: CaseGateway
    clock: Callable[[], datetime]
    case_id: str
    clock_drift: timedelta = timedelta(minutes=1)
    sent: int = 0
    longest_history: int = 0
    closed: set[str] = field(default_factory=set)

    async def start(self, scenario: Scenario, definition: Definition) -> None:
        """Let time pass until the scenario begins, and start its case."""
        await self._sleep_until(scenario.now)
        keys = [scenario.start[name] for name in ("referral_id", "order_id") if scenario.start.get(name)]
        case = StartCase(
            case_id=self.case_id,
            key=definition.key,
            sha256=definition.sha256,
            variables=scenario.start,
            message=start_message(definition),
            correlation_keys=tuple(keys),
        )
        await self.gateway.start(case, pathway=definition.name)
        await self._rest()

    async def complete(self, element: str, variables: Mapping[str, Any]) -> None:
        """Complete the oldest open user task of an element."""
        task = await self._oldest(element)
        self.sent += 1
        request = CompleteTask(task.activation, task.assignee or PLAYER, variables)
        await self.gateway.send(task.case_id, request, f"step-{self.sent}")
        await self._rest()

    async def throw_error(self, element: str, code: str) -> None:
        """Refuse: no activity ends in a BPMN error because a test says so."""
        raise ScenarioFailed(f"{element} cannot throw {code} on Temporal: leave out `temporal: true`")

    async def fail(self, element: str, reason: str) -> None:
        """Refuse: no activity fails because a test says so."""
        raise ScenarioFailed(f"{element} cannot fail on Temporal ({reason}): leave out `temporal: true`")

    async def message(self, name: str, key: str, variables: Mapping[str, Any]) -> None:
        """Send a message; the case keeps it when nobody waits for it.

        On the server that skips time, a case that ends under it does not answer (on a real one it does, see
        tests/host/test_called_processes.py): the message is noted then, and brought again, as the sweep does.
        """
        self.sent += 1
        message = Inbound(name, key, f"scenario-{self.sent}", variables)
        with suppress(HostUnavailable):
            await deliver(self._post, message, actor=PLAYER)
        await self._rest()

    async def advance(self, by: str) -> None:
        """Let time pass: an ISO 8601 duration, or `next` for the next timer."""
        now = await self.environment.get_current_time()
        until = await self._next_due() + A_MOMENT if by == "next" else add_duration(now, parse_duration(by))
        await self._sleep_until(until)
        await self._rest()

    async def waiting(self) -> list[OpenStep]:
        """Give the open steps of all cases."""
        async with self.database.reader() as session:
            rows = await session.exec(select(OpenActivation).where(OpenActivation.root_case_id == self.case_id))
            return [OpenStep(row.element, row.until) for row in rows]

    async def facts(self) -> list[Fact]:
        """Give the facts of all cases so far."""
        return [fact for _, fact in await self.trace()]

    async def trace(self) -> list[tuple[str, Fact]]:
        """Give every fact with the case it belongs to, each case in its own order."""
        async with self.database.reader() as session:
            mine = select(FactRecord).where(FactRecord.root_case_id == self.case_id)
            in_order = mine.order_by(col(FactRecord.case_id), col(FactRecord.seq))
            return [(row.case_id, _fact(row)) for row in await session.exec(in_order)]

    async def status(self) -> str:
        """Give the status of the first case."""
        async with self.database.reader() as session:
            return (await session.get_one(Case, self.case_id)).status

    async def variables(self) -> Mapping[str, Any]:
        """Give the variables of the first case; its last ones when it is over."""
        async with self.database.reader() as session:
            return await process_variables(session, await session.get_one(Case, self.case_id))

    @property
    def _post(self) -> Post:
        return Post(self.database, self.gateway, self.clock)

    async def _oldest(self, element: str) -> Task:
        """Find as the simulation does: in the case that was started first."""
        mine = select(Task).join(Case, col(Case.case_id) == col(Task.case_id))
        of_tree = mine.where(Task.root_case_id == self.case_id, Task.element == element)
        async with self.database.reader() as session:
            tasks = await session.exec(of_tree.order_by(col(Case.started_at), col(Task.created_at)))
            found = next((task for task in tasks if task.is_open), None)
        if found is None:
            raise ScenarioFailed(f"{element} is not open; open: {sorted(s.element for s in await self.waiting())}")
        return found

    async def _next_due(self) -> datetime:
        async with self.database.reader() as session:
            mine = select(Timer).join(Case, col(Case.case_id) == col(Timer.case_id))
            of_tree = mine.where(Case.root_case_id == self.case_id).order_by(col(Timer.due_at))
            found = (await session.exec(of_tree)).first()
        if found is None:
            raise ScenarioFailed("no timer is armed")
        return found.due_at

    async def _sleep_until(self, moment: datetime) -> None:
        """Let the server skip time, also where it holds the clock although nothing goes on (for a detached call)."""
        pause = moment - await self.environment.get_current_time()
        sleeping = asyncio.create_task(self.environment.sleep(max(pause, timedelta(0))))
        test_service, opened = self.environment.client.test_service, 0
        while not (await asyncio.wait([sleeping], timeout=STANDS_STILL))[0]:
            if await self._stands_still():
                await test_service.unlock_time_skipping(UnlockTimeSkippingRequest())
                opened += 1
        await sleeping
        for _ in range(opened):
            await test_service.lock_time_skipping(LockTimeSkippingRequest())

    async def _stands_still(self) -> bool:
        """Say whether time passes no faster than on the wall although nothing is under way."""
        before, standing = await self.environment.get_current_time(), await self._standing()
        await asyncio.sleep(STANDS_STILL)
        passed = await self.environment.get_current_time() - before
        return standing is not None and standing == await self._standing() and passed < timedelta(minutes=1)

    async def _rest(self) -> None:
        """Wait until nothing goes on by itself any more."""
        async with asyncio.timeout(AT_REST_WITHIN):
            while True:
                before = await self._standing()
                await asyncio.sleep(LOOK_AGAIN)
                at_rest = before is not None and before == await self._standing()
                if at_rest and not await finish_deliveries(self._post):
                    return

    async def _standing(self) -> dict[str, int] | None:
        """Give how far each running case has come; None while something is under way."""
        async with self.database.reader() as session:
            cases = await session.exec(select(Case).where(Case.root_case_id == self.case_id))
            projected = {case.case_id: case for case in cases}
            called = FactRecord.root_case_id == self.case_id, FactRecord.fact == "called"
            calls = list(await session.exec(select(FactRecord).where(*called)))
        if not {names.called_case_id(call.case_id, call.activation) for call in calls} <= projected.keys():
            return None
        standing: dict[str, int] = {}
        for case in projected.values():
            if case.case_id not in self.closed:
                seen = await self._seen(case)
                if seen is None:
                    return None
                standing[case.case_id] = seen
        return standing

    async def _seen(self, case: Case) -> int | None:
        """Give the number of events of a case at rest; None when something is under way."""
        client = self.environment.client
        execution = WorkflowExecution(workflow_id=case.case_id)
        asked = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=execution)
        state = await client.get_workflow_handle(case.case_id).query("state")
        described = await client.workflow_service.describe_workflow_execution(asked)
        self.longest_history = max(self.longest_history, described.workflow_execution_info.history_length)
        if WorkflowExecutionStatus(described.workflow_execution_info.status) is not WorkflowExecutionStatus.RUNNING:
            self.closed.add(case.case_id)
        elif case.status != "running" or described.pending_activities or state["seq"] != case.last_seq:
            return None
        return described.workflow_execution_info.history_length


def _fact(row: FactRecord) -> Fact:
    return Fact(row.seq, row.at, row.fact, row.element, row.name, row.type, row.activation, row.detail)  # type: ignore[arg-type]
