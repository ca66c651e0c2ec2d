"""How are many dead letters dealt with at once? Two kinds of batch: discard them, or deliver them again as they are.

Their items name a message where others name a case, so whose they are is asked of the messages.
"""

from collections.abc import Awaitable, Callable, Sequence

from pydantic import Field
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.batches import Job, Kind, Outcome, Target
from api.dead_letters import Correction, can, correlate, discard, foresee_correlation
from api.delivery import DEFAULT_TTL, Delivered
from api.ids import text
from api.moments import Duration, Moment
from api.post import Post, post_of
from api.problems import Problem
from api.shapes.base import Body
from api.surroundings import Surroundings
from records.queries.access import Side, brought_to
from records.queries.dead_letters import DeadLetterFilter, Why, dead_letters
from records.tables import Message

MOST = 100_000
"""Items of one batch."""

AT_ONCE = 500
WORDS = {
    "received": "it is being delivered",
    "unmatched": "no case took it: it waits for one",
    "buffered": "the case keeps it until it waits for it",
    "ignored": "the case refused it",
    "duplicate": "the case has had it before",
}
"""What became of a message that was delivered again, where that was no delivery."""


class DeadLetterFilterBody(Body):
    """Which open dead letters; at least one member. `letters`: ids as `GET /dead-letters` gives them."""

    letters: list[str] | None = Field(default=None, max_length=10_000)
    status: Why | None = None
    name: str | None = None
    key: str | None = None
    received_before: Moment | None = None


class Nothing(Body):
    """The reason says it all."""


class Again(Body):
    """How long each is kept, from now, until someone waits for it: an ISO 8601 duration."""

    ttl: Duration = DEFAULT_TTL


async def _select(session: AsyncSession, wanted: DeadLetterFilterBody) -> Sequence[Target]:
    by = DeadLetterFilter(wanted.status, wanted.name, wanted.key, wanted.received_before)
    named = None if wanted.letters is None else {text(each) for each in wanted.letters}
    found = await dead_letters(session, by, limit=MOST)
    rows = [row for row in found.rows if named is None or row.message_id in named]
    return [Target(row.case_id or "", row.message_id) for row in rows if can(row)]


async def _mine(session: AsyncSession, targets: Sequence[Target], side: Side) -> Sequence[Target]:
    mine: set[str] = set()
    for at in range(0, len(targets), AT_ONCE):
        some = [target.target for target in targets[at : at + AT_ONCE]]
        found = select(Message.message_id).where(col(Message.message_id).in_(some), brought_to(side))
        mine.update(await session.exec(found))
    return [target for target in targets if target.target in mine]


async def _foresee_discarding(here: Surroundings, _job: Job, target: Target) -> Outcome:
    async with here.database.reader() as session:
        row = await session.get_one(Message, target.target)
    return Outcome() if can(row) else Outcome("refused", "it is no longer open")


async def _discard(here: Surroundings, job: Job, target: Target, update_id: str) -> Outcome:
    try:
        row = await discard(post_of(here), target.target, job.reason, actor=job.actor, request_id=update_id)
    except Problem as refusal:
        return Outcome("refused", refusal.detail)
    return Outcome(result={"handled": row.handled})


async def _foresee_again(here: Surroundings, job: Job, target: Target) -> Outcome:
    return await _again(here, job, target, foresee_correlation)


async def _deliver_again(here: Surroundings, job: Job, target: Target, update_id: str) -> Outcome:
    async def correlated(post: Post, message_id: str, correction: Correction) -> Delivered:
        return await correlate(post, message_id, correction, actor=job.actor, request_id=update_id)

    return await _again(here, job, target, correlated)


async def _again(
    here: Surroundings,
    job: Job,
    target: Target,
    do: Callable[[Post, str, Correction], Awaitable[Delivered]],
) -> Outcome:
    """Deliver it under its own key, to whom it might have gone when it came."""
    async with here.database.reader() as session:
        row = await session.get_one(Message, target.target)
    reach = row.payload.get("organisations")
    correction = Correction(row.correlation_key, ttl=job.request.ttl, organisations=tuple(reach) if reach else None)
    try:
        done = await do(post_of(here), row.message_id, correction)
    except Problem as refusal:
        return Outcome("refused", refusal.detail)
    reason = done.reason if done.status == "foreseen" else WORDS.get(done.status, "")
    return Outcome(reason=reason, result={"status": done.status, "cases": list(done.cases)})


KINDS: tuple[Kind, ...] = (
    Kind(
        "dead_letter.discard",
        "take messages that found no case off the list",
        filter=DeadLetterFilterBody,
        request=Nothing,
        select=_select,
        foresee=_foresee_discarding,
        act=_discard,
        mine=_mine,
    ),
    Kind(
        "dead_letter.deliver_again",
        "deliver messages that found no case again, each under its own key",
        filter=DeadLetterFilterBody,
        request=Again,
        select=_select,
        foresee=_foresee_again,
        act=_deliver_again,
        mine=_mine,
    ),
)
