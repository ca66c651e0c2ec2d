"""Who hears of a result that was handed over and that nobody acknowledges? Whom the ladder of results names, once each.

A hand-off is no task: no case climbs for it, and often its case is over. As long as a task of its case asks
somebody to read it, the ladder of that task climbs instead. What patients and carers are given is not chased.

A step of reading that was passed by hand (skipped, moved past, migrated away, completed by an administrator) has been
read by nobody: what it was to show is handed over to who was to read it, and the loop closes when they acknowledge.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import Directory
from activities.result_handoff import ResultHandoff
from activities.sending import Gate, Withheld
from api.amended_results import READ
from api.critical_results import COVERING
from api.surroundings import Surroundings
from api.turns import finish_left
from pathways.bpmn.timing import Rung
from pathways.calendar import rung_time
from pathways.ladders import library_ladders
from records.queries.acknowledged import INSTEAD_OF, REPORT_OF, unread_by_hand
from records.queries.case import process_variables
from records.queries.referral_loop import stands_in
from records.queries.unread import unread_handoffs
from records.tables import Case, Handoff, Notification, Task
from records.writes.handovers import notify
from workflows.contract.requests import Work

HOLDER = "assignee"
"""The word of a ladder for whoever has it to do: here, to whom the result was handed."""

PASSED = "passed_by_hand"
SHOWN = ("report", "result", "outcome", "missed_letter")
"""The variables of a case that its step of reading shows, the first that is there."""

LOOKED_BACK = timedelta(days=30)
"""Steps that were passed by hand longer ago are left: what kept them from being handed over is not passing."""

TEXT = "A result that was handed over is not acknowledged yet: read it, or see to it that it is read."


async def tell_of_unread(here: Surroundings) -> int:
    """Tell of each result that is unread for as long as a rung says; give the number of new notices."""
    now = here.clock()
    async with here.database.session() as session:
        return sum([await _climb(session, rung, now) for rung in library_ladders()[READ].rungs])


async def hand_over_passed(here: Surroundings) -> int:
    """Hand over what was to be read in steps that were passed by hand, each once; give the number."""
    async with here.database.reader() as session:
        passed = await unread_by_hand(session, closed_since=here.clock() - LOOKED_BACK)
    return await finish_left([partial(_handed, here, task) for task in passed])


async def _handed(here: Surroundings, task: Task) -> int:
    """Hand it to who was to read it, or to who covers where consent withholds it from them. Safe to repeat."""
    handing = ResultHandoff(here.database, Gate(here.database, Directory(), here.clock), here.clock)
    to = ("role", task.groups[0]) if task.groups else ("person", task.users[0]) if task.users else ("role", COVERING)
    async with here.database.session() as session:
        case = await session.get_one(Case, task.case_id)
        result = await _to_be_read(session, task, case)
        made = await handing.hand_to(session, _work(case, task), *to, result)
        if isinstance(made, Withheld):
            await handing.hand_to(session, _work(case, task), "role", COVERING, result)
    return 1


async def _to_be_read(session: AsyncSession, task: Task, case: Case) -> dict[str, Any]:
    """The report that the step was to show, and of the referral of which case it is."""
    variables = await process_variables(session, case)
    shown = next((variables[name] for name in SHOWN if variables.get(name) is not None), dict(task.inputs))
    about = {name: variables[name] for name in ("referral_id", "order_id") if variables.get(name) is not None}
    return {**about, "report": shown, INSTEAD_OF: task.activation, REPORT_OF: await stands_in(session, case)}


def _work(case: Case, task: Task) -> Work:
    return Work(
        case_id=task.case_id,
        business_key=case.business_key,
        activation=f"{PASSED}:{task.activation}",
        element=PASSED,
        title=task.title,
        headers={},
        variables={},
    )


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
