"""How does the answer to a question or concern come back into its thread? Task type `thread.post`.

Inputs: `thread_id`, `text`, `dissent` (optional). Header `answered_in`: the user task whose person is the author.
Whoever began the thread finds a notification in the inbox; it says nothing of what was written.
"""

from collections.abc import Callable
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from pathways.patient_texts import ENGLISH, in_language, words
from records.database import Database
from records.queries.inbox import ANSWERED as TOLD_ANSWERED
from records.queries.patient_view import preference_of
from records.queries.patients import keyed_patient, same_patient
from records.queries.task import done_in
from records.tables import Notification, Thread, ThreadMessage
from records.writes.conversation import MessageKind, note_answered, say
from records.writes.handovers import notify
from workflows.contract.requests import Work, WorkResult

CONCERN = "Your concern was answered."
ANSWERED = {"request": "request_answered"}
"""Which words a patient reads by what was asked; else `answered`."""

SAID: tuple[tuple[MessageKind, str], ...] = (("answer", "text"), ("dissent", "dissent"))
"""What is said in the thread, and by which variable."""


class Threads:
    """The way from a case into a thread."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    @activity.defn(name="thread.post")
    async def post(self, work: Work) -> WorkResult:
        """Put answer and dissent into the thread, each once, and tell whoever began it.

        Raises:
            ApplicationError: there is no such thread; the case was not begun by the API.
        """
        async with self._database.session() as session:
            thread = await note_answered(session, str(work.variables.get("thread_id")), now=self._clock())
            if thread is None:
                raise ApplicationError("There is no such thread.", type="no thread", non_retryable=True)
            author = await done_in(session, work.case_id, work.headers.get("answered_in", ""))
            for kind, name in SAID:
                if work.variables.get(name):
                    await say(session, self._message(work, thread, author, kind, str(work.variables[name])))
            text = CONCERN if thread.kind == "concern" else await _answered(session, thread)
            await notify(session, self._told(work, thread, text))
        return WorkResult()

    def _message(self, work: Work, thread: Thread, author: str, kind: MessageKind, text: str) -> ThreadMessage:
        return ThreadMessage(
            message_id=f"{work.idempotency_key}:{kind}",
            thread_id=thread.thread_id,
            author=author,
            kind=kind,
            text=text,
            sent_at=self._clock(),
        )

    def _told(self, work: Work, thread: Thread, text: str) -> Notification:
        return Notification(
            idempotency_key=f"{work.idempotency_key}{TOLD_ANSWERED}",
            case_id=thread.root_case_id,
            activation=work.activation,
            recipient_kind="person",
            recipient=thread.started_by,
            level="information",
            text=text,
            created_at=self._clock(),
        )


async def _answered(session: AsyncSession, thread: Thread) -> str:
    """What a patient reads, in their language."""
    ids = await same_patient(session, await keyed_patient(session, thread.root_case_id))
    preference = await preference_of(session, ids)
    told = words().told[ANSWERED.get(thread.kind, "answered")]
    return in_language(told, preference.language if preference else ENGLISH)
