"""Whom does one speak to about a referral? The contact of its service, who is there now, and the key worker."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.outbound import ORDERS
from activities.presence import Present, present
from api.directory import directory_of
from api.referral_standing import Standing
from api.shapes.referrals import ContactView
from api.surroundings import Surroundings
from records.queries.people import absent_in, key_worker
from records.tables import Case, Disclosure

NOBODY = Present("", "nobody", "")


async def contact_of(session: AsyncSession, here: Surroundings, found: Standing) -> ContactView:
    """Give whom to speak to about a referral; its service is empty while nobody was asked."""
    directory, now = directory_of(here), here.clock()
    named = found.variables.get("service")
    service_id = named if isinstance(named, str) and named else await _asked(session, found.case)
    service = directory.services.get(service_id)
    away = await absent_in(session, found.case.case_id, at=now)
    there = present(directory, service_id, absent=away) if service else NOBODY
    worker = await key_worker(session, found.case.root_case_id, at=now)
    return ContactView(
        service=service_id,
        named_contact=service.named_contact if service else "",
        deputy=service.deputy if service else "",
        there_now=there.person,
        there_as=there.stands,
        key_worker=worker.name if worker else "",
    )


async def _asked(session: AsyncSession, case: Case) -> str:
    """Give the service that a case asked last by itself; empty while it has asked none."""
    sent = select(Disclosure.recipient).where(
        Disclosure.case_id == case.case_id, col(Disclosure.message).in_(ORDERS), Disclosure.state == "sent"
    )
    newest = sent.order_by(col(Disclosure.noted_at).desc(), col(Disclosure.idempotency_key)).limit(1)
    return (await session.exec(newest)).first() or ""
