"""Which letters to patients are to be printed? Those that nobody has printed yet, for whoever sends the post."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Answer, Asked, Changing, Visit, said
from api.ids import text
from api.letter import addressee, letter_page
from api.page import POLICY
from api.patient_notices import Leaving, leaving
from api.problems import Problem
from api.seeing import side_of
from api.shapes.letters import LetterLine, PrintedLetter, letter_line
from records.queries.access import in_case, within
from records.queries.case import process_variables
from records.queries.patient_notices import Way, gone_key
from records.tables import Case, DeliveryAttempt, Notification
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
    """Give a letter as a page to print. Say afterwards that it was printed."""
    _require(asked)
    async with asked.here.database.reader() as session:
        each = await _one(session, asked, identifier)
        root = await session.get_one(Case, each.notice.case_id.partition("/")[0])
        name = addressee(await process_variables(session, root))
    await asked.read("letter.read", each.notice.case_id)
    page = letter_page(each, name=name, reference=root.business_key, on=asked.here.clock().date())
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return HTMLResponse(page, headers=headers)


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
