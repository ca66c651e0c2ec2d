"""How are threads about a case shown and sent, our own way and as FHIR Communication?"""

from typing import Any, Literal

from pydantic import AwareDatetime, Field, JsonValue

from api.ids import word
from api.shapes.base import Body, Shape, case_link, task_link
from api.shapes.tasks import Opened
from records.tables import Thread, ThreadMessage


class Unblocking(Body):
    """A message of the diagram that a message of a thread also is: a step that waits for it goes on.

    `begins`: instead, it begins the process that starts with it (a case conference), under the id of the thread;
    `variables`: what that begins with.
    """

    message: Literal["clinician.comment"]
    begins: bool = False
    variables: dict[str, JsonValue] = Field(default_factory=dict)


class MessageText(Body):
    """A message. `as`: also deliver it to the case."""

    text: str = Field(min_length=1, max_length=20_000)
    also: Unblocking | None = Field(default=None, alias="as")


class NewThread(MessageText):
    """A new thread with its first message."""

    subject: str = Field(default="", max_length=300)


class ConcernBody(Body):
    """What somebody is concerned about."""

    text: str = Field(min_length=1, max_length=20_000)
    severity: Literal["low", "moderate", "high"] = "moderate"


class ThreadMessageView(Shape):
    """One message. `kind`: message, answer or dissent."""

    id: str
    author: str
    kind: str
    text: str
    sent_at: AwareDatetime
    delivered_as: str


class ThreadView(Shape):
    """A thread with its messages, the oldest first."""

    id: str
    case_id: str
    kind: str
    subject: str
    severity: str
    started_by: str
    started_at: AwareDatetime
    answer_by: AwareDatetime | None
    answered_at: AwareDatetime | None
    messages: list[ThreadMessageView]
    links: dict[str, str]


class Said(Shape):
    """The thread after something was said, what became of the message, in which cases, and the tasks that it opened.

    `advice`: what to do now, to a patient who has just said what may be a red flag; it was passed on at once.
    """

    thread: ThreadView
    delivery: str
    cases: list[str]
    opened: list[Opened]
    advice: str = ""


def thread_view(thread: Thread, messages: tuple[ThreadMessage, ...]) -> ThreadView:
    """Show a thread."""
    link = f"/threads/{thread.thread_id}"
    links = {"self": link, "case": case_link(thread.root_case_id), "messages": f"{link}/messages"}
    if thread.activation:
        links["task"] = task_link(thread.task_case_id, thread.activation)
    return ThreadView(
        id=thread.thread_id,
        case_id=thread.root_case_id,
        kind=thread.kind,
        subject=thread.subject,
        severity=thread.severity,
        started_by=thread.started_by,
        started_at=thread.started_at,
        answer_by=thread.answer_by,
        answered_at=thread.answered_at,
        messages=[_message(message) for message in messages],
        links=links,
    )


def _message(message: ThreadMessage) -> ThreadMessageView:
    return ThreadMessageView(
        id=word(message.message_id),
        author=message.author_name or message.author,
        kind=message.kind,
        text=message.text,
        sent_at=message.sent_at,
        delivered_as=message.delivered_as,
    )


def communication(thread: Thread, message: ThreadMessage, first: ThreadMessage) -> dict[str, Any]:
    """Show a message as a FHIR R4 Communication; the thread is known by its first message (`inResponseTo`)."""
    answers = [] if message is first else [{"reference": f"Communication/{word(first.message_id)}"}]
    return {
        "resourceType": "Communication",
        "id": word(message.message_id),
        "identifier": [{"system": "urn:referral-pathways:thread", "value": thread.thread_id}],
        "status": "completed",
        "category": [{"text": thread.kind}],
        "topic": {"text": thread.subject or thread.kind},
        "about": [{"identifier": {"system": "urn:referral-pathways:case", "value": thread.root_case_id}}],
        "sent": message.sent_at.isoformat(),
        "sender": {"display": message.author_name or message.author},
        "payload": [{"contentString": message.text}],
        **({"inResponseTo": answers} if answers else {}),
    }
