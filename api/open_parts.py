"""Who hears that a patient has died, or shares no longer, beside those whom a pathway tells? Who has a part in it.

Steps that end with a death are taken from their people without a word: opinions for a conference, a conversation, an
assessment. So everyone who holds an open task of the case is told before it ends, its role as long as nobody holds it,
and everyone who has done a task of something that it has called, or of a conference, that still runs. Of consent that
was withdrawn they are told where no diagram acts on it. Patients and carers never hear of a death this way.
"""

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import and_
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.post import Post
from records.queries.access import Side
from records.queries.outside import organisation_of
from records.queries.patient_view import PATIENT_ROLES
from records.queries.people import COORDINATOR
from records.queries.standing import standing
from records.tables import Case, Message, Notification, Task
from records.tables.task import OPEN_STATES
from records.writes.handovers import notify

CONFERENCE = "case_conference"
"""May be a case of its own: who has given an opinion has a part in it until it ends."""

DIED, WITHDRAWN = "patient.died", "consent.withdrawn"
TEXTS = {
    DIED: "The patient of a case in which you have a part has died: only do what is asked of you anew.",
    WITHDRAWN: "A patient of yours has withdrawn consent: ask the coordinator of this case before you share more.",
}
"""By message: what whoever has a part is told. No word says who the patient is."""

OTHERS_TELL = frozenset({COORDINATOR, *PATIENT_ROLES})
"""Roles that hear of it by other ways, or must not hear of it like this."""

Recipient = tuple[str, str]
"""Kind (person or role) and name."""


async def tell_of_death(post: Post, message: Message, case_ids: Iterable[str]) -> None:
    """Tell everyone with a part in these cases that the patient has died, before their steps end. Safe to repeat."""
    if message.name == DIED:
        async with post.database.session() as session:
            await _tell(session, post, message, {each.partition("/")[0] for each in case_ids})


async def tell_of_kept_withdrawal(
    session: AsyncSession, post: Post, message: Message, *, kept_by: Collection[str], heeded_by: Collection[str]
) -> None:
    """Tell everyone with a part that consent was withdrawn where no case of the same tree has acted on it."""
    if message.name == WITHDRAWN:
        roots, heeded = ({each.partition("/")[0] for each in cases} for cases in (kept_by, heeded_by))
        await _tell(session, post, message, roots - heeded)


async def _tell(session: AsyncSession, post: Post, message: Message, roots: Iterable[str]) -> None:
    for root in sorted(roots):
        for kind, recipient in sorted(await _told_in(session, post, message, root)):
            told = Notification(
                idempotency_key=f"part:{message.message_id}:{root}:{kind}:{recipient}",
                case_id=root,
                activation=message.message_id,
                recipient_kind=kind,
                recipient=recipient,
                level="warning",
                text=TEXTS[message.name],
                created_at=post.clock(),
            )
            await notify(session, told)


async def _told_in(session: AsyncSession, post: Post, message: Message, root: str) -> set[Recipient]:
    found = await _with_a_part(session, root)
    if message.name == DIED:
        return found
    return {each for each in found if await _still_reads(session, post, root, each)}


async def _still_reads(session: AsyncSession, post: Post, root: str, recipient: Recipient) -> bool:
    """Whom the withdrawal keeps out of the case is told nothing of it; what a role hears is narrowed by sight."""
    kind, name = recipient
    if kind != "person":
        return True
    organisation = await organisation_of(session, name, root)
    if organisation is None:
        return False
    return not (await standing(session, root, Side(name, (organisation,), post.clock()))).kept_out


async def _with_a_part(session: AsyncSession, root: str) -> set[Recipient]:
    passing = or_(col(Case.caller).is_not(None), Case.key == CONFERENCE)
    called = select(Case.case_id).where(Case.root_case_id == root, Case.status == "running", passing)
    done = and_(col(Task.state) == "completed", col(Task.completed_by) != "", col(Task.case_id).in_(called))
    parts = select(Task).where(Task.root_case_id == root).where(or_(col(Task.state).in_(OPEN_STATES), done))
    return {each for task in await session.exec(parts) for each in _recipients(task)}


def _recipients(task: Task) -> Iterator[Recipient]:
    if OTHERS_TELL.intersection(task.groups):
        return
    if holder := task.completed_by or task.assignee:
        yield "person", holder
        return
    yield from (("role", group) for group in task.groups)
    yield from (("person", user) for user in task.users)
