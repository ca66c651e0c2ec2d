"""Was this referral received before? The first one makes the case; the same again is answered with that case."""

from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import Document, Referral
from records.upsert import insert_missing


async def record_referral(session: AsyncSession, referral: Referral) -> tuple[Referral, bool]:
    """Note a referral unless it is known; give the one on record, and whether it is new.

    Two requests at once: one of them records it, both get the same answer.
    """
    is_new = await insert_missing(session, referral)
    return await session.get_one(Referral, (referral.pathway, referral.referral_id)), is_new


async def add_document(session: AsyncSession, document: Document) -> bool:
    """Attach a document to its case; say whether it is new (its id is the same when it is sent again)."""
    return await insert_missing(session, document)
