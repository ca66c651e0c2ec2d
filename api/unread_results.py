"""Who hears of a result that was handed over and that nobody acknowledges? Whom the ladder of results names, once each.

A hand-off is no task: no case climbs for it, and often its case is over. As long as a task of its case asks
somebody to read it, the ladder of that task climbs instead. What patients and carers are given is not chased.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.amended_results import READ
from api.surroundings import Surroundings
from pathways.bpmn.timing import Rung
from pathways.calendar import rung_time
from pathways.ladders import library_ladders
from records.queries.unread import unread_handoffs
from records.tables import Handoff, Notification
from records.writes.handovers import notify

HOLDER = "assignee"
"""The word of a ladder for whoever has it to do: here, to whom the result was handed."""

TEXT = "A result that was handed over is not acknowledged yet: read it, or see to it that it is read."


async def tell_of_unread(here: Surroundings) -> int:
    """Tell of each result that is unread for as long as a rung says; give the number of new notices."""
    now = here.clock()
    async with here.database.session() as session:
        return sum([await _climb(session, rung, now) for rung in library_ladders()[READ].rungs])


async def _climb(session: AsyncSession, rung: Rung, now: datetime) -> int:
    after = (rung_time(rung.at, created=now, due=None) or now) - now
    if not after:
        return 0
    found = await unread_handoffs(session, sent_before=now - after, ladder=READ, told_under=_key(rung, ""))
    told = [row for handoff in found for row in _notices(rung, handoff, now)]
    return sum([await notify(session, row) for row in told])


def _key(rung: Rung, handoff: str) -> str:
    """The key of the first notice of a rung; the further ones name whom they are for."""
    return f"unread:{rung.at}:{handoff}"


def _notices(rung: Rung, handoff: Handoff, now: datetime) -> Iterator[Notification]:
    for number, name in enumerate(rung.tell):
        held = (handoff.recipient_kind, handoff.recipient)
        kind, recipient = held if name == HOLDER else ("role", name)
        yield Notification(
            idempotency_key=_key(rung, handoff.idempotency_key) + (f":{kind}:{recipient}" if number else ""),
            case_id=handoff.case_id,
            recipient_kind=kind,
            recipient=recipient,
            level=rung.level,
            text=TEXT,
            channel=",".join(rung.channel),
            created_at=now,
        )
