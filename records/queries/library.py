"""Which definitions and forms are published? The active version of a key, or exactly the one that a case pins."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from pathways import codec
from pathways.bpmn.model import Definition
from records.tables import Form, PublishedDefinition


async def active_definition(session: AsyncSession, key: str) -> PublishedDefinition | None:
    """Give the version that new cases of this pathway start with."""
    found = select(PublishedDefinition).where(PublishedDefinition.key == key, col(PublishedDefinition.active).is_(True))
    return (await session.exec(found)).first()


async def definition_by_sha256(session: AsyncSession, sha256: str) -> PublishedDefinition | None:
    """Give the version that a running case pins."""
    found = select(PublishedDefinition).where(PublishedDefinition.sha256 == sha256)
    return (await session.exec(found.order_by(col(PublishedDefinition.version).desc()))).first()


async def active_definitions(session: AsyncSession) -> tuple[PublishedDefinition, ...]:
    """Give the active version of every pathway, by key."""
    found = select(PublishedDefinition).where(col(PublishedDefinition.active).is_(True))
    return tuple(await session.exec(found.order_by(col(PublishedDefinition.key))))


async def form(session: AsyncSession, *, form_id: str, sha256: str) -> Form | None:
    """Give the form schema that a definition pins: its `forms` name the sha256."""
    return await session.get(Form, (sha256, form_id))


def parsed(published: PublishedDefinition) -> Definition:
    """Give the definition that the engine runs."""
    return codec.load(Definition, published.definition)
