"""How does an organisation come to take part in a case, and who is let in by break-glass or a patient's proxy?"""

from datetime import datetime

from sqlalchemy import and_, or_
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.access import FOR_THE_SEAL, OURS, REQUESTER, SEAL, TREATING, WITHDRAWN
from records.tables import BrokenGlass, CaseParty, ProxyGrant
from records.upsert import insert_missing

SEAL_ROW = f"!{SEAL}"
"""As whose (`organisation`) a row of `case_party` is the seal of a case."""

LIFTED = "seal-lifted"
"""By what (`via`) a row of `case_party` says that a case was sealed once and is open again."""


async def note_requester(
    session: AsyncSession, root_case_id: str, organisation: str, *, through: str, now: datetime
) -> None:
    """Note for which organisation somebody began a case: it is the first to take part, and all of it is theirs."""
    await insert_missing(session, _party(root_case_id, organisation, "requester", through, now))


async def note_party(
    session: AsyncSession, root_case_id: str, organisation: str, *, via: str, through: str, now: datetime
) -> None:
    """Let an organisation take part in a case, also again; what nobody was named a requester for stays our own.

    How long the patient shares with it is asked beside (`let_in` in `records/writes/outside.py`).
    """
    known = select(CaseParty.organisation).where(CaseParty.root_case_id == root_case_id)
    if (await session.exec(known)).first() is None:
        await insert_missing(session, _party(root_case_id, OURS, "requester", through, now))
    await insert_missing(session, _party(root_case_id, organisation, via, through, now))
    again = update(CaseParty).where(
        col(CaseParty.root_case_id) == root_case_id,
        col(CaseParty.organisation) == organisation,
        col(CaseParty.until).is_not(None),
    )
    await session.exec(again.where(col(CaseParty.via).in_(TREATING)).values(through=through))
    await session.exec(again.values(until=None))


async def seal_case(session: AsyncSession, root_case_id: str, *, actor: str, now: datetime) -> tuple[datetime, bool]:
    """Seal a case that was made for the wrong patient; give since when it is sealed, and whether it was open."""
    known = select(CaseParty.organisation).where(CaseParty.root_case_id == root_case_id)
    if (await session.exec(known)).first() is None:
        await note_requester(session, root_case_id, OURS, through=actor, now=now)
    row = _party(root_case_id, SEAL_ROW, SEAL, actor, now)
    row.until = now
    if await insert_missing(session, row):
        return now, True
    found = await session.get_one(CaseParty, (root_case_id, SEAL_ROW), with_for_update=True)
    was_open = found.via != SEAL
    if was_open:
        found.via, found.through, found.since, found.until = SEAL, actor, now, now
    return found.since, was_open


async def lift_seal(session: AsyncSession, root_case_id: str, *, now: datetime) -> bool:
    """Take the seal off a case that was right after all; say whether it was sealed."""
    found = await session.get(CaseParty, (root_case_id, SEAL_ROW), with_for_update=True)
    if found is None or found.via != SEAL:
        return False
    found.via, found.until = LIFTED, now
    looked = col(CaseParty.root_case_id) == root_case_id, col(CaseParty.through) == FOR_THE_SEAL
    await session.exec(delete(CaseParty).where(*looked))
    return True


async def sealed_by(session: AsyncSession, root_case_id: str) -> str:
    """Give who sealed a case; empty when it is not sealed."""
    found = await session.get(CaseParty, (root_case_id, SEAL_ROW))
    return found.through if found and found.via == SEAL else ""


async def sealed_since(session: AsyncSession, root_case_id: str) -> datetime | None:
    """Give since when a case is sealed; None when it is not."""
    found = await session.get(CaseParty, (root_case_id, SEAL_ROW))
    return found.since if found and found.via == SEAL else None


async def copy_seal(session: AsyncSession, of_root: str, to_root: str, *, now: datetime) -> None:
    """Put a case that a sealed one began under the same seal, for the same people."""
    seal = _party(to_root, SEAL_ROW, SEAL, await sealed_by(session, of_root), now)
    seal.until = now
    await insert_missing(session, seal)
    looking = col(CaseParty.root_case_id) == of_root, col(CaseParty.through) == FOR_THE_SEAL
    for party in await session.exec(select(CaseParty).where(*looking)):
        await insert_missing(session, _party(to_root, party.organisation, party.via, FOR_THE_SEAL, now))


async def copy_parties(session: AsyncSession, of_root: str, to_root: str, *, now: datetime) -> None:
    """Let whoever takes part in a case take part in one that it began; who is out of the one is out of the other."""
    lasts = or_(col(CaseParty.until).is_(None), col(CaseParty.until) > now, col(CaseParty.via) == REQUESTER)
    here = and_(col(CaseParty.root_case_id) == of_root, col(CaseParty.via).not_in((SEAL, WITHDRAWN)))
    for party in await session.exec(select(CaseParty).where(here, lasts)):
        copied = _party(to_root, party.organisation, party.via, f"case:{of_root}", now)
        copied.until = party.until
        await insert_missing(session, copied)


async def break_glass(session: AsyncSession, grant: BrokenGlass) -> BrokenGlass:
    """Note a broken glass, unless it was noted before under its id; give what is on record."""
    await insert_missing(session, grant)
    return await session.get_one(BrokenGlass, grant.grant_id)


async def note_review(session: AsyncSession, grant_id: str, case_id: str) -> None:
    """Note which case reviews that somebody broke the glass."""
    (await session.get_one(BrokenGlass, grant_id)).review_case_id = case_id


async def give_proxy(session: AsyncSession, grant: ProxyGrant) -> ProxyGrant:
    """Let somebody act for a patient, unless that was noted before under its id; give what is on record."""
    await insert_missing(session, grant)
    return await session.get_one(ProxyGrant, grant.grant_id)


async def withdraw_proxy(session: AsyncSession, grant: ProxyGrant, *, actor: str, now: datetime) -> ProxyGrant:
    """End a proxy at once; the first withdrawal counts."""
    found = await session.get_one(ProxyGrant, grant.grant_id)
    if found.withdrawn_at is None:
        found.withdrawn_at, found.withdrawn_by = now, actor
    return found


def _party(root_case_id: str, organisation: str, via: str, through: str, now: datetime) -> CaseParty:
    return CaseParty(root_case_id=root_case_id, organisation=organisation, via=via, through=through, since=now)
