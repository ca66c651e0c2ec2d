"""How is a report amended that was written here? By whoever wrote it, and everyone who has read it reads it anew.

The step in which a pathway has its report written is marked (`loopAction`: `write-report`). Who did it, or may do it,
fills in its form once more. As long as the report waits to be read, its case sends the new version and asks for it to
be read anew. After that each who has acknowledged a version gets the new one as a hand-off of their own: the referral
is `reported` again until they all have acknowledged it by name. What they had stays with what they said then.
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import Directory
from activities.result_handoff import ResultHandoff
from activities.sending import Gate, Withheld
from api.critical_results import AMENDED as READ_ANEW
from api.critical_results import COVERING, CRITICAL
from api.deps import Change, Visit
from api.problems import Problem
from api.referral_standing import Standing
from api.task_sight import task_sight
from records.queries.acknowledged import REPORT_OF, handed_reports
from records.queries.referral_acts import done_tasks_that
from records.queries.referral_loop import acknowledged_in
from records.tables import Handoff, Notification, Task
from records.writes.handovers import notify
from workflows.contract.requests import Work

AMENDED, WRITES = "referral.report_amended", "write-report"
HAS_REPORT = ("reported", "acknowledged")
Reader = tuple[str, str]
"""Kind (person or role) and name of who reads a report."""


async def written_report(asked: Visit, found: Standing) -> Task:
    """Give the step in which the report of a referral was written, for who wrote it or may write it.

    Raises:
        Problem: 409, no report was written here; 403, they may not.
    """
    async with asked.here.database.reader() as session:
        written = await done_tasks_that(session, found.answering, WRITES)
    state = found.loop.state if found.loop else None
    if state not in HAS_REPORT or not written:
        words = "No report that could be amended was written here: a service elsewhere sends its new version itself."
        raise Problem("not-now", words, state=state)
    task = written[-1]
    allowed = task.completed_by == asked.me.id or (await task_sight(asked, task)).do
    asked.require(allowed=allowed, what="amend a report that others have written")
    return task


async def hand_over_anew(change: Change, found: Standing, values: Mapping[str, Any], reason: str) -> None:
    """Hand the new version to everyone who has read an earlier one, or was handed it, and tell them.

    Raises:
        Problem: 409, nobody has read it yet.
    """
    here = change.here
    handing = ResultHandoff(here.database, Gate(here.database, Directory(), here.clock), here.clock)
    case_id = found.answering.case_id
    report = {name: value for name, value in values.items() if value is not None}
    version = {"referral_id": found.referral_id, REPORT_OF: case_id, "report": report, "amended": True, "why": reason}
    async with here.database.session() as session:
        readers = await _readers(session, found)
        if not readers:
            raise Problem("not-now", "Nobody has acknowledged the report yet, and its case takes no new version now.")
        for to, supersedes in readers.items():
            result = {**version, "supersedes": supersedes}
            made = await handing.hand_to(session, _work(change, found), *to, result)
            if isinstance(made, Withheld):
                to = ("role", COVERING)
                await handing.hand_to(session, _work(change, found), *to, result)
            await notify(session, _notice(change, case_id, to, is_critical=values.get(CRITICAL) is True))


async def _readers(session: AsyncSession, found: Standing) -> dict[Reader, str]:
    """Who has read a version of the report, or was handed one, and what they had last."""
    read = await acknowledged_in(session, found.case)
    handed = await handed_reports(session, found.answering.case_id)
    by_task: dict[Reader, str] = {("person", task.completed_by): f"{task.case_id}:{task.activation}" for task in read}
    by_hand = {_reader(row): row.idempotency_key for row in handed}
    return {**by_task, **by_hand}


def _reader(row: Handoff) -> Reader:
    """Who read what a role was handed, by name; as long as nobody has, the role."""
    return ("person", row.acknowledged_by) if row.acknowledged_by else (row.recipient_kind, row.recipient)


def _work(change: Change, found: Standing) -> Work:
    return Work(
        case_id=found.answering.case_id,
        business_key=found.referral_id,
        activation=f"amended:{change.update_id}",
        element="amended",
        title="Amended report",
        headers={},
        variables={},
    )


def _notice(change: Change, case_id: str, to: Reader, *, is_critical: bool) -> Notification:
    kind, recipient = to
    return Notification(
        idempotency_key=f"amended:{change.update_id}:{case_id}:{kind}:{recipient}",
        case_id=case_id,
        recipient_kind=kind,
        recipient=recipient,
        level=CRITICAL if is_critical else "result",
        text=READ_ANEW,
        created_at=change.here.clock(),
    )
