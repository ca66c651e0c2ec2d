"""What is said about a case between its people? Threads, messages that unblock a step, and concerns about tasks."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.data_sight import classes_in
from api.delivery import Delivered, Inbound, deliver, post_of
from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.fhir_forms import FHIR_JSON
from api.journal import heed
from api.own_record import patient_case_for
from api.patient_view import preferred_language
from api.problems import Problem
from api.redacting import REFERRAL
from api.seeing import as_absent, case_for, no_case
from api.shapes.tasks import opened
from api.shapes.threads import (
    ConcernBody,
    MessageText,
    NewThread,
    Said,
    ThreadView,
    Unblocking,
    communication,
    thread_view,
)
from api.sides import patient_roles, side_of, treats, working_roles
from api.task_sight import only_for_patients, task_for
from api.threads import ID_LENGTH, Opening, ask, first_message
from pathways.patient_texts import in_language, words
from policy.matrix import EVERYTHING
from records.queries.case import CaseDetail
from records.queries.conversation import messages_of, threads_of
from records.queries.own_record import patient_of
from records.queries.parties import requester_of
from records.queries.people import is_in_care_team
from records.queries.standing import standing
from records.tables import Case, Task, Thread, ThreadMessage
from records.writes.conversation import begin_thread, say

router = APIRouter(tags=["Threads"])
CLINICAL, CONCERN = "clinical", "concern"
ASKED_BY_PATIENTS = ("question", "request")
MESSAGES = "messages"
TTL = "P1D"
"""So long a case keeps a message that no step waits for yet: an old remark must not answer a later question."""


@router.get("/cases/{case_id:path}/threads", summary="What is said about a case")
async def threads(asked: Asked, case_id: str) -> list[ThreadView]:
    """Give the threads about a case, the newest first: messages of its people, questions and requests, concerns."""
    found = await _talked_about(asked, case_id, "threads.read")
    async with asked.here.database.reader() as session:
        rows = await threads_of(session, found.case.root_case_id, kinds=(CLINICAL, CONCERN, *ASKED_BY_PATIENTS))
        said_there = await messages_of(session, [row.thread_id for row in rows])
    return [thread_view(row, said_there[row.thread_id]) for row in rows]


@router.post("/cases/{case_id:path}/threads", status_code=201, response_model=Said, summary="Begin a thread")
async def begin(change: Changing, case_id: str, body: NewThread) -> JSONResponse:
    """Begin a thread about a case with its first message; `as` also delivers it to the step that waits for it."""
    found = await _talked_about(change.visit, case_id, "thread.begun")
    _require_clinician(change.visit, body)
    thread = Thread(
        thread_id=change.update_id[:ID_LENGTH],
        root_case_id=found.case.root_case_id,
        kind=CLINICAL,
        subject=body.subject,
        started_by=change.me.id,
        started_at=change.here.clock(),
    )

    async def once() -> Answer:
        async with change.here.database.session() as session:
            await begin_thread(session, thread)
        return await _say(change, thread, first_message(change, thread, body.text), body, status=201)

    return await change.once(once)


@router.get("/threads/{thread_id}", summary="A thread")
async def thread(asked: Asked, thread_id: str) -> ThreadView:
    """Give a thread with its messages."""
    row, messages = await _thread(asked, thread_id, "thread.read")
    return thread_view(row, messages)


@router.post("/threads/{thread_id}/messages", status_code=201, response_model=Said, summary="Say something")
async def reply(change: Changing, thread_id: str, body: MessageText) -> JSONResponse:
    """Say something in a thread; `as` also delivers it to the step that waits for it."""
    row, _ = await _thread(change.visit, thread_id, "thread.said")
    _require_clinician(change.visit, body)
    if body.also:
        await _talked_about(change.visit, row.root_case_id, "thread.said")
    message = ThreadMessage(
        message_id=f"{thread_id}:{change.update_id[:ID_LENGTH]}",
        thread_id=thread_id,
        author=change.me.id,
        author_name=change.me.name,
        text=body.text,
        sent_at=change.here.clock(),
    )

    async def once() -> Answer:
        is_patients = row.kind in ASKED_BY_PATIENTS and row.started_by == change.me.id
        advice = await _heeded(change, row.root_case_id, body.text) if is_patients else ""
        return await _say(change, row, message, body, status=201, advice=advice)

    return await change.once(once)


async def _heeded(change: Change, root_case_id: str, text: str) -> str:
    """What a patient adds is not read at once: what may be a red flag is passed on; give what they are to do now."""
    async with change.here.database.reader() as session:
        case = await session.get_one(Case, root_case_id)
        about = await patient_of(session, case)
    if not await heed(change, case, about, text, said_with="said in a thread"):
        return ""
    return in_language(words().advice["urgent"], await preferred_language(change.visit))


@router.post("/tasks/{identifier}/concerns", status_code=201, response_model=ThreadView, summary="Raise a concern")
async def raise_concern(change: Changing, identifier: str, body: ConcernBody) -> JSONResponse:
    """Say that I am concerned about a task that I see: the clinical lead answers by a time that follows from it."""
    found, sight = await task_for(change.visit, identifier)
    task = found.task

    async def once() -> Answer:
        if sight.do and not sight.at_work:
            await _heeded(change, task.root_case_id, body.text)
        row = await ask(change, Opening(CONCERN, task.root_case_id, body.text, body.severity, task))
        return said(thread_view(row, await _messages(change.visit, row)), 201)

    return await change.once(once)


@router.get("/fhir/Communication", summary="Messages as FHIR Communication")
async def communications(
    asked: Asked, identifier: Annotated[str, Query(description="a thread's id", max_length=300)]
) -> JSONResponse:
    """Give the messages of a thread as a searchset of Communications, the oldest first."""
    row, messages = await _thread(asked, identifier.rpartition("|")[2], "thread.read")
    shown = [communication(row, message, messages[0]) for message in messages]
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(shown),
        "entry": [{"resource": resource, "search": {"mode": "match"}} for resource in shown],
    }
    return JSONResponse(bundle, media_type=FHIR_JSON)


def _require_clinician(asked: Visit, body: MessageText) -> None:
    """A step waits for a clinician's comment: a patient who asks, or who has a concern, only says something."""
    asked.require(allowed=body.also is None or treats(asked.me), what="comment on a step of the case")


async def _talked_about(asked: Visit, case_id: str, action: str) -> CaseDetail:
    """The case, to those of its people who may read its messages."""
    found = await case_for(asked, case_id, action)
    await _require_messages(asked, found.case)
    return found


async def _require_messages(asked: Visit, case: Case) -> None:
    classes = await classes_in(asked, case)
    allowed = not classes.isdisjoint((MESSAGES, EVERYTHING)) or await _referred(asked, case, classes)
    if not allowed:
        async with asked.here.database.reader() as session:
            allowed = await is_in_care_team(session, case.root_case_id, asked.me.id, at=asked.here.clock())
    asked.require(allowed=allowed, what="read the messages of this case")


async def _referred(asked: Visit, case: Case, classes: frozenset[str]) -> bool:
    """Whether it is a referral of their own: they refer, for the organisation that this case was begun for."""
    if REFERRAL not in classes or not asked.here.access.may_refer(asked.me):
        return False
    async with asked.here.database.reader() as session:
        return await requester_of(session, case.root_case_id) in side_of(asked).organisations


async def _thread(asked: Visit, thread_id: str, action: str) -> tuple[Thread, tuple[ThreadMessage, ...]]:
    """A thread with what was said, to whoever began it and to the people of its case; else as if it were not there."""
    absent = f"There is no thread '{thread_id[:64]}'."
    async with asked.here.database.reader() as session:
        row = await session.get(Thread, thread_id)
    if row is None:
        raise Problem("not-found", absent)
    with as_absent(absent):
        await _look(asked, row, action)
    return row, await _messages(asked, row)


async def _look(asked: Visit, row: Thread, action: str) -> None:
    is_own_concern = row.kind == CONCERN and row.started_by == asked.me.id
    if is_own_concern and await _raised_for_a_patient(asked, row):
        await patient_case_for(asked, row.root_case_id, action)
    elif is_own_concern and not await _is_closed(asked, row.root_case_id):
        await asked.read(action, row.root_case_id, thread=row.thread_id)
    elif row.kind in ASKED_BY_PATIENTS and row.started_by == asked.me.id:
        _, sight = await patient_case_for(asked, row.root_case_id, action)
        asked.require(allowed=MESSAGES in sight.classes, what="read the messages of this patient")
    else:
        await _talked_about(asked, row.root_case_id, action)


async def _raised_for_a_patient(asked: Visit, row: Thread) -> bool:
    """Whether a concern is of a patient or carer: nobody who works here, or about what patients alone are asked."""
    if not working_roles(asked.me):
        return True
    async with asked.here.database.reader() as session:
        task = await session.get(Task, (row.task_case_id, row.activation))
    return bool(patient_roles(asked.me)) and task is not None and only_for_patients(task)


async def _is_closed(asked: Visit, root_case_id: str) -> bool:
    """Whether a case is sealed, or who looks is kept out of it."""
    async with asked.here.database.reader() as session:
        stands = await standing(session, root_case_id, side_of(asked))
    return stands.sealed or stands.kept_out


async def _messages(asked: Visit, row: Thread) -> tuple[ThreadMessage, ...]:
    async with asked.here.database.reader() as session:
        return (await messages_of(session, [row.thread_id]))[row.thread_id]


async def _say(
    change: Change, row: Thread, message: ThreadMessage, body: MessageText, *, status: int, advice: str = ""
) -> Answer:
    message.delivered_as = body.also.message if body.also else ""
    as_what = message.delivered_as
    async with change.here.database.session() as session:
        if await say(session, message):
            await change.visit.audit(
                session, "thread.said", row.root_case_id, thread=row.thread_id, delivered_as=as_what
            )
    delivered = await _deliver(change, row, message, body.also) if body.also else None
    view = Said(
        thread=thread_view(row, await _messages(change.visit, row)),
        delivery=delivered.status if delivered else "",
        cases=list(delivered.cases) if delivered else [],
        opened=[opened(task) for task in delivered.opened] if delivered else [],
        advice=advice,
    )
    return said(view, status)


async def _deliver(change: Change, row: Thread, message: ThreadMessage, also: Unblocking) -> Delivered:
    """Bring the message to the case, and to those it called, by the key that all messages about a referral have.

    One that begins a case has the thread's id for its key, and comes from the case: its organisations take part.
    """
    async with change.here.database.reader() as session:
        case = await session.get(Case, row.root_case_id)
        patient_id = await patient_of(session, case) if case else ""
    if case is None:
        raise no_case(row.root_case_id)
    told = {"comment": message.text, "comment_by": change.me.id}
    identity, here = f"thread:{message.message_id}", post_of(change.here)
    if not also.begins:
        inbound = Inbound(also.message, case.business_key, identity, told, TTL, case.case_id)
        return await deliver(here, inbound, actor=change.me.id)
    known = {"referral_id": row.thread_id, "patient_id": patient_id, **told}  # whose case it is, nobody else says
    variables = {"question": message.text, **also.variables, **known}
    return await deliver(here, Inbound(also.message, row.thread_id, identity, variables), actor=case.case_id)
