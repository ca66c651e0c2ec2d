"""When does a team meet, how much room has each date, and which cases are on its list?"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, Field

from activities.meeting_slots import MeetingSeries
from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.directory import directory_of
from api.problems import Problem
from api.seeing import require_theirs, those_of_mine
from api.shapes.base import Body, Shape
from records.queries.meetings import listed_cases
from records.tables import Case, ListedCase
from records.writes.meetings import list_case, take_off

router = APIRouter(prefix="/conferences", tags=["Conferences"])
MOST_WEEKS = 26
ROUTINE = "routine"


class SlotView(Shape):
    """One date of a series: when it begins and closes, its room, and those of its cases that are of my organisation.

    `free`: seats for a routine case; `free_for_urgent`: for one that is not.
    """

    series: str
    name: str
    held_on: date
    begins_at: AwareDatetime
    closes_at: AwareDatetime
    minutes: int
    roles: list[str]
    capacity: int
    listed: int
    free: int
    free_for_urgent: int
    cases: list[str]


class ListingBody(Body):
    """The case that is listed, or taken off."""

    case_id: str = Field(min_length=1, max_length=300)


class Listing(Shape):
    """A case on the list of a date."""

    series: str
    held_on: date
    seat: int
    case_id: str


@router.get("/slots", summary="Dates of conferences and their room")
async def slots(asked: Asked, weeks: Annotated[int, Query(ge=1, le=MOST_WEEKS)] = 6) -> list[SlotView]:
    """Give the coming dates of every series of the directory, the next first. Overseers only."""
    asked.require(allowed=asked.here.access.oversees(asked.me), what="read the dates of conferences")
    today = asked.here.clock().date()
    until = today + timedelta(weeks=weeks)
    series = directory_of(asked.here).conferences
    async with asked.here.database.reader() as session:
        lists = await listed_cases(session, list(series), since=today, until=until)
    mine = await those_of_mine(asked, {each.root_case_id for rows in lists.values() for each in rows})
    found = [
        _view(key, each, day, lists.get((key, day), ()), mine)
        for key, each in series.items()
        for day in each.dates(today, until)
    ]
    await asked.read("conference_slots.read", cases=sorted(mine))
    return sorted(found, key=lambda slot: (slot.begins_at, slot.series))


def _view(key: str, series: MeetingSeries, day: date, rows: Sequence[ListedCase], mine: Collection[str]) -> SlotView:
    taken = {row.seat for row in rows}
    return SlotView(
        series=key,
        name=series.name,
        held_on=day,
        begins_at=series.begins(day),
        closes_at=series.closes(day),
        minutes=series.minutes,
        roles=list(series.roles),
        capacity=series.capacity,
        listed=len(rows),
        free=len(set(series.seats(urgent=False)) - taken),
        free_for_urgent=len(set(series.seats(urgent=True)) - taken),
        cases=[row.root_case_id for row in rows if row.root_case_id in mine],
    )


@router.post("/{series}/{on}/cases", status_code=201, response_model=Listing, summary="List a case for a date")
async def listed(change: Changing, series: str, on: str, body: ListingBody) -> JSONResponse:
    """Put a running case onto the list of a date; one that is on it stays there.

    A date that is full or closed is refused (409), and the next one with room is named. Overseers only.
    """
    meeting, held_on = _meeting(change.visit, series, on)
    await require_theirs(change.visit, body.case_id)

    async def once() -> Answer:
        if meeting.closes(held_on) <= change.here.clock():
            raise Problem("not-now", f"The list of {held_on} is closed.{await _instead(change, series, body)}")
        row = await _seated(change, meeting, ListedCase(series=series, held_on=held_on, seat=0, **_by(change, body)))
        if row is None:
            raise Problem("not-now", f"The list of {held_on} is full for it.{await _instead(change, series, body)}")
        return said(Listing(series=series, held_on=held_on, seat=row.seat, case_id=row.root_case_id), 201)

    return await change.once(once)


def _by(change: Change, body: ListingBody) -> dict[str, Any]:
    return {"root_case_id": body.case_id, "listed_by": change.me.id, "listed_at": change.here.clock()}


async def _seated(change: Change, meeting: MeetingSeries, wanted: ListedCase) -> ListedCase | None:
    """Give a case a seat; None when it is full.

    Raises:
        Problem: it has ended, or another case called it.
    """
    async with change.here.database.session() as session:
        case = await session.get(Case, wanted.root_case_id)
        if case is None or case.status != "running" or case.root_case_id != case.case_id:
            raise Problem("not-running", "Only a case that runs, and that no other case called, is listed.")
        row = await list_case(session, wanted, meeting.seats(urgent=case.urgency != ROUTINE))
        if row is not None:
            about: dict[str, Any] = {"series": row.series, "held_on": str(row.held_on), "seat": row.seat}
            await change.visit.audit(session, "conference.listed", case.case_id, **about)
        return row


async def _instead(change: Change, series: str, body: ListingBody) -> str:
    """Name the next date that has room for the case, if one is near."""
    meeting, now = directory_of(change.here).conferences[series], change.here.clock()
    until = now.date() + timedelta(weeks=MOST_WEEKS)
    async with change.here.database.reader() as session:
        case = await session.get(Case, body.case_id)
        lists = await listed_cases(session, [series], since=now.date(), until=until)
    seats = set(meeting.seats(urgent=case is not None and case.urgency != ROUTINE))
    for day in meeting.dates(now.date(), until):
        taken = {row.seat for row in lists.get((series, day), ())}
        if meeting.closes(day) > now and seats - taken:
            return f" The next with room is {day}."
    return f" None of the next {MOST_WEEKS} weeks has room."


@router.post("/{series}/{on}/cases/withdraw", response_model=Listing, summary="Take a case off the list of a date")
async def withdrawn(change: Changing, series: str, on: str, body: ListingBody) -> JSONResponse:
    """Take a case off a list: its seat is free. Overseers only."""
    _, held_on = _meeting(change.visit, series, on)
    await require_theirs(change.visit, body.case_id)

    async def once() -> Answer:
        async with change.here.database.session() as session:
            if not await take_off(session, series, held_on, body.case_id):
                raise Problem("not-found", f"The case is not on the list of {held_on}.")
            await change.visit.audit(session, "conference.unlisted", body.case_id, series=series, held_on=str(held_on))
        return said(Listing(series=series, held_on=held_on, seat=0, case_id=body.case_id))

    return await change.once(once)


def _meeting(asked: Visit, series: str, on: str) -> tuple[MeetingSeries, date]:
    """Give a series that meets on a date, and the date, to an overseer.

    Raises:
        Problem: 403; 404, there is no such series, or it does not meet then.
    """
    asked.require(allowed=asked.here.access.oversees(asked.me), what="list cases for conferences")
    found = directory_of(asked.here).conferences.get(series)
    with suppress(ValueError):
        held_on = date.fromisoformat(on)
        if found is not None and found.is_held_on(held_on):
            return found, held_on
    raise Problem("not-found", f"There is no '{series[:100]}' on '{on[:20]}': see GET /conferences/slots.")
