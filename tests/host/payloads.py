"""Which payloads does a history hold? All, wherever in an event they are, but those that are made to be read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client


async def events_of(client: Client, workflow_id: str) -> list[HistoryEvent]:
    """Give every event of a workflow as Temporal keeps it, undecoded."""
    found: list[HistoryEvent] = []
    asked = GetWorkflowExecutionHistoryRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    while True:
        answer = await client.workflow_service.get_workflow_execution_history(asked)
        found += answer.history.events
        if not answer.next_page_token:
            return found
        asked.next_page_token = answer.next_page_token


def payloads(message: Message) -> Iterator[Payload]:
    """Give every payload of an event but those made to be read: search attributes, summaries and details.

    The SDK notes number, attempt and times of a local activity in clear, in the part `data` of its marker.
    """
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None or field.name in ("search_attributes", "user_metadata"):
            continue
        for part in _parts(value, repeated=field.is_repeated):
            yield from payloads(part) if isinstance(part, Message) else ()


def _parts(value: Any, *, repeated: bool) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return [part for name, part in value.items() if name != "data"]
    return value if repeated else [value]
