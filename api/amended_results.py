"""What happens when a report changes after its result was handed over? Everyone who had it has to acknowledge it anew.

Each recipient of an earlier version gets the new one as a hand-off of its own, as does who had read that version for
the order in another role; the earlier ones stay with who acknowledged them, so that both versions are kept. What
consent withholds by now is not handed over. The category is that of the new version, never the old one's.
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
from records.tables import Handoff, Message, Task
from workflows.contract.requests import Work

READ = "LAD-RESULT"
"""The ladder of steps in which somebody reads a result and acknowledges it."""

REPORTS = frozenset({"imaging.report", "pathology.report", "lab.result"})
CATEGORY_WAS = "category_was"


async def hand_over_anew(post: Post, session: AsyncSession, message: Message) -> Sequence[Handoff]:
    """Hand a report to everyone who had an earlier version of it; give what was handed over.

    Its case is over by then, or reads the new version in a task of its own before it hands anything over.
    """
    if message.name not in REPORTS:
        return ()
    variables: Mapping[str, Any] = message.payload.get("variables", {})
    earlier = await _within_reach(session, message, await _handed_over(session, message.correlation_key))
    now = await category_of(session, message) if earlier else UNCLASSIFIED
    handing = ResultHandoff(post.database, Gate(post.database, Directory(), post.clock), post.clock)
    made: list[str | Withheld] = []
    for handoff in earlier:
        changed = {**_amended(handoff, variables, now), "supersedes": handoff.idempotency_key}
        work, to = _work(handoff, message), (handoff.recipient_kind, handoff.recipient)
        made.append(await handing.hand_to(session, work, *to, changed))
    for person, handoff in (await _readers(session, earlier)).items():
        work, changed = _work(handoff, message), _amended(handoff, variables, now)
        made.append(await handing.hand_to(session, work, "person", person, changed))
    return [await session.get_one(Handoff, key) for key in made if isinstance(key, str)]


def _amended(handoff: Handoff, variables: Mapping[str, Any], now: str) -> dict[str, Any]:
    """The new version: what was handed over, with what it says otherwise."""
    kept = {name: value for name, value in handoff.result.items() if name != CATEGORY_WAS}
    changed = {**kept, "report": variables.get("report"), "amended": True}
    before = handoff.result.get(CATEGORY)
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


def _work(handoff: Handoff, message: Message) -> Work:
    return Work(
        case_id=handoff.case_id,
        business_key=message.correlation_key,
        activation=_step(message),
        element="amended",
        title="Amended result",
        headers={},
        variables={},
    )


def _step(message: Message) -> str:
    return f"amended:{message.message_id}"
