"""How does a patient who has no case here ask for a referral or service? A thread, and a case that asks who answers it.

The thread is about the very case in which it is answered: by the key workers of the organisation whose patient it is,
by the same time and with the same ladder as a question.
"""

from api.delivery import post_of
from api.deps import Change
from api.patient_view import question_view
from api.shapes.my import Question, RequestBody
from api.starting_by_key import Wanted, begin_by_key, first_case_id
from api.threads import ID_LENGTH, PATHWAYS, REQUESTED, first_message
from records.tables import Case, Thread
from records.writes.conversation import begin_thread, say

KIND = "request"


async def request_service(change: Change, patient_id: str, body: RequestBody) -> tuple[Question, Case]:
    """Keep what a patient asks for and begin the case that asks for the answer, once under a key; give both.

    Raises:
        Problem: 404, the process that asks is not published.
        GatewayError: no answer in time; the request is kept and will be asked.
    """
    thread = _thread(change, body)
    async with change.here.database.session() as session:
        if await begin_thread(session, thread):
            await say(session, first_message(change, thread, body.text))
            await change.visit.audit(session, "request.raised", thread=thread.thread_id, patient_id=patient_id)
    begun = await begin_by_key(post_of(change.here), _wanted(change, thread, patient_id, body), secret=_secret(change))
    async with change.here.database.session() as session:
        kept = await session.get_one(Thread, thread.thread_id)
        kept.answer_by = kept.answer_by or next((task.due_at for task in begun.opened), None)
        session.add(kept)
        case = await session.get_one(Case, thread.root_case_id)
    return question_view(kept, [first_message(change, thread, body.text)]), case


def _thread(change: Change, body: RequestBody) -> Thread:
    name = change.update_id[:ID_LENGTH]
    case_id = first_case_id(PATHWAYS[KIND], name, secret=_secret(change))
    return Thread(
        thread_id=name,
        root_case_id=case_id,
        kind=KIND,
        subject=body.service,
        started_by=change.me.id,
        started_at=change.here.clock(),
        asked_in=case_id,
    )


def _wanted(change: Change, thread: Thread, patient_id: str, body: RequestBody) -> Wanted:
    asked = {"question": f"{REQUESTED} {body.service}. {body.text}", "key_worker": None, "answer_within": None}
    return Wanted(
        pathway=PATHWAYS[KIND],
        business_key=thread.thread_id,
        request=thread.thread_id,
        actor=change.me.id,
        variables={"thread_id": thread.thread_id, "about_case": "", "patient_id": patient_id, **asked},
        organisation=change.me.organisation,
    )


def _secret(change: Change) -> bytes:
    return change.here.settings.case_secret
