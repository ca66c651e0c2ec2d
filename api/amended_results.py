"""What happens when a report changes after its result was handed over? Everyone who had it has to acknowledge it anew.

Each recipient of an earlier version gets the new one as a hand-off of its own, as does who had read that version for
the order in another role; the earlier ones stay with who acknowledged them, so that both versions are kept. Of an
ended case that had handed it to nobody, it is who had read it there. What consent withholds by now is not handed over.
The category is that of the new version, never the old one's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import Directory
from activities.result_handoff import ResultHandoff
from activities.sending import Gate, Withheld
from api.post import Post
from api.reach import within_reach
from api.report_categories import CATEGORY, UNCLASSIFIED, category_of
from records.queries.patient_view import PATIENT_ROLES
from records.tables import Case, Handoff, Message, Task
from workflows.contract.requests import Work

READ = "LAD-RESULT"
"""The ladder of steps in which somebody reads a result and acknowledges it."""

REPORTS = frozenset({"imaging.report", "pathology.report", "lab.result"})
ALONE = REPORTS - {"lab.result"}
"""Reports of which one number has one report at a time; laboratories send several values under one."""

CATEGORY_WAS = "category_was"
TAKEN_IN = "no case takes it any more: who had an earlier version got this one, to acknowledge it by name"
"""What became of an amended report of a case that is over."""


async def hand_over_anew(post: Post, session: AsyncSession, message: Message) -> Sequence[Handoff]:
    """Hand a report to everyone who had an earlier version of it; give what was handed over.

    Its case is over by then, or reads the new version in a task of its own before it hands anything over.
    """
    if message.name not in REPORTS:
        return ()
    variables: Mapping[str, Any] = message.payload.get("variables", {})
    earlier = await _within_reach(session, message, await _handed_over(session, message.correlation_key))
    read = {} if earlier else await _read_in_ended(session, message)
    now = await category_of(session, message) if earlier or read else UNCLASSIFIED
    handing = ResultHandoff(post.database, Gate(post.database, Directory(), post.clock), post.clock)
    made: list[str | Withheld] = []
    for handoff in earlier:
        changed = {**_amended(handoff.result, variables, now), "supersedes": handoff.idempotency_key}
        work, to = _work(handoff.case_id, message), (handoff.recipient_kind, handoff.recipient)
        made.append(await handing.hand_to(session, work, *to, changed))
    for person, handoff in (await _readers(session, earlier)).items():
        work, changed = _work(handoff.case_id, message), _amended(handoff.result, variables, now)
        made.append(await handing.hand_to(session, work, "person", person, changed))
    for person, (case_id, first) in read.items():
        made.append(
            await handing.hand_to(session, _work(case_id, message), "person", person, _amended(first, variables, now))
        )
    return [await session.get_one(Handoff, key) for key in made if isinstance(key, str)]


def _amended(first: Mapping[str, Any], variables: Mapping[str, Any], now: str) -> dict[str, Any]:
    """The new version: what was handed over or read, with what it says otherwise."""
    kept = {name: value for name, value in first.items() if name != CATEGORY_WAS}
    changed = {**kept, "report": variables.get("report"), "amended": True}
    before = first.get(CATEGORY)
    if before is None and now == UNCLASSIFIED:
        return changed
    was = {CATEGORY_WAS: before} if now not in (before, UNCLASSIFIED) else {}
    return {**changed, CATEGORY: now, **was}


async def handed_by(session: AsyncSession, message: Message) -> tuple[Handoff, ...]:
    """Give what a message has brought about: each recipient's new version, oldest first."""
    handed = select(Handoff).where(
        col(Handoff.result)["order_id"].as_string() == message.correlation_key,
        col(Handoff.idempotency_key).contains(f":{_step(message)}:", autoescape=True),
    )
    return tuple(await session.exec(handed.order_by(col(Handoff.sent_at), col(Handoff.idempotency_key))))


async def is_taken_in(session: AsyncSession, message: Message) -> bool:
    """Say whether somebody other than patients and carers reads an amended report anew, whatever its cases do."""
    report = message.payload.get("variables", {}).get("report")
    if message.name not in REPORTS or not isinstance(report, Mapping) or report.get("status") != "amended":
        return False
    return any(row.recipient not in PATIENT_ROLES for row in await handed_by(session, message))


async def version_before(session: AsyncSession, message: Message) -> Message | None:
    """Give the version before, as a case has taken it; None where one number may have several reports."""
    taken = select(Message).where(
        Message.name == message.name,
        Message.correlation_key == message.correlation_key,
        Message.message_id != message.message_id,
        Message.status == "delivered",
        col(Message.received_at) <= message.received_at,
    )
    newest = taken.order_by(col(Message.received_at).desc())
    return (await session.exec(newest)).first() if message.name in ALONE else None


async def _read_in_ended(session: AsyncSession, message: Message) -> dict[str, tuple[str, dict[str, Any]]]:
    """Who has read the version before in a case that is over by now, in which case, and what it said."""
    before = await version_before(session, message)
    if before is None or not await within_reach(session, message, [before.case_id or ""], any_age=True):
        return {}
    case = await session.get(Case, before.case_id)
    if case is None or case.status == "running":
        return {}
    read = select(Task).where(
        Task.case_id == case.case_id,
        Task.ladder == READ,
        Task.completed_by != "",
        col(Task.created_at) >= before.received_at,
    )
    first = {"order_id": message.correlation_key, CATEGORY: await category_of(session, before)}
    return {task.completed_by: (task.case_id, first) for task in await session.exec(read)}


async def _readers(session: AsyncSession, earlier: list[Handoff]) -> dict[str, Handoff]:
    """Who has acknowledged an earlier version in the case of the order, and what was handed on there; nobody twice."""
    handed = {row.case_id: row for row in earlier}
    read = select(Task).where(col(Task.case_id).in_(handed), Task.ladder == READ, Task.completed_by != "")
    found = await session.exec(read.order_by(col(Task.completed_by), col(Task.case_id)))
    get_it = {row.recipient for row in earlier}
    return {
        task.completed_by: handed[task.case_id]
        for task in found
        if get_it.isdisjoint((task.completed_by, *task.groups))
    }


async def _handed_over(session: AsyncSession, order_id: str) -> list[Handoff]:
    """The newest hand-off of an order to each of its recipients."""
    handed = select(Handoff).where(col(Handoff.result)["order_id"].as_string() == order_id)
    in_order = await session.exec(handed.order_by(col(Handoff.sent_at), col(Handoff.idempotency_key)))
    newest = {(row.recipient_kind, row.recipient): row for row in in_order}
    return list(newest.values())


async def _within_reach(session: AsyncSession, message: Message, handed: list[Handoff]) -> list[Handoff]:
    """What a person brings changes the cases of their organisation only."""
    mine = await within_reach(session, message, [row.case_id for row in handed], any_age=True)
    return [row for row in handed if row.case_id in mine]


def _work(case_id: str, message: Message) -> Work:
    return Work(
        case_id=case_id,
        business_key=message.correlation_key,
        activation=_step(message),
        element="amended",
        title="Amended result",
        headers={},
        variables={},
    )


def _step(message: Message) -> str:
    return f"amended:{message.message_id}"
