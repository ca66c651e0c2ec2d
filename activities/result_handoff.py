"""How does a result reach everyone who must act on it? Task type `result.handoff`: one hand-off per recipient.

`recipients` (header or variable) names roles or persons; the variable `result` (else `report`) is what they get. A
hand-off is closed only when its recipient acknowledges it by name; until then the step's ladder climbs.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.recipients import recipients
from records.database import Database
from records.tables import Handoff
from records.writes.handovers import hand_off
from workflows.contract.requests import Work, WorkResult


class ResultHandoff:
    """The handing over of results."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    @activity.defn(name="result.handoff")
    async def hand_over(self, work: Work) -> WorkResult:
        """Make one hand-off per recipient, all or none; give their keys.

        Raises:
            ApplicationError: there is no recipient or no result.
        """
        result = _result(work)
        handoffs = [
            Handoff(
                idempotency_key=f"{work.idempotency_key}:{kind}:{name}",
                case_id=work.case_id,
                recipient_kind=kind,
                recipient=name,
                result=dict(result),
                sent_at=self._clock(),
            )
            for kind, name in recipients(work, "recipients")
        ]
        async with self._database.session() as session:
            for handoff in handoffs:
                await hand_off(session, handoff)
        return WorkResult({"handoffs": [handoff.idempotency_key for handoff in handoffs]})


def _result(work: Work) -> Mapping[str, Any]:
    result = work.variables.get("result") or work.variables.get("report")
    if result is None:
        raise ApplicationError(
            "There is no result to hand over: map it to the variable 'result'.", type="no result", non_retryable=True
        )
    return result if isinstance(result, Mapping) else {"text": str(result)}
