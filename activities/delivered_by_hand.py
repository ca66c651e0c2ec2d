"""What if a service is away, and somebody gets the message there by phone or fax? Task type `delivery.confirm`.

Input `how`. Which work it is says the rung that has begun the case, never a variable. From then on that work counts as
done: its next try, some minutes later, finds nothing left to send, and its pathway goes on.
"""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from records.database import Database
from records.queries.rungs import rung_that_began
from records.tables import DeliveryAttempt
from records.writes.handovers import record_attempt, taken
from workflows.contract.requests import Work, WorkResult

BY_HAND = "by hand: "
"""How the endpoint of an attempt begins that a person has made; the way follows: phone, fax …"""


def is_by_hand(attempt: DeliveryAttempt) -> bool:
    """Say whether a person has delivered it."""
    return attempt.endpoint.startswith(BY_HAND)


class DeliveriesByHand:
    """What people have delivered."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    @activity.defn(name="delivery.confirm")
    async def confirm(self, work: Work) -> WorkResult:
        """Note that it is delivered, unless it has gone by itself meanwhile.

        Raises:
            ApplicationError: no rung has begun this case; there is nothing of which it could be said.
        """
        async with self._database.session() as session:
            key = await _late_work(session, work.case_id)
            if await taken(session, key) is None:
                attempt = DeliveryAttempt(
                    idempotency_key=key,
                    attempt=1,
                    service=await _service(session, key),
                    endpoint=f"{BY_HAND}{work.variables.get('how')}",
                    at=self._clock(),
                )
                await record_attempt(session, attempt)
        return WorkResult({})


async def _late_work(session: AsyncSession, case_id: str) -> str:
    rung = await rung_that_began(session, case_id)
    if rung is None:
        raise ApplicationError("No late step has begun this case.", type="no late step", non_retryable=True)
    return f"{rung.case_id}:{rung.activation}"


async def _service(session: AsyncSession, key: str) -> str:
    """Give whom it was meant for, as the tries that failed say."""
    tries = select(DeliveryAttempt.service).where(DeliveryAttempt.idempotency_key == key)
    return (await session.exec(tries)).first() or ""
