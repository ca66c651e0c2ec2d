"""How does a result reach everyone who must act on it? Task type `result.handoff`: one hand-off per recipient.

`recipients` (header or variable) names roles or persons; the variable `result` (else `report`) is what they get. A
hand-off is closed only when its recipient acknowledges it by name; until then the step's ladder climbs. What consent
withholds from a recipient is not handed over (`sending.py`).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.recipients import recipients
from activities.sending import Gate, Withheld, given, to_person_or_role
from policy.profiles import data_class
from records.database import Database
from records.tables import Handoff
from records.writes.handovers import hand_off
from records.writes.sharing import settle_leaving
from workflows.contract.requests import Work, WorkResult


class ResultHandoff:
    """The handing over of results."""

    def __init__(self, database: Database, gate: Gate, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._gate = gate
        self._clock = clock

    @activity.defn(name="result.handoff")
    async def hand_over(self, work: Work) -> WorkResult:
        """Make one hand-off per recipient, all in one transaction; give their keys, and from whom it was withheld.

        Raises:
            ApplicationError: there is no recipient or no result.
        """
        result = _result(work)
        made: list[str] = []
        withheld: dict[str, Withheld] = {}
        async with self._database.session() as session:
            for kind, name in recipients(work, "recipients"):
                answer = await self.hand_to(session, work, kind, name, result)
                if isinstance(answer, Withheld):
                    withheld[f"{kind}:{name}"] = answer
                else:
                    made.append(answer)
        results = {"handoffs": made, **({"withheld_from": sorted(withheld)} if withheld else {})}
        return given(work, results, None if made else next(iter(withheld.values())))

    async def hand_to(
        self, session: AsyncSession, work: Work, kind: str, name: str, result: Mapping[str, Any]
    ) -> str | Withheld:
        """Hand a result to one recipient, without what the patient has limited; give its key, or why it is withheld.

        What an earlier try has handed over stays so.
        """
        key = f"{work.idempotency_key}:{kind}:{name}"
        if await session.get(Handoff, key) is not None:
            return key
        limits, declared = frozenset[str](), dict[str, str]()
        to = to_person_or_role(kind, name, "handoff", "result")
        if to is not None:
            answer = await self._gate.ask_within(session, work, to)
            if isinstance(answer, Withheld):
                return answer
            limits, declared = answer.limits, dict(answer.declared)
            await settle_leaving(session, answer.key, state="sent", now=self._clock())
        handoff = Handoff(
            idempotency_key=key,
            case_id=work.case_id,
            recipient_kind=kind,
            recipient=name,
            result={field: value for field, value in result.items() if data_class(field, declared) not in limits},
            sent_at=self._clock(),
        )
        await hand_off(session, handoff)
        return key


def _result(work: Work) -> Mapping[str, Any]:
    result = work.variables.get("result") or work.variables.get("report")
    if result is None:
        raise ApplicationError(
            "There is no result to hand over: map it to the variable 'result'.", type="no result", non_retryable=True
        )
    return result if isinstance(result, Mapping) else {"text": str(result)}
