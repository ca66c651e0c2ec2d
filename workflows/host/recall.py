"""How are facts recovered that the database has lost? The case's history, all runs the server still has, is replayed.

Only what a completed workflow task has told counts: a task that is still under way may end otherwise.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from workflows.contract.requests import StartCase
from workflows.engine.facts import Fact
from workflows.host.case import Case
from workflows.host.recollection import Notebook, notebook
from workflows.host.worker import sandbox


@dataclass(frozen=True, slots=True)
class Recalled:
    """What histories say of a case: its facts by number. `whole`: they reach back to its start.

    `failure`: why the replay broke off, "" when it did not: the kind of error only.
    """

    start: StartCase | None
    facts: Mapping[int, Fact]
    whole: bool
    failure: str = ""


async def recall(client: Client, case_id: str, *, wanted: Collection[int] | None = None) -> Recalled:
    """Replay the runs of a case, the newest first, until the facts `wanted` are known again (None: all of them)."""
    replayer = Replayer(
        workflows=[Case],
        workflow_runner=sandbox(),
        namespace=client.namespace,
        data_converter=client.data_converter,
    )
    failure = ""
    with notebook(case_id) as known:
        async for history in histories(client, case_id):
            result = await replayer.replay_workflow(settled(history), raise_on_replay_failure=False)
            failure = failure or (type(result.replay_failure).__name__ if result.replay_failure else "")
            if _suffices(known, wanted):
                break
    return Recalled(known.start, known.facts, whole=1 in known.facts, failure=failure)


def settled(history: WorkflowHistory) -> WorkflowHistory:
    """Leave out the workflow task that is not completed yet, and all that came after its beginning."""
    events = list(history.events)
    last = max(_places(events, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED), default=0)
    scheduled = _places(events, EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)
    end = min((place for place in scheduled if place > last), default=len(events))
    return WorkflowHistory(history.workflow_id, events[:end])


def _places(events: Sequence[HistoryEvent], kind: EventType.ValueType) -> list[int]:
    return [place for place, event in enumerate(events) if event.event_type == kind]


def _suffices(known: Notebook, wanted: Collection[int] | None) -> bool:
    return wanted is not None and all(number in known.facts for number in wanted)


async def histories(client: Client, case_id: str) -> AsyncIterator[WorkflowHistory]:
    """Give the history of the latest run, then of the run that carried over to it, and so on back."""
    run_id: str | None = None
    while run_id != "":
        try:
            history = await client.get_workflow_handle(case_id, run_id=run_id).fetch_history()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return
        yield history
        run_id = _former_run(history)


def _former_run(history: WorkflowHistory) -> str:
    first: HistoryEvent = history.events[0]
    return first.workflow_execution_started_event_attributes.continued_execution_run_id
