"""How is it noted that somebody is here, is away, may act for somebody, or looks after a case?"""

from datetime import datetime

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from records.database import one_at_a_time
from records.queries.people import KEY_WORKER
from records.tables import Absence, Authority, CareTeamMember, PersonSeen
from records.upsert import insert_missing


async def note_seen(session: AsyncSession, person: str, organisation: str, *, now: datetime) -> None:
    """Note that somebody is here now for an organisation."""
    if not await insert_missing(session, PersonSeen(person=person, organisation=organisation, seen_at=now)):
        known = update(PersonSeen).where(col(PersonSeen.person) == person, col(PersonSeen.organisation) == organisation)
        await session.exec(known.values(seen_at=now))


async def record_absence(session: AsyncSession, absence: Absence) -> bool:
    """Note that somebody will be away; say whether it is new."""
    return await insert_missing(session, absence)


async def end_absence(session: AsyncSession, absence: Absence, *, now: datetime) -> Absence:
    """Note that somebody is back, or will not be away after all."""
    absence.ended_at = absence.ended_at or now
    return await session.merge(absence)


async def grant_authority(session: AsyncSession, authority: Authority) -> bool:
    """Note a standing authority; say whether it is new."""
    return await insert_missing(session, authority)


async def end_authority(session: AsyncSession, authority: Authority, *, now: datetime) -> Authority:
    """Let a standing authority end now, unless it has ended."""
    if authority.until is None or authority.until > now:
        authority.until = now
    return await session.merge(authority)


async def join_care_team(session: AsyncSession, member: CareTeamMember) -> bool:
    """Let somebody look after a case; say whether it is new. A new key worker follows the one before."""
    if member.role == KEY_WORKER:
        await one_at_a_time(session, f"key_worker:{member.root_case_id}")
        before = update(CareTeamMember).where(
            col(CareTeamMember.root_case_id) == member.root_case_id,
            col(CareTeamMember.role) == KEY_WORKER,
            col(CareTeamMember.until).is_(None),
            col(CareTeamMember.member_id) != member.member_id,
        )
        await session.exec(before.values(until=member.since))
    return await insert_missing(session, member)


async def leave_care_team(session: AsyncSession, member: CareTeamMember, *, now: datetime) -> CareTeamMember:
    """Note that somebody no longer looks after a case."""
    member.until = member.until or now
    return await session.merge(member)
