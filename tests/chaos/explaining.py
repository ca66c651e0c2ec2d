"""What is known of a case of which something is wrong? What callers were told, what is on record, its history."""

import re
from collections.abc import Iterator, Sequence

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from tests.chaos.verdict import Evidence
from workflows.host.recall import histories

MOST = 3
"""Cases that are explained."""

_NUMBER = re.compile(r"\bcase (\d+)\b")
_TOLD = ("WORKFLOW_EXECUTION_UPDATE_", "WORKFLOW_TASK_")


async def explained(client: Client, evidence: Evidence, found: Sequence[str]) -> list[str]:
    """Give lines on the first cases that findings name by number."""
    lines = []
    for number in list(dict.fromkeys(int(number) for line in found for number in _NUMBER.findall(line)))[:MOST]:
        case_id = evidence.world.cases.get(number, "")
        known = (*_of_callers(evidence, number), *_on_record(evidence, case_id), *await _of_history(client, case_id))
        lines += [f"case {number}: {line}" for line in known]
    return lines


def _of_callers(evidence: Evidence, number: int) -> Iterator[str]:
    for said in (*evidence.journal.accepted, *evidence.journal.refused):
        if said.number == number:
            yield f"told {said.by} of {said.what}: {said.status} {said.body.get('type', '')}"


def _on_record(evidence: Evidence, case_id: str) -> Iterator[str]:
    for fact in evidence.records.facts.get(case_id, ()):
        actor = fact.detail.get("actor", "")
        yield f"on record {fact.case_id} {fact.seq} {fact.at.isoformat()} {fact.fact} {fact.element} {actor}"


async def _of_history(client: Client, case_id: str) -> list[str]:
    events = [event async for history in histories(client, case_id) for event in history.events]
    named = [(event, EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")) for event in events]
    told = [(event, name) for event, name in named if name.startswith(_TOLD)]
    return [
        f"history {event.event_id} {event.event_time.ToJsonString()} {name}{_update(event)}" for event, name in told
    ] or ["no history"]


def _update(event: HistoryEvent) -> str:
    accepted = event.workflow_execution_update_accepted_event_attributes.accepted_request
    completed = event.workflow_execution_update_completed_event_attributes
    update = accepted.meta.update_id or completed.meta.update_id
    return f" {update[:12]}{' refused' if completed.outcome.HasField('failure') else ''}" if update else ""
