"""Whom does one speak to about a referral? The contact of its service, who is there now, and the key worker."""

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.presence import Present, present
from api.directory import directory_of
from api.referral_standing import Standing
from api.shapes.referrals import ContactView
from api.surroundings import Surroundings
from records.queries.people import absent_in, key_worker

NOBODY = Present("", "nobody", "")


async def contact_of(session: AsyncSession, here: Surroundings, found: Standing) -> ContactView:
    """Give whom to speak to about a referral; its service is empty while nobody was asked."""
    directory, now = directory_of(here), here.clock()
    named = found.variables.get("service")
    service = directory.services.get(named) if isinstance(named, str) else None
    away = await absent_in(session, found.case.case_id, at=now)
    there = present(directory, named, absent=away) if service and isinstance(named, str) else NOBODY
    worker = await key_worker(session, found.case.root_case_id, at=now)
    return ContactView(
        service=named if isinstance(named, str) else "",
        named_contact=service.named_contact if service else "",
        deputy=service.deputy if service else "",
        there_now=there.person,
        there_as=there.stands,
        key_worker=worker.name if worker else "",
    )
