"""Which definitions and forms are published? The active version of a key, or exactly the one that a case pins.

A pathway may have thousands of versions, and each is large: lists leave the texts of definition and diagram out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import defer
from sqlalchemy.sql.base import ExecutableOption
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from pathways import codec
from pathways.bpmn.model import Definition
from pathways.catalogue import Known
from records.queries.access import Side, within
from records.tables import Case, Form, PublishedDefinition


def _without_diagram() -> tuple[ExecutableOption, ...]:
    heavy: Any = PublishedDefinition.bpmn
    return (defer(heavy, raiseload=True),)


def _without_texts() -> tuple[ExecutableOption, ...]:
    heavy: Any = PublishedDefinition.definition
    return (*_without_diagram(), defer(heavy, raiseload=True))


async def active_definition(session: AsyncSession, key: str) -> PublishedDefinition | None:
    """Give the version that new cases of this pathway start with."""
    found = select(PublishedDefinition).where(PublishedDefinition.key == key, col(PublishedDefinition.active).is_(True))
    return (await session.exec(found)).first()


async def definition_by_sha256(session: AsyncSession, sha256: str) -> PublishedDefinition | None:
    """Give the version that a running case pins."""
    found = select(PublishedDefinition).where(PublishedDefinition.sha256 == sha256)
    return (await session.exec(found.order_by(col(PublishedDefinition.version).desc()).limit(1))).first()


async def version_of(session: AsyncSession, key: str, version: int) -> PublishedDefinition | None:
    """Give one version of a pathway by its number."""
    return await session.get(PublishedDefinition, (key, version))


async def active_definitions(session: AsyncSession) -> tuple[PublishedDefinition, ...]:
    """Give the active version of every pathway, by key, without its texts."""
    found = select(PublishedDefinition).where(col(PublishedDefinition.active).is_(True)).options(*_without_texts())
    return tuple(await session.exec(found.order_by(col(PublishedDefinition.key))))


@dataclass(frozen=True, slots=True)
class VersionPage:
    """Some versions of a pathway, the newest first; `running`: cases that run on each, by sha256."""

    versions: tuple[PublishedDefinition, ...]
    total: int
    running: Mapping[str, int]


async def versions(
    session: AsyncSession, key: str, side: Side | None = None, *, limit: int, offset: int = 0
) -> VersionPage:
    """Give a page of the versions of a pathway, without their texts; the running cases of a `side`, or all."""
    own = select(PublishedDefinition).where(PublishedDefinition.key == key)
    newest = own.order_by(col(PublishedDefinition.version).desc()).limit(limit).offset(offset)
    found = tuple(await session.exec(newest.options(*_without_texts())))
    counted = select(func.count()).select_from(PublishedDefinition).where(PublishedDefinition.key == key)
    total = (await session.exec(counted)).one()
    return VersionPage(found, total, await running_cases(session, [row.sha256 for row in found], side))


async def running_cases(session: AsyncSession, versions: Collection[str], side: Side | None = None) -> dict[str, int]:
    """Count the cases that run on each of these versions (sha256); versions without any are left out."""
    mine = [within(Case.root_case_id, side)] if side else []
    running = (col(Case.status) == "running", col(Case.sha256).in_(versions), *mine)
    counted = select(Case.sha256, func.count()).where(*running)
    return dict((await session.exec(counted.group_by(Case.sha256))).all())


async def form(session: AsyncSession, *, form_id: str, sha256: str) -> Form | None:
    """Give the form schema that a definition pins: its `forms` name the sha256."""
    return await session.get(Form, (sha256, form_id))


async def forms_of(session: AsyncSession, definition: Definition) -> dict[str, Form]:
    """Give every form that a definition pins, by id."""
    found = select(Form).where(col(Form.sha256).in_(definition.forms.values()))
    return {row.form_id: row for row in await session.exec(found) if definition.forms.get(row.form_id) == row.sha256}


async def active_processes(session: AsyncSession) -> dict[str, Known]:
    """Give every process of the active versions: what a new version of another pathway may call."""
    found = select(PublishedDefinition).where(col(PublishedDefinition.active).is_(True)).options(*_without_diagram())
    return {
        process.id: Known(published.sha256, published.version_tag)
        for published in await session.exec(found)
        for process in parsed(published).processes
    }


def parsed(published: PublishedDefinition) -> Definition:
    """Give the definition that the engine runs; the latest are kept, for reading one takes milliseconds."""
    return _read(published.definition)


async def definition_of_case(session: AsyncSession, case: Case) -> Definition | None:
    """Give the definition that a case runs; None when it is not published here."""
    published = await definition_by_sha256(session, case.sha256)
    return parsed(published) if published else None


@lru_cache(maxsize=64)
def _read(text: str) -> Definition:
    return codec.load(Definition, text)
