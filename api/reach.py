"""Which cases does reach what somebody brings? Those of their organisations; what the system itself says, any.

Whom consent or agreements keep out of a case is still heard: the report of what was asked before must not be lost.
What a case throws by a key reaches those in which one of its own organisations takes part: others use the same numbers.
A report reaches no case of another patient than it says (`report_patients.py`), and word that an appointment was missed
or cancelled none in which another is booked (`former_appointments.py`).
"""

from collections.abc import Collection, Mapping

from sqlmodel.ext.asyncio.session import AsyncSession

from api.former_appointments import FORMER, of_former_appointment
from api.report_patients import OF_ANOTHER, UNNAMED, of_nobody_named, of_somebody_else
from records.queries.access import Side, heard_from
from records.queries.parties import beside
from records.queries.standing import theirs, unsealed
from records.tables import Message, Signal

ABOUT_A_PATIENT = frozenset(
    {"consent.withdrawn", "patient.died", "patient.merged", "patient.reported_symptom", "medication.changed"}
)
"""Messages that reach every case of a patient, those of other organisations too; what is told of theirs is nothing.

They are for who treats the patient, and for the installation's own, whose gateway speaks for all. They reach no case
that was made for the wrong patient: what is told of theirs would change, or end, somebody else's.
"""


async def within_reach(
    session: AsyncSession, brought: Message | Signal, case_ids: Collection[str], *, any_age: bool = False
) -> frozenset[str]:
    """Give those of these cases that a message or signal may reach. `any_age`: also those that ended long ago.

    A report reaches no case of anybody else than it says, and from outside none whose patient it does not name.
    """
    reached = await _of_theirs(session, brought, case_ids, any_age=any_age)
    return reached - frozenset(await _mistaken(session, brought, reached))


async def mistaken(session: AsyncSession, message: Message, case_ids: Collection[str]) -> Mapping[str, str]:
    """Give those of these cases that a message does not reach only for whom or what it is about, and why."""
    return await _mistaken(session, message, await _of_theirs(session, message, case_ids))


async def _mistaken(session: AsyncSession, brought: Message | Signal, reached: frozenset[str]) -> Mapping[str, str]:
    """Why a message stays out of cases that it would reach, by case."""
    if not isinstance(brought, Message):
        return {}
    unnamed = dict.fromkeys(await of_nobody_named(session, brought, reached), UNNAMED)
    former = dict.fromkeys(await of_former_appointment(session, brought, reached), FORMER)
    return {**former, **unnamed, **dict.fromkeys(await of_somebody_else(session, brought, reached), OF_ANOTHER)}


async def _of_theirs(
    session: AsyncSession, brought: Message | Signal, case_ids: Collection[str], *, any_age: bool = False
) -> frozenset[str]:
    organisations = brought.payload.get("organisations")
    thrower = _thrower(brought)
    if organisations is not None:
        side = Side(brought.source, tuple(organisations), brought.received_at, any_age=any_age)
        return await theirs(session, case_ids, side, whose=heard_from)
    if isinstance(brought, Message) and brought.name in ABOUT_A_PATIENT and not brought.payload.get("case_id"):
        return await unsealed(session, case_ids)
    return await beside(session, thrower, case_ids, at=brought.received_at) if thrower else frozenset(case_ids)


def _thrower(brought: Message | Signal) -> str:
    """The case that throws a message by a key; empty: it is a signal, is for one case, or is about a patient."""
    source = brought.source.removeprefix("case:")
    keyed = isinstance(brought, Message) and brought.name not in ABOUT_A_PATIENT and not brought.payload.get("case_id")
    return source if keyed and source.startswith("case-") else ""
