"""What does Temporal say afterwards? Nothing failed, nothing still runs, cases moved without a database."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import zip_longest

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from api.watchdog.stand_in import STAND_IN
from records.database import Database
from records.projection.facts import stored_facts
from records.projection.values import recorded
from records.tables import Case
from workflows.engine.state import State
from workflows.host.recall import histories, recall

BAD = ("Running", "Failed", "Terminated", "TimedOut", "Canceled")


async def execution_findings(client: Client) -> list[str]:
    """Every workflow of a case has completed."""
    return [
        f"Temporal: {found.id} is {status}"
        for status in BAD
        async for found in client.list_workflows(f"ExecutionStatus = '{status}' AND WorkflowType != '{STAND_IN}'")
    ]


async def drift_findings(client: Client, database: Database, cases: Sequence[str], sample: int) -> list[str]:
    """The read model knows of a case what the case itself says; asked of a sample, for each answer is a replay."""
    chosen = random.Random(len(cases)).sample(sorted(cases), min(sample, len(cases)))
    return [line for case_id in chosen if (line := await _drift(client, database, case_id))]


async def _drift(client: Client, database: Database, case_id: str) -> str:
    state = await client.get_workflow_handle(case_id).query("state", result_type=State)
    async with database.reader() as session:
        row = await session.get(Case, case_id)
    if row is None or (row.last_seq, row.status) != (state.seq, state.status):
        known = (row.last_seq, row.status) if row else None
        return f"{case_id}: the read model says {known}, the case says {(state.seq, state.status)}"
    return ""


async def told_findings(client: Client, database: Database, cases: Sequence[str]) -> list[str]:
    """What is on record of a case is what its history tells when it is replayed, to the last word."""
    return [line for case_id in cases if (line := await _told_otherwise(client, database, case_id))]


async def _told_otherwise(client: Client, database: Database, case_id: str) -> str:
    recalled = await recall(client, case_id)
    async with database.reader() as session:
        stored = await stored_facts(session, case_id)
    told = [recorded(fact) for _, fact in sorted(recalled.facts.items())]
    differs = next((f"{one} instead of {other}" for one, other in zip_longest(stored, told) if one != other), "")
    return f"{case_id}: on record is {differs} {recalled.failure}".strip() if differs else ""


async def fired_between(client: Client, case_id: str, begin: datetime, end: datetime) -> int:
    """How many of a case's timers fired between two moments?"""
    times = [
        event.event_time.ToDatetime(UTC)
        async for history in histories(client, case_id)
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_TIMER_FIRED
    ]
    return sum(begin <= at <= end for at in times)


async def event_counts(client: Client, cases: Sequence[str]) -> Counter[str]:
    """What kinds of events the histories hold: how often workflow tasks failed or timed out, for the report."""
    wanted = {
        EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED: "workflow tasks failed",
        EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT: "workflow tasks timed out",
        EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT: "activities given up",
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED: "updates completed",
    }
    counted: Counter[str] = Counter()
    for case_id in cases:
        async for history in histories(client, case_id):
            counted["events"] += len(history.events)
            counted.update(wanted[event.event_type] for event in history.events if event.event_type in wanted)
    return counted
