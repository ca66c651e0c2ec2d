"""Who is compared, and how is each asked? Start a case, complete a task: through the client, as an API would."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from bench.host.pathways import definitions
from bench.host.shapes import ACTOR, VALUES, VARIABLES, Completion, Done, Order, Projection
from workflows.contract.requests import CompleteTask, StartCase
from workflows.host.gateway import CaseGateway

OURS, BY_HAND, BY_ACTIVITY = "ours", "by-hand", "by-hand-activity"
NOTHING, NOTHING_TITLE = "nothing", "updates that do nothing"


class Contender(Protocol):
    """One side. `side`: whose worker and database it uses."""

    name: str
    title: str
    side: str

    async def start(self, case_id: str, pathway: str, *, due: datetime | None = None) -> str:
        """Start a case, answer when its first wait can be read: the open task, empty when there is none."""

    async def complete(self, case_id: str, task: str) -> str:
        """Complete a task, answer when that can be read: the task that is open now, empty when there is none yet."""


@dataclass(slots=True)
class Ours:
    """Our host: any BPMN, one dynamic workflow."""

    gateway: CaseGateway
    name: str = OURS
    title: str = "ours"
    side: str = "ours"

    async def start(self, case_id: str, pathway: str, *, due: datetime | None = None) -> str:
        """Start a case of the BPMN pathway."""
        definition = _DEFINITIONS[pathway][0]
        case = StartCase(case_id, definition.key, definition.sha256, _variables(due), business_key=f"REF-{case_id}")
        receipt = await self.gateway.start(case, pathway=definition.name)
        return receipt.opened[0].activation if receipt.opened else ""

    async def complete(self, case_id: str, task: str) -> str:
        """Complete a user task."""
        receipt = await self.gateway.send(case_id, CompleteTask(task, ACTOR, VALUES), f"complete-{task}")
        return receipt.opened[0].activation if receipt.opened else ""


@dataclass(slots=True)
class ByHand:
    """The hand-written workflow of the same pathway."""

    client: Client
    task_queue: str
    projection: Projection
    name: str
    title: str
    side: str = "by-hand"

    async def start(self, case_id: str, pathway: str, *, due: datetime | None = None) -> str:
        """Start the workflow with an update that waits for its first step."""
        operation: WithStartWorkflowOperation[Any, str] = WithStartWorkflowOperation(
            f"{pathway} by hand",
            Order(case_id, self.projection, _variables(due), due),
            id=case_id,
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        done: Done = await self.client.execute_update_with_start_workflow(
            "started", start_workflow_operation=operation, result_type=Done
        )
        return done.opened

    async def complete(self, case_id: str, task: str) -> str:
        """Send the update."""
        handle = self.client.get_workflow_handle(case_id)
        done: Done = await handle.execute_update(
            "complete_task", Completion(task, ACTOR, VALUES), id=f"complete-{task}", result_type=Done
        )
        return done.opened


def contenders(client: Client) -> tuple[Contender, ...]:
    """Give everybody, ours first."""
    return (
        Ours(CaseGateway(client, "ours", patience=timedelta(minutes=5))),
        ByHand(client, "by-hand", "local", BY_HAND, "by hand (local activity)"),
        ByHand(client, "by-hand", "activity", BY_ACTIVITY, "by hand (activity)"),
    )


_DEFINITIONS = definitions()


def _variables(due: datetime | None) -> Mapping[str, Any]:
    return {**VARIABLES, "due": due.isoformat()} if due else VARIABLES
