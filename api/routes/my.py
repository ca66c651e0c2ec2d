"""What do patients and carers see and do? Their cases, questions, journal and preferences; nobody else's.

Ids of called cases hold `/`, so the id is a path: what follows it comes first here.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, JSONResponse

from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.journal import heed, note_symptom
from api.letter import HEADERS, Letter, addressee, letter_page
from api.letter_reasons import because
from api.own_record import PatientSight, patient_case_for, patients_for, side_of_patients
from api.paging import Paged
from api.patient_notices import offered
from api.patient_requests import request_service
from api.patient_view import (
    MESSAGES,
    Look,
    definitions_of,
    journal_line,
    language_note,
    language_of,
    line,
    patient_case,
    preferred_language,
    question_view,
)
from api.problems import Problem
from api.shapes.my import (
    AskedQuestion,
    JournalBody,
    PatientCase,
    PatientCaseLine,
    PatientCasePage,
    Preferences,
    PreferencesView,
    Question,
    RequestBody,
    Written,
)
from api.threads import PATHWAYS, Opening, ask, first_message
from pathways.patient_texts import in_language, words
from records.queries.conversation import messages_of, threads_by
from records.queries.own_record import page_of_patients
from records.queries.patient_view import preference_of
from records.tables import Case, PatientPreference
from records.writes.patient_voice import prefer

router = APIRouter(prefix="/my", tags=["Patients and carers"])
DEMOGRAPHICS, CONTACT = "demographics", "contact"
QUESTION = "asked with a question"
Language = Annotated[str | None, Query(pattern="^[a-z]{2}$", description="`en`, `de`, …; else as preferred")]


@router.get("/cases", summary="My cases")
async def cases(asked: Asked, paged: Paged, language: Language = None) -> PatientCasePage:
    """Give one page of the cases about me and about those I care for, the newest first."""
    side, but = await side_of_patients(asked), PATHWAYS.values()
    async with asked.here.database.reader() as session:
        found, total = await page_of_patients(session, side, but=but, limit=paged.size, offset=paged.offset)
        definitions = await definitions_of(session, found)
    await asked.read("my.cases_read", cases=[case.case_id for case in found])
    spoken = language or await preferred_language(asked)
    lines = [PatientCaseLine(**line(case, each, spoken)) for case, each in zip(found, definitions, strict=True)]
    return PatientCasePage(items=lines, **paged.of(total))


@router.post("/cases/{case_id:path}/questions", status_code=201, response_model=Question, summary="Ask a question")
async def question(change: Changing, case_id: str, body: AskedQuestion) -> JSONResponse:
    """Ask the care team something: the key worker answers by the time that the answer names."""
    found, sight = await patient_case_for(change.visit, case_id, "my.question_asked")
    change.visit.require(allowed=MESSAGES in sight.classes, what="ask questions about this case")
    opening = Opening("question", found.case.root_case_id, body.text)
    return await change.once(partial(_asked, change, found.case, sight, opening))


@router.post("/cases/{case_id:path}/requests", status_code=201, response_model=Question, summary="Request a service")
async def request(change: Changing, case_id: str, body: RequestBody) -> JSONResponse:
    """Ask to be referred, or for a service: the key worker decides and answers by the time that the answer names."""
    found, sight = await patient_case_for(change.visit, case_id, "my.service_requested")
    change.visit.require(allowed=MESSAGES in sight.classes, what="request a service in this case")
    opening = Opening("request", found.case.root_case_id, body.text, subject=body.service)
    return await change.once(partial(_asked, change, found.case, sight, opening))


@router.get("/requests", summary="What I requested")
async def requests(asked: Asked) -> list[Question]:
    """Give the services that I requested, in a case or without one, with what was answered, the newest first.

    Of what I requested for somebody, as long as they let me read their messages.
    """
    side = await side_of_patients(asked, seeing=MESSAGES)
    async with asked.here.database.reader() as session:
        threads = await threads_by(session, side, kind="request")
        said_there = await messages_of(session, [thread.thread_id for thread in threads])
    await asked.read("my.requests_read")
    return [question_view(thread, said_there[thread.thread_id]) for thread in threads]


@router.post("/requests", status_code=201, response_model=Question, summary="Request a service without a case")
async def request_without_case(change: Changing, body: RequestBody) -> JSONResponse:
    """Ask to be referred where there is no case yet: the key workers of the organisation decide and answer by a time.

    For oneself only: it lets the organisation that the token names know a patient whom it may not treat yet.
    """
    sight = await _whose(change.visit, change.me.patient_id)
    allowed = MESSAGES in sight.classes and not sight.proxy
    change.visit.require(allowed=allowed, what="request a service without a case: the patient does, or calls")

    async def once() -> Answer:
        asked, case = await request_service(change, sight.patient_id, body)
        advice = await _heeded(change, case, sight, f"{body.service} {body.text}")
        return said(asked.model_copy(update={"advice": advice}), 201)

    return await change.once(once)


async def _asked(change: Change, case: Case, sight: PatientSight, opening: Opening) -> Answer:
    """What may be a red flag is passed on before anything else: a question waits for its answer, this does not."""
    advice = await _heeded(change, case, sight, f"{opening.subject} {opening.text}")
    thread = await ask(change, opening)
    shown = question_view(thread, [first_message(change, thread, opening.text)])
    return said(shown.model_copy(update={"advice": advice}), 201)


async def _heeded(change: Change, case: Case, sight: PatientSight, text: str) -> str:
    """What whoever has written this is to do now; empty when it is no red flag."""
    if not await heed(change, case, sight.patient_id, text, said_with=QUESTION):
        return ""
    return in_language(words().advice["urgent"], await language_of(change.visit, sight, None))


@router.post("/cases/{case_id:path}/journal", status_code=201, response_model=Written, summary="Write down a symptom")
async def write(change: Changing, case_id: str, body: JournalBody) -> JSONResponse:
    """Write down a symptom: it is kept, the team is told, and a red flag reaches the case at once."""
    found, sight = await patient_case_for(change.visit, case_id, "my.journal_written")
    change.visit.require(allowed=MESSAGES in sight.classes, what="write in this journal")

    async def once() -> Answer:
        noted = await note_symptom(change, found.case, sight.patient_id, body)
        advice = words().advice["urgent" if noted.entry.finding else "kept"]
        written = Written(
            entry=journal_line(noted.entry),
            message=noted.reported,
            red_flag_message=noted.raised,
            advice=in_language(advice, await language_of(change.visit, sight, None)),
        )
        return said(written, 201)

    return await change.once(once)


@router.get("/cases/{case_id:path}/letter", summary="A letter about my case", response_class=HTMLResponse)
async def letter(asked: Asked, case_id: str, language: Language = None) -> HTMLResponse:
    """Give a page to print or keep: why I was referred, in the words of who did it, what happens now, and why."""
    found, sight = await patient_case_for(asked, case_id, "my.letter_read")
    spoken = await language_of(asked, sight, language)
    why = await because(asked, found, sight.classes, spoken)
    name = addressee(found.variables) if DEMOGRAPHICS in sight.classes else ""
    page = letter_page(Letter(name, found.case.business_key, spoken, why), on=asked.here.clock().date())
    return HTMLResponse(page, headers=HEADERS)


@router.get("/cases/{case_id:path}", summary="One of my cases")
async def case(asked: Asked, case_id: str, language: Language = None) -> PatientCase:
    """Give plan, next steps, dates, who is responsible and why, who read the record, questions and journal."""
    found, sight = await patient_case_for(asked, case_id, "my.case_read")
    return await patient_case(Look(asked, found, sight, await language_of(asked, sight, language)))


@router.get("/preferences", summary="How I want to be told")
async def preferences(asked: Asked, patient_id: str = "") -> PreferencesView:
    """Give language, channel and what I opted out of; of another, to whom they let see how they are reached."""
    sight = await _whose(asked, patient_id)
    asked.require(allowed=_is_reached(sight), what="read how this patient wants to be told")
    async with asked.here.database.reader() as session:
        found = await preference_of(session, (sight.patient_id, *sight.ids))
    await asked.read("my.preferences_read", patient_id=sight.patient_id, proxy=sight.proxy)
    return _shown(found, sight.patient_id)


@router.post("/preferences", response_model=PreferencesView, summary="Say how I want to be told")
async def prefer_from_now_on(change: Changing, body: Preferences) -> JSONResponse:
    """Keep language, channel and what I do not want; messages that care needs come all the same.

    For another, whoever the patient lets see how they are reached.
    """
    sight, here = await _whose(change.visit, body.patient_id), offered(change.here.settings)
    change.visit.require(allowed=_is_reached(sight), what="say how this patient wants to be told")
    if body.channel not in here:
        raise Problem("invalid", f"channel: there is no way to tell you by {body.channel} here; choose {_or(here)}.")

    async def once() -> Answer:
        row = _preference(change, sight, body)
        async with change.here.database.session() as session:
            await prefer(session, row)
            about = {"patient_id": sight.patient_id, "proxy": sight.proxy}
            await change.visit.audit(session, "my.preferences_changed", **about)
        return said(_shown(row, sight.patient_id))

    return await change.once(once)


def _is_reached(sight: PatientSight) -> bool:
    return not sight.proxy or CONTACT in sight.classes


def _or(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _preference(change: Change, sight: PatientSight, body: Preferences) -> PatientPreference:
    return PatientPreference(
        patient_id=sight.patient_id,
        language=body.language,
        channel=body.channel,
        opted_out=list(body.opted_out),
        changed_by=change.me.id,
        changed_at=change.here.clock(),
    )


async def _whose(asked: Visit, patient_id: str) -> PatientSight:
    """The one patient that is meant: the one that is named, else the only one, else the person as a patient."""
    sights = await patients_for(asked)
    meant = [each for each in sights if patient_id in (each.patient_id, *each.ids)] if patient_id else list(sights)
    own = [each for each in meant if not each.proxy]
    found = (own or meant) if patient_id or len(meant) == 1 or own else []
    if not found:
        raise Problem("not-found", "There is no such patient of yours; name one in `patient_id`.")
    return found[0]


def _shown(row: PatientPreference | None, patient_id: str) -> PreferencesView:
    if row is None:
        return PreferencesView(patient_id=patient_id)
    told = {"language": row.language, "channel": row.channel, "opted_out": row.opted_out, "patient_id": patient_id}
    return PreferencesView.model_validate({**told, "language_note": language_note(row.language)})
