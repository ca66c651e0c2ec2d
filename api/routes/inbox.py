"""What was I told, and which results do I acknowledge by name? Notifications and result hand-offs."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.ids import text
from api.inbox_words import Reader, reader_of
from api.next_planner import handed_over
from api.own_record import side_of_patients
from api.patient_view import APPOINTMENTS, MESSAGES
from api.problems import Problem
from api.read_instead import read_for_others, reads_instead
from api.shapes.exchange import HandoffPage, HandoffView, NotificationView, notification_view
from api.short_handoff import short_handoff
from api.sides import patient_roles, side_of, working_roles
from records.queries.inbox import MOST, Addressed, is_addressed, notifications, open_handoffs
from records.queries.standing import theirs
from records.tables import Handoff, Notification
from records.writes.handovers import Told, acknowledge

router = APIRouter(tags=["Inbox and hand-offs"])


@router.get("/inbox", summary="What I was told")
async def inbox(asked: Asked, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> list[NotificationView]:
    """Give what I and my roles were told, the newest first."""
    to = await told(asked)
    async with asked.here.database.reader() as session:
        found = await notifications(session, to, limit=limit)
    await asked.read("inbox.read", cases=sorted({row.case_id for row in found}))
    reader = await reader_of(asked)
    return [_view(reader, row) for row in found]


@router.post("/inbox/{identifier}/acknowledge", response_model=NotificationView, summary="Acknowledge a notification")
async def acknowledge_told(change: Changing, identifier: str) -> JSONResponse:
    """Acknowledge by name; the first acknowledgement counts."""
    key = await _sent_to_me(change.visit, Notification, identifier)

    async def once() -> Answer:
        row = await _acknowledged(change, Notification, key, "notification.acknowledged")
        return said(_view(await reader_of(change.visit), row))

    return await change.once(once)


@router.get("/handoffs", summary="Results to acknowledge")
async def handoffs(asked: Asked, limit: Annotated[int, Query(ge=1, le=MOST)] = MOST) -> list[HandoffView]:
    """Give the results that were handed to me and my roles and that nobody has acknowledged, the oldest first.

    Those that I read for somebody who is away, or that nobody has read in time, come after mine.
    """
    to = await addressed(asked)
    async with asked.here.database.reader() as session:
        mine = await open_handoffs(session, to, limit=limit)
    every = {row.idempotency_key: row for row in (*mine, *await read_for_others(asked))}
    found = list(every.values())[:limit]
    await asked.read("handoffs.read", cases=sorted({row.case_id for row in found}))
    return await handed_over(asked, found)


@router.get("/handoffs/{identifier}", summary="A result on one page")
async def handoff(asked: Asked, identifier: str) -> HandoffPage:
    """Give a result that was handed to me in short: the question, one page, and who plans the next step."""
    async with asked.here.database.reader() as session:
        row = await session.get(Handoff, text(identifier) or "")
        await _check(asked, session, row, to="read")
    assert row is not None
    await asked.read("handoff.read", row.case_id)
    return await short_handoff(asked, row)


@router.post("/handoffs/{identifier}/acknowledge", response_model=HandoffView, summary="Acknowledge a result")
async def acknowledge_result(change: Changing, identifier: str) -> JSONResponse:
    """Acknowledge by name that I have read a result and act on it; the first acknowledgement counts."""
    key = await _sent_to_me(change.visit, Handoff, identifier)

    async def once() -> Answer:
        row = await _acknowledged(change, Handoff, key, "handoff.acknowledged")
        return said((await handed_over(change.visit, [row]))[0])

    return await change.once(once)


def _view(reader: Reader, row: Notification) -> NotificationView:
    text = reader.reads(row.recipient_kind, row.recipient, row.idempotency_key, row.text)
    return notification_view(row).model_copy(update={"text": text})


async def addressed(asked: Visit) -> Addressed:
    """Give whose results somebody asks for: their own, in all their roles."""
    return Addressed(await side_of_patients(asked), working_roles(asked.me), patient_roles(asked.me))


async def told(asked: Visit) -> Addressed:
    """Give whose notices somebody asks for; of what patients were told, where their messages are theirs to read."""
    written, booked = [await side_of_patients(asked, seeing=each) for each in (MESSAGES, APPOINTMENTS)]
    return replace(await addressed(asked), side=written, reminded=booked.patients)


async def _sent_to_me(asked: Visit, table: type[Told], identifier: str) -> str:
    """The key of what was sent to whoever asks: it has to be theirs also when an answer is only said again."""
    key = text(identifier) or ""
    async with asked.here.database.reader() as session:
        await _check(asked, session, await session.get(table, key))
    return key


async def _acknowledged(change: Change, table: type[Told], key: str, action: str) -> Told:
    async with change.here.database.session() as session:
        row = await acknowledge(session, table, key, actor=change.me.id, now=change.here.clock())
        assert row is not None
        await change.visit.audit(session, action, row.case_id, **await _signed(change.visit, session, row))
    return row


async def _signed(asked: Visit, session: AsyncSession, row: Told) -> dict[str, str]:
    """What the audit notes of who acknowledges what was handed to somebody else."""
    if not isinstance(row, Handoff) or await is_addressed(session, row, await addressed(asked)):
        return {}
    return {"on_behalf_of": row.recipient, "grounds": await reads_instead(asked, row)}


async def _check(
    asked: Visit, session: AsyncSession, row: Notification | Handoff | None, *, to: str = "acknowledge"
) -> None:
    """Go on only when it was sent to whoever asks; of another organisation's case they hear that there is nothing."""
    to_me = await told(asked) if isinstance(row, Notification) else await addressed(asked)
    mine = row is not None and await is_addressed(session, row, to_me)
    mine = mine or (isinstance(row, Handoff) and bool(await reads_instead(asked, row)))
    if row is None or not (mine or await theirs(session, [row.case_id], side_of(asked))):
        about = row.case_id if row else ""
        raise Problem("not-found", f"There is nothing to {to} under this id.", about=about)
    asked.require(allowed=mine, what=f"{to} what was sent to others")
