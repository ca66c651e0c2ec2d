"""What becomes of what a case has begun elsewhere, when the case itself is cancelled? It stops as always.

A case that an administrator calls off, by itself or among many, carries out no step any more. So the sweep stops what
it has begun as cases of their own, down the whole line (`api/declined_steps.py`): cancelled before progress, else
asked; suspected cancer and what is stat are only ever asked. The coordinator reads what came of each, and what is left
to do by hand. What a case for the wrong patient has begun was sealed with it, and is left to the officers.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.declined_steps import Falling
from api.declined_steps import Became, OpenStep, take_back
from api.delivery import post_of
from api.not_begun import COORDINATOR
from api.post import Post
from api.surroundings import Surroundings
from api.turns import finish_left
from records.queries.open_steps import STOPPED, called_off_with_begun
from records.tables import Case
from records.writes.audit import append_audit
from records.writes.handovers import tell_role
from records.writes.parties import sealed_by

LOOKED_FOR = timedelta(days=3)
"""So long after its end a case is looked for; what was cancelled long before an upgrade stays as it was left."""

REASON = "the case that began it was cancelled"
WORDS: tuple[tuple[Became, str], ...] = (
    ("cancelled", "cancelled"),
    ("asked", "asked to stop, whoever does it answers"),
    ("missed", "not stopped, see by hand whether it is still needed"),
)


async def stop_what_was_begun(here: Surroundings) -> int:
    """Stop what cancelled cases have begun; give the number of those cases. One that cannot keeps no other back."""
    since = here.clock() - LOOKED_FOR
    async with here.database.reader() as session:
        found = await called_off_with_begun(session, since=since)
    return await finish_left([partial(_stopped, post_of(here), case) for case in found])


async def _stopped(post: Post, case: Case) -> bool:
    actor, key = f"case:{case.case_id}", f"called-off:{case.case_id}"
    async with post.database.reader() as session:
        is_sealed = bool(await sealed_by(session, case.case_id))
    falling = Falling(all_begun=not is_sealed, reason=REASON)
    steps = await take_back(post, case.case_id, falling, request=key, actor=actor)
    async with post.database.session() as session:
        await _tell(session, post, case, steps, key)
        await append_audit(session, actor=actor, action=STOPPED, now=post.clock(), case_id=case.case_id)
    return bool(steps)


async def _tell(session: AsyncSession, post: Post, case: Case, steps: Sequence[OpenStep], key: str) -> None:
    if steps:
        text = f"This case was cancelled. What it has begun elsewhere: {'; '.join(_said(steps))}."
        await tell_role(session, COORDINATOR, case.case_id, text, level="escalation", key=key, now=post.clock())


def _said(steps: Sequence[OpenStep]) -> Iterator[str]:
    for became, words in WORDS:
        titles = [step.title for step in steps if step.became == became]
        if titles:
            yield f"{words}: {', '.join(titles)}"
