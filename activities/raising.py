"""How does a confirmed red flag reach what is under way? Task type `priority.raise`: every open part, at once.

The case that was begun and all that it called (referrals, orders, conferences) get the input `priority`, unless theirs
is as high already: nothing is lowered, and the history of each keeps what it was before.
"""

from collections.abc import Awaitable, Callable

from temporalio import activity
from temporalio.exceptions import ApplicationError

from records.database import Database
from records.queries.cases import open_parts
from workflows.contract.requests import SetVariables, Work, WorkResult
from workflows.contract.urgency import URGENCIES, Urgency

RAISED = ("priority", "priority_after")
"""What a part of a case keeps its priority in, and what triage has said of it that does not count yet."""

ACTOR = "red_flag"

Tell = Callable[[str, SetVariables, str], Awaitable[object]]
"""Change variables of a case, once under a key; of one that has ended meanwhile, nothing."""


class Raising:
    """The way from a red flag to all that is open."""

    def __init__(self, database: Database, tell: Tell) -> None:
        self._database = database
        self._tell = tell

    @activity.defn(name="priority.raise")
    async def raise_all(self, work: Work) -> WorkResult:
        """Raise every open part of the case that is less urgent.

        Raises:
            ApplicationError: the step has no priority.
        """
        priority = work.variables.get("priority")
        if priority not in URGENCIES:
            words = "There is no priority to raise to: map an input 'priority'."
            raise ApplicationError(words, type="no priority", non_retryable=True)
        async with self._database.session() as session:
            parts = await open_parts(session, work.case_id.partition("/")[0])
        for case_id, variables in parts:
            higher = {name: priority for name in RAISED if _is_lower(variables.get(name), priority)}
            if higher and case_id != work.case_id:
                await self._tell(case_id, SetVariables(higher, ACTOR), f"{work.idempotency_key}:{case_id}")
        return WorkResult()


def _is_lower(was: object, priority: Urgency) -> bool:
    return was in URGENCIES[: URGENCIES.index(priority)]
