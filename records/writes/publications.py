"""How is a definition published? Atomically: a content that is new gets the next version number and becomes active."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from pathways import codec
from pathways.bpmn.model import Definition
from records.database import one_at_a_time
from records.tables import Form, PublishedDefinition
from records.upsert import insert_missing


async def publish(
    session: AsyncSession,
    definition: Definition,
    *,
    bpmn: str,
    forms: Mapping[str, str],
    actor: str,
    now: datetime,
) -> tuple[PublishedDefinition, bool]:
    """Publish a definition with its forms (form id → schema JSON); give it, and whether its content is new.

    Content that was published before keeps its version number and becomes active again.
    """
    await one_at_a_time(session, f"publish:{definition.key}")
    for form_id, schema in forms.items():
        await insert_missing(session, Form(sha256=definition.forms[form_id], form_id=form_id, form_schema=schema))
    known = await _with_content(session, definition)
    await _deactivate(session, definition.key)
    if known is not None:
        known.active = True
        session.add(known)
        await session.flush()
        return known, False
    row = _row(definition, await _next_version(session, definition.key), bpmn=bpmn, actor=actor, now=now)
    session.add(row)
    await session.flush()
    return row, True


def _row(definition: Definition, version: int, *, bpmn: str, actor: str, now: datetime) -> PublishedDefinition:
    return PublishedDefinition(
        key=definition.key,
        version=version,
        sha256=definition.sha256,
        version_tag=definition.version_tag,
        name=definition.name,
        definition=codec.dump(definition).decode(),
        bpmn=bpmn,
        published_at=now,
        published_by=actor,
    )


async def _with_content(session: AsyncSession, definition: Definition) -> PublishedDefinition | None:
    same = select(PublishedDefinition).where(
        PublishedDefinition.key == definition.key, PublishedDefinition.sha256 == definition.sha256
    )
    return (await session.exec(same)).first()


async def _next_version(session: AsyncSession, key: str) -> int:
    newest = select(func.max(PublishedDefinition.version)).where(PublishedDefinition.key == key)
    return ((await session.exec(newest)).one() or 0) + 1


async def _deactivate(session: AsyncSession, key: str) -> None:
    active = update(PublishedDefinition).where(
        col(PublishedDefinition.key) == key, col(PublishedDefinition.active).is_(True)
    )
    await session.exec(active.values(active=False))
