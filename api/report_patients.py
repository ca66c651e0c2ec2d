"""Of which cases is the patient another one than a report says? Into those it never comes, whatever number it carries.

What it says of its patient (`patient` of `POST /results`, the subject of a report that was asked for, or the variable
`patient_id`) is compared with what is known of the patient of the case. The report is a dead letter then, its sender
reads why, and the coordinator of the case is told: it may be somebody else's, under a number that was mistaken.

One that says nothing of its patient is held in the same way, until a person gives it to its case. What a case has asked
for itself, under the number of its own order, is not.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.former_appointments import CONFIRMED, FORMER
from api.former_appointments import TOLD as TOLD_OF_FORMER
from policy.report_subject import Subject, is_somebody_else, subject_of
from records.queries.case import process_variables
from records.queries.patients import cases_of, keyed_patient, same_patient
from records.queries.people import COORDINATOR
from records.tables import Case, Message
from records.writes.handovers import tell_role

REPORTS = frozenset({"imaging.report", "pathology.report", "lab.result", "referral.outcome"})
PATIENT = "patient"
"""Under which name the payload of a message says of whom it is; no case is told that."""

BY_CASE = ("case:", "case-")
"""How the source begins of what a case throws, or has itself asked for under the number of its order."""

UNNAMED = (
    "it does not say of which patient it is, and an order number alone may be mistaken: nothing of it is in the case; "
    "look whose it is, and give it to its case (correlate), or have it sent again with its patient"
)
HELD = (
    "A report came under the number of an order of this case and does not say of which patient it is: it is held. "
    "Look in the dead letters whose it is, and give it to the case when it is of this patient."
)
OF_ANOTHER = (
    "it is not of the patient for whom this was ordered: nothing of it is in the case; look whose it is, and have it "
    "sent again under the right number"
)
TOLD = (
    "A report came under the number of an order of this case, but it is of another patient: it was not taken in. "
    "Look in the dead letters whose it is; the result that this case waits for is still to come."
)
SAYS = {OF_ANOTHER: TOLD, UNNAMED: HELD, FORMER: TOLD_OF_FORMER}
"""What the coordinator of a case is told of a message that was kept out of it, by why."""


async def of_nobody_named(session: AsyncSession, message: Message, case_ids: Collection[str]) -> frozenset[str]:
    """Give those of these cases whose patient is known while a report from outside does not say of whom it is."""
    if message.name not in REPORTS or message.payload.get(CONFIRMED) or message.source.startswith(BY_CASE):
        return frozenset()
    if subject_of(message.payload.get(PATIENT)).is_known or _named(message):
        return frozenset()
    return frozenset([each for each in case_ids if await keyed_patient(session, each)])


async def of_somebody_else(session: AsyncSession, message: Message, case_ids: Collection[str]) -> frozenset[str]:
    """Give those of these cases whose patient is another one than a report says; of other messages none."""
    said, named = subject_of(message.payload.get(PATIENT)), _named(message)
    if message.name not in REPORTS or not (said.is_known or named):
        return frozenset()
    return frozenset([each for each in case_ids if await _is_of_another(session, each, said, named)])


def says_the_same_patient(one: Message, other: Message) -> bool:
    """Say whether two messages do not name different patients; who names none contradicts nobody."""
    said = [subject_of(each.payload.get(PATIENT)) for each in (one, other)]
    return said[0] == said[1] or not all(each.is_known for each in said)


async def tell_of_mistaken(session: AsyncSession, message: Message, kept_out: Mapping[str, str], now: datetime) -> None:
    """Tell the coordinator of each case that a message under its number was kept out, and why; each is told once."""
    for case_id, reason in kept_out.items():
        if (text := SAYS.get(reason)) is not None:
            key, about = f"mistaken:{message.message_id}:{case_id}", message.message_id
            await tell_role(session, COORDINATOR, case_id, text, level="warning", key=key, now=now, activation=about)


def _named(message: Message) -> str:
    named = message.payload.get("variables", {}).get("patient_id")
    return named if isinstance(named, str) else ""


async def _is_of_another(session: AsyncSession, case_id: str, said: Subject, named: str) -> bool:
    patient_id = await keyed_patient(session, case_id)
    if named and patient_id and named not in await same_patient(session, patient_id):
        return True
    cases = await cases_of(session, patient_id) if patient_id else ()
    own = await session.get(Case, case_id.partition("/")[0])
    theirs = (*cases, own) if own else cases
    return is_somebody_else(
        said, [subject_of((await process_variables(session, each)).get(PATIENT)) for each in theirs]
    )
