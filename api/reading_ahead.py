"""What is answered when a case refuses a task that everybody reads as open? Ask again; nobody was faster.

Facts reach the read model before Temporal keeps the workflow task that told them. A server that dies in between takes
the step back: what is read is ahead of the case until the step is made again, or the watchdog has repaired the rows
(docs/decisions/0008).
"""

import asyncio
import time

from api.problems import Problem
from api.surroundings import Surroundings
from records.tables import Task
from workflows.engine.errors import EventRejected

AGREED_WITHIN = 2.0
"""Seconds in which the facts of whoever was faster are read."""
POLL_SECONDS = 0.1


async def refusal_of(here: Surroundings, task: Task, refusal: EventRejected) -> EventRejected | Problem:
    """Give what the caller is told: the refusal as it is, or 503 while the task still reads as open."""
    until = time.monotonic() + AGREED_WITHIN
    while refusal.code == "not-open" and await _reads_as_open(here, task):
        if time.monotonic() > until:
            return Problem("unavailable", "The case does not know this task yet: a server went down while it began.")
        await asyncio.sleep(POLL_SECONDS)
    return refusal


async def _reads_as_open(here: Surroundings, task: Task) -> bool:
    async with here.database.reader() as session:
        found = await session.get(Task, (task.case_id, task.activation))
        return found is not None and found.is_open
