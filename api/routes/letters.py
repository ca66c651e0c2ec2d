"""Which letters to patients are to be printed? Those that nobody has printed yet, for whoever sends the post."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.data_sight import classes_in
from api.deps import Answer, Asked, Changing, Visit, said
from api.ids import text
from api.letter import HEADERS, Letter, addressee, letter_page
from api.letter_reasons import because
from api.patient_notices import Leaving, leaving, text_of
from api.problems import Problem
from api.shapes.letters import LetterLine, PrintedLetter, letter_line
from api.sides import side_of
from records.queries.access import in_case, within
from records.queries.case import case_detail
from records.queries.patient_notices import Way, gone_key
from records.tables import DeliveryAttempt, Notification
from records.writes.handovers import record_attempt

router = APIRouter(prefix="/letters", tags=["Patients and carers"])
LETTER: Way = "letter"


@router.get("", summary="Letters to print")
async def letters(asked: Asked) -> list[LetterLine]:
    """Give the letters to patients that are to be printed and sent, the oldest first."""
    _require(asked)
    async with asked.here.database.reader() as session:
        found = await _waiting(session, asked)
    await asked.read("letters.read", cases=sorted({each.notice.case_id for each in found}))
    return [letter_line(each) for each in found]


@router.get("/{identifier}", summary="A letter", response_class=HTMLResponse)
async def letter(asked: Asked, identifier: str) -> HTMLResponse:
    """Give a letter as a page to print. Say afterwards that it was printed.

    It says why the patient was referred where whoever prints it sees that, else where the patient reads it.
    """
    _require(asked)
    async with asked.here.database.reader() as session:
        each = await _one(session, asked, identifier)
    await asked.read("letter.read", each.notice.case_id)
    return HTMLResponse(letter_page(await _written(asked, each), on=asked.here.clock().date()), headers=HEADERS)


@router.post("/{identifier}/printed", response_model=PrintedLetter, summary="Say that a letter was printed")
async def printed(change: Changing, identifier: str) -> JSONResponse:
    """Take a letter off the list: it was printed and goes out by post."""
    _require(change.visit)

    async def once() -> Answer:
        async with change.here.database.session() as session:
            each = await _one(session, change.visit, identifier)
            attempt = _attempt(each, change.visit)
            await record_attempt(session, attempt)
            await change.visit.audit(session, "letter.printed", each.notice.case_id, patient_id=each.patient_id)
        shown = PrintedLetter(
            id=identifier, case_id=each.notice.case_id, printed_by=change.me.id, printed_at=attempt.at
        )
        return said(shown)

    return await change.once(once)


async def _written(asked: Visit, each: Leaving) -> Letter:
    async with asked.here.database.reader() as session:
        root = await case_detail(session, each.notice.case_id.partition("/")[0])
    assert root is not None  # it was found among the cases of their organisation
    why = await because(asked, root, await classes_in(asked, root.case), each.language)
    said = text_of(each.notice, each.language)
    return Letter(addressee(root.variables), root.case.business_key, each.language, why, said)


async def _waiting(session: AsyncSession, asked: Visit, identifier: str | None = None) -> list[Leaving]:
    ours = in_case(col(Notification.case_id), within, side_of(asked))
    one = (col(Notification.idempotency_key) == identifier,) if identifier is not None else ()
    return await leaving(session, asked.here, LETTER, ours, *one)


async def _one(session: AsyncSession, asked: Visit, identifier: str) -> Leaving:
    found = await _waiting(session, asked, text(identifier) or "")
    if not found:
        raise Problem("not-found", "There is no letter to print under this id.")
    return found[0]


def _attempt(each: Leaving, asked: Visit) -> DeliveryAttempt:
    return DeliveryAttempt(
        idempotency_key=gone_key(each.notice, LETTER),
        attempt=1,
        service=LETTER,
        endpoint=asked.me.id,
        at=asked.here.clock(),
    )


def _require(asked: Visit) -> None:
    asked.require(allowed=asked.here.access.may_print_letters(asked.me), what="print letters to patients")
