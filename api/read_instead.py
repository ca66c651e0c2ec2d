"""Who reads a result that was handed to somebody else? Whoever stands in for them, and in the end whoever covers.

A result that a person was given by name is also for their cover, their deputy while they are away, and whoever has
their authority. One that nobody acknowledges is also for the covering clinicians, from the rung of the ladder of
results on that hands a task to them. Both acknowledge in their own name. Whom the patient objects to reads nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.sending import to_person_or_role
from api.absences import Covering
from api.amended_results import READ
from api.critical_results import COVERING
from api.deps import Visit
from api.directory import directory_of
from api.sides import side_of
from pathways.calendar import rung_time
from pathways.ladders import library_ladders
from policy.consent import decide
from records.queries.inbox import left_unread
from records.queries.own_record import patient_of
from records.queries.patient_view import PATIENT_ROLES
from records.queries.people import absences, absent_in, authorities
from records.queries.sharing import statements
from records.queries.standing import theirs
from records.tables import Case, Handoff

TO_COVER = "reassign_to_cover"


async def read_for_others(asked: Visit) -> Sequence[Handoff]:
    """Give the results that were handed to others, that nobody has acknowledged, and that somebody reads instead."""
    now, me = asked.here.clock(), asked.me.id
    async with asked.here.database.reader() as session:
        away = {row.person for row in await absences(session, at=now)}
        away |= {row.person for row in await authorities(session, at=now, delegate=me)}
        late = _late(now) if COVERING in asked.me.roles else None
        found = await left_unread(session, side_of(asked), people=away - {me}, sent_before=late)
        return [row for row in found if await _grounds(session, asked, row)]


async def reads_instead(asked: Visit, row: Handoff) -> str:
    """Say on which grounds somebody reads what was handed to somebody else; empty: they do not."""
    async with asked.here.database.reader() as session:
        return await _grounds(session, asked, row)


async def _grounds(session: AsyncSession, asked: Visit, row: Handoff) -> str:
    case = await session.get(Case, row.case_id.partition("/")[0])
    if case is None or not await theirs(session, [case.case_id], side_of(asked)):
        return ""
    on = await _standing(session, asked, row)
    return on if on and await _may_hear(session, asked, case) else ""


async def _standing(session: AsyncSession, asked: Visit, row: Handoff) -> str:
    if row.recipient_kind == "person" and (on := await _in_their_place(session, asked, row)):
        return on
    waits = row.acknowledged_at is None or row.acknowledged_by == asked.me.id
    is_late = waits and row.sent_at <= _late(asked.here.clock()) and row.recipient not in PATIENT_ROLES
    return f"role:{COVERING}" if is_late and COVERING in asked.me.roles else ""


async def _in_their_place(session: AsyncSession, asked: Visit, row: Handoff) -> str:
    now, owner, me = asked.here.clock(), row.recipient, asked.me.id
    covering = Covering(directory_of(asked.here), await absent_in(session, row.case_id, at=now))
    if standing := covering.standing_of(me, owner):
        return f"{standing}:{covering.absent[owner].absence_id}"
    given = await authorities(session, at=now, person=owner, delegate=me)
    return f"authority:{given[0].authority_id}" if given else ""


async def _may_hear(session: AsyncSession, asked: Visit, case: Case) -> bool:
    to = to_person_or_role("person", asked.me.id, "handoff", "result")
    assert to is not None
    said = await statements(session, await patient_of(session, case))
    return decide(said, to.recipient, case_id=case.case_id, now=asked.here.clock()).kind == "allowed"


def _late(now: datetime) -> datetime:
    """Before which moment a result was sent that is handed to whoever covers by now."""
    rung = next(each for each in library_ladders()[READ].rungs if TO_COVER in each.actions)
    after = rung_time(rung.at, created=now, due=None)
    assert after is not None, rung
    return now - (after - now)
