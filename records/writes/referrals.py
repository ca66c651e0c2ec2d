"""Was this referral received before? The first one makes the case; the same again is answered with that case."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import col, select
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


async def copy_documents(
    session: AsyncSession, of_case: str, to_case: str, names: Collection[str], *, actor: str, now: datetime
) -> None:
    """Attach documents of a case, those of these names, also to one that it began."""
    named = select(Document).where(Document.case_id == of_case, col(Document.name).in_(names))
    for found in await session.exec(named):
        about = found.model_dump(include={"name", "content_type", "sha256", "content"})
        key = f"{to_case}/{found.name}"
        await add_document(session, Document(document_id=key, case_id=to_case, added_by=actor, added_at=now, **about))
