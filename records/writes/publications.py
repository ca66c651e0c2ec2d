"""How is a definition published? Atomically: a content that is new gets the next version number and becomes active.

All that is published or activated in one transaction becomes visible at once or never, and publishers wait for each
other: two that publish the same pathways in another order neither deadlock nor mix.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from pathways import codec
from pathways.bpmn.model import Definition
from pathways.catalogue import Publication
from records.database import one_at_a_time
from records.tables import Form, PublishedDefinition
from records.upsert import insert_missing

_SECTION = "publish"


async def publish_together(
    session: AsyncSession, publications: Sequence[Publication], *, actor: str, now: datetime, only_new: bool = False
) -> list[tuple[PublishedDefinition, bool]]:
    """Publish what was read together; give each version, and whether its content is new."""
    return [
        await publish(
            session,
            publication.definition,
            bpmn=publication.bpmn_source.decode(),
            forms={form: json.dumps(schema) for form, schema in publication.forms.items()},
            actor=actor,
            now=now,
            only_new=only_new,
        )
        for publication in publications
    ]


async def publish(
    session: AsyncSession,
    definition: Definition,
    *,
    bpmn: str,
    forms: Mapping[str, str],
    actor: str,
    now: datetime,
    only_new: bool = False,
) -> tuple[PublishedDefinition, bool]:
    """Publish a definition with its forms (form id → schema JSON); give it, and whether its content is new.

    Content that was published before keeps its version number and becomes active again; with `only_new` it stays as
    it is, active or not: what is published whenever a process starts takes back no rollback.
    """
    await one_at_a_time(session, _SECTION)
    for form_id, schema in forms.items():
        await insert_missing(session, Form(sha256=definition.forms[form_id], form_id=form_id, form_schema=schema))
    known = await _with_content(session, definition)
    if known is not None:
        if not only_new:
            await _make_active(session, known)
        return known, False
    row = _row(definition, await _next_version(session, definition.key), bpmn=bpmn, actor=actor, now=now)
    await _deactivate(session, definition.key)
    session.add(row)
    await session.flush()
    return row, True


async def activate(session: AsyncSession, key: str, version: int | None = None) -> PublishedDefinition | None:
    """Let new cases start with this version again, None: with the one below the active one; cases that run keep theirs.

    Gives None when there is no such version.
    """
    await one_at_a_time(session, _SECTION)
    found = await _one_of(session, key, await _below_active(session, key) if version is None else version)
    if found is not None:
        await _make_active(session, found)
    return found


async def _make_active(session: AsyncSession, row: PublishedDefinition) -> None:
    await _deactivate(session, row.key)
    row.active = True
    session.add(row)
    await session.flush()


async def _below_active(session: AsyncSession, key: str) -> int:
    """The number of the version before the active one; 0 when there is none."""
    of_key = PublishedDefinition.key == key
    active = select(PublishedDefinition.version).where(of_key, col(PublishedDefinition.active).is_(True))
    number = (await session.exec(active)).first() or 0
    below = select(func.max(PublishedDefinition.version)).where(of_key, PublishedDefinition.version < number)
    return (await session.exec(below)).one() or 0


async def _one_of(session: AsyncSession, key: str, version: int) -> PublishedDefinition | None:
    return await session.get(PublishedDefinition, (key, version))


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
