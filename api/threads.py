"""How does a question, request or concern come to be answered? Noted as a thread, then a case of its own asks a person.

The thread is kept first; the case that asks is begun under the thread's id, so that a call that died in between is
finished by the next try or by the sweep, and never twice. Whoever takes part in the case takes part in that one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.delivery import post_of
from api.deps import Change
from api.problems import Problem
from api.starting_by_key import Begun, Wanted, begin_by_key
from api.surroundings import Surroundings
from api.turns import finish_left
from records.queries.conversation import messages_of
from records.queries.parties import first_party
from records.queries.people import key_worker
from records.tables import Case, Task, Thread, ThreadMessage
from records.writes.audit import append_audit
from records.writes.conversation import begin_thread, say
from records.writes.outside import bring_along
from workflows.engine.errors import EventRejected

PATHWAYS = {"question": "patient_question", "request": "patient_question", "concern": "concern"}
"""Which process asks a person to answer, by kind of thread."""

REQUESTED = "The patient asks to be referred to:"
"""What stands before a request in the task of whoever decides about it."""

logger = structlog.get_logger(__name__)
UNDER_WAY = timedelta(minutes=1)
ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Opening:
    """What is said first in a thread that somebody is to answer. `task`: what a concern is about.

    `subject`: the service that a patient requests.
    """

    kind: str
    root_case_id: str
    text: str
    severity: str = ""
    task: Task | None = None
    subject: str = ""


async def ask(change: Change, opening: Opening) -> Thread:
    """Begin a thread that is to be answered, and the case that asks for the answer.

    Raises:
        Problem: 422, the process that asks is not published.
        GatewayError: no answer in time; the question is kept and will be asked.
    """
    thread = _thread(change, opening)
    message = first_message(change, thread, opening.text)
    async with change.here.database.session() as session:
        if await begin_thread(session, thread):
            await say(session, message)
            await change.visit.audit(session, f"{opening.kind}.raised", thread.root_case_id, thread=thread.thread_id)
    return await _asked(change.here, thread, opening.text)


def first_message(change: Change, thread: Thread, text: str) -> ThreadMessage:
    """Give what somebody says first in a thread."""
    return ThreadMessage(
        message_id=f"{thread.thread_id}:first",
        thread_id=thread.thread_id,
        author=change.me.id,
        author_name=change.me.name,
        text=text,
        sent_at=change.here.clock(),
    )


def _thread(change: Change, opening: Opening) -> Thread:
    task = opening.task
    return Thread(
        thread_id=change.update_id[:ID_LENGTH],
        root_case_id=opening.root_case_id,
        kind=opening.kind,
        subject=task.title if task else opening.subject,
        started_by=change.me.id,
        started_at=change.here.clock(),
        severity=opening.severity,
        task_case_id=task.case_id if task else "",
        activation=task.activation if task else "",
    )


async def finish_asking(here: Surroundings) -> int:
    """Begin the cases that a dead call has not begun for its question or concern; give their number."""
    async with here.database.reader() as session:
        left = select(Thread).where(
            col(Thread.kind).in_(PATHWAYS), Thread.asked_in == "", Thread.started_at < here.clock() - UNDER_WAY
        )
        threads = tuple(await session.exec(left))
        said = await messages_of(session, [thread.thread_id for thread in threads])
    return await finish_left([partial(_asked_again, here, each, said[each.thread_id][0].text) for each in threads])


async def _asked_again(here: Surroundings, thread: Thread, text: str) -> bool:
    """Whether a question is asked now; one that cannot be keeps no other from being asked."""
    try:
        await _asked(here, thread, text)
    except (Problem, EventRejected) as error:
        logger.warning("a question could not be asked yet", thread=thread.thread_id, error=type(error).__name__)
        return False
    return True


async def _asked(here: Surroundings, thread: Thread, text: str) -> Thread:
    async with here.database.reader() as session:
        variables = await _variables(session, here, thread, text)
        organisation = await first_party(session, thread.root_case_id)
    wanted = Wanted(
        pathway=PATHWAYS[thread.kind],
        business_key=thread.thread_id,
        request=thread.thread_id,
        actor=thread.started_by,
        variables=variables,
        urgency="urgent" if thread.severity == "high" else "routine",
        organisation=organisation,
    )
    begun = await _begun(here, wanted)
    return await _note(here, thread, begun)


async def _begun(here: Surroundings, wanted: Wanted) -> Begun:
    try:
        return await begin_by_key(post_of(here), wanted, secret=here.settings.case_secret)
    except Problem as problem:
        if problem.kind == "not-found":
            words = f"Nobody can answer: the pathway '{wanted.pathway}' is not published. Publish the library."
            raise Problem("unknown-pathway", words) from problem
        raise


async def _note(here: Surroundings, thread: Thread, begun: Begun) -> Thread:
    async with here.database.session() as session:
        kept = await session.get_one(Thread, thread.thread_id)
        kept.asked_in = begun.case_id
        kept.answer_by = kept.answer_by or next((task.due_at for task in begun.opened), None)
        session.add(kept)
        await bring_along(session, thread.root_case_id, begun.case_id, now=here.clock())
        await append_audit(
            session,
            actor=thread.started_by,
            action="case.started",
            now=here.clock(),
            case_id=begun.case_id,
            detail={"pathway": begun.pathway, "thread": thread.thread_id, "about": thread.root_case_id},
        )
    return kept


async def _variables(session: AsyncSession, here: Surroundings, thread: Thread, text: str) -> Mapping[str, Any]:
    about = await session.get_one(Case, thread.root_case_id)
    known = {"thread_id": thread.thread_id, "about_case": about.case_id, "referral_id": thread.thread_id}
    if thread.kind == "concern":
        return {**known, "concern": text, "severity": thread.severity, "task_title": thread.subject}
    named = await key_worker(session, about.case_id, at=here.clock())
    person = named.person if named else None
    asked = f"{REQUESTED} {thread.subject}. {text}".strip() if thread.kind == "request" else text
    return {**known, "question": asked, "key_worker": person, "answer_within": None}
