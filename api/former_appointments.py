"""Of which appointment is word that it was missed or cancelled? One that names another than is booked changes nothing.

It is a dead letter then, with the reason, and the coordinator of the case is told: the one that is booked still stands.
Who names no time is taken at their word, and so is a person who has looked and gives the message to its case.
"""

from collections.abc import Collection
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.moments import moment_in
from records.queries.case import process_variables
from records.tables import Case, Message

ENDS = frozenset({"appointment.cancelled", "appointment.noshow"})
BOOKS = "closed_loop_referral"
"""The pathway whose `slot` is the appointment that is booked now."""

CONFIRMED = "confirmed"
"""Under which name the payload of a message says that a person has looked, and gave it to its case."""

FORMER = (
    "it is of another appointment than the one that is booked: nothing has changed in the case; look which one is "
    "meant, and give it to the case (correlate) when it is that one"
)
TOLD = (
    "Word came that an appointment was missed or cancelled, but of another one than is booked: it was not taken in. "
    "Look in the dead letters which one is meant, and whether the patient still comes."
)


async def of_former_appointment(session: AsyncSession, message: Message, case_ids: Collection[str]) -> frozenset[str]:
    """Give those of these cases in which another appointment is booked than a message names by its `slot`."""
    named = moment_in(message.payload.get("variables", {}).get("slot"))
    if message.name not in ENDS or named is None or message.payload.get(CONFIRMED):
        return frozenset()
    return frozenset([each for each in case_ids if await _has_another(session, each, named)])


async def _has_another(session: AsyncSession, case_id: str, named: datetime) -> bool:
    """Whether a case has another appointment, or none any more; one that never had any may be a moment behind."""
    case = await session.get(Case, case_id)
    if case is None or case.key != BOOKS:
        return False
    variables = await process_variables(session, case)
    return "slot" in variables and moment_in(variables["slot"]) != named
