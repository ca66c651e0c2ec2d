"""Has whoever asks acknowledged the privacy notice? Where there is one, nobody who works here sees anything before.

That they did stands in the audit, which only grows: the row is the proof. Patients and carers see their own record
without it, and a gateway (`integration`) reads no notice.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.claims import Person
from api.problems import Problem
from api.surroundings import Surroundings
from policy.matrix import matrix
from records.queries.audit import done_by

ACKNOWLEDGED = "privacy_notice.acknowledged"
NOTICE, ACKNOWLEDGE = "/privacy-notice", "/privacy-notice/acknowledgements"
SYSTEMS = frozenset({"integration"})


async def require_acknowledged(here: Surroundings, me: Person) -> None:
    """Go on only when they have acknowledged the notice of today, or need not.

    Raises:
        Problem: 403, with the addresses at which it is read and acknowledged.
    """
    notice = here.settings.privacy_notice
    if notice is None or not must_acknowledge(me) or (me.id, notice.version) in here.acknowledged:
        return
    async with here.database.reader() as session:
        if await acknowledged_at(session, me.id, notice.version) is None:
            words = f"Read the privacy notice (GET {NOTICE}) and acknowledge it once (POST {ACKNOWLEDGE})."
            raise Problem(
                "privacy-not-acknowledged", words, notice=NOTICE, acknowledge=ACKNOWLEDGE, version=notice.version
            )
    here.acknowledged.add((me.id, notice.version))


def must_acknowledge(me: Person) -> bool:
    """Say whether somebody is asked: all but systems, and those who are here for their own record alone."""
    exempt = {role for role in me.roles if role in SYSTEMS or matrix().is_of_type(role, "patient")}
    return not me.roles or bool(me.roles - exempt)


async def acknowledged_at(session: AsyncSession, person: str, version: str) -> datetime | None:
    """Give when somebody first acknowledged a version of the notice; None when they have not."""
    rows = await done_by(session, person, ACKNOWLEDGED)
    return next((row.at for row in rows if row.detail.get("version") == version), None)
