"""Whom does one speak to, who is away, and who may act for whom? Directory, absences, standing authorities."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import Service
from activities.presence import is_open, present
from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.directory import directory_of
from api.problems import Problem
from api.shapes.people import AbsenceBody, AbsenceView, AuthorityBody, AuthorityView, ServiceView
from api.sides import side_of
from records.queries.people import absences, absent_now, authorities
from records.tables import Absence, Authority
from records.writes.people import end_absence, end_authority, grant_authority, record_absence

router = APIRouter(tags=["People"])
ME = "me"
ID_LENGTH = 32
Whom = Annotated[str, Path(max_length=200)]


@router.get("/directory", summary="Services and whom to speak to now")
async def directory(asked: Asked) -> list[ServiceView]:
    """Give every service with its named contact, deputy and hours, and who of them is there now."""
    services = directory_of(asked.here).services
    absent = await _absent(asked)
    await asked.read("directory.read")
    return [_service(asked, service_id, each, absent) for service_id, each in sorted(services.items())]


@router.get("/directory/{service_id}", summary="A service and whom to speak to now")
async def service(asked: Asked, service_id: str) -> ServiceView:
    """Give one service, and who is there now: the named contact, else the deputy, else who covers it."""
    found = directory_of(asked.here).services.get(service_id)
    if found is None:
        raise Problem("not-found", f"There is no service '{service_id[:100]}' in the directory.")
    absent = await _absent(asked)
    await asked.read("directory.read", service=service_id)
    return _service(asked, service_id, found, absent)


async def _absent(asked: Visit) -> frozenset[str]:
    async with asked.here.database.reader() as session:
        return frozenset(await absent_now(session, at=asked.here.clock(), heard_by=side_of(asked).organisations))


def _service(asked: Visit, service_id: str, found: Service, absent: frozenset[str]) -> ServiceView:
    there = present(directory_of(asked.here), service_id, absent=absent)
    return ServiceView(
        id=service_id,
        name=found.name,
        organisation=found.organisation,
        hours=found.hours,
        open_now=is_open(found, asked.here.clock()),
        named_contact=found.named_contact,
        deputy=found.deputy,
        covers=list(found.covers),
        there_now=there.person,
        there_as=there.stands,
        there_of=there.service,
    )


@router.get("/people/{person}/absences", summary="When somebody is away")
async def absences_of(asked: Asked, person: Whom) -> list[AbsenceView]:
    """Give the absences that are under way or to come; `me`: my own, of others what my organisation said."""
    who = _whose(asked, person, "read the absences of others")
    async with asked.here.database.reader() as session:
        found = await absences(session, person=who, at=asked.here.clock())
    await asked.read("absences.read", person=who)
    return [AbsenceView.model_validate(row) for row in found if _is_ours(asked, row)]


@router.post(
    "/people/{person}/absences", status_code=201, response_model=AbsenceView, summary="Say that somebody is away"
)
async def be_away(change: Changing, person: Whom, body: AbsenceBody) -> JSONResponse:
    """Note an absence: from its beginning the tasks go to who covers, else to their pools.

    Of others whoever oversees may say so: that holds in the cases of their organisation.
    """
    who = _whose(change.visit, person, "note the absence of others")
    if body.cover == who:
        raise Problem("invalid", "cover: nobody covers for themselves.")
    _require_other(change.visit, who, body.cover)
    row = Absence(
        absence_id=change.update_id[:ID_LENGTH],
        person=who,
        since=body.since,
        until=body.until,
        cover=body.cover,
        organisations=list(side_of(change.visit).organisations),
        recorded_by=change.me.id,
        recorded_at=change.here.clock(),
    )

    async def write(session: AsyncSession) -> AbsenceView:
        await record_absence(session, row)
        await change.visit.audit(session, "absence.recorded", person=who, cover=body.cover)
        return AbsenceView.model_validate(row)

    return await _written(change, write, status=201)


@router.post("/absences/{absence_id}/end", response_model=AbsenceView, summary="Say that somebody is back")
async def come_back(change: Changing, absence_id: str) -> JSONResponse:
    """End an absence now, also one that has not begun; tasks that were handed over stay where they are."""
    async with change.here.database.reader() as session:
        row = await session.get(Absence, absence_id)
    if row is None or not _is_ours(change.visit, row):
        raise Problem("not-found", f"There is no absence '{absence_id[:64]}'.")
    _whose(change.visit, row.person, "end the absence of others")

    async def write(session: AsyncSession) -> AbsenceView:
        ended = await end_absence(session, row, now=change.here.clock())
        await change.visit.audit(session, "absence.ended", person=row.person)
        return AbsenceView.model_validate(ended)

    return await _written(change, write)


@router.get("/people/{person}/authorities", summary="Who may act for somebody")
async def authorities_of(asked: Asked, person: Whom) -> list[AuthorityView]:
    """Give the standing authorities that hold now; `me`: mine, those of others to the installation's own overseers."""
    who = asked.me.id if person == ME else person
    allowed = who == asked.me.id or (asked.here.access.oversees(asked.me) and not asked.me.organisation)
    asked.require(allowed=allowed, what="read the authorities of others")
    async with asked.here.database.reader() as session:
        found = await authorities(session, at=asked.here.clock(), person=who)
    await asked.read("authorities.read", person=who)
    return [AuthorityView.model_validate(row) for row in found]


@router.post(
    "/people/{person}/authorities", status_code=201, response_model=AuthorityView, summary="Let somebody act for me"
)
async def authorise(change: Changing, person: Whom, body: AuthorityBody) -> JSONResponse:
    """Let somebody complete tasks on my behalf; for others only the installation's own administrators may say so.

    It holds in the cases of every organisation, and whose people somebody is stands nowhere but in their token.
    """
    who = change.me.id if person == ME else person
    change.visit.require(allowed=_gives(change.visit, who), what="give the authority of others")
    _require_other(change.visit, who, body.delegate)
    row = Authority(
        authority_id=change.update_id[:ID_LENGTH],
        person=who,
        delegate=body.delegate,
        reason=body.reason,
        since=change.here.clock(),
        until=body.until,
        recorded_by=change.me.id,
        recorded_at=change.here.clock(),
    )

    async def write(session: AsyncSession) -> AuthorityView:
        await grant_authority(session, row)
        await change.visit.audit(session, "authority.given", person=who, delegate=body.delegate)
        return AuthorityView.model_validate(row)

    return await _written(change, write, status=201)


@router.post("/authorities/{authority_id}/end", response_model=AuthorityView, summary="End an authority")
async def end(change: Changing, authority_id: str) -> JSONResponse:
    """End a standing authority now."""
    async with change.here.database.reader() as session:
        row = await session.get(Authority, authority_id)
    if row is None:
        raise Problem("not-found", f"There is no authority '{authority_id[:64]}'.")
    change.visit.require(allowed=_gives(change.visit, row.person), what="end the authority of others")

    async def write(session: AsyncSession) -> AuthorityView:
        ended = await end_authority(session, row, now=change.here.clock())
        await change.visit.audit(session, "authority.ended", person=row.person, delegate=row.delegate)
        return AuthorityView.model_validate(ended)

    return await _written(change, write)


async def _written(
    change: Change, write: Callable[[AsyncSession], Awaitable[AbsenceView | AuthorityView]], *, status: int = 200
) -> JSONResponse:
    async def once() -> Answer:
        async with change.here.database.session() as session:
            return said(await write(session), status)

    return await change.once(once)


def _whose(asked: Visit, person: str, what: str) -> str:
    """Whose it is: my own, or, for whoever oversees, anybody's."""
    who = asked.me.id if person == ME else person
    asked.require(allowed=who == asked.me.id or asked.here.access.oversees(asked.me), what=what)
    return who


def _require_other(asked: Visit, person: str, named: str) -> None:
    """Nobody names themselves to do what somebody else may do: that person does, or somebody else who may."""
    own = named == asked.me.id and person != asked.me.id
    asked.require(allowed=not own, what="name themselves to act for somebody else")


def _gives(asked: Visit, person: str) -> bool:
    """Whether an authority is somebody's to give and to end: their own, or they administer the whole installation."""
    return person == asked.me.id or (asked.here.access.administers(asked.me) and not asked.me.organisation)


def _is_ours(asked: Visit, row: Absence) -> bool:
    """Whether an absence is somebody's own, or was said for their organisation."""
    return row.person == asked.me.id or not set(row.organisations).isdisjoint(side_of(asked).organisations)
